"""Says the words of a message as a pirate would: what the lexicon has for them, and -in' for -ing."""

from collections.abc import Sequence

from piratechat.translators.builtin.pirate.lexicon import KEPT_ING
from piratechat.translators.builtin.pirate.table import Entry, Table, with_article
from piratechat.translators.builtin.pirate.tokens import begins_sentence

_KEPT_ING = frozenset(KEPT_ING.split())
_VOWELS = frozenset("aeiouy")
_ING = frozenset(("ing", "ING"))


def speak(tokens: Sequence[str], table: Table, clips: bool, chance: int) -> list[str]:
    """Say each word, mark and separator of `tokens`, in their order.

    `clips`: whether -ing becomes -in'.  `chance`: the number that chooses among
    ways to say the same.
    """
    spoken = [tokens[0]]
    at, end = 1, len(tokens)
    find = table.get
    while at < end:
        word = tokens[at]
        entry = find(word)
        if entry is None:
            meant = _clipped(tokens, at) if clips and word[-3:] in _ING else word
            at += 1
        elif isinstance(entry, Entry):
            meant, after = _looked_up(entry, tokens, at, chance)
            if meant is word and clips and word[-3:] in _ING:
                meant = _clipped(tokens, at)
            at = after
            if meant[0] != word[0] and spoken[-1] == " " and len(spoken) > 1:
                spoken[-2] = with_article(spoken[-2], meant)
        else:
            meant = entry
            at += 1
        spoken += (meant, tokens[at])
        at += 1
    return spoken


def _looked_up(entry: Entry, tokens: Sequence[str], at: int, chance: int) -> tuple[str, int]:
    """Return what the longest phrase at `at` means there, and where it ends."""
    end = len(tokens)
    if entry.phrases and at + 2 < end:
        for span, phrases in entry.phrases.get(tokens[at + 2], ()):
            if at + span < end:
                # words with just one space between them, or it is no phrase
                for meanings, context in phrases.get("".join(tokens[at : at + span]), ()):
                    if context is None or context(tokens, at, at + span):
                        return meanings[chance % len(meanings)], at + span
    for meanings, context in entry.senses:
        if context is None or context(tokens, at, at + 1):
            return meanings[chance % len(meanings)], at + 1
    return tokens[at], at + 1


def _clipped(tokens: Sequence[str], at: int) -> str:
    """Clip the g of an -ing, if the word is no name."""
    word = tokens[at]
    lower = word.lower()
    if lower in _KEPT_ING or not (word.isascii() and word.isalpha()) or _VOWELS.isdisjoint(lower[:-3]):
        return word
    if word == lower or word.isupper() or (word == lower.capitalize() and begins_sentence(tokens, at)):
        return word[:-1] + "'"
    return word
