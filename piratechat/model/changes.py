"""The log of changes in a room, other than new messages.

Everything that all readers are notified of, except new messages, gets the next `rev`: a removal, an edit, a setting. A
change records its subject but no values: readers who catch up receive the current state.

Changes are stored in segments of sixteen, like messages, and `rev` is derived from these, so the room object itself is
not written for a change.  If two processes add a change at the same time they conflict, and the command of one is
repeated.  There is no conflict resolution, because it would renumber a change that readers have already received.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from BTrees.LOBTree import LOBTree
from persistent import Persistent

SEGMENT_SIZE = 16
#: Minimum number of stored changes; beyond that the oldest complete segments are dropped.
MAX_CHANGES = 10_000

#: Kinds of changes.  The `subject` of "room" has the names of the changed settings, including "owner"; that of other
#: kinds is the number of a message, or the ascending numbers of up to 500 messages that were changed together.
#: "pinned" also covers unpinning.  The subject of "reactions" is `(seq, emoji, whether it was added)`.
Kind = Literal["removed", "restored", "edited", "erased", "pinned", "reactions", "room"]
Subject = int | tuple[int, ...] | tuple[int, str, bool] | tuple[str, ...]

#: A changed thing: a message, by its number; something about a message, by a name and its number; or something about
#: the room, by its name.
Thing = int | str | tuple[str, int]
#: The pinned messages of a room.
PINS = "pinned"
#: With the number of a message: its reactions.
REACTIONS = "reactions"

#: A change as stored: `(at, kind, subject, last, participant)`.
Entry = tuple[int, Kind, Any, int, int | None]


class Change(NamedTuple):
    """A change in a room."""

    rev: int
    #: Milliseconds since 1970, UTC.
    at: int
    kind: Kind
    subject: Any
    #: The number of the last message at that time, which defines a common order of changes and messages.
    last: int
    #: The number of the participant who made it, or None for the operator.
    participant: int | None

    @property
    def seqs(self) -> tuple[int, ...]:
        """The numbers of the changed messages."""
        if self.kind == "room":
            return ()
        if self.kind == "reactions":
            return (self.subject[0],)
        return self.subject if isinstance(self.subject, tuple) else (self.subject,)

    @property
    def things(self) -> tuple[Thing, ...]:
        """The things whose current state readers receive."""
        if self.kind == "room":
            return self.subject
        if self.kind == "reactions":
            return ((REACTIONS, self.subject[0]),)
        return (PINS,) if self.kind == "pinned" else self.seqs


class ChangesMissing(Exception):
    """The requested changes are not available: they are too old, or the file is damaged."""


class ChangeSegment(Persistent):
    """Up to sixteen entries, beginning with number `first`."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.entries: tuple[Entry, ...] = ()


class Changes(Persistent):
    """The changes of a room, numbered from 1 without gaps; at least the last 10,000 are stored."""

    def __init__(self) -> None:
        self._full: Any = LOBTree()
        self._open = ChangeSegment(1)

    @property
    def rev(self) -> int:
        """The number of the last change, or 0."""
        return self._open.first + len(self._open.entries) - 1

    @property
    def first(self) -> int:
        """The number of the oldest stored change, or else the number of the next change."""
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
        """Yield at most `limit` changes after number `since`, ascending.  Raises ChangesMissing."""
        rev = max(since, 0) + 1
        end = min(rev + limit - 1, self.rev)
        while rev <= end:
            segment = self._segment(rev)
            for entry in segment.entries[rev - segment.first : end - segment.first + 1]:
                yield Change(rev, *entry)
                rev += 1

    def backward(self, since: int) -> Iterator[Change]:
        """Yield the changes after number `since`, descending.  Raises ChangesMissing."""
        rev = self.rev
        while rev > since:
            segment = self._segment(rev)
            for entry in reversed(segment.entries[max(since + 1 - segment.first, 0) : rev - segment.first + 1]):
                yield Change(rev, *entry)
                rev -= 1

    def segments(self) -> Iterator[tuple[int, ChangeSegment, bool]]:
        """Yield the key of each segment, the segment, and whether it must be full; ascending.

        For integrity checks: damage is not reported here.
        """
        for first, segment in self._full.items():
            yield first, segment, True
        yield self._open.first, self._open, False

    def _drop(self, through: int) -> None:
        """Drop the segments that contain only changes up to number `through`."""
        while self._full and self._full.minKey() + SEGMENT_SIZE - 1 <= through:
            del self._full[self._full.minKey()]

    def _segment(self, rev: int) -> ChangeSegment:
        """Return the segment with the change `rev`.  Raises ChangesMissing."""
        if rev >= self._open.first:
            return self._open
        segment = self._full.get((rev - 1) // SEGMENT_SIZE * SEGMENT_SIZE + 1)
        if segment is None or len(segment.entries) != SEGMENT_SIZE:
            raise ChangesMissing(f"change {rev} is not kept")
        return segment
