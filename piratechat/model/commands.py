"""The commands of visitors and owners, independent of the interface.

A command is performed in a transaction, and performed again if that conflicts.  It raises CommandRejected before it
changes anything.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from piratechat.errors import CommandRejected
from piratechat.model.bidi import isolated
from piratechat.model.changes import Kind, Subject
from piratechat.model.edits import Version
from piratechat.model.events import (
    By,
    Changed,
    Erased,
    Event,
    Logged,
    Message,
    Muted,
    Named,
    Pinned,
    Reacted,
    Removed,
    RemovedMany,
    Unmuted,
    Updated,
)
from piratechat.model.moderation_log import LogEntry
from piratechat.model.nonces import Nonces
from piratechat.model.room import Room, must_be_recognized
from piratechat.model.text import checked_title, checked_topic
from piratechat.texts import text

#: Maximum seconds between two messages of one visitor that an owner can set.
MAX_SLOW_MODE = 3600
#: Maximum number of messages that one command can remove or restore.
MAX_BULK = 500


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a command."""

    #: Events for the readers, to be sent once it is on disk.
    events: Sequence[Event] = ()
    #: The earlier message with the same nonce, if there is one.
    repeated: Message | None = None
    #: The visitor's new name, if the command sets it.
    name: str | None = None
    #: The number of the change, if the command made one.
    rev: int | None = None
    #: Deleted texts, whose translations must be dropped.
    forgotten: Sequence[str] = ()
    #: Erased messages: their numbers and times (milliseconds since 1970).
    erased: Sequence[tuple[int, int]] = ()


class Command(Protocol):
    """A command of a visitor in a room."""

    @property
    def slug(self) -> str:
        """The room's slug."""

    @property
    def visitor(self) -> str:
        """The visitor's id."""

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        """Perform it at `now` (milliseconds since 1970).  Raises CommandRejected; then nothing has changed."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Take a name."""

    slug: str
    visitor: str
    name: str

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        return Done(_call(room, self.visitor, self.name, now), name=self.name)


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message; under `name` if given, else under the visitor's name."""

    slug: str
    visitor: str
    text: str
    nonce: str = ""
    name: str | None = None
    lang: str = ""
    #: The number of the message that it replies to.
    reply_to: int | None = None

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        said = self._said_before(room, nonces)
        if said is not None:
            return Done(repeated=said)
        named: Sequence[Event] = ()
        name = _member_name(room, self.visitor, self.name)
        if name is not None:
            room.may_speak_now(self.visitor, now)
            if self.reply_to is not None:
                room.must_be_shown(self.reply_to)
            named = _call(room, self.visitor, name, now)
        said = room.say(self.visitor, self.text, now, self.nonce, self.lang, self.reply_to)
        return Done((*named, said), name=name)

    def _said_before(self, room: Room, nonces: Nonces) -> Message | None:
        if not self.nonce:
            return None
        nonces.catch_up(room.log)
        who: tuple[int | str, ...] = (room.names.participant(self.visitor) or 0, *room.names.used_by(self.visitor))
        found = (nonces.find(room.log, one, self.nonce) for one in who)
        seq = next((seq for seq in found if seq is not None), None)
        said = None if seq is None else room.message(seq)
        return None if said is None else said._replace(nonce=self.nonce)  # an erased message has lost it


def must_be_from_elsewhere(room: Room, origin: str) -> None:
    """Raise CommandRejected for a message published from the database `origin` if that is the room's own."""
    if origin and origin == room.epoch:
        raise CommandRejected("not-allowed", text("error.said_here"))


@dataclass(frozen=True, slots=True)
class Announce:
    """Post a program's message under the name `name`; only once for each nonempty `id`."""

    slug: str
    visitor: str
    name: str
    text: str
    id: str = ""
    lang: str = ""
    mentions_people: bool = False
    #: The epoch of the database that published it, if any: messages of this chat are not posted again.
    origin: str = ""

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        must_be_from_elsewhere(room, self.origin)
        seq = room.announced(self.visitor, self.id) if self.id else None
        if seq is not None:
            return Done(repeated=room.message(seq))
        if room.names.is_muted(self.visitor):
            raise CommandRejected("muted", text("error.muted"))
        named = _call(room, self.visitor, self.name, now)
        said = room.announce(self.visitor, self.text, now, self.id, self.lang, self.mentions_people)
        return Done((*named, said))


