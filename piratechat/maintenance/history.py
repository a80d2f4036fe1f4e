"""What transactions changed, and taking one of them back."""

from base64 import encodebytes
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from persistent.TimeStamp import TimeStamp
from ZODB.POSException import ConflictError, POSKeyError, UndoError
from ZODB.serialize import ObjectReader, referencesf
from ZODB.utils import get_pickle_metadata, z64

from piratechat.model.log import Segment
from piratechat.model.room import Room

SETTINGS = "settings"


@dataclass(slots=True)
class Change:
    """A transaction: its id (8 bytes), milliseconds since 1970, who and what, the objects it wrote, and their bytes."""

    id: bytes
    at: int
    user: str
    description: str
    objects: dict[bytes, bytes | None] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that were written."""
        return sum(len(data) for data in self.objects.values() if data is not None)


class NotUndone(Exception):
    """A transaction that was left as it is; `meanwhile` are those that stand in the way, the first one first."""

    def __init__(self, why: str, meanwhile: list[Change] | None = None) -> None:
        super().__init__(why)
        self.meanwhile = meanwhile or []


def parse_id(text: str) -> bytes | None:
    """Return the id that is written as `text`, sixteen hexadecimal digits; None if that is no id."""
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        return None
    return found if len(found) == 8 else None


def changes(storage: Any) -> Iterator[Change]:
    """Yield all transactions, the first one first; those of a packed past hold only what is still there."""
    for record in storage.iterator():
        at = int(TimeStamp(record.tid).timeTime() * 1000)
        change = Change(
            record.tid, at, *(text.decode("utf-8", "replace") for text in (record.user, record.description))
        )
        for part in record:
            change.objects[part.oid] = part.data
        yield change


def parts_of(room: Room) -> dict[bytes, str]:
    """Return the ids of all objects that `room` consists of now, and what each is about."""
    connection: Any = room._p_jar
    found = {room._p_oid: SETTINGS}
    for kind, part in room.parts().items():
        for oid in _below(connection, part._p_oid):
            found[oid] = kind
    return found


def changes_of(room: Room, most: int) -> list[tuple[Change, list[str]]]:
    """Return the last transactions that changed `room`, at most so many, the last one first, and what they changed."""
    parts = parts_of(room)
    found: deque[tuple[Change, list[str]]] = deque(maxlen=most)
    opened = False
    for change in changes(room._p_jar.db().storage):
        kinds = sorted({parts[oid] for oid in change.objects if oid in parts})
        if kinds:
            found.append((change, kinds if opened or room._p_oid not in change.objects else ["opened"]))
            opened = True
    return list(reversed(found))


def undo(connection: Any, tid: bytes, note: str) -> None:
    """Take the transaction `tid` back, by a new one that says `note`.  Raises NotUndone; then nothing has changed.

    What was said is never unsaid so: readers have heard its numbers, and the
    next message would get one of them again.
    """
    found, meanwhile = _found(connection.db().storage, tid)
    if z64 in found.objects:
        raise NotUndone("it made the database")
    if _says_something(connection, found):
        raise NotUndone(
            "something was said in it, and a number that was given is not given again. "
            "To hide what was said, the room's owner removes the message on its page"
        )
    manager: Any = connection.transaction_manager
    undoing = manager.begin()
    try:
        connection.db().undo(encodebytes(tid).rstrip(), undoing)
        undoing.note(note)
        manager.commit()
    except (UndoError, ConflictError, POSKeyError) as error:
        manager.abort()
        if not meanwhile:
            raise NotUndone("it was packed, or is of a kind that cannot be undone") from error
        raise NotUndone("later transactions changed the same", meanwhile) from error


def _found(storage: Any, tid: bytes) -> tuple[Change, list[Change]]:
    """Return the transaction `tid`, and those behind it that wrote any of the same objects."""
    found = None
    meanwhile = []
    for change in changes(storage):
        if change.id == tid:
            found = change
        elif found is not None and change.objects.keys() & found.objects.keys():
            meanwhile.append(change)
    if found is None:
        raise NotUndone("there is no such transaction. 'bin/piratechat history ROOM' lists them")
    return found, meanwhile


def _says_something(connection: Any, change: Change) -> bool:
    """Whether a segment of a log holds more after `change` than before."""
    return any(
        _entries(connection, data) > _entries(connection, _before(connection, oid, change.id))
        for oid, data in change.objects.items()
        if data is not None and _is_segment(data)
    )


def _is_segment(data: bytes) -> bool:
    return get_pickle_metadata(data) == (Segment.__module__, Segment.__name__)


def _before(connection: Any, oid: bytes, tid: bytes) -> bytes | None:
    try:
        found = connection.db().storage.loadBefore(oid, tid)
    except POSKeyError:
        return None
    return None if found is None else found[0]


def _entries(connection: Any, data: bytes | None) -> int:
    if data is None:
        return 0
    return len(ObjectReader(factory=connection.db().classFactory).getState(data)["entries"])


def _below(connection: Any, oid: bytes) -> Iterator[bytes]:
    """Yield the ids of the object `oid` and of those it refers to, directly or not."""
    seen, to_do = {oid}, [oid]
    while to_do:
        oid = to_do.pop()
        yield oid
        data, _serial = connection._storage.load(oid)
        for other in referencesf(data):
            if other not in seen:
                seen.add(other)
                to_do.append(other)
