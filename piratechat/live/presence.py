"""Who is in a room at this moment: visitors with all their windows, each visitor under one name."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import gevent

#: Seconds for which comings and goings are gathered before readers hear of them.
PRESENCE_DELAY = 0.5
#: Names told at once of those who are present.
MAX_NAMES = 200


class Window(Protocol):
    """A window of a visitor."""

    @property
    def visitor(self) -> str:
        """The visitor's id."""

    def send(self, message: str) -> None:
        """Hear a message."""


@dataclass(slots=True, eq=False)
class Visitor:
    """Somebody who is here."""

    #: What they are called in the room; None until they are called something.
    name: str | None = None
    windows: set[Any] = field(default_factory=set)


class Presence:
    """The visitors who are here; `tell` hears of names that came (`joined`) and went (`left`)."""

    def __init__(self, tell: Callable[[list[str], list[str]], None]) -> None:
        self._tell = tell
        self._visitors: dict[str, Visitor] = {}
        # A name can be two visitors' for a moment: an operator may give it to another.
        self._names: Counter[str] = Counter()
        self._sorted: list[tuple[str, str]] = []  # the names, each behind how it is sorted
        self._joined: dict[str, None] = {}
        self._left: dict[str, None] = {}
        self._telling: gevent.Greenlet | None = None

    @property
    def names(self) -> list[str]:
        """The names of those who are here, sorted; not more than two hundred."""
        return [name for _folded, name in self._sorted[:MAX_NAMES]]

    def name_of(self, visitor: str) -> str | None:
        """Return what `visitor` is called; None for those who are not here or have no name."""
        here = self._visitors.get(visitor)
        return None if here is None else here.name

    def windows_of(self, visitor: str) -> Collection[Window]:
        """Return the windows of `visitor`."""
        here = self._visitors.get(visitor)
        return () if here is None else tuple(here.windows)

    def enter(self, window: Window) -> None:
        """A window of a visitor is here; `introduce` tells what the visitor is called."""
        here = self._visitors.get(window.visitor)
        if here is None:
            here = self._visitors[window.visitor] = Visitor()
        here.windows.add(window)

    def introduce(self, visitor: str, name: str | None) -> None:
        """`visitor` was called `name` when the database was read: what was heard since then is newer."""
        here = self._visitors.get(visitor)
        if here is not None and here.name is None and name is not None:
            self._call(here, name)

    def leave(self, window: Window) -> None:
        """A window is gone; with the last one the visitor is."""
        here = self._visitors[window.visitor]
        here.windows.discard(window)
        if here.windows:
            return
        del self._visitors[window.visitor]
        if here.name is not None:
            self._subtract(here.name)

    def rename(self, visitor: str, name: str) -> bool:
        """`visitor` is called `name` from now on; return whether anybody is here to whom that is new.

        Where there was another name, readers hear of the change at once: what
        is said under the new one comes after it.
        """
        here = self._visitors.get(visitor)
        if here is None or here.name == name:
            return False
        had_another = here.name is not None
        self._call(here, name)
        if had_another:
            self._tell_now()
        return True

    def _call(self, here: Visitor, name: str) -> None:
        if here.name is not None:
            self._subtract(here.name)
        here.name = name
        self._add(name)

    def _add(self, name: str) -> None:
        self._names[name] += 1
        if self._names[name] > 1:
            return
        insort(self._sorted, (name.casefold(), name))
        if self._left.pop(name, self) is self:
            self._joined[name] = None
            self._tell_soon()

    def _subtract(self, name: str) -> None:
        self._names[name] -= 1
        if self._names[name]:
            return
        del self._names[name]
        del self._sorted[bisect_left(self._sorted, (name.casefold(), name))]
        if self._joined.pop(name, self) is self:
            self._left[name] = None
            self._tell_soon()

    def _tell_soon(self) -> None:
        if self._telling is None:
            self._telling = gevent.spawn_later(PRESENCE_DELAY, self._tell_gathered)

    def _tell_now(self) -> None:
        telling, self._telling = self._telling, None
        if telling is not None:
            telling.kill(block=False)
        self._tell_gathered()

    def _tell_gathered(self) -> None:
        self._telling = None
        joined, self._joined = self._joined, {}
        left, self._left = self._left, {}
        if joined or left:
            self._tell(_some(joined), _some(left))


def _some(names: Iterable[str]) -> list[str]:
    return list(names)[:MAX_NAMES]
