"""Names that are here, each as often as somebody goes by it, and what came and went lately."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable

import gevent

#: Seconds for which comings and goings are gathered before they are told.
PRESENCE_DELAY = 0.5
#: Names told at once.  Where there are more, readers are told how many there are.
MAX_NAMES = 200

#: Hears which names came (`joined`) and went (`left`), and whether that says too little: it is a crowd, or was one.
Tell = Callable[[list[str], list[str], bool], None]


class NamesHere:
    """Counts names; `tell` hears of those that came and went, gathered for a moment."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._unlisted = 0
        self._was_crowd = False
        self._count_told = 0
        # A name can be two visitors' for a moment: an operator may give it to another.
        self._counts: Counter[str] = Counter()
        self._sorted: list[tuple[str, str]] = []  # the names, each behind how it is sorted
        self._joined: dict[str, None] = {}
        self._left: dict[str, None] = {}
        #: Who tells what is gathered, if anything is.
        self.telling: gevent.Greenlet | None = None

    @property
    def names(self) -> list[str]:
        """The names, sorted; not more than two hundred."""
        return [name for _folded, name in self._sorted[:MAX_NAMES]]

    @property
    def count(self) -> int:
        """How many are here."""
        return len(self._counts) + self._unlisted

    def note_unlisted(self, count: int) -> None:
        """`count` more are here whose names are not known."""
        if count != self._unlisted:
            self._unlisted = count
            self._tell_soon()

    def add(self, name: str) -> None:
        """Somebody goes by `name` here."""
        self._counts[name] += 1
        if self._counts[name] > 1:
            return
        insort(self._sorted, (name.casefold(), name))
        if self._left.pop(name, self) is self:
            self._joined[name] = None
            self._tell_soon()

    def subtract(self, name: str) -> None:
        """One who went by `name` is gone."""
        self._counts[name] -= 1
        if self._counts[name]:
            return
        del self._counts[name]
        del self._sorted[bisect_left(self._sorted, (name.casefold(), name))]
        if self._joined.pop(name, self) is self:
            self._left[name] = None
            self._tell_soon()

    def tell_now(self) -> None:
        """Tell what is gathered, without waiting for more."""
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
