"""Cries before or after a message: by its mood and pseudo-randomly, and never twice.

All decisions depend on the words in pirate speak, so that translating the result again adds nothing.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from piratechat.translators.builtin.pirate import cry_lexicon
from piratechat.translators.builtin.pirate.lexicon import BROGUE

_PLAIN_WORD = re.compile(r"[^\W\d_]{2,}(?:['\u2019-][^\W\d_]+)*['\u2019]?")
_END_OF_SENTENCE = re.compile(r"[.!?\u2026]\s|\n|: ")
_MARKS = ".!?\u2026"
_BROGUE = re.compile(rf"\b(?:{'|'.join(BROGUE)})(?= )")
_FIRST_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)*['\u2019]?(?=[ ,])")
_WORDS = re.compile(r"[a-z]+(?:'[a-z]+)*'?")


def _bare(said: str) -> str:
    """Return `said` in lower case and without brogue, which captains also use in their cries."""
    lower = said.lower().replace("\u2019", "'")
    return lower.replace("th' ", "the ").replace(" t' ", " to ").replace(" wi' ", " with ")


_LAST_WORDS = frozenset(cry_lexicon.LAST_WORDS.split())
_NOT_FIRST = _LAST_WORDS.union(cry_lexicon.FIRST_WORDS.split())
_QUESTION_WORDS = frozenset(cry_lexicon.QUESTION_WORDS.split())
_AFTER_QUESTION_WORDS = frozenset(cry_lexicon.AFTER_QUESTION_WORDS.split())
_CROWD = frozenset(cry_lexicon.CROWD.split())
_DENIALS = frozenset(cry_lexicon.DENIALS.split())
_MOODS = {word: mood for mood, words in cry_lexicon.MOODS.items() for word in words.split()}
_QUIET = frozenset(cry_lexicon.QUIET.split())
_TENDER = re.compile(rf"\b(?:{'|'.join(cry_lexicon.TENDER)})(?!\w)")
_ONE = re.compile(r"matey$|me hearty|bucko|dog|shipmate|ye a grog|savvy")


class Cry(NamedTuple):
    """A cry, and the data for choosing it."""

    text: str
    #: The same in brogue.
    broad: str
    #: Its longer words, in lower case.
    words: frozenset[str]
    #: Whether it addresses a single reader.
    to_one: bool


def _prepared(moods: Mapping[str, Sequence[str]]) -> dict[str, tuple[Cry, ...]]:
    return {mood: tuple(_cry(text) for text in texts) for mood, texts in moods.items()}


def _cry(text: str) -> Cry:
    words = frozenset(word for word in _WORDS.findall(text.lower()) if len(word) > 3)
    return Cry(text, _BROGUE.sub(lambda found: BROGUE[found[0]], text), words, bool(_ONE.search(text)))


_IN_FRONT = _prepared(cry_lexicon.IN_FRONT)
_BEHIND = _prepared(cry_lexicon.BEHIND)
_BEHIND_OF_CAPTAINS = _BEHIND | {
    mood: (*_BEHIND[mood], *cries) for mood, cries in _prepared(cry_lexicon.BEHIND_OF_CAPTAINS).items()
}
_BEGINNINGS = tuple({_bare(cry.text) for cries in _IN_FRONT.values() for cry in cries})
_ENDS = tuple({_bare(cry.text) for cries in _BEHIND_OF_CAPTAINS.values() for cry in cries})

_FLAG = "\U0001f3f4\u200d\u2620\ufe0f"
#: One in this many cries is a flag.
_FLAGS = 30
#: The minimum number of words for a cry, without and with a final mark: where it is allowed, and where it is needed.
_LEAST = {False: (4, 3), True: (3, 2)}


def with_cry(said: str, rate: int, needed: bool, is_captain: bool = False) -> str:
    """Return `said` with a cry, for one in `rate` texts, or if one is `needed`; otherwise unchanged."""
    chance = zlib.crc32(said.encode("utf-8", "surrogatepass"))
    if (chance % rate and not needed) or "\n" in said or "\r" in said or _FLAG in said:
        return said
    marked = said.rstrip()
    body = marked.rstrip(_MARKS)
    mark, space = marked[len(body) :], said[len(marked) :]
    bare = _bare(body)
    if bare.endswith(_ENDS) or bare.startswith(_BEGINNINGS):
        return said
    if not _QUIET.isdisjoint(_WORDS.findall(bare)) or _TENDER.search(bare) is not None:
        return said
    sentences = _END_OF_SENTENCE.split(bare)
    least = _LEAST[needed][bool(mark)]
    if len(sentences[-1].split(None, least)) < least or body.istitle():
        return said
    spoken = _WORDS.findall(sentences[-1])
    words = frozenset(spoken)
    mood = mood_of(spoken, mark)
    number, front_first = chance // rate // 3, chance // rate % 3 == 0
    behind = front = None
    if _may_follow(body, mark):
        behind = _fitting((_BEHIND_OF_CAPTAINS if is_captain else _BEHIND).get(mood, ()), words, number)
    if (front_first or behind is None) and len(sentences) == 1 and _may_precede(body):
        front = _fitting(_IN_FRONT.get(mood, ()), words, number)
    is_broad = is_captain or "th'" in said.lower()
    if front is not None:
        cry = _like(said, front, is_broad)
        return f"{cry if body[0].isupper() else _small(cry)} {said}"
    if behind is not None:
        flag = f" {_FLAG}" if number // 21 % _FLAGS == 0 else ""
        return f"{body}{_like(said, behind, is_broad)}{mark}{flag}{space}"
    return said


def _fitting(cries: Sequence[Cry], words: frozenset[str], number: int) -> Cry | None:
    """Return the cry with this `number`, or the next one that repeats none of `words` and addresses as many readers."""
    for place in range(number, number + len(cries)):
        cry = cries[place % len(cries)]
        if words.isdisjoint(cry.words) and not (cry.to_one and not words.isdisjoint(_CROWD)):
            return cry
    return None


def _small(cry: str) -> str:
    """Return `said` in lower case, as within a sentence; Davy Jones keeps his capitals."""
    return cry if cry.startswith("Davy") else cry[0].lower() + cry[1:]


def _like(said: str, cry: Cry, is_broad: bool) -> str:
    """Return `cry` with the same loudness as `said`."""
    text = cry.broad if is_broad else cry.text
    return text.upper() if said.isupper() else text


def _may_follow(body: str, mark: str) -> bool:
    """Whether `body` ends with a word that a cry can follow."""
    if mark not in cry_lexicon.BY_MARK:
        return False
    last = body.split()[-1]
    return _PLAIN_WORD.fullmatch(last) is not None and last.lower() not in _LAST_WORDS


def _may_precede(body: str) -> bool:
    """Whether `body` begins with a word, and not with a cry."""
    first = _FIRST_WORD.match(body)
    return (
        first is not None
        and _MOODS.get(first[0].lower()) not in ("greeting", "agreement", "thanks", "farewell")
        and first[0].lower() not in _NOT_FIRST
    )


def mood_of(words: Sequence[str], mark: str) -> str:
    """Return the mood of a sentence of `words` in lower case that ends with `mark`."""
    question = _question(words, mark)
    if question:
        return question
    moods = [_MOODS[word] for word in words if word in _MOODS]
    if "order" in moods and (not words or _MOODS.get(words[0]) != "order"):
        moods = [mood for mood in moods if mood != "order"]
    mood = moods[0] if moods else "plain"
    if mood == "joy" and not _DENIALS.isdisjoint(words):
        return "plain"
    return mood


def _question(words: Sequence[str], mark: str) -> str:
    """Return the kind of question, or ""."""
    asks = words[:1] and words[0] in _QUESTION_WORDS and words[1:2] and words[1] in _AFTER_QUESTION_WORDS
    if not asks and mark[:1] != "?":
        return ""
    return "puzzle" if words[:1] and (words[0].startswith("wh") or words[0] == "how") else "question"
