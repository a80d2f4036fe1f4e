"""A room."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from BTrees.LOBTree import LOBTree
from BTrees.OLBTree import OLBTree
from BTrees.OOBTree import OOBTree
from persistent import Persistent
from zope.interface import alsoProvides, implementer, noLongerProvides

from piratechat.errors import CommandRejected
from piratechat.interfaces import IRoom, IThirdPartyRoom
from piratechat.model.bidi import isolated
from piratechat.model.changes import Changes, Kind, Subject
from piratechat.model.deliveries import Deliveries
from piratechat.model.edits import Edits, Version
from piratechat.model.events import By, Message, Numbers, Reaction, Reply
from piratechat.model.log import Entry, Log, extra_of, is_erased, lang_of, mentions_of, participant_of, reply_to_of
from piratechat.model.members import Member, Members
from piratechat.model.mentions import mentions
from piratechat.model.moderation_log import LogEntry, ModerationLog
from piratechat.model.names import Names
from piratechat.model.reactions import Reactions
from piratechat.model.visitors import is_member, is_recognized
from piratechat.texts import Text, plural, text

# Pyramid's constants for access control lists; the model does not import the web framework.
ALLOW, DENY, EVERYONE = "Allow", "Deny", "system.Everyone"

#: Maximum number of pinned messages in a room.
MAX_PINS = 20

READ, SPEAK, OWN = "read", "speak", "own"
#: The principal that members have who own every room.
OWNERS = "group:room-owners"
#: The permission of a message's author and its room's owner: remove, restore and erase it.
TAKE_BACK = "take_back"


@implementer(IRoom)
class Room(Persistent):
    """A room, controlled by its owner."""

    #: A one-line description by the owner, or "".
    topic = ""
    translator: str | None = None
    read_only = False
    slow = 0
    #: A counter of permission changes: processes that missed a notification compare this number.
    access = 0
    #: The pinned messages in the order of pinning, including those that were removed since.
    _pinned: tuple[int, ...] = ()
    _reactions: Any = None  # number of a message -> Reactions; None in old rooms
    _moderation_log: ModerationLog | None = None  # None until the first entry
    _changes: Changes | None = None  # None until the first change
    _edits: Edits | None = None  # None until the first edit
    _deliveries: Any = None  # id of a program -> Deliveries; None until its first message

    def __init__(self, slug: str, title: str, owner: str, parent: Any) -> None:
        self.__name__ = slug
        self.__parent__ = parent
        self.title = title
        self.owner = owner
        self.log = Log()
        self.names = Names()
        self.removed = LOBTree()  # number of a message -> who removed it: an events.By
        self._reactions = LOBTree()
        # Visitor -> milliseconds since 1970; only used in slow mode.  It uses the settable clock, because it outlives
        # the process and is shared with others: when the clock is set, a visitor may post once too early.
        self._spoke = OLBTree()

    def __acl__(self) -> list[tuple[str, str, Any]]:
        acl: list[tuple[str, str, Any]] = [(ALLOW, EVERYONE, (READ,))]  # first, because every session needs it
        acl += [(ALLOW, owner, (SPEAK, OWN, TAKE_BACK)) for owner in (self.owner, OWNERS)]
        acl += [(DENY, visitor, SPEAK) for visitor in self.names.muted()]
        if self.read_only:
            acl.append((DENY, EVERYONE, SPEAK))
        acl.append((ALLOW, EVERYONE, (SPEAK,)))
        return acl

    def __getitem__(self, name: str) -> Any:
        if name == "messages":
            return Messages(self)
        raise KeyError(name)

    @property
    def third_party_translation(self) -> bool:
        """Whether third parties may translate the room."""
        return IThirdPartyRoom.providedBy(self)

    @third_party_translation.setter
    def third_party_translation(self, third_party_translation: bool) -> None:
        if third_party_translation:
            alsoProvides(self, IThirdPartyRoom)
        elif self.third_party_translation:
            noLongerProvides(self, IThirdPartyRoom)

    def parts(self) -> dict[str, Persistent]:
        """Return the persistent objects of the room by the kind of their content; the room itself has the settings."""
        return {
            "messages": self.log,
            "names": self.names,
            "removals": self.removed,
            "slow mode": self._spoke,
            **({} if self._edits is None else {"edits": self._edits}),
            **({} if self._reactions is None else {"reactions": self._reactions}),
            **({} if self._deliveries is None else {"deliveries": self._deliveries}),
        }

    # Permissions

    def may_speak(self, visitor: str) -> None:
        """Raise CommandRejected if `visitor` may not post."""
        if self.is_owned_by(visitor):
            return
        if self.names.is_muted(visitor):
            raise CommandRejected("muted", text("error.muted"))
        if self.read_only:
            raise CommandRejected("read-only", text("error.read_only"))

    def may_speak_now(self, visitor: str, now: int) -> None:
        """Raise CommandRejected if `visitor` may not post at `now` (milliseconds since 1970)."""
        self.may_speak(visitor)
        if not self.slow or self.is_owned_by(visitor):
            return
        wait = self._spoke.get(visitor, 0) + 1000 * self.slow - now
        if 0 < wait <= 1000 * self.slow:  # more than that: the clock was set back
            raise CommandRejected(
                "rate-limited",
                plural("error.slow_mode", self.slow, wait=math.ceil(wait / 1000)),
                wait / 1000,
            )

    def note_spoken(self, visitor: str, now: int) -> None:
        """Record that `visitor` has posted at `now` (milliseconds since 1970), in slow mode."""
        if self.slow and not self.is_owned_by(visitor):
            self._spoke[visitor] = now

    def must_own(self, visitor: str) -> None:
        """Raise CommandRejected unless `visitor` owns the room."""
        if not self.is_owned_by(visitor):
            raise CommandRejected("not-allowed", text("error.owner_only"))

    def is_owned_by(self, visitor: str | None) -> bool:
        """Whether `visitor` has the permissions of an owner: as the creator of the room, or as a member by a role."""
        if visitor == self.owner:
            return True
        member = self.member(visitor)
        return member is not None and member.owns_rooms

    # Names of visitors

    def name_of(self, visitor: str) -> str | None:
        """Return the name of `visitor`: of a member, the reserved name; of others, a name that no member has."""
        member = self.member(visitor)
        if member is not None:
            return member.name
        name = self.names.of(visitor)
        return None if name is None or not self._is_free(name, visitor) else name

    def claim(self, name: str, visitor: str) -> bool:
        """Give `visitor` the name `name`; return whether it is new.  Raises CommandRejected like `Names.claim`."""
        self.must_be_free(name, visitor)
        if is_member(visitor):
            self.names.give_up(name, visitor)
        return self.names.claim(name, visitor)

    def must_be_free(self, name: str, visitor: str) -> None:
        """Raises CommandRejected: name-taken for a name that is reserved for another, or for a member's second one."""
        member = self.member(visitor)
        if not self._is_free(name, visitor) or (member is not None and name != member.name):
            raise CommandRejected("name-taken", text("error.name_taken", name=isolated(name)))

    def member(self, visitor: str | None) -> Member | None:
        """Return the member with the id `visitor`, or None."""
        members = self._members
        return None if members is None or visitor is None else members.get(visitor)

    def _is_free(self, name: str, visitor: str) -> bool:
        return self._members is None or self._members.owner(name) in (None, visitor)

    @property
    def _members(self) -> Members | None:
        chat = getattr(self.__parent__, "__parent__", None)
        members: Members | None = getattr(chat, "members", None)
        return members

    # Moderation log

    @property
    def moderation_log(self) -> list[LogEntry]:
        """The moderation log, newest first; at most a hundred entries."""
        return [] if self._moderation_log is None else self._moderation_log.latest()

    def remember(self, entry: LogEntry) -> None:
        """Add an entry to the moderation log."""
        if self._moderation_log is None:
            self._moderation_log = ModerationLog()
        self._moderation_log.add(entry)

    # Changes

    @property
    def rev(self) -> int:
        """The number of the last change, or 0."""
        return 0 if self._changes is None else self._changes.rev

    @property
    def numbers(self) -> Numbers:
        """The current numbers of the room."""
        return Numbers(self.log.last, self.rev, self.epoch)

    @property
    def changes(self) -> Changes:
        """The last changes; an empty, unsaved object for a room without any."""
        return Changes() if self._changes is None else self._changes

    @property
    def epoch(self) -> str:
        """The epoch of the database: numbers of different epochs are unrelated."""
        return self.__parent__.__parent__.epoch

    def note_change(self, at: int, kind: Kind, subject: Subject, visitor: str | None) -> int:
        """Record a change at `at` (milliseconds since 1970) that all readers are notified of, and return its number.

        `visitor`: who made it, or None for the operator.
        """
        if self._changes is None:
            self._changes = Changes()
        participant = None if visitor is None else self.names.participant(visitor)
        return self._changes.append(at, kind, subject, self.log.last, participant)

    # Messages

    def say(
        self, visitor: str, said: str, now: int, nonce: str = "", lang: str = "", reply_to: int | None = None
    ) -> Message:
        """Store a message of `visitor` at `now` (milliseconds since 1970), as a reply to message `reply_to` if given.

        Raises CommandRejected; then nothing has changed.
        """
        self.may_speak_now(visitor, now)
        if reply_to is not None:
            self.must_be_shown(reply_to)
        author = self.name_of(visitor)
        if author is None:
            raise CommandRejected("name-needed", text("error.name_needed"))
        if self.slow:
            self.note_spoken(visitor, now)
        mentioned = mentions(said, self.names)
        return self._append(author, said, now, nonce, lang, extra_of(self.names.number(visitor), reply_to, mentioned))

    def announce(
        self, program: str, said: str, now: int, id: str = "", lang: str = "", mentions_people: bool = False
    ) -> Message:
        """Store a message of a program, which has a name, at `now` (milliseconds since 1970).

        It may also post where visitors may not.  With an `id` the message can be found: see `announced`.
        """
        author = self.names.of(program)
        assert author is not None
        mentioned = mentions(said, self.names) if mentions_people else ()
        message = self._append(author, said, now, "", lang, extra_of(self.names.number(program), None, mentioned))
        if id:
            if self._deliveries is None:
                self._deliveries = OOBTree()
            if program not in self._deliveries:
                self._deliveries[program] = Deliveries()
            self._deliveries[program].add(id, message.seq, now, self._said_at)
        return message

    def announced(self, program: str, id: str) -> int | None:
        """Return the number of a program's message with `id`, or None.

        See `Deliveries` for how long ids are remembered.
        """
        deliveries = None if self._deliveries is None else self._deliveries.get(program)
        return None if deliveries is None else deliveries.find(id)

    def _append(self, author: str, said: str, now: int, nonce: str, lang: str, extra: tuple[Any, ...]) -> Message:
        previous = self.log.get(self.log.last)
        at = now if previous is None else max(now, previous[0])
        entry = (at, author, said, nonce, lang, extra)
        seq = self.log.append(entry)
        if len(extra) == 1:
            return Message(seq, at, author, said, nonce, False, lang)
        reply_to, mentioned = reply_to_of(entry), mentions_of(entry)
        return Message(seq, at, author, said, nonce, lang=lang, reply_to=self._reply(reply_to), mentions=mentioned)

    def message(self, seq: int, *, include_removed: bool = False) -> Message | None:
        """Return message number `seq` or None; the text of a removed one only if `include_removed`."""
        entry = self.log.get(seq)
        return None if entry is None else self._message(seq, entry, include_removed)

    def messages(self, after: int, limit: int) -> list[Message]:
        """Return at most `limit` messages after `after`, ascending."""
        return [self._message(seq, entry) for seq, entry in self.log.forward(after, limit)]

    def before(self, at: int) -> int:
        """Return the number of the last message before the time `at` (milliseconds since 1970), or 0."""
        return bisect_left(range(1, self.log.last + 1), at, key=self._said_at)

    def _said_at(self, seq: int) -> int:
        entry = self.log.get(seq)
        assert entry is not None
        return entry[0]

    def latest(self, limit: int, before: int | None = None) -> list[Message]:
        """Return the last `limit` messages (before `before`), ascending."""
        end = self.log.last + 1 if before is None else min(before, self.log.last + 1)
        start = max(end - 1 - limit, 0)
        return self.messages(start, end - 1 - start)

    def remove(self, seq: int, by: By = "owner") -> bool:
        """Remove message `seq`; return whether that is new.  Raises CommandRejected if it does not exist.

        Others may also remove a message that its author has removed; then the author cannot restore it.
        """
        self.must_not_be_erased(seq)
        before = self.removed.get(seq)
        if before is not None and (before != "author" or by == "author"):
            return False
        self.removed[seq] = by
        return True

    def restore(self, seq: int) -> bool:
        """Restore message `seq`; return whether that is new.  Raises CommandRejected if it does not exist."""
        self.must_not_be_erased(seq)
        if seq not in self.removed:
            return False
        del self.removed[seq]
        return True

    def edit(self, seq: int, version: Version) -> bool:
        """Give message `seq` the text of `version`; return whether that is new.  Raises CommandRejected.

        The time of `version` is adjusted to be no earlier than that of the previous version; mentions are found here.
        """
        self.must_be_shown(seq)
        before = self.history(seq)[-1]
        if version[1:3] == before[1:3]:
            return False
        if self._edits is None:
            self._edits = Edits()
        self._edits.add(
            seq, version._replace(at=max(version.at, before.at), mentions=mentions(version.text, self.names))
        )
        return True

    def history(self, seq: int) -> list[Version]:
        """Return all versions of message `seq`, ascending, without a permission check; none if it was erased."""
        entry = self.log.get(seq)
        if entry is None or is_erased(entry):
            return []
        first = Version(entry[0], entry[2], lang_of(entry), mentions_of(entry))
        return [first, *(self._edits.of(seq) if self._edits is not None else ())]

    def erase(self, seq: int, key: bytes = b"") -> Sequence[str]:
        """Erase message `seq`: its number, time and author stay.  Return the deleted texts.

        Raises CommandRejected if it does not exist.
        """
        self.must_exist(seq)
        texts = [version.text for version in self.history(seq)]
        if texts:
            self.log.erase(seq, key)
            self.removed.pop(seq, None)
            self.unpin(seq)
            if self._reactions is not None:
                self._reactions.pop(seq, None)
            if self._edits is not None:
                self._edits.forget(seq)
        return texts

    @property
    def edits(self) -> Edits:
        """The edited messages; an empty, unsaved object for a room without any."""
        return Edits() if self._edits is None else self._edits

    @property
    def pins(self) -> tuple[int, ...]:
        """The pinned messages that are shown, in the order of pinning."""
        return tuple(seq for seq in self._pinned if self._is_shown(seq))

    def pinned_messages(self) -> list[Message]:
        """Return the messages of `pins`, in their order."""
        return [message for message in map(self.message, self.pins) if message is not None]

    def is_pinned(self, seq: int) -> bool:
        """Whether message `seq` is pinned, even if it was removed since."""
        return seq in self._pinned

    def pin(self, seq: int) -> bool:
        """Pin message `seq`; return whether that is new.

        If the maximum is reached, pinned messages that were removed since are unpinned.  Raises CommandRejected if the
        message is not shown, or too many are pinned.
        """
        self.must_be_shown(seq)
        if seq in self._pinned:
            return False
        pinned = self._pinned if len(self._pinned) < MAX_PINS else self.pins
        if len(pinned) >= MAX_PINS:
            raise CommandRejected("enough", text("error.too_many_pins", most=MAX_PINS))
        self._pinned = (*pinned, seq)
        return True

    def can_pin(self, seq: int) -> bool:
        """Whether message `seq`, which is not pinned, can be pinned."""
        return self._is_shown(seq) and len(self.pins) < MAX_PINS

    def unpin(self, seq: int) -> bool:
        """Unpin message `seq`; return whether that is new.  Raises CommandRejected if it does not exist."""
        self.must_exist(seq)
        if seq not in self._pinned:
            return False
        self._pinned = tuple(pinned for pinned in self._pinned if pinned != seq)
        return True

    def react(self, visitor: str, seq: int, emoji: str, on: bool) -> bool:
        """Add or remove the reaction of `visitor`, who has a name, to message `seq`.

        Returns whether that changes anything.  Raises CommandRejected: bad-message for a message that is not shown, or
        enough.
        """
        self.must_be_shown(seq)
        participant = self.names.number(visitor)
        found = self.kept_reactions(seq)
        if not on:
            return found is not None and found.remove(emoji, participant)
        if found is not None:
            return found.add(emoji, participant)
        if self._reactions is None:
            self._reactions = LOBTree()
        found = self._reactions[seq] = Reactions()
        return found.add(emoji, participant)

    def kept_reactions(self, seq: int) -> Reactions | None:
        """Return the stored reactions to message `seq`, even if it was removed, or None."""
        return None if self._reactions is None else self._reactions.get(seq)

    def reactions(self, seq: int) -> tuple[Reaction, ...]:
        """Return the reactions to message `seq`, or none if it was removed or erased."""
        found = self.kept_reactions(seq)
        if found is None or not self._is_shown(seq):
            return ()
        return tuple(Reaction(emoji, count, self._called(first)) for emoji, count, first in found.counted)

    def reacted(self, visitor: str, seq: int) -> set[str]:
        """Return the emoji with which `visitor` reacted to message `seq`."""
        participant, found = self.names.participant(visitor), self.kept_reactions(seq)
        if participant is None or found is None or not is_recognized(visitor):
            return set()
        return found.of(participant)

    def people(self, seq: int, emoji: str) -> tuple[str, ...]:
        """Return the names of all who reacted to message `seq` with `emoji`, or none if it was removed."""
        found = self.kept_reactions(seq)
        return () if found is None or not self._is_shown(seq) else self._called(found.people(emoji))

    def _called(self, participants: Iterable[int]) -> tuple[str, ...]:
        visitors = (self.names.visitor(participant) for participant in participants)
        names = (self.names.of(visitor) for visitor in visitors if visitor is not None)
        return tuple(name for name in names if name is not None)

    def author(self, seq: int) -> str | None:
        """Return the visitor who wrote message `seq`, regardless of their current name; None if unknown.

        Messages of databases of version 0 have no number: their author is the current owner of the name.
        """
        entry = self.log.get(seq)
        if entry is None:
            return None
        participant = participant_of(entry)
        return self.names.owner(entry[1]) if participant is None else self.names.visitor(participant)

    def is_author(self, visitor: str, seq: int) -> bool:
        """Whether `visitor` certainly wrote message `seq`.

        Never true for visitors who are identified only by an address.
        """
        return is_recognized(visitor) and self.author(seq) == visitor

    def must_be_author(self, visitor: str, seq: int, refusal: Text) -> None:
        """Raise CommandRejected, with the text `refusal`, unless `visitor` certainly wrote message `seq`."""
        if self.author(seq) != visitor:
            raise CommandRejected("not-allowed", refusal)
        must_be_recognized(visitor)

    def must_be_shown(self, seq: int) -> None:
        """Raise CommandRejected unless there is a message `seq` that is neither removed nor erased."""
        self.must_exist(seq)
        if seq in self.removed:
            raise CommandRejected("bad-message", text("error.message_removed", seq=seq))
        self.must_not_be_erased(seq)

    def must_not_be_erased(self, seq: int) -> None:
        """Raise CommandRejected unless there is a message `seq` that is not erased."""
        self.must_exist(seq)
        if self.is_erased(seq):
            raise CommandRejected("bad-message", text("error.message_erased", seq=seq))

    def _is_shown(self, seq: int) -> bool:
        return seq not in self.removed and not self.is_erased(seq)

    def is_erased(self, seq: int) -> bool:
        """Whether the text of message `seq`, which exists, was erased."""
        entry = self.log.get(seq)
        return entry is not None and is_erased(entry)

    def _message(self, seq: int, entry: Entry, include_removed: bool = False) -> Message:
        at, author, said, nonce = entry[:4]
        if said is None:
            return Message(seq, at, author, "", erased=True)
        by = self.removed.get(seq)
        if by is None and len(entry) == 6 and len(entry[5] or ()) < 2 and not self._was_changed(seq):
            return Message(seq, at, author, said, nonce, False, entry[4])  # the common case
        shown = by is None or include_removed
        edit = None if self._edits is None else self._edits.latest(seq)
        if edit is not None:
            said = edit.text
        return Message(
            seq,
            at,
            author,
            said if shown else "",
            nonce,
            by is not None,
            lang_of(entry) if edit is None else edit.lang,
            by,
            None if edit is None else edit.at,
            reply_to=self._reply(reply_to_of(entry)),
            mentions=() if not shown else mentions_of(entry) if edit is None else edit.mentions,
            pinned=by is None and seq in self._pinned,
            reactions=self.reactions(seq) if by is None and self._reactions else (),
        )

    def _was_changed(self, seq: int) -> bool:
        """Whether message `seq` was edited, is pinned, or has ever had reactions."""
        if self._edits is not None and seq in self._edits:
            return True
        return seq in self._pinned or (self._reactions is not None and seq in self._reactions)

    def _reply(self, seq: int | None) -> Reply | None:
        """Return the reference for a reply to message `seq`."""
        entry = None if seq is None else self.log.get(seq)
        if seq is None or entry is None:
            return None
        return Reply(seq, "" if seq in self.removed or is_erased(entry) else entry[1])

    def must_exist(self, seq: int) -> None:
        """Raise CommandRejected unless there is a message `seq`."""
        if not 0 < seq <= self.log.last:
            raise CommandRejected("bad-message", text("error.no_such_message", seq=seq))


def must_be_recognized(visitor: str) -> None:
    """Raise CommandRejected if `visitor` is identified only by an address: such visitors may only post."""
    if not is_recognized(visitor):
        raise CommandRejected("not-allowed", text("error.cookie_needed"))


class Messages:
    """The messages of a room, for traversal."""

    __name__ = "messages"

    def __init__(self, room: Room) -> None:
        self.__parent__ = room

    def __getitem__(self, name: str) -> "MessageResource":
        if not name.isascii() or not name.isdigit() or len(name) > 18 or name.startswith("0"):
            raise KeyError(name)
        seq = int(name)
        if seq > self.__parent__.log.last:
            raise KeyError(name)
        return MessageResource(self, seq)


class MessageResource:
    """One message, for traversal."""

    def __init__(self, messages: Messages, seq: int) -> None:
        self.__name__ = str(seq)
        self.__parent__ = messages
        self.seq = seq

    def __acl__(self) -> list[tuple[str, str, Any]]:
        author = self.room.author(self.seq)
        return [(ALLOW, author, TAKE_BACK)] if author is not None and is_recognized(author) else []

    @property
    def room(self) -> Room:
        """The room of the message."""
        return self.__parent__.__parent__
