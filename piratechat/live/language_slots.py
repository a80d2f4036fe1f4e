"""Limits the number of languages in which a room can be read at the same time, since each multiplies the cost."""

import time
from collections import Counter
from collections.abc import Callable

from cachetools import TTLCache

from piratechat.translators.views import name_in

#: Maximum number of languages of one translator in a room, and of all translators.
MAX_OF_ONE, MAX_OF_ALL = 8, 32
#: Seconds for which a page without a connection counts as a reader.
VISIT = 30.0
#: Maximum number of rooms with such readers.
MAX_ROOMS = 10_000


class LanguageSlots:
    """The languages in use in each room, with their number of readers; other views are not counted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._readers: dict[str, Counter[str]] = {}
        self._visits: TTLCache[str, dict[str, float]] = TTLCache(MAX_ROOMS, VISIT, clock)

    def enter(self, room: str, view: str) -> bool:
        """Add a reader of `room` through `view`; return False if too many other languages are in use."""
        if not self._has_place(room, view):
            return False
        if ":" in view:
            self._readers.setdefault(room, Counter())[view] += 1
        return True

    def leave(self, room: str, view: str) -> None:
        """Remove a reader of `room` through `view`."""
        readers = self._readers.get(room)
        if readers is None or view not in readers:
            return
        readers[view] -= 1
        if not readers[view]:
            del readers[view]
        if not readers:
            del self._readers[room]

    def visit(self, room: str, view: str) -> bool:
        """Count a single visit of `room` through `view`; return False like `enter`."""
        if not self._has_place(room, view):
            return False
        if ":" in view:
            self._visits[room] = self._visited(room) | {view: self._clock() + VISIT}
        return True

    def _has_place(self, room: str, view: str) -> bool:
        if ":" not in view:
            return True
        read = self._readers.get(room, Counter[str]()).keys() | self._visited(room).keys()
        if view in read:
            return True
        name = name_in(view)
        return len(read) < MAX_OF_ALL and sum(name_in(each) == name for each in read) < MAX_OF_ONE

    def _visited(self, room: str) -> dict[str, float]:
        now = self._clock()
        return {view: until for view, until in self._visits.get(room, {}).items() if until > now}
