"""Detects serious texts: grief, illness, accidents, violence, threats, anger, rejections and apologies.

Such texts get only pirate pronouns and "be".  Taking a text for serious by mistake only costs some jokes, so in doubt
it is serious.
"""

import re
from collections.abc import Iterable, Sequence, Set

from piratechat.translators.builtin.pirate.gravity_lexicon import MACHINES, OF_MACHINES, PHRASES, WORDS
from piratechat.translators.builtin.pirate.tokens import plain

#: Figures of speech that are not serious.
_FIGURES = re.compile(
    r"(?i)\b(?:(?:is|are|be|you're|it's) killing me|dying (?:to|of laughter|laughing)"
    r"|dead (?:serious|end|line|code|simple)"
    r"|to die for|grave mistake|sick of|star wars|drop dead|over my dead|kill (?:two|time))\b"
)


#: Pirate spellings of words in serious phrases, and their usual spellings.
_CLIPPED = re.compile(r"(?<=in)'|\b(?:an'|o'|fer\b|nary a soul\b)|\bain't\b")
_WHOLE = {"'": "g", "an'": "and", "o'": "of", "fer": "for", "nary a soul": "nobody", "ain't": "be not"}
#: Petty matters for which "sorry" is only a matter of politeness.
_PETTY = re.compile(
    r"sorry\b(?! (?:for|about) (?:your|yer|his|her|their)\b)[^.!?]*"
    r"\b(?:m[ye] fault|(?:i'm|i am|i be|im|was|being) (?:so )?late|delays?|noise|mess|typos?|inconvenience"
    r"|confusion|wait|spam|bother)\b"
)


def _written(words: Iterable[str]) -> frozenset[str]:
    """Return the spellings of `words` among tokens, where "dyin'" ends before its apostrophe."""
    said = {way for word in words for way in (word, word[:-1] if word.endswith("ing") else word)}
    return frozenset(way for word in said for way in (word, word.capitalize(), word.upper()))


_GRAVE = _written(WORDS.split()) - {"Er", "er", "Icu", "icu", "Rip", "rip"}


def _by_hint() -> dict[str, tuple[re.Pattern[str], ...]]:
    found: dict[str, tuple[re.Pattern[str], ...]] = {}
    for hints, *expressions in PHRASES:
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(expressions)})(?!\w)")
        for hint in _written(hints.split()):
            found[hint] = (*found.get(hint, ()), pattern)
    return found


_BY_HINT = _by_hint()

#: A text without any of these is not serious.
HINTS_OF_GRIEF = _GRAVE | _BY_HINT.keys()


def is_grave(text: str, tokens: Sequence[str], hints: Set[str]) -> bool:
    """Whether `text` is serious; `hints` are those of its `tokens` that are in HINTS_OF_GRIEF."""
    if not _GRAVE.isdisjoint(hints) and _is_about_people(tokens) and _FIGURES.search(text) is None:
        return True
    lower = _CLIPPED.sub(lambda found: _WHOLE[found[0]], plain(text))
    is_petty = _PETTY.search(lower) is not None
    for hint in hints:
        if is_petty and hint.lower() == "sorry":
            continue
        for pattern in _BY_HINT.get(hint, ()):
            if pattern.search(lower) is not None:
                return True
    return False


def _is_about_people(tokens: Sequence[str]) -> bool:
    """Whether a serious word refers to people rather than machines."""
    said = {word.lower() for word in tokens[1::2]}
    grave = {word.lower() for word in tokens[1::2] if word in _GRAVE}
    return not grave <= OF_MACHINES or said.isdisjoint(MACHINES)