@dataclass(frozen=True, slots=True)
class React:
    """Add a reaction with an emoji to a message, or remove it if not `on`."""

    slug: str
    visitor: str
    seq: int
    emoji: str
    on: bool = True

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        must_be_recognized(self.visitor)
        room.may_speak_now(self.visitor, now)
        author = room.name_of(self.visitor)
        if author is None:
            raise CommandRejected("name-needed", text("error.name_needed"))
        name = _member_name(room, self.visitor, None)
        if name is not None:
            room.must_be_shown(self.seq)
            room.claim(name, self.visitor)
        if not room.react(self.visitor, self.seq, self.emoji, self.on):
            return Done()
        rev = room.note_change(now, "reactions", (self.seq, self.emoji, self.on), self.visitor)
        changed = (self.emoji, author, self.on)
        return Done((Reacted(self.seq, room.reactions(self.seq), rev, changed),), rev=rev)


@dataclass(frozen=True, slots=True)
class OwnerCommand:
    """A command for owners; this class checks the permission for all of them.

    `by`: on whose behalf it is performed.  Only a server that has authenticated its operator, or acts by a rule, may
    use another value than "owner"; `visitor` is then ignored.
    """

    slug: str
    visitor: str
    by: By = field(default="owner", kw_only=True)

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        if self.by not in ("operator", "rule"):
            room.must_own(self.visitor)
        return self.perform_as_owner(room, now)

    def perform_as_owner(self, room: Room, now: int) -> Done:
        """Perform it at `now` (milliseconds since 1970).  Raises CommandRejected; then nothing has changed."""
        raise NotImplementedError

    def note(self, room: Room, now: int, kind: Kind, subject: Subject) -> int:
        """Record a change that all readers are notified of, and return its `rev`."""
        return room.note_change(now, kind, subject, self.visitor if self.by == "owner" else None)


@dataclass(frozen=True, slots=True)
class MessageCommand(OwnerCommand):
    """A command for a message, for the room's owner and the message's author."""

    seq: int

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        if self.by != "owner" or room.is_owned_by(self.visitor):
            return self.perform_by(room, now, self.by, nonces)
        room.must_exist(self.seq)
        room.must_be_author(self.visitor, self.seq, text("error.author_or_owner"))
        return self.perform_by(room, now, "author", nonces)

    def perform_by(self, room: Room, now: int, by: By, nonces: Nonces) -> Done:
        """Perform it on behalf of `by` at `now` (milliseconds since 1970).  Raises CommandRejected."""
        raise NotImplementedError

    def logged(self, room: Room, now: int, by: By, what: str, before: By | None = None) -> Sequence[Event]:
        """Add the action to the moderation log, unless the author did it."""
        return () if by == "author" else (_logged(room, now, what, self.seq, before),)


@dataclass(frozen=True, slots=True)
class Remove(MessageCommand):
    """Remove a message.  If its author has removed it before, others can as well; then the author cannot restore it."""

    def perform_by(self, room: Room, now: int, by: By, nonces: Nonces) -> Done:
        before = room.removed.get(self.seq)
        if not room.remove(self.seq, by):
            return Done()
        rev = self.note(room, now, "removed", self.seq)
        events = (Removed(self.seq, rev, by), *self.logged(room, now, by, "removed", before))
        return Done(events, rev=rev, forgotten=_hidden(room, (self.seq,)))


@dataclass(frozen=True, slots=True)
class Restore(MessageCommand):
    """Restore a removed message.  Authors can only restore what they removed themselves, and only if they may post."""

    def perform_by(self, room: Room, now: int, by: By, nonces: Nonces) -> Done:
        if by == "author":
            room.may_speak(self.visitor)
            if room.removed.get(self.seq, "author") != "author":
                raise CommandRejected("not-allowed", text("error.removed_by_others"))
        if not room.restore(self.seq):
            return Done()
        rev = self.note(room, now, "restored", self.seq)
        return Done((Updated(_message(room, self.seq), rev), *self.logged(room, now, by, "restored")), rev=rev)


@dataclass(frozen=True, slots=True)
class Erase(MessageCommand):
    """Erase a message: its number, time and author stay.  This cannot be undone."""

    def perform_by(self, room: Room, now: int, by: By, nonces: Nonces) -> Done:
        texts = room.erase(self.seq, nonces.key)
        if not texts:
            return Done()
        rev = self.note(room, now, "erased", self.seq)
        events = (Erased((self.seq,), rev), *self.logged(room, now, by, "erased"))
        return Done(events, rev=rev, forgotten=texts, erased=((self.seq, _message(room, self.seq).at),))


