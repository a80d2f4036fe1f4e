"""The visitors present in a room, each with all their windows and one name.

Visitors who are connected to other processes are known only by name, separately for each process.  Each process numbers
the changes of its list, so that lost ones are noticed.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from piratechat.live.names_here import MAX_NAMES, NamesHere, Tell

#: Maximum number of known names of people connected to another process; of a larger crowd only the number is known.
MAX_NAMES_ELSEWHERE = 5 * MAX_NAMES


class Window(Protocol):
    """A window of a visitor."""

    @property
    def visitor(self) -> str:
        """The visitor's id."""

    def send(self, message: str) -> None:
        """Receive a message."""

    def close(self, code: int, reason: str) -> None:
        """End the session."""


@dataclass(slots=True, eq=False)
class Visitor:
    """A visitor who is present."""

    #: The visitor's name in the room, or None.
    name: str | None = None
    windows: set[Any] = field(default_factory=set)


@dataclass(slots=True)
class Elsewhere:
    """The names of the people connected to another process: those of its list `of`, as of change number `change`."""

    of: str
    change: int
    names: set[str] = field(default_factory=set)
    #: The number of people there, including those without a known name.
    count: int = 0
    #: Whether it has answered since it was last asked.
    answered: bool = True


class Presence:
    """The visitors who are present.

    `tell` receives joins and leaves in all processes, and `tell_others` those in this process.
    """

    def __init__(self, tell: Tell, tell_others: Tell | None = None) -> None:
        self._tell_others = tell_others
        self._visitors: dict[str, Visitor] = {}
        self._all = NamesHere(tell)
        self._own = NamesHere(self._tell_own)
        self._elsewhere: dict[str, Elsewhere] = {}
        #: The id of this process's list, and the number of its last change.
        self.of, self.change = secrets.token_hex(8), 0

    @property
    def names(self) -> list[str]:
        """The names of the people present, sorted; at most MAX_NAMES."""
        return self._all.names

    @property
    def names_change(self) -> int:
        """A counter that changes with `names`."""
        return self._all.names_change

    @property
    def count(self) -> int:
        """The number of people with a name."""
        return self._all.count

    @property
    def own_count(self) -> int:
        """The number of people with a name who are connected to this process."""
        return self._own.count

    @property
    def own_names(self) -> list[str]:
        """The names of the people who are connected to this process, sorted; at most MAX_NAMES."""
        return self._own.names

    @property
    def visitors(self) -> list[str]:
        """The ids of the visitors who are connected to this process."""
        return list(self._visitors)

    def name_of(self, visitor: str) -> str | None:
        """Return the name of `visitor`, or None if they are absent or have no name."""
        here = self._visitors.get(visitor)
        return None if here is None else here.name

    def windows_of(self, visitor: str) -> Collection[Window]:
        """Return the windows of `visitor`."""
        here = self._visitors.get(visitor)
        return () if here is None else tuple(here.windows)

    def enter(self, window: Window) -> None:
        """Add a window of a visitor; `introduce` sets the visitor's name."""
        here = self._visitors.get(window.visitor)
        if here is None:
            here = self._visitors[window.visitor] = Visitor()
        here.windows.add(window)

    def introduce(self, visitor: str, name: str | None) -> None:
        """`visitor` had the `name` when the database was read; a later event takes precedence."""
        here = self._visitors.get(visitor)
        if here is not None and here.name is None and name is not None:
            self._call(here, name)

    def leave(self, window: Window) -> None:
        """Remove a window, and the visitor with the last one."""
        here = self._visitors[window.visitor]
        here.windows.discard(window)
        if here.windows:
            return
        del self._visitors[window.visitor]
        if here.name is not None:
            self._subtract(here.name)

    def rename(self, visitor: str, name: str) -> bool:
        """Set the name of `visitor`; return whether that is new for somebody present.

        If there was another name, readers are notified immediately, so that messages under the new name come later.
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

    # Visitors of other processes

    def hear_present(self, node: str, of: str, change: int, names: Iterable[str], count: int) -> None:
        """Note the names of the `count` people of the process `node`: its list `of`, as of change number `change`."""
        there = self._elsewhere.setdefault(node, Elsewhere(of, change))
        there.of, there.change, there.answered = of, change, True
        self._move(there, set(names), there.names - set(names), count)

    def hear_moved(
        self, node: str, of: str, change: int, joined: Iterable[str], left: Iterable[str], count: int
    ) -> bool:
        """Names joined and left at the process `node`, which now has `count` people.

        Returns False if the change does not follow the known state of the list.
        """
        there = self._elsewhere.get(node)
        if there is None or (there.of, there.change + 1) != (of, change):
            return False
        there.change = change
        self._move(there, set(joined), set(left), count)
        return True

    def forget(self, node: str) -> None:
        """Remove the process `node`, which is gone, with all its visitors."""
        there = self._elsewhere.pop(node, None)
        if there is not None:
            self._move(there, set(), set(there.names), 0)

    def expect_answers(self) -> None:
        """All other processes are being asked for their names."""
        for there in self._elsewhere.values():
            there.answered = False

    def forget_silent(self) -> None:
        """Remove the people of processes that have not answered."""
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

    # Visitors of this process

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
