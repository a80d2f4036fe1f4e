"""Deadlines of many sessions at the price of one set entry each: a timing wheel.

Items whose deadlines fall into the same slot of time share one set.  The wheel
knows no clock: whoever drives it says what time it is.
"""

import heapq
import math
from typing import Any, Generic, Protocol, TypeVar

#: Seconds a slot covers: a deadline is found at most this much late, and never early.
RESOLUTION = 0.05


class Timed(Protocol):
    """What can have a deadline.  It lends the wheel an attribute, None at first."""

    slot: set[Any] | None


Item = TypeVar("Item", bound=Timed)


class Wheel(Generic[Item]):
    """A set of items, each with one deadline."""

    def __init__(self) -> None:
        self._slots: dict[int, set[Item]] = {}
        self._order: list[int] = []  # a heap of the keys above

    def set(self, item: Item, at: float) -> None:
        """Give `item` the deadline `at`, in seconds, in place of any other."""
        number = math.ceil(at / RESOLUTION)
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = set()
            heapq.heappush(self._order, number)
        if slot is not item.slot:
            self.discard(item)
            slot.add(item)
            item.slot = slot

    def discard(self, item: Item) -> None:
        """Take the deadline of `item` away, if it has one."""
        if item.slot is not None:
            item.slot.discard(item)
            item.slot = None

    def due(self, now: float) -> list[Item]:
        """Return the items whose deadlines have come, and forget these deadlines."""
        due: list[Item] = []
        while self._order and self._order[0] * RESOLUTION <= now:
            due.extend(self._slots.pop(heapq.heappop(self._order)))
        for item in due:
            item.slot = None
        return due

    def next(self) -> float | None:
        """Return when `due` is worth asking again, or None while there are no deadlines."""
        while self._order and not self._slots[self._order[0]]:
            del self._slots[heapq.heappop(self._order)]
        return self._order[0] * RESOLUTION if self._order else None