@dataclass(frozen=True, slots=True)
class Edit:
    """Edit one's own message, at most `within` seconds after it was sent.

    `lang`: the language of the new text, or None for that of the previous text.
    """

    slug: str
    visitor: str
    seq: int
    text: str
    within: float
    lang: str | None = None

    def perform(self, room: Room, now: int, nonces: Nonces) -> Done:
        room.must_exist(self.seq)
        room.must_be_author(self.visitor, self.seq, text("error.author_only"))
        room.may_speak_now(self.visitor, now)
        room.must_be_shown(self.seq)
        message = _message(room, self.seq)
        if now - message.at > 1000 * self.within:
            raise CommandRejected("not-allowed", text("error.edit_too_late"))
        version = Version(now, self.text, message.lang if self.lang is None else self.lang)
        if not room.edit(self.seq, version):
            return Done()
        room.note_spoken(self.visitor, now)
        rev = room.note_change(now, "edited", self.seq, self.visitor)
        edited = _message(room, self.seq)
        before = {name for _start, _end, name in message.mentions}
        mentioned = tuple(dict.fromkeys(name for _start, _end, name in edited.mentions if name not in before))
        return Done((Updated(edited, rev, mentioned),), rev=rev, forgotten=(message.text,))


@dataclass(frozen=True, slots=True)
class RemoveMany(OwnerCommand):
    """Remove at most MAX_BULK messages, as one change with one entry in the moderation log."""

    seqs: Sequence[int]

    def perform_as_owner(self, room: Room, now: int) -> Done:
        _check_seqs(room, self.seqs)
        # Messages removed by their authors are skipped, because undoing this must not restore them.
        seqs = tuple(
            seq
            for seq in sorted(set(self.seqs))
            if seq not in room.removed and not room.is_erased(seq) and room.remove(seq, self.by)
        )
        if not seqs:
            return Done()
        rev = self.note(room, now, "removed", seqs)
        logged = _logged(room, now, "removed_many", (len(seqs), rev))
        return Done((RemovedMany(seqs, rev, self.by), logged), rev=rev, forgotten=_hidden(room, seqs))


@dataclass(frozen=True, slots=True)
class RestoreMany(OwnerCommand):
    """Restore at most MAX_BULK removed messages, as one change with one entry in the moderation log."""

    seqs: Sequence[int]

    def perform_as_owner(self, room: Room, now: int) -> Done:
        _check_seqs(room, self.seqs)
        seqs = tuple(seq for seq in sorted(set(self.seqs)) if not room.is_erased(seq) and room.restore(seq))
        if not seqs:
            return Done()
        rev = self.note(room, now, "restored", seqs)
        logged = _logged(room, now, "restored_many", (len(seqs), rev))
        return Done((*(Updated(_message(room, seq), rev) for seq in seqs), logged), rev=rev)


@dataclass(frozen=True, slots=True)
class Pin(OwnerCommand):
    """Pin a message, or unpin it if not `on`."""

    seq: int
    on: bool = True

    def perform_as_owner(self, room: Room, now: int) -> Done:
        if not (room.pin(self.seq) if self.on else room.unpin(self.seq)):
            return Done()
        rev = self.note(room, now, "pinned", self.seq)
        logged = _logged(room, now, "pinned" if self.on else "unpinned", self.seq)
        return Done((Pinned(room.pins, rev), logged), rev=rev)


@dataclass(frozen=True, slots=True)
class Mute(OwnerCommand):
    """Mute the visitor with a name."""

    name: str

    def perform_as_owner(self, room: Room, now: int) -> Done:
        who = _visitor_called(room, self.name)
        if room.is_owned_by(who):
            raise CommandRejected("not-allowed", text("error.mute_yourself"))
        if not room.names.mute(who):
            return Done()
        room.access += 1
        return Done((Muted(who), _logged(room, now, "muted", self.name)))


@dataclass(frozen=True, slots=True)
class Unmute(OwnerCommand):
    """Unmute the visitor with a name."""

    name: str

    def perform_as_owner(self, room: Room, now: int) -> Done:
        who = _visitor_called(room, self.name)
        if not room.names.unmute(who):
            return Done()
        room.access += 1
        return Done((Unmuted(who), _logged(room, now, "unmuted", self.name)))


