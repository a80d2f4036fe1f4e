"""The actions in a room, and the commands that undo them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from piratechat.model.changes import Change as NumberedChange
from piratechat.model.changes import ChangesMissing
from piratechat.model.commands import (
    Change,
    Command,
    Done,
    Mute,
    OwnerCommand,
    Pin,
    Remove,
    RemoveMany,
    Restore,
    RestoreMany,
    Unmute,
)
from piratechat.model.edits import Version
from piratechat.model.moderation_log import LogEntry
from piratechat.model.nonces import Nonces
from piratechat.model.room import Room

#: The operator needs no visitor id.
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Action:
    """An action in a room."""

    room: Room

    @property
    def subjects(self) -> set[Any]:
        """The subjects of the action: numbers of messages, the name of a visitor, or that of a setting."""
        raise NotImplementedError

    def opposite(self) -> Command | None:
        """Return the command that undoes it, or None if there is nothing left to undo."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class LoggedAction(Action):
    """An action in the moderation log."""

    entry: LogEntry

    @property
    def subjects(self) -> set[Any]:
        what, value = self.entry.what, self.entry.value
        if what in ("removed", "restored", "erased"):
            return {value}
        if what in ("removed_many", "restored_many"):
            return set(self._seqs())
        if what in ("pinned", "unpinned"):
            return {("pin", value)}
        return {("visitor", self.room.names.owner(value))} if what in ("muted", "unmuted") else {what}

    def opposite(self) -> OwnerCommand | None:
        room, slug, what, value = self.room, self.room.__name__, self.entry.what, self.entry.value
        if what in ("removed", "removed_many"):
            if self.entry.before is not None:
                return None  # its author had removed it before, so it must not be shown
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
        """Return the numbers of the messages, or () if they were not recorded."""
        value = self.entry.value
        if isinstance(value, int):
            return (value,)
        try:
            return next((change.seqs for change in self.room.changes.forward(value[1] - 1, 1)), ())
        except ChangesMissing:
            return ()


@dataclass(frozen=True, slots=True)
class Removal(Action):
    """An author's removal or restoration of a message, which is in no moderation log."""

    seq: int
    removed: bool

    @property
    def subjects(self) -> set[Any]:
        return {self.seq}

    def opposite(self) -> Command | None:
        if self.room.is_erased(self.seq) or self.room.removed.get(self.seq) != ("author" if self.removed else None):
            return None
        return (Restore if self.removed else Remove)(self.room.__name__, NOBODY, self.seq, by="operator")


@dataclass(frozen=True, slots=True)
class Editing(Action):
    """`count` edits of one message, after which it had `versions` versions including the first."""

    seq: int
    count: int
    versions: int

    @property
    def subjects(self) -> set[Any]:
        return {("edit", self.seq)}

    def opposite(self) -> Command | None:
        history = self.room.history(self.seq)
        if len(history) != self.versions + 1:
            return None
        return Reword(self.room.__name__, self.seq, history[self.versions - self.count])


@dataclass(frozen=True, slots=True)
class Reacting(Action):
    """A reaction to a message that was added, or removed if not `on`."""

    seq: int
    emoji: str
    on: bool
    participant: int

    @property
    def subjects(self) -> set[Any]:
        return {("reaction", self.seq, self.emoji, self.participant)}

    def opposite(self) -> Command | None:
        found = self.room.kept_reactions(self.seq)
        visitor = self.room.names.visitor(self.participant)
        if visitor is None or (found is not None and found.has(self.emoji, self.participant)) != self.on:
            return None
        return SetReaction(self.room.__name__, visitor, self.seq, self.emoji, not self.on)


@dataclass(frozen=True, slots=True)
class Reword:
    """Give a message its previous text; the current text stays among its versions."""

    slug: str
    seq: int
    version: Version
    visitor: str = NOBODY

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        if not room.edit(self.seq, self.version._replace(at=now)):
            return Done()
        rev = room.note_change(now, "edited", self.seq, None)
        room.remember(LogEntry(now, "edited", self.seq))
        return Done(rev=rev)


@dataclass(frozen=True, slots=True)
class SetReaction:
    """Add the reaction of `visitor` to a message, or remove it if not `on`."""

    slug: str
    visitor: str
    seq: int
    emoji: str
    on: bool

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        if not room.react(self.visitor, self.seq, self.emoji, self.on):
            return Done()
        rev = room.note_change(now, "reactions", (self.seq, self.emoji, self.on), self.visitor)
        room.remember(LogEntry(now, "reaction_added" if self.on else "reaction_removed", self.seq))
        return Done(rev=rev)


def of_changes(room: Room, changes: Sequence[NumberedChange], versions: dict[int, int]) -> list[Action]:
    """Return the actions among `changes` that are in no moderation log.

    `versions`: the number of versions of each edited message.  Changes of messages that have been erased since are
    omitted.
    """
    owner = room.names.participant(room.owner)
    found: list[Action] = []
    edited = [change.subject for change in changes if change.kind == "edited"]
    found += [Editing(room, seq, edited.count(seq), versions.get(seq, 0)) for seq in dict.fromkeys(edited)]
    for change in changes:
        if change.kind == "reactions" and change.participant is not None:
            seq, emoji, on = change.subject
            found.append(Reacting(room, seq, emoji, on, change.participant))
        elif change.kind in ("removed", "restored") and change.participant not in (None, owner):
            found.append(Removal(room, change.subject, change.kind == "removed"))
    return found
