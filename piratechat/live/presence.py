"""Keeps the visitors who are in a room: each with all their windows, and under one name.

Visitors who have their windows at other processes are known by name only, process by process.  Each process counts the
changes of its list, so that one that was lost is noticed.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from piratechat.live.names_here import MAX_NAMES, NamesHere, Tell

#: Names that are known of one other process; of the rest of a crowd it is known how many they are.
MAX_NAMES_ELSEWHERE = 5 * MAX_NAMES


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


@dataclass(slots=True)
class Elsewhere:
    """The names at another process: those of the list `of`, as of its change number `change`."""

    of: str
    change: int
    names: set[str] = field(default_factory=set)
    #: How many are there, known by name or not.
    count: int = 0
    #: Whether it has told them since it was asked last.
    answered: bool = True


class Presence:
    """The visitors who are here.

    `tell` hears of names that came and went, wherever they are, and `tell_others` of those whose windows are at this
    process.
    """

    def __init__(self, tell: Tell, tell_others: Tell | None = None) -> None:
        self._tell_others = tell_others
        self._visitors: dict[str, Visitor] = {}
        self._all = NamesHere(tell)
        self._own = NamesHere(self._tell_own)
        self._elsewhere: dict[str, Elsewhere] = {}
        #: What the list of those whose windows are here is known by, and the number of its last change.
        self.of, self.change = secrets.token_hex(8), 0

    @property
    def names(self) -> list[str]:
        """The names of those who are here, sorted; not more than two hundred."""
        return self._all.names

    @property
    def count(self) -> int:
        """How many with a name are here."""
        return self._all.count

    @property
    def own_count(self) -> int:
        """How many with a name have their windows at this process."""
        return self._own.count

    @property
    def own_names(self) -> list[str]:
        """The names of those whose windows are at this process, sorted; not more than two hundred."""
        return self._own.names

    @property
    def visitors(self) -> list[str]:
        """The ids of those whose windows are at this process."""
        return list(self._visitors)

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
            self._all.tell_now()
            self._own.tell_now()
        return True

    # Those at other processes

    def hear_present(self, node: str, of: str, change: int, names: Iterable[str], count: int) -> None:
        """`count` are here at the process `node`: the names of its list `of`, as of its change number `change`."""
        there = self._elsewhere.setdefault(node, Elsewhere(of, change))
        there.of, there.change, there.answered = of, change, True
        self._move(there, set(names), there.names - set(names), count)

    def hear_moved(
        self, node: str, of: str, change: int, joined: Iterable[str], left: Iterable[str], count: int
    ) -> bool:
        """Names came and went at the process `node`, where `count` are now.

        Returns False if that is no change of what is known of it.
        """
        there = self._elsewhere.get(node)
        if there is None or (there.of, there.change + 1) != (of, change):
            return False
        there.change = change
        self._move(there, set(joined), set(left), count)
        return True

    def forget(self, node: str) -> None:
        """The process `node` is gone, and so are those who were here there."""
        there = self._elsewhere.pop(node, None)
        if there is not None:
            self._move(there, set(), set(there.names), 0)

    def expect_answers(self) -> None:
        """All other processes are asked for their names now."""
        for there in self._elsewhere.values():
            there.answered = False

    def forget_silent(self) -> None:
        """Those who were asked and have not answered have nobody here."""
        for node in [node for node, there in self._elsewhere.items() if not there.answered]:
            self.forget(node)

    def _move(self, there: Elsewhere, joined: set[str], left: set[str], count: int) -> None:
        there.count = count
        for name in joined - there.names:
            if len(there.names) >= MAX_NAMES_ELSEWHERE:
                break
            there.names.add(name)
            self._all.add(name)
        for name in left & there.names:
            there.names.discard(name)
            self._all.subtract(name)
        self._all.note_unlisted(sum(max(each.count - len(each.names), 0) for each in self._elsewhere.values()))

    # Those at this one

    def _call(self, here: Visitor, name: str) -> None:
        if here.name is not None:
            self._subtract(here.name)
        here.name = name
        self._all.add(name)
        if self._tell_others is not None:
            self._own.add(name)

    def _subtract(self, name: str) -> None:
        self._all.subtract(name)
        if self._tell_others is not None:
            self._own.subtract(name)

    def _tell_own(self, joined: list[str], left: list[str], too_little: bool) -> None:
        self.change += 1
        if self._tell_others is not None:
            self._tell_others(joined, left, too_little)