@dataclass(frozen=True, slots=True)
class Change(OwnerCommand):
    """Change the room's settings.

    `values`: any of `title`, `topic`, `translator` (None for the chat's default), `read_only`, `slow` (seconds) and
    `third_party_translation`.
    """

    values: dict[str, Any]

    def perform_as_owner(self, room: Room, now: int) -> Done:
        before = {name: getattr(room, name) for name in self.values}
        changes = {name: value for name, value in self.values.items() if before[name] != value}
        if not changes:
            return Done()
        for name, value in changes.items():
            setattr(room, name, value)
        rev = self.note(room, now, "room", tuple(changes))
        logged = (_logged(room, now, name, value, before[name]) for name, value in changes.items())
        return Done((Changed(changes, rev), *logged), rev=rev)


def checked_changes(values: dict[str, Any], translators: Collection[str]) -> dict[str, Any]:
    """Return the validated `values` for `Change`.  Raises CommandRejected for an unknown or invalid one."""
    unknown = values.keys() - _CHECKS.keys()
    if unknown or not values:
        raise CommandRejected("bad-message", text("error.unknown_setting", names=", ".join(_CHECKS)))
    return {name: _checked(name, value, translators) for name, value in values.items()}


def _checked(name: str, value: Any, translators: Collection[str]) -> Any:
    try:
        return _CHECKS[name](value, translators)
    except CommandRejected as rejected:
        rejected.field = name
        raise


def _checked_translator(value: Any, translators: Collection[str]) -> str | None:
    if value is None or value in translators:
        return value
    raise CommandRejected("bad-message", text("error.no_such_translator", names=", ".join(translators)))


def _checked_flag(value: Any, _translators: Collection[str]) -> bool:
    if not isinstance(value, bool):
        raise CommandRejected("bad-message", text("error.not_a_flag"))
    return value


def _checked_pause(value: Any, _translators: Collection[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SLOW_MODE:
        raise CommandRejected("bad-message", text("error.slow_out_of_range", most=MAX_SLOW_MODE))
    return value


_CHECKS: dict[str, Callable[[Any, Collection[str]], Any]] = {
    "title": lambda value, _translators: checked_title(value),
    "topic": lambda value, _translators: checked_topic(value),
    "translator": _checked_translator,
    "read_only": _checked_flag,
    "slow": _checked_pause,
    "third_party_translation": _checked_flag,
}


def _call(room: Room, visitor: str, name: str, now: int) -> Sequence[Event]:
    """Give `visitor` the name `name`; return the events for readers.  Raises CommandRejected."""
    if not room.claim(name, visitor):
        return ()
    if visitor != room.owner:
        return (Named(visitor, name),)
    rev = room.note_change(now, "room", ("owner",), visitor)
    return (Named(visitor, name), Changed({"owner": name}, rev))


def _member_name(room: Room, visitor: str, name: str | None) -> str | None:
    """Return the name that `visitor` is to take who asks for `name`: members without it here take their own."""
    member = room.member(visitor)
    return member.name if member is not None and room.names.of(visitor) != member.name else name


def _check_seqs(room: Room, seqs: Sequence[int]) -> None:
    """Raise CommandRejected unless all of `seqs` are messages of `room`, and not too many."""
    if len(seqs) > MAX_BULK:
        raise CommandRejected("bad-message", text("error.too_many_messages", most=MAX_BULK))
    for seq in seqs:
        room.must_exist(seq)


def _hidden(room: Room, seqs: Sequence[int]) -> Sequence[str]:
    """Return the texts of the removed messages `seqs`."""
    found = (room.message(seq, include_removed=True) for seq in seqs)
    return tuple(message.text for message in found if message is not None)


def _message(room: Room, seq: int) -> Message:
    message = room.message(seq)
    assert message is not None
    return message


def _logged(room: Room, now: int, what: str, value: Any, before: Any = None) -> Logged:
    entry = LogEntry(now, what, value, before)
    room.remember(entry)
    return Logged(room.owner, entry)


def _visitor_called(room: Room, name: str) -> str:
    visitor = room.names.owner(name)
    if visitor is None:
        raise CommandRejected("bad-message", text("error.no_such_visitor", name=isolated(name)))
    return visitor
