"""A back end that replaces words according to a file, so that operators can create translators without Python code."""

import re
from collections.abc import Mapping, Sequence

from pyramid.config import Configurator

from piratechat.plugin import Options, Outcome, Translated, Translator, version_of

#: The version of the rules below: increase it when the results for the same list change.
RULES = "1"
#: Maximum length of a list, and of a replacement, in characters.
MOST, LONGEST = 1_000_000, 80

_WORD = re.compile(r"\w++(?:['\u2019-]\w++)*+")


class WordList(Translator):
    """Replaces words according to `words`, whose keys are in lowercase.

    `name` is the translator's name in the ini file, `title` its label in the menu.
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
        """Return the replacement of a word, in the word's case."""
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
            raise ValueError(f"line {number} must be WORD = WORDS, the first in lowercase letters: {line[:LONGEST]!r}")
        words[said] = read
    return words


def from_options(options: Options) -> WordList:
    """Return the translator that the ini file describes.  Raises ValueError, which says what to do."""
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
    """Register the back end "wordlist"."""
    config.add_translator_backend("wordlist", from_options)
