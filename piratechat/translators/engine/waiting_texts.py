"""The queue of texts for one back end, with priorities; this module has no clock."""

from collections import Counter, OrderedDict
from enum import IntEnum
from itertools import count
from typing import Generic, NamedTuple, TypeVar


class Urgency(IntEnum):
    """The urgency of a text, most urgent first."""

    #: A new message.
    SAID = 0
    #: Visible to a reader.
    IN_SIGHT = 1
    #: A reader may scroll to it later.
    LATER = 2


class Turn(NamedTuple):
    """The priority of a text.

    More urgent texts come first, and rooms with the same urgency take turns.  Within a room new messages keep their
    order; all others are sorted newest first.
    """

    room: str = ""
    #: The number of its message in the room.
    seq: int = 0
    urgency: Urgency = Urgency.LATER


Waiter = TypeVar("Waiter")


class WaitingTexts(Generic[Waiter]):
    """A queue with priorities; each waiter, which is hashable, is in it once."""

    def __init__(self) -> None:
        self._numbers = count()
        self._turns: dict[Waiter, Turn] = {}
        #: By urgency, then by room in the order of turns: the waiters, and a number that is lower for those who come
        #: earlier.
        self._lines: dict[Urgency, OrderedDict[str, dict[Waiter, int]]] = {each: OrderedDict() for each in Urgency}
        #: The number of waiters, by room.
        self.by_room: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._turns)

    def __contains__(self, waiter: Waiter) -> bool:
        return waiter in self._turns

    def put(self, waiter: Waiter, turn: Turn) -> None:
        """Add `waiter`; one that is already waiting gets the more urgent of the two turns."""
        before = self._turns.get(waiter)
        if before is not None:
            if before.urgency <= turn.urgency:
                return
            self._remove(waiter)
        number = next(self._numbers) if turn.urgency is Urgency.SAID else -turn.seq
        self._turns[waiter] = turn
        self._lines[turn.urgency].setdefault(turn.room, {})[waiter] = number
        self.by_room[turn.room] += 1

    def first(self, room: str | None = None) -> Waiter | None:
        """Return the next waiter, in `room` or in any, or None."""
        for rooms in self._lines.values():
            for line in rooms.values() if room is None else filter(None, [rooms.get(room)]):
                return min(line, key=line.__getitem__)
        return None

    def pop(self, room: str | None = None) -> Waiter | None:
        """Remove and return the next waiter, in `room` or in any, or None.

        Then it is another room's turn.
        """
        waiter = self.first(room)
        if waiter is not None:
            turn = self._remove(waiter)
            rooms = self._lines[turn.urgency]
            if turn.room in rooms:
                rooms.move_to_end(turn.room)
        return waiter

    def drop(self) -> Waiter | None:
        """Remove and return the least important waiter, or None.

        That is the last one with the lowest urgency in the room with the most waiters.
        """
        if not self._turns:
            return None
        ((room, _waiting),) = self.by_room.most_common(1)
        line = next(rooms[room] for rooms in reversed(self._lines.values()) if room in rooms)
        waiter = max(line, key=line.__getitem__)
        self._remove(waiter)
        return waiter

    def _remove(self, waiter: Waiter) -> Turn:
        turn = self._turns.pop(waiter)
        rooms = self._lines[turn.urgency]
        del rooms[turn.room][waiter]
        if not rooms[turn.room]:
            del rooms[turn.room]
        self.by_room[turn.room] -= 1
        if not self.by_room[turn.room]:
            del self.by_room[turn.room]
        return turn
