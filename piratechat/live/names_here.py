"""The names present in a room, with their number of users, and recent joins and leaves."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable

import gevent

#: Seconds for which joins and leaves are collected before they are sent.
PRESENCE_DELAY = 0.5
#: Maximum number of names to send.  If there are more people, readers receive only their number.
MAX_NAMES = 200

#: Receives the names that joined and left, and whether to send the number of people instead, because there are or were
#: too many.
Tell = Callable[[list[str], list[str], bool], None]


class NamesHere:
    """Counts names; `tell` receives joins and leaves, collected for a moment."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._unlisted = 0
        self._was_crowd = False
        self._count_told = 0
        # Two visitors may have the same name for a moment: an operator can reassign it.
        self._counts: Counter[str] = Counter()
        self._sorted: list[tuple[str, str]] = []  # the names, each after its sort key
        self._joined: dict[str, None] = {}
        self._left: dict[str, None] = {}
        #: A counter that changes with `names`.
        self.names_change = 0
        #: The greenlet that will send the collected changes, or None.
        self.telling: gevent.Greenlet | None = None

    @property
    def names(self) -> list[str]:
        """The names, sorted; at most MAX_NAMES."""
        return [name for _folded, name in self._sorted[:MAX_NAMES]]

    @property
    def count(self) -> int:
        """The number of people."""
        return len(self._counts) + self._unlisted

    def note_unlisted(self, count: int) -> None:
        """Add `count` people whose names are unknown."""
        if count != self._unlisted:
            self._unlisted = count
            self._tell_soon()

    def add(self, name: str) -> None:
        """Add a user of `name`."""
        self._counts[name] += 1
        if self._counts[name] > 1:
            return
        self._sorted.insert(self._place_of(name), (name.casefold(), name))
        if self._left.pop(name, self) is self:
            self._joined[name] = None
            self._tell_soon()

    def subtract(self, name: str) -> None:
        """Remove a user of `name`."""
        self._counts[name] -= 1
        if self._counts[name]:
            return
        del self._counts[name]
        del self._sorted[self._place_of(name)]
        if self._joined.pop(name, self) is self:
            self._left[name] = None
            self._tell_soon()

    def _place_of(self, name: str) -> int:
        """Return the place of `name` in the sorted names, which is about to be filled or emptied."""
        place = bisect_left(self._sorted, (name.casefold(), name))
        if place < MAX_NAMES:
            self.names_change += 1
        return place

    def tell_now(self) -> None:
        """Send the collected changes immediately."""
        telling, self.telling = self.telling, None
        if telling is not None:
            telling.kill(block=False)
        self._tell_gathered()

    def _tell_soon(self) -> None:
        if self.telling is None:
            self.telling = gevent.spawn_later(PRESENCE_DELAY, self._tell_gathered)

    def _tell_gathered(self) -> None:
        self.telling = None
        joined, self._joined = self._joined, {}
        left, self._left = self._left, {}
        before, self._count_told = self._count_told, self.count
        crowd = self._count_told > MAX_NAMES
        too_little, self._was_crowd = crowd or self._was_crowd, crowd
        if joined or left or before != self._count_told:
            self._tell(_some(joined), _some(left), too_little)


def _some(names: Iterable[str]) -> list[str]:
    return list(names)[:MAX_NAMES]
