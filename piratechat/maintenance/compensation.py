"""Taking back what owners did, by commands that do the opposite.

ZODB's own undo would take numbers back that readers have heard of, and give
them to something else.  So what is taken back is a change of its own, with its
own number.  What was done is in the moderation log of each room.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ZODB.POSException import POSKeyError
from ZODB.serialize import ObjectReader

from piratechat.model.changes import ChangesMissing
from piratechat.model.chat import Chat
from piratechat.model.commands import (
    Change,
    Mute,
    OwnerCommand,
    Pin,
    Remove,
    RemoveMany,
    Restore,
    RestoreMany,
    Unmute,
)
from piratechat.model.moderation_log import LogEntry
from piratechat.model.nonces import Nonces
from piratechat.model.room import Room

#: What the operator does needs no visitor.
NOBODY = ""


class HistoryPacked(Exception):
    """What was there before a transaction is not kept any more."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done in a room."""

    room: Room
    entry: LogEntry

    @property
    def subjects(self) -> set[Any]:
        """What it was about: numbers of messages, the name of a visitor, or that of a setting."""
        what, value = self.entry.what, self.entry.value
        if what in ("removed", "restored", "erased"):
            return {value}
        if what in ("removed_many", "restored_many"):
            return set(self._seqs())
        if what in ("pinned", "unpinned"):
            return {("pin", value)}
        return {("visitor", self.room.names.owner(value))} if what in ("muted", "unmuted") else {what}

    def opposite(self) -> OwnerCommand | None:
        """Return the command that takes it back; None if nothing is left of it."""
        room, slug, what, value = self.room, self.room.__name__, self.entry.what, self.entry.value
        if what in ("removed", "removed_many"):
            if self.entry.before is not None:
                return None  # its author had removed it before: it must not be shown
            seqs = [seq for seq in self._seqs() if seq in room.removed]
            if len(seqs) == 1:
                return Restore(slug, NOBODY, seqs[0], by="operator")
            return RestoreMany(slug, NOBODY, seqs, by="operator") if seqs else None
        if what == "erased":
            return None
        if what in ("restored", "restored_many"):
            seqs = [seq for seq in self._seqs() if seq not in room.removed and not room.is_erased(seq)]
            if len(seqs) == 1:
                return Remove(slug, NOBODY, seqs[0], by="operator")
            return RemoveMany(slug, NOBODY, seqs, by="operator") if seqs else None
        if what in ("pinned", "unpinned"):
            return self._pin(on=what == "unpinned")
        if what in ("muted", "unmuted"):
            return self._mute(on=what == "unmuted")
        if getattr(room, what) != value:
            return None
        return Change(slug, NOBODY, {what: self.entry.before}, by="operator")

    def _pin(self, on: bool) -> OwnerCommand | None:
        room, seq = self.room, self.entry.value
        if room.is_pinned(seq) == on or (on and not room.can_pin(seq)):
            return None
        return Pin(room.__name__, NOBODY, seq, on, by="operator")

    def _mute(self, on: bool) -> OwnerCommand | None:
        names, name = self.room.names, self.entry.value
        visitor = names.owner(name)
        if visitor is None or names.is_muted(visitor) == on:
            return None
        return (Mute if on else Unmute)(self.room.__name__, NOBODY, name, by="operator")

    def _seqs(self) -> tuple[int, ...]:
        """Return the messages that it was about, none if that is not kept."""
        value = self.entry.value
        if isinstance(value, int):
            return (value,)
        try:
            return next((change.seqs for change in self.room.changes.forward(value[1] - 1, 1)), ())
        except ChangesMissing:
            return ()


def actions_of(chat: Chat, tid: bytes, written: dict[bytes, bytes | None]) -> list[Action]:
    """Return what was done in the transaction `tid`, which has `written` these objects, in its order.

    Raises HistoryPacked.
    """
    return [
        Action(room, entry)
        for room in map(chat.rooms.__getitem__, chat.rooms)
        if room._moderation_log is not None and (oid := room._moderation_log._p_oid) in written
        for entry in _entries_of(room, oid, tid, written)
    ]


def _entries_of(room: Room, oid: Any, tid: bytes, written: dict[bytes, bytes | None]) -> list[LogEntry]:
    """Return the entries that the transaction `tid` has added to `oid`, the moderation log of `room`.

    Raises HistoryPacked.

    A room is older than its moderation log, and is written when that is made.
    """
    connection: Any = room._p_jar
    before = before_of(connection, oid, tid)
    if before is None and (room._p_oid not in written or before_of(connection, room._p_oid, tid) is None):
        raise HistoryPacked
    return _added(_entries(connection, before), _entries(connection, written[oid]))


def take_back(actions: list[Action]) -> Iterator[Action]:
    """Take `actions` back, the last one first; yield those of which nothing is left."""
    now = time.time_ns() // 1_000_000
    for action in reversed(actions):
        command = action.opposite()
        if command is None:
            yield action
        else:
            command.perform(action.room, now, Nonces(time.monotonic))


def before_of(connection: Any, oid: bytes, tid: bytes) -> bytes | None:
    """Return the pickle of the object `oid` before the transaction `tid`, None if there was none or it was packed."""
    try:
        found = connection.db().storage.loadBefore(oid, tid)
    except POSKeyError:
        return None
    return None if found is None else found[0]


def state_of(connection: Any, data: bytes) -> Any:
    """Return the state that is pickled in `data`, of an object that refers to no others."""
    return ObjectReader(factory=connection.db().classFactory).getState(data)


def _entries(connection: Any, data: bytes | None) -> tuple[Any, ...]:
    """Return the entries of a pickled moderation log; that of a database of version 0 has none under this name."""
    return () if data is None else state_of(connection, data).get("_entries", ())


def _added(before: tuple[Any, ...], after: tuple[Any, ...]) -> list[LogEntry]:
    """Return the entries that were added between `before` and `after`, which has dropped its oldest."""
    kept = next(n for n in range(min(len(before), len(after)), -1, -1) if after[:n] == before[len(before) - n :])
    return [LogEntry(*entry) for entry in after[kept:]]
