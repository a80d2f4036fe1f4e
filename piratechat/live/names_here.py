"""Names that are here, each as often as somebody goes by it, and what came and went lately."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable

import gevent

#: Seconds for which comings and goings are gathered before they are told.
PRESENCE_DELAY = 0.5
#: Names told at once.
MAX_NAMES = 200


class NamesHere:
    """Counts names; `tell` hears of those that came (`joined`) and went (`left`), gathered for a moment."""

    def __init__(self, tell: Callable[[list[str], list[str]], None]) -> None:
        self._tell = tell
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
        if joined or left:
            self._tell(_some(joined), _some(left))


def _some(names: Iterable[str]) -> list[str]:
    return list(names)[:MAX_NAMES]
