"""A timing wheel: deadlines of many sessions at the cost of one set entry each.

Items with deadlines in the same time slot share one set.  The wheel has no clock: the caller passes the time.
"""

import heapq
import math
from typing import Any, Generic, Protocol, TypeVar

#: Seconds in a slot: a deadline is reported at most this late, and never early.
RESOLUTION = 0.05


class Timed(Protocol):
    """Something with a deadline.  The wheel stores its slot in an attribute, initially None."""

    slot: set[Any] | None


Item = TypeVar("Item", bound=Timed)


class Wheel(Generic[Item]):
    """A set of items, each with one deadline."""

    def __init__(self) -> None:
        self._slots: dict[int, set[Item]] = {}
        self._order: list[int] = []  # a heap of the keys above

    def set(self, item: Item, at: float) -> None:
        """Set the deadline of `item` to `at` (seconds), replacing any earlier one."""
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
        """Remove the deadline of `item`, if it has one."""
        if item.slot is not None:
            item.slot.discard(item)
            item.slot = None

    def due(self, now: float) -> list[Item]:
        """Return the items whose deadlines have passed, and remove these deadlines."""
        due: list[Item] = []
        while self._order and self._order[0] * RESOLUTION <= now:
            due.extend(self._slots.pop(heapq.heappop(self._order)))
        for item in due:
            item.slot = None
        return due

    def next(self) -> float | None:
        """Return when to call `due` again, or None if there are no deadlines."""
        while self._order and not self._slots[self._order[0]]:
            del self._slots[heapq.heappop(self._order)]
        return self._order[0] * RESOLUTION if self._order else None
