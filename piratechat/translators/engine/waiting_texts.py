"""The texts that wait for one back end, in the order in which it is asked for them: pure, without a clock."""

from collections import Counter, OrderedDict
from enum import IntEnum
from itertools import count
from typing import Generic, NamedTuple, TypeVar


class Urgency(IntEnum):
    """Why somebody waits for a text, the most urgent first."""

    #: It was said just now.
    SAID = 0
    #: A reader has it in sight.
    IN_SIGHT = 1
    #: A reader may come to it later.
    LATER = 2


class Turn(NamedTuple):
    """What decides when it is the turn of a text.

    The more urgent come first, and among those rooms take turns.  Within a
    room what is said now keeps its order; of all else the newest is first.
    """

    room: str = ""
    #: The number of its message in the room.
    seq: int = 0
    urgency: Urgency = Urgency.LATER


Waiter = TypeVar("Waiter")


class WaitingTexts(Generic[Waiter]):
    """A queue with turns; each waiter, which is hashable, is in it once."""

    def __init__(self) -> None:
        self._numbers = count()
        self._turns: dict[Waiter, Turn] = {}
        #: By urgency, then by room, the next first: who waits, and a number that is lower the sooner it is their turn.
        self._lines: dict[Urgency, OrderedDict[str, dict[Waiter, int]]] = {each: OrderedDict() for each in Urgency}
        #: How many wait, by room.
        self.by_room: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._turns)

    def __contains__(self, waiter: Waiter) -> bool:
        return waiter in self._turns

    def put(self, waiter: Waiter, turn: Turn) -> None:
        """Have `waiter` wait for its turn; one that waits already does so with the more urgent of the two turns."""
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
        """Return whose turn it is, in `room` or in any, or None if nobody waits."""
        for rooms in self._lines.values():
            for line in rooms.values() if room is None else filter(None, [rooms.get(room)]):
                return min(line, key=line.__getitem__)
        return None

    def pop(self, room: str | None = None) -> Waiter | None:
        """Remove whose turn it is, in `room` or in any, and return it, or None if nobody waits.

        The next turn is another room's.
        """
        waiter = self.first(room)
        if waiter is not None:
            turn = self._remove(waiter)
            rooms = self._lines[turn.urgency]
            if turn.room in rooms:
                rooms.move_to_end(turn.room)
        return waiter

    def drop(self) -> Waiter | None:
        """Remove who is missed least and return it, or None if nobody waits.

        That is the last in the line that is the least urgent of the room with most.
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
