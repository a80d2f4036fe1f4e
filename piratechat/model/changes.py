"""What was changed in a room beside what was said, in the order of its numbers.

Everything that all readers are told and that is no new message takes the next
`rev`: a removal, an edit, a setting.  A change says what it was about and
holds no values: whoever catches up is told the present state of that.

Changes lie in segments of sixteen, like messages, and `rev` is counted in those:
nothing that the room itself holds is written for a change.  Two processes that
add a change at once conflict, and the command of one is performed again.  There
is no conflict resolution, since that would number a change again that somebody
has heard of.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from BTrees.LOBTree import LOBTree
from persistent import Persistent

SEGMENT_SIZE = 16
#: Changes that are kept at least; beyond that the oldest whole segments are dropped.
MAX_CHANGES = 10_000

#: What a change can be: `subject` of "room" holds the names of what was changed, among them "owner"; that of all others
#: is the number of a message, or the ascending numbers of up to 500 that were changed at once.
#: "pinned" is also said of what was unpinned.  "reactions" is about `(seq, emoji, whether it was added)`.
Kind = Literal["removed", "restored", "edited", "erased", "pinned", "reactions", "room"]
Subject = int | tuple[int, ...] | tuple[int, str, bool] | tuple[str, ...]

#: What can be changed: a message, by its number; something about it, by a name and its number; or something about
#: the room, by its name.
Thing = int | str | tuple[str, int]
#: The pinned messages of a room.
PINS = "pinned"
#: With the number of a message: its reactions.
REACTIONS = "reactions"

#: A change as it is kept: `(at, kind, subject, last, participant)`.
Entry = tuple[int, Kind, Any, int, int | None]


class Change(NamedTuple):
    """A change in a room."""

    rev: int
    #: Milliseconds since 1970, UTC.
    at: int
    kind: Kind
    subject: Any
    #: The number of the last message when it was made: so the changes and the messages have one order.
    last: int
    #: The number of the participant who made it, None for the operator.
    participant: int | None

    @property
    def seqs(self) -> tuple[int, ...]:
        """The messages that it is about."""
        if self.kind == "room":
            return ()
        if self.kind == "reactions":
            return (self.subject[0],)
        return self.subject if isinstance(self.subject, tuple) else (self.subject,)

    @property
    def things(self) -> tuple[Thing, ...]:
        """What a reader is told the present state of."""
        if self.kind == "room":
            return self.subject
        if self.kind == "reactions":
            return ((REACTIONS, self.subject[0]),)
        return (PINS,) if self.kind == "pinned" else self.seqs


class ChangesMissing(Exception):
    """Changes that were asked for are not kept: they are too old, or the file is damaged."""


class ChangeSegment(Persistent):
    """Up to sixteen entries, the first of which has the number `first`."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.entries: tuple[Entry, ...] = ()


class Changes(Persistent):
    """The changes of a room, numbered from 1 without gaps; the last 10,000 are kept."""

    def __init__(self) -> None:
        self._full: Any = LOBTree()
        self._open = ChangeSegment(1)

    @property
    def rev(self) -> int:
        """The number of the last change, 0 if there is none."""
        return self._open.first + len(self._open.entries) - 1

    @property
    def first(self) -> int:
        """The number of the oldest change that is kept, or else the one that the next change gets."""
        return self._full.minKey() if self._full else self._open.first

    def append(self, at: int, kind: Kind, subject: Subject, last: int, participant: int | None) -> int:
        """Add a change and return its number."""
        segment = self._open
        if len(segment.entries) == SEGMENT_SIZE:
            self._full[segment.first] = segment
            segment = self._open = ChangeSegment(segment.first + SEGMENT_SIZE)
            self._drop(through=segment.first - 1 - MAX_CHANGES)
        segment.entries += ((at, kind, subject, last, participant),)
        return segment.first + len(segment.entries) - 1

    def forward(self, since: int, limit: int) -> Iterator[Change]:
        """Yield the changes behind the number `since`, ascending, at most `limit`.  Raises ChangesMissing."""
        rev = max(since, 0) + 1
        end = min(rev + limit - 1, self.rev)
        while rev <= end:
            segment = self._segment(rev)
            for entry in segment.entries[rev - segment.first : end - segment.first + 1]:
                yield Change(rev, *entry)
                rev += 1

    def backward(self, since: int) -> Iterator[Change]:
        """Yield the changes behind the number `since`, descending.  Raises ChangesMissing."""
        rev = self.rev
        while rev > since:
            segment = self._segment(rev)
            for entry in reversed(segment.entries[max(since + 1 - segment.first, 0) : rev - segment.first + 1]):
                yield Change(rev, *entry)
                rev -= 1

    def segments(self) -> Iterator[tuple[int, ChangeSegment, bool]]:
        """Yield the number that each segment is filed under, the segment, and whether it must be full; ascending.

        This is for checks: nothing is said about damage.
        """
        for first, segment in self._full.items():
            yield first, segment, True
        yield self._open.first, self._open, False

    def _drop(self, through: int) -> None:
        """Drop the segments whose changes all have numbers up to `through`."""
        while self._full and self._full.minKey() + SEGMENT_SIZE - 1 <= through:
            del self._full[self._full.minKey()]

    def _segment(self, rev: int) -> ChangeSegment:
        """Return the segment that holds the change `rev`.  Raises ChangesMissing."""
        if rev >= self._open.first:
            return self._open
        segment = self._full.get((rev - 1) // SEGMENT_SIZE * SEGMENT_SIZE + 1)
        if segment is None or len(segment.entries) != SEGMENT_SIZE:
            raise ChangesMissing(f"change {rev} is not kept")
        return segment
