"""Messages and changes of a room after a position, in the form in which they are published.

They are read from the log in its current state: a message that was edited or removed before it was published is
published in that state, followed by `edited` or `removed`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from piratechat.model.changes import Change, ChangesMissing
from piratechat.model.events import Message
from piratechat.model.log import participant_of
from piratechat.model.published import Position
from piratechat.model.room import Room
from piratechat.model.visitors import program_of
from piratechat.serialization import kept_values

#: The kind of a new message, and those of published changes; other changes are not published.
SAID = "message"
CHANGES = frozenset({"edited", "removed", "restored", "erased"})
#: Changes after which a message has no text.
HIDING = frozenset({"removed", "erased"})

#: The order of messages and changes: message number, 0 for the message and 1 for a change after it, change number.
Place = tuple[int, int, int]
#: The number of a message, or a change.
Item = tuple[Place, int | Change]


@dataclass(frozen=True, slots=True)
class Publication:
    """One message to other programs."""

    kind: str
    #: The same id if it is published again.
    id: str
    values: dict[str, Any]
    #: The notification source that posted it, or "" for people.
    source: str


def unpublished(room: Room, position: Position, limit: int) -> tuple[list[Publication], Position]:
    """Return what follows `position`, in order, and the new position: about `limit` items, without splitting a change.

    Raises LogDamaged or ChangesMissing.
    """
    found: list[Publication] = []
    last, rev = position
    for _place, one in islice(merge(_messages(room, last), _changes(room, rev), key=_place_of), limit):
        if len(found) >= limit:
            break
        if isinstance(one, Change):
            rev = one.rev
            if one.kind in CHANGES:
                found += [_changed(room, one, seq) for seq in one.seqs]
        else:
            last = one
            found.append(_said(room, one))
    return found, (last, rev)


def _place_of(item: Item) -> Place:
    return item[0]


def _messages(room: Room, after: int) -> Iterator[Item]:
    for seq in range(after + 1, room.log.last + 1):
        yield (seq, 0, 0), seq


def _changes(room: Room, since: int) -> Iterator[Item]:
    changes = room.changes
    try:
        yield from (((each.last, 1, each.rev), each) for each in changes.forward(since, room.rev))
    except ChangesMissing:
        kept = changes.first - 1
        if kept <= since:
            raise
        # They are too old; messages are published in their current state.
        yield from (((each.last, 1, each.rev), each) for each in changes.forward(kept, room.rev))


def _said(room: Room, seq: int) -> Publication:
    message, source = _message(room, seq)
    return _publication(room, SAID, f"{seq}", message, room.rev, source)


def _changed(room: Room, change: Change, seq: int) -> Publication:
    message, source = _message(room, seq)
    if change.kind in HIDING:
        message = message._replace(text="", mentions=())
    return _publication(room, change.kind, f"r{change.rev}.{seq}", message, change.rev, source)


def _message(room: Room, seq: int) -> tuple[Message, str]:
    message, entry = room.message(seq), room.log.get(seq)
    assert message is not None
    assert entry is not None
    participant = participant_of(entry)
    source = None if participant is None else program_of(room.names.visitor(participant))
    return message._replace(pinned=False, reactions=()), source or ""


def _publication(room: Room, kind: str, number: str, message: Message, rev: int, source: str) -> Publication:
    values = {"kind": kind, "room": room.__name__, "epoch": room.epoch, **kept_values(message), "rev": rev}
    if source:
        values["bot"] = True
    return Publication(kind, f"{room.epoch}.{room.__name__}.{number}", values, source)
