"""Translates the words of a message: replaces entries of the lexicon, and -ing with -in'."""

from collections.abc import Sequence

from piratechat.translators.builtin.pirate.lexicon import KEPT_ING
from piratechat.translators.builtin.pirate.table import Entry, Table, with_article
from piratechat.translators.builtin.pirate.tokens import begins_sentence, cut

_KEPT_ING = frozenset(KEPT_ING.split())
_VOWELS = frozenset("aeiouy")
_ING = frozenset(("ing", "ING"))
#: Maximum number of passes: each changed word may be a neighbour of another one.
_AGAIN = 8


def speak(tokens: Sequence[str], table: Table, clips: bool, chance: int) -> list[str]:
    """Translate the `tokens` in order.

    `clips`: whether to replace -ing with -in'.  `chance`: the number that chooses among alternatives.

    A word that was left unchanged because of its neighbours is checked again when these have changed, so that
    translating the result again changes nothing.
    """
    spoken, is_settled = _spoken(tokens, table, clips, chance)
    for _ in range(_AGAIN):
        if is_settled:
            break
        again = cut("".join(spoken))
        spoken, is_settled = _spoken(again, table, clips, chance)
        is_settled = is_settled or spoken == again
    return spoken


def _spoken(tokens: Sequence[str], table: Table, clips: bool, chance: int) -> tuple[list[str], bool]:
    """Translate `tokens`; also return whether no word depends on a neighbour that has changed."""
    spoken = [tokens[0]]
    left: list[tuple[int, int]] = []
    at, end = 1, len(tokens)
    find = table.get
    while at < end:
        word = tokens[at]
        entry = find(word)
        if entry is None:
            meant = _clipped(tokens, at) if clips and word[-3:] in _ING else word
            at += 1
        elif isinstance(entry, Entry):
            meant, after, is_doubtful = _looked_up(entry, tokens, at, chance)
            if meant is word:
                if is_doubtful:
                    left.append((at, len(spoken)))
                if clips and word[-3:] in _ING:
                    meant = _clipped(tokens, at)
            at = after
            if meant[0] != word[0] and spoken[-1] == " " and len(spoken) > 1:
                spoken[-2] = with_article(spoken[-2], meant)
        else:
            meant = entry
            at += 1
        spoken += (meant, tokens[at])
        at += 1
    for places in left:
        if not _stands_as_before(tokens, spoken, *places):
            return spoken, False
    return spoken, True


def _stands_as_before(tokens: Sequence[str], spoken: Sequence[str], at: int, place: int) -> bool:
    """Whether the words next to index `at` of `tokens` and index `place` of `spoken` are the same."""
    return spoken[place - 2 : place] == tokens[at - 2 : at] and spoken[place + 1 : place + 8] == tokens[at + 1 : at + 8]


def _looked_up(entry: Entry, tokens: Sequence[str], at: int, chance: int) -> tuple[str, int, bool]:
    """Return the meaning of the longest phrase at `at`, its end, and whether surrounding words decided about it."""
    end = len(tokens)
    is_doubtful = False
    if entry.phrases and at + 2 < end:
        for span, phrases in entry.phrases.get(tokens[at + 2], ()):
            if at + span < end:
                # a phrase has exactly one space between its words
                for meanings, context in phrases.get("".join(tokens[at : at + span]), ()):
                    is_doubtful = True
                    if context is None or context(tokens, at, at + span):
                        return meanings[chance % len(meanings)], at + span, False
    for meanings, context in entry.senses:
        if context is None or context(tokens, at, at + 1):
            return meanings[chance % len(meanings)], at + 1, False
    return tokens[at], at + 1, is_doubtful or bool(entry.senses)


def _clipped(tokens: Sequence[str], at: int) -> str:
    """Replace -ing with -in', unless the word is a name."""
    word = tokens[at]
    lower = word.lower()
    if lower in _KEPT_ING or not (word.isascii() and word.isalpha()) or _VOWELS.isdisjoint(lower[:-3]):
        return word
    if word == lower or word.isupper() or (word == lower.capitalize() and begins_sentence(tokens, at)):
        return word[:-1] + "'"
    return word
