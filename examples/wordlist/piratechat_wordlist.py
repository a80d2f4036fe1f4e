"""Some words in place of others, as a file says: translators that an operator makes without any Python."""

import re
from collections.abc import Mapping, Sequence

from pyramid.config import Configurator

from piratechat.plugin import Options, Outcome, Translated, Translator, version_of

#: The version of the rules below: raise it when the same list would say something else.
RULES = "1"
#: Characters of a list, and of what is read in place of one word.
MOST, LONGEST = 1_000_000, 80

_WORD = re.compile(r"\w++(?:['\u2019-]\w++)*+")


class WordList(Translator):
    """Puts `words`, which are in small letters, in place of those that are said.

    `name` is what the ini file calls it, `title` what readers see.
    """

    def __init__(self, name: str, title: str, words: Mapping[str, str]) -> None:
        self.name = name
        self.title = title
        self.version = version_of("wordlist", RULES, *sorted(words.items()))
        self._words = dict(words)

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        return [Translated(_WORD.sub(self._read, text)) for text in batch]

    def _read(self, word: re.Match[str]) -> str:
        """Return what is read in place of a word, in its case."""
        said = word[0]
        read = self._words.get(said.lower())
        if read is None:
            return said
        if said.isupper() and len(said) > 1:
            return read.upper()
        return read[:1].upper() + read[1:] if said[0].isupper() else read


def parsed(text: str) -> dict[str, str]:
    """Return the words of a list.  Raises ValueError, which names the line."""
    words = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        said, _, read = (part.strip() for part in line.partition("="))
        if not _WORD.fullmatch(said) or said != said.lower() or not 0 < len(read) <= LONGEST:
            raise ValueError(f"line {number} must be WORD = WORDS, with the first in small letters: {line[:LONGEST]!r}")
        words[said] = read
    return words


def from_options(options: Options) -> WordList:
    """Return the translator that the ini file describes.  Raises ValueError, with what to do."""
    path = options.text("words")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(MOST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise options.wrong("words", f"must name a text file: {error}") from None
    if len(text) > MOST:
        raise options.wrong("words", f"names a file of more than {MOST:,} characters: {path}")
    try:
        words = parsed(text)
    except ValueError as error:
        raise options.wrong("words", f"names a file in which {error}") from None
    return WordList(options.name, options.text("title", options.name.capitalize()), words)


def includeme(config: Configurator) -> None:
    """Let the ini file say "use = wordlist"."""
    config.add_translator_backend("wordlist", from_options)
