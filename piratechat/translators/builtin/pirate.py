"""What was said, as a pirate would say it: no network, no memory, and no random."""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from piratechat.model.formatting import may_be_formatted
from piratechat.translation import Outcome, Translated, Translator
from piratechat.translators.builtin import lexicon
from piratechat.translators.text import protected_spans as marks

# Words, with all that makes them no plain words: what joins them to others (file.py,
# and/or, std::is, re-use), what a command, a path, a tag or a variable begins with,
# and the bracket of a call.  Such tokens are in no dictionary, and so stay as they are.
_WORD = re.compile(r"([#$/\\~=-]?\w+(?:[-'\u2019./\\:=]\w+)*\(?)")

_PLAIN_WORD = re.compile(r"[^\W\d_]{2,}(?:['\u2019-][^\W\d_]+)*'?")
_END_OF_SENTENCE = re.compile(r"[.!?]\s|\n")
_VOWELS = frozenset("aeiouy")

#: One in so many messages gets an exclamation.
_MEASURE = 4


def _capital(said: str) -> str:
    """Return `said` with its first letter in upper case: 'twas becomes 'Twas."""
    start = 1 if said[:1] == "'" else 0
    return said[:start] + said[start : start + 1].upper() + said[start + 1 :]


def _cases(said: str, meant: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to write `said`, each with what it means: "hello", "Hello", "HELLO"."""
    yield said, meant
    if said.isupper() or len(said) == 1:
        return
    if said != said.lower():  # with an I
        yield said.lower(), meant.lower()
    yield _capital(said), _capital(meant)
    yield " ".join(map(_capital, said.split(" "))), _capital(meant)
    yield said.upper(), meant.upper()


def _apostrophes(said: str, meant: str) -> Iterator[tuple[str, str]]:
    """Yield `said` as it is, and with typographic apostrophes."""
    yield said, meant
    if "'" in said:
        yield said.replace("'", "\u2019"), meant.replace("'", "\u2019")


def _spellings(entries: Mapping[str, str]) -> dict[str, str]:
    """All spellings of the `entries`: nothing is left to be done for case when messages come."""
    table: dict[str, str] = {}
    for entry in entries.items():
        for cased in _cases(*entry):
            table.update(_apostrophes(*cased))
    # an entry that was written for one case ("OK") counts for more than one made for it
    return table | dict(entries)


def _kept(phrases: Iterable[str]) -> dict[str, str]:
    return {said: said for phrase in phrases for said in _spellings({phrase: phrase})}


def _perfects() -> Iterator[str]:
    """Yield "it's been" and its like, which are not "it is been"."""
    for word in lexicon.WORDS:
        if word.endswith("'s"):
            for verb in lexicon.HAS_BEFORE:
                yield f"{word} {verb}"


def _articles(words: Mapping[str, str]) -> dict[str, str]:
    """Where a word's beginning asks for another article: "an idea", but "a notion"."""
    articles = {True: "an", False: "a"}
    found = {}
    for said, meant in words.items():
        before, after = articles[said[0].lower() in "aeiou"], articles[meant[0].lower() in "aeiou"]
        if before != after:
            found[f"{before} {said}"] = f"{after} {meant}"
    return found


_WORDS = _spellings(lexicon.WORDS) | dict(lexicon.COMMON_WORDS)
_PHRASES = (
    _articles(lexicon.COMMON_WORDS)
    | _spellings(_articles(lexicon.WORDS) | dict(lexicon.PHRASES))
    | _kept(lexicon.KEPT_PHRASES)
    | _kept(_perfects())
)
_ANSWERS = _spellings(lexicon.ANSWERS)
_KEPT_ING = frozenset(lexicon.KEPT_ING.split())
_LAST_WORDS = frozenset(lexicon.LAST_WORDS.split())
_FOREIGN = frozenset(lexicon.FOREIGN.split()) | frozenset(lexicon.FOREIGN.title().split())


def _spans(*tables: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """For each first word, how many tokens (separators counted) its phrases have, the longest first."""
    spans: dict[str, set[int]] = {}
    for table in tables:
        for phrase in table:
            words = phrase.split(" ")
            spans.setdefault(words[0], set()).add(2 * len(words) - 1)
    return {first: tuple(sorted(found, reverse=True)) for first, found in spans.items()}


_SPANS = _spans(_PHRASES, _ANSWERS)


def _tokens(text: str) -> list[str]:
    """Cut `text` into separators and, at the odd places, words and marks; they concatenate to `text`.

    Marks that format words are separators.
    """
    if not marks.may_have_marks(text):
        return _WORD.split(text)
    tokens = [""]
    for kind, piece in marks.pieces(text):
        if kind == "format":
            tokens[-1] += piece
        elif kind == "mark":
            tokens += [piece, ""]
        else:
            first, *others = _WORD.split(piece)
            tokens[-1] += first
            tokens += others
    return tokens


def _is_picture(token: str) -> bool:
    """Whether `token` is an emoji or a shortcode: all other words and marks begin otherwise."""
    return token[0] == ":" or not (token[0].isascii() or token[0].isalnum())


def _stands_alone(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether `tokens[at:end]` begin a sentence and are followed by punctuation, by an emoji, or by nothing."""
    after = tokens[end].lstrip(" *_~")
    if not after and end + 1 < len(tokens) and not _is_picture(tokens[end + 1]):
        return False
    if after and after[0] not in ".,!?;:…)-\u2013—\r\n":
        return False
    if at == 1 or (at == 3 and (tokens[1][0] == "@" or _is_picture(tokens[1]))):
        return True
    return tokens[at - 1].rstrip(" \t\"'“\u2018(*-_~>")[-1:] in (".", "!", "?", ":", ";", "…", "\n")


def _phrase(tokens: Sequence[str], at: int) -> tuple[str, int] | None:
    """Return what the longest phrase at `at` means, and where it ends."""
    for span in _SPANS[tokens[at]]:
        end = at + span
        if end >= len(tokens):
            continue
        said = "".join(tokens[at:end])  # words with just one space between them, or it is no phrase
        meant = _ANSWERS.get(said)
        if meant is not None and _stands_alone(tokens, at, end):
            return meant, end
        meant = _PHRASES.get(said)
        if meant is not None:
            return meant, end
    return None


def _clip(word: str) -> str:
    """Clip the g of an -ing."""
    lower = word.lower()
    if lower in _KEPT_ING or not (word.isascii() and word.isalpha()) or _VOWELS.isdisjoint(lower[:-3]):
        return word
    if word not in (lower, lower.capitalize(), lower.upper()):
        return word
    return word[:-1] + "'"


def _speak(tokens: Sequence[str]) -> list[str]:
    """Say each word, mark and separator of `tokens`, in their order."""
    spoken = [tokens[0]]
    at, end = 1, len(tokens)
    while at < end:
        word = tokens[at]
        phrase = _phrase(tokens, at) if word in _SPANS else None
        if phrase is not None:
            meant, at = phrase
        else:
            meant = _WORDS.get(word, word)
            if meant is word and word[-3:] in ("ing", "ING"):
                meant = _clip(word)
            at += 1
        spoken += (meant, tokens[at])
        at += 1
    return spoken


def _exclamation(text: str, spoken: Sequence[str]) -> str:
    """Return what to put before the last punctuation mark: mostly nothing, and always the same for the same text."""
    choices = lexicon.EXCLAMATIONS.get(spoken[-1].rstrip())
    if choices is None:
        return ""
    chance = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    if chance % _MEASURE or not _may_be_followed(text, "".join(spoken[:-1])):
        return ""
    choice = choices[chance // _MEASURE % len(choices)]
    return choice.upper() if text.isupper() else choice


def _may_be_followed(text: str, spoken: str) -> bool:
    """Whether the last sentence has three words, and ends in one that an exclamation goes with."""
    sentence = _END_OF_SENTENCE.split(text.rstrip())[-1]
    if len(sentence.split(None, 3)) < 3:
        return False
    last = spoken.split()[-1]
    return _PLAIN_WORD.fullmatch(last) is not None and last.lower() not in _LAST_WORDS


def in_pirate(text: str) -> str:
    """Return `text` as a pirate would say it."""
    tokens = _tokens(text)
    if len(_FOREIGN.intersection(tokens)) > 1:
        return text
    spoken = _speak(tokens)
    said = "".join(spoken)
    if said == text:
        return text  # in another language, perhaps: no exclamation either
    exclamation = _exclamation(text, spoken)
    if exclamation:
        said = "".join((*spoken[:-1], exclamation, spoken[-1]))
    if may_be_formatted(text) and marks.marks(said) != marks.marks(text):
        return text  # an apostrophe, perhaps, where a mark asks for a letter
    # "wow wow wow ...": whoever says nothing else is not given room for it
    return said if len(said) <= 3 * len(text) + 64 else text


class Pirate(Translator):
    """Says everything as a pirate would."""

    name = "pirate"
    title = "Pirate"
    version = "3"  # raise it when the rules or the lexicon change; tests/translators/test_pirate.py reminds you
    masking = "own"
    max_item_length = 64_000
    max_length = 1_000_000

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        return [Translated(in_pirate(text)) for text in batch]
