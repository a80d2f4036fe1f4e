"""How many languages of its translators a room may be read in at once: each costs as much as all that is said."""

import time
from collections import Counter
from collections.abc import Callable

from cachetools import TTLCache

from piratechat.translators.views import name_in

#: Languages of one translator in which a room can be read at once, and those of all translators together.
MAX_OF_ONE, MAX_OF_ALL = 8, 32
#: Seconds for which somebody reads a page who has no connection to the room.
VISIT = 30.0
#: Rooms in which such visits are remembered.
MAX_ROOMS = 10_000


class LanguageSlots:
    """The languages that are read in rooms now, by the readers who are there; other views are not counted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._readers: dict[str, Counter[str]] = {}
        self._visits: TTLCache[str, dict[str, float]] = TTLCache(MAX_ROOMS, VISIT, clock)

    def enter(self, room: str, view: str) -> bool:
        """Let one reader more read `room` through `view`; return whether that may be: others read too many now."""
        if not self._has_place(room, view):
            return False
        if ":" in view:
            self._readers.setdefault(room, Counter())[view] += 1
        return True

    def leave(self, room: str, view: str) -> None:
        """One who has entered reads `room` through `view` no more."""
        readers = self._readers.get(room)
        if readers is None or view not in readers:
            return
        readers[view] -= 1
        if not readers[view]:
            del readers[view]
        if not readers:
            del self._readers[room]

    def visit(self, room: str, view: str) -> bool:
        """Show `room` through `view` to somebody once; return whether that may be, as `enter` does."""
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
