"""The history of transactions, and undoing one of them."""

from base64 import encodebytes
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from persistent.TimeStamp import TimeStamp
from ZODB.POSException import ConflictError, POSKeyError, UndoError
from ZODB.serialize import referencesf
from ZODB.utils import get_pickle_metadata, z64

from piratechat.errors import CommandRejected
from piratechat.maintenance.actions import Action
from piratechat.maintenance.compensation import HistoryPacked, actions_in, actions_of, before_of, state_of, take_back
from piratechat.model.changes import ChangeSegment
from piratechat.model.chat import chat_of
from piratechat.model.log import Segment, is_erased
from piratechat.model.room import Room

SETTINGS = "settings"
#: The classes of log segments.
SEGMENTS = {(segment.__module__, segment.__name__) for segment in (Segment, ChangeSegment)}
#: The class of segments with messages.
MESSAGES = (Segment.__module__, Segment.__name__)
#: Attempts at a transaction that conflicts with others.
ATTEMPTS = 20


@dataclass(slots=True)
class Change:
    """A transaction: its id (8 bytes), milliseconds since 1970, user and note, written objects, and their sizes."""

    id: bytes
    at: int
    user: str
    description: str
    objects: dict[bytes, bytes | None] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that were written."""
        return sum(len(data) for data in self.objects.values() if data is not None)


@dataclass(frozen=True, slots=True)
class RoomChange:
    """The changes of a transaction in a room: kinds of objects, and the numbers of changes that readers received."""

    change: Change
    kinds: list[str]
    revs: list[int]


class NotUndone(Exception):
    """A transaction could not be undone; `meanwhile` are the later ones that prevent it, first one first."""

    def __init__(self, why: str, meanwhile: list[Change] | None = None) -> None:
        super().__init__(why)
        self.meanwhile = meanwhile or []


def parse_id(text: str) -> bytes | None:
    """Parse a transaction id of sixteen hexadecimal digits; returns None if it is invalid."""
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        return None
    return found if len(found) == 8 else None


def changes(storage: Any) -> Iterator[Change]:
    """Yield all transactions, first one first; those before a pack have only objects that still exist."""
    for record in storage.iterator():
        at = int(TimeStamp(record.tid).timeTime() * 1000)
        change = Change(
            record.tid, at, *(text.decode("utf-8", "replace") for text in (record.user, record.description))
        )
        for part in record:
            change.objects[part.oid] = part.data
        yield change


def parts_of(room: Room) -> dict[bytes, str]:
    """Return the ids of all objects of `room`, each with the kind of its content."""
    connection: Any = room._p_jar
    found = {room._p_oid: SETTINGS}
    for kind, part in room.parts().items():
        for oid in _below(connection, part._p_oid):
            found[oid] = kind
    return found


def changes_of(room: Room, most: int) -> list[RoomChange]:
    """Return the last `most` transactions that changed `room`, last one first."""
    connection: Any = room._p_jar
    parts = parts_of(room)
    segments = {segment._p_oid for _first, segment, _full in room.changes.segments()}
    found: deque[RoomChange] = deque(maxlen=most)
    opened, rev = False, 0
    for change in changes(connection.db().storage):
        kinds = sorted({parts[oid] for oid in change.objects if oid in parts})
        if not kinds:
            continue
        written = [state_of(connection, data) for oid, data in change.objects.items() if oid in segments and data]
        first, last = _range(written)
        revs = list(range(max(first, rev + 1), last + 1))
        rev = max(rev, last)
        found.append(RoomChange(change, kinds if opened or room._p_oid not in change.objects else ["opened"], revs))
        opened = True
    return list(reversed(found))


def _range(segments: list[dict[str, Any]]) -> tuple[int, int]:
    """Return the first and the last number in these log segments, or (1, 0) if there is none."""
    first = min((state["first"] for state in segments), default=1)
    return first, max((state["first"] + len(state["entries"]) - 1 for state in segments), default=0)


def undo(connection: Any, tid: bytes, note: str) -> None:
    """Undo the transaction `tid` with a new one that has the note `note`.  Raises NotUndone; then nothing has changed.

    Actions of owners and authors are undone by the opposite action, and messages in the same transaction stay.  The
    storage undoes everything else, except numbered items: readers have received their numbers, which must not be
    assigned again.
    """
    found, later = _found(connection.db().storage, tid)
    chat = chat_of(connection)
    if z64 in found.objects or chat._p_oid in found.objects:
        raise NotUndone("it created, upgraded or restored the database")
    if _erases_something(connection, found):
        raise NotUndone("it erased messages, which cannot be restored")
    try:
        actions = actions_of(chat, tid, found.objects)
    except HistoryPacked:
        raise NotUndone("it was packed") from None
    if actions:
        _compensate(connection, actions, later, note)
    elif _numbers_something(connection, found):
        raise NotUndone(
            "it has messages, or its owner took another name, and assigned numbers are never reused. "
            "To hide a message, the room's owner can remove it on the room's page"
        )
    else:
        _undo_by_storage(connection, found, later, note)


def _compensate(connection: Any, actions: list[Action], later: list[Change], note: str) -> None:
    manager: Any = connection.transaction_manager
    for _attempt in range(ATTEMPTS):
        manager.begin().note(note)
        try:
            stale = list(take_back(actions))
            if not stale:
                manager.commit()
                return
        except ConflictError:  # another server with the same database, by ZEO
            manager.abort()
            continue
        except CommandRejected as rejected:
            manager.abort()
            raise NotUndone(f"the opposite action was rejected: {rejected.message.removesuffix('.')}") from None
        manager.abort()
        subjects = set().union(*(action.subjects for action in stale))
        meanwhile = [change for change in later if _is_about(change, stale[0].room, subjects)]
        if not meanwhile:
            raise NotUndone("its subject was erased since, or has its previous state already")
        raise NotUndone("later transactions changed the same things", meanwhile)
    raise NotUndone("the server was writing continuously. Try again")


def _is_about(change: Change, room: Room, subjects: set[Any]) -> bool:
    """Whether the transaction `change` changed one of the `subjects` of `room`."""
    try:
        return any(action.subjects & subjects for action in actions_in(room, change.id, change.objects))
    except HistoryPacked:
        return False


def _undo_by_storage(connection: Any, found: Change, later: list[Change], note: str) -> None:
    manager: Any = connection.transaction_manager
    undoing = manager.begin()
    try:
        connection.db().undo(encodebytes(found.id).rstrip(), undoing)
        undoing.note(note)
        manager.commit()
    except (UndoError, ConflictError, POSKeyError) as error:
        manager.abort()
        meanwhile = [change for change in later if change.objects.keys() & found.objects.keys()]
        if not meanwhile:
            raise NotUndone("it was packed, or is of a kind that cannot be undone") from error
        raise NotUndone("later transactions changed the same things", meanwhile) from error


def _found(storage: Any, tid: bytes) -> tuple[Change, list[Change]]:
    """Return the transaction `tid`, and those after it."""
    found = None
    later = []
    for change in changes(storage):
        if change.id == tid:
            found = change
        elif found is not None:
            later.append(change)
    if found is None:
        raise NotUndone("there is no such transaction. 'bin/piratechat history ROOM' lists them")
    return found, later


def _numbers_something(connection: Any, change: Change) -> bool:
    """Whether a log segment has more entries after `change` than before."""
    return any(
        _count(connection, data) > _count(connection, before_of(connection, oid, change.id))
        for oid, data in change.objects.items()
        if data is not None and get_pickle_metadata(data) in SEGMENTS
    )


def _erases_something(connection: Any, change: Change) -> bool:
    """Whether a log segment has more erased messages after `change` than before."""
    return any(
        _erased(connection, data) > _erased(connection, before_of(connection, oid, change.id))
        for oid, data in change.objects.items()
        if data is not None and get_pickle_metadata(data) == MESSAGES
    )


def _erased(connection: Any, data: bytes | None) -> int:
    return 0 if data is None else sum(map(is_erased, state_of(connection, data)["entries"]))


def _count(connection: Any, data: bytes | None) -> int:
    return 0 if data is None else len(state_of(connection, data)["entries"])


def _below(connection: Any, oid: bytes) -> Iterator[bytes]:
    """Yield the ids of the object `oid` and of all objects that it refers to, directly or indirectly."""
    seen, to_do = {oid}, [oid]
    while to_do:
        oid = to_do.pop()
        yield oid
        data, _serial = connection._storage.load(oid)
        for other in referencesf(data):
            if other not in seen:
                seen.add(other)
                to_do.append(other)
