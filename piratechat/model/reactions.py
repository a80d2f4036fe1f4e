"""Reactions to a message: the emoji, and the people who reacted."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import emoji
from BTrees.LLBTree import LLTreeSet
from persistent import Persistent

from piratechat.errors import CommandRejected
from piratechat.texts import text

#: Maximum number of different emoji on a message, and of people for each.
MAX_EMOJI, MAX_PEOPLE = 20, 1_000
#: Maximum number of names sent for one reaction.
MAX_NAMES = 20

_SELECTOR = "\ufe0f"
# The RGI set of Unicode: all fully qualified emoji, keyed without variation selectors.
_RGI = {
    each.replace(_SELECTOR, ""): each
    for each, values in emoji.EMOJI_DATA.items()
    if values["status"] == emoji.STATUS["fully_qualified"]
}
#: Length of the longest emoji in characters.
MAX_EMOJI_LENGTH = max(map(len, _RGI.values()))


def checked_emoji(value: object) -> str:
    """Return the single emoji in `value`, fully qualified.  Raises CommandRejected for anything else."""
    short = isinstance(value, str) and len(value) <= 2 * MAX_EMOJI_LENGTH
    found = _RGI.get(value.replace(_SELECTOR, "")) if isinstance(value, str) and short else None
    if found is None:
        raise CommandRejected("bad-message", text("error.not_an_emoji"))
    return found


class Counted(NamedTuple):
    """An emoji, the number of people who reacted with it, and the numbers of up to MAX_NAMES of them, ascending."""

    emoji: str
    total: int
    first: tuple[int, ...]


class Reactions(Persistent):
    """The reactions to one message.

    The people of each emoji are a separate set, by their participant numbers.  Their count and the first of them are
    stored here as well, so that showing a message loads this object and none of the sets.
    """

    def __init__(self) -> None:
        self._counted: tuple[tuple[Any, ...], ...] = ()  # of Counted, in the order of the emoji's first use
        self._people: dict[str, Any] = {}  # never modified, only replaced

    @property
    def counted(self) -> list[Counted]:
        """The emoji in the order of their first use."""
        return [Counted(*each) for each in self._counted]

    def people(self, emoji: str) -> Iterator[int]:
        """Yield the numbers of all who reacted with `emoji`, ascending."""
        return iter(self._people.get(emoji, ()))

    def has(self, emoji: str, participant: int) -> bool:
        """Whether `participant` reacted with `emoji`."""
        return participant in self._people.get(emoji, ())

    def of(self, participant: int) -> set[str]:
        """Return the emoji with which `participant` reacted."""
        return {
            each.emoji
            for each in self.counted
            if participant in each.first
            or (each.total > MAX_NAMES and participant > each.first[-1] and self.has(each.emoji, participant))
        }

    def add(self, emoji: str, participant: int) -> bool:
        """Add the reaction of `participant` with `emoji`; return whether that is new.

        Raises CommandRejected: enough.
        """
        people = self._people.get(emoji)
        if people is None:
            if len(self._people) >= MAX_EMOJI:
                raise CommandRejected("enough", text("error.too_many_emoji", most=MAX_EMOJI))
            people = LLTreeSet()
            self._people = {**self._people, emoji: people}
            self._counted = (*self._counted, (emoji, 0, ()))
        if participant in people:
            return False
        if self._count(emoji) >= MAX_PEOPLE:
            raise CommandRejected("enough", text("error.too_many_reactions", most=MAX_PEOPLE))
        people.insert(participant)
        self._recount(emoji, 1)
        return True

    def remove(self, emoji: str, participant: int) -> bool:
        """Remove the reaction of `participant` with `emoji`; return whether there was one."""
        if not self.has(emoji, participant):
            return False
        self._people[emoji].remove(participant)
        self._recount(emoji, -1)
        return True

    def faults(self) -> Iterator[str]:
        """Yield errors in the counts."""
        if [each.emoji for each in self.counted] != list(self._people):
            yield "its emoji are counted for others"
            return
        for each in self.counted:
            people = list(self.people(each.emoji))
            if len(people) != each.total or tuple(people[:MAX_NAMES]) != each.first or each.emoji not in _RGI.values():
                yield f"{each.emoji} is counted {each.total} times, and there are {len(people)}"

    def _count(self, emoji: str) -> int:
        return next(each.total for each in self.counted if each.emoji == emoji)

    def _recount(self, emoji: str, change: int) -> None:
        count = self._count(emoji) + change
        first = tuple(islice(self.people(emoji), MAX_NAMES))
        self._counted = tuple(
            (emoji, count, first) if each.emoji == emoji else tuple(each)
            for each in self.counted
            if each.emoji != emoji or count
        )
        if not count:
            self._people = {each: people for each, people in self._people.items() if each != emoji}
