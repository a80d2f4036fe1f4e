"""Undoing actions by performing the opposite commands.

ZODB's own undo would also undo numbers that readers have already received, and assign them again.  So undoing an action
is a change of its own, with its own number.  The actions are in the moderation log of each room.
"""

import time
from collections.abc import Iterator
from typing import Any

from ZODB.POSException import POSKeyError
from ZODB.serialize import ObjectReader

from piratechat.maintenance.actions import Action, LoggedAction, of_changes
from piratechat.model.changes import Change
from piratechat.model.chat import Chat
from piratechat.model.moderation_log import LogEntry
from piratechat.model.nonces import Nonces
from piratechat.model.room import Room

#: Kinds of moderation log entries for actions that are also among the changes.
_AMONG_CHANGES = ("edited", "reaction_added", "reaction_removed")


class HistoryPacked(Exception):
    """The state before a transaction is no longer stored."""


def actions_of(chat: Chat, tid: bytes, written: dict[bytes, bytes | None]) -> list[Action]:
    """Return the actions in the transaction `tid`, which has `written` these objects.

    Raises HistoryPacked.
    """
    return [action for room in map(chat.rooms.__getitem__, chat.rooms) for action in actions_in(room, tid, written)]


def actions_in(room: Room, tid: bytes, written: dict[bytes, bytes | None]) -> Iterator[Action]:
    """Yield the actions in `room` in the transaction `tid`, which has `written` these objects.

    Raises HistoryPacked.
    """
    yield from of_changes(room, _changes_of(room, tid, written), _versions_of(room, written))
    if room._moderation_log is not None and (oid := room._moderation_log._p_oid) in written:
        for entry in _entries_of(room, oid, tid, written):
            if entry.what not in _AMONG_CHANGES:
                yield LoggedAction(room, entry)


def _changes_of(room: Room, tid: bytes, written: dict[bytes, bytes | None]) -> list[Change]:
    """Return the changes that the transaction `tid` added to `room`, ascending.

    Raises HistoryPacked.

    The log of changes itself is written when a new segment begins.
    """
    connection: Any = room._p_jar
    found: list[Change] = []
    for first, segment, _full in room.changes.segments():
        oid: Any = segment._p_oid
        if (data := written.get(oid)) is None:
            continue
        before = before_of(connection, oid, tid)
        if before is None and room._changes is not None and room._changes._p_oid not in written:
            raise HistoryPacked
        known = len(_entries(connection, before, "entries"))
        added = _entries(connection, data, "entries")[known:]
        found += [Change(rev, *entry) for rev, entry in enumerate(added, first + known)]
    return found


def _versions_of(room: Room, written: dict[bytes, bytes | None]) -> dict[int, int]:
    """Return the number of later versions of each message among the `written` objects."""
    connection: Any = room._p_jar
    return {
        seq: len(_entries(connection, data, "versions"))
        for seq, edited in room.edits.messages()
        if (data := written.get(edited._p_oid)) is not None
    }


def _entries_of(room: Room, oid: Any, tid: bytes, written: dict[bytes, bytes | None]) -> list[LogEntry]:
    """Return the entries that the transaction `tid` added to `oid`, the moderation log of `room`.

    Raises HistoryPacked.

    A room is older than its moderation log, and is written when the log is created.
    """
    connection: Any = room._p_jar
    before = before_of(connection, oid, tid)
    if before is None and (room._p_oid not in written or before_of(connection, room._p_oid, tid) is None):
        raise HistoryPacked
    return _added(_entries(connection, before), _entries(connection, written[oid]))


def take_back(actions: list[Action]) -> Iterator[Action]:
    """Undo `actions`, last one first; yield those that have nothing left to undo."""
    now = time.time_ns() // 1_000_000
    for action in reversed(actions):
        command = action.opposite()
        if command is None:
            yield action
        else:
            command.perform(action.room, now, Nonces(time.monotonic))


def before_of(connection: Any, oid: bytes, tid: bytes) -> bytes | None:
    """Return the pickle of the object `oid` before the transaction `tid`, or None if it did not exist or was packed."""
    try:
        found = connection.db().storage.loadBefore(oid, tid)
    except POSKeyError:
        return None
    return None if found is None else found[0]


def state_of(connection: Any, data: bytes) -> Any:
    """Return the state pickled in `data`, of an object without references."""
    return ObjectReader(factory=connection.db().classFactory).getState(data)


def _entries(connection: Any, data: bytes | None, name: str = "_entries") -> tuple[Any, ...]:
    """Return the tuple `name` of a pickled object, or (); a log of version 0 uses another name."""
    return () if data is None else state_of(connection, data).get(name, ())


def _added(before: tuple[Any, ...], after: tuple[Any, ...]) -> list[LogEntry]:
    """Return the entries added between `before` and `after`, where the oldest ones may have been dropped."""
    kept = next(n for n in range(min(len(before), len(after)), -1, -1) if after[:n] == before[len(before) - n :])
    return [LogEntry(*entry) for entry in after[kept:]]
