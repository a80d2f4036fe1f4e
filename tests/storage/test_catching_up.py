"""After any sequence of events, a reader who catches up has the same state as the room."""

import os
import shutil
import tempfile
from dataclasses import replace
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from transaction import TransactionManager

from piratechat.commands.backups import _begin_epoch_of
from piratechat.errors import CommandRejected
from piratechat.maintenance.history import NotUndone, undo
from piratechat.maintenance.integrity import Report, check_rooms
from piratechat.model import catching_up, changes
from piratechat.model.catching_up import KeptChanges, Position, RecentChanges, missed
from piratechat.model.chat import chat_of
from piratechat.model.commands import (
    Change,
    Claim,
    Edit,
    Erase,
    Mute,
    Pin,
    React,
    Remove,
    RemoveMany,
    Restore,
    RestoreMany,
    Say,
    Unmute,
)
from piratechat.model.events import (
    Changed,
    Erased,
    Message,
    Pinned,
    Reacted,
    Removed,
    RemovedMany,
    Revision,
    Updated,
)
from piratechat.model.nonces import Nonces
from piratechat.storage.database import Database

#: Small limits, so that all are reached: stored changes, changes in memory, and events sent together.
KEPT, RECENT, LIMIT = 16, 12, 8
READERS = 3

SEQS = st.integers(1, 10)
NUMBERS = st.integers(0, 15)
ONE = st.integers(0, READERS - 1)
COMMANDS = st.one_of(
    st.builds(Say, st.just("ada"), st.sampled_from(("ada", "bo")), st.sampled_from(("Ahoy", "Aye"))),
    *(st.builds(command, st.just("ada"), st.sampled_from(("ada", "bo")), SEQS) for command in (Remove, Restore)),
    *(
        st.builds(
            command,
            st.just("ada"),
            st.just("ada"),
            st.lists(SEQS, max_size=9),
            by=st.sampled_from(("owner", "operator")),
        )
        for command in (RemoveMany, RestoreMany)
    ),
    st.builds(Erase, st.just("ada"), st.sampled_from(("ada", "bo")), SEQS),
    st.builds(Edit, st.just("ada"), st.just("ada"), SEQS, st.sampled_from(("Arr", "Aye")), st.just(1000)),
    st.builds(
        Change,
        st.just("ada"),
        st.just("ada"),
        st.fixed_dictionaries(
            {"title": st.sampled_from(("Ship", "Cabin"))},
            optional={"slow": st.integers(0, 1), "read_only": st.booleans()},
        ),
    ),
    st.builds(Claim, st.just("ada"), st.just("ada"), st.sampled_from(("Ada", "Countess"))),
    *(st.builds(command, st.just("ada"), st.just("ada"), st.just("Bo")) for command in (Mute, Unmute)),
    st.builds(Pin, st.just("ada"), st.just("ada"), SEQS, st.booleans()),
    st.builds(
        React, st.just("ada"), st.sampled_from(("ada", "bo")), SEQS, st.sampled_from(("👍", "🎉")), st.booleans()
    ),
)
DEEDS = st.lists(COMMANDS, min_size=1, max_size=20)


class ReaderOfARoom:
    """A client's state, built from events."""

    def __init__(self):
        self.messages, self.room, self.pins = {}, {}, set()
        self.position = Position()
        self.is_awake = False

    def start_over(self, room):
        self.messages = {message.seq: state_of(message) for message in room.messages(0, 1000)}
        self.room, self.pins = room_values(room), set(room.pins)
        self.position = Position(room.log.last, room.rev, room.epoch)

    def hear(self, event):
        """Process an event, as docs/talking.md describes."""
        match event:
            case Message() | Updated():
                self._show(event.message if isinstance(event, Updated) else event)
            case Removed(seq):
                self.messages[seq] = ("", True, False, ())
            case RemovedMany(seqs):
                self.messages.update(dict.fromkeys(seqs, ("", True, False, ())))
            case Erased(seqs):
                self.messages.update(dict.fromkeys(seqs, ("", False, True, ())))
            case Reacted(seq, reactions) if seq in self.messages:
                self.messages[seq] = (*self.messages[seq][:3], _counted(reactions))
            case Pinned(seqs):
                self.pins = set(seqs)
            case Changed(values):
                self.room.update(values)
        self.pins = {seq for seq in self.pins if seq not in self.messages or self.messages[seq][0]}

    def _show(self, message):
        self.messages[message.seq] = state_of(message)
        (self.pins.add if message.pinned else self.pins.discard)(message.seq)


def _as_it_is_now(event, room):
    """Return an event as sent to a returning client, without changes of names, and with pins of removed messages."""
    if isinstance(event, Reacted):
        return replace(event, changed=None, reactions=_counted(event.reactions))
    if isinstance(event, Pinned):
        return replace(event, seqs=tuple(seq for seq in event.seqs if seq in room.pins))
    if isinstance(event, Updated):
        return replace(event, message=event.message._replace(reactions=(), pinned=False))  # sent as separate events
    return event


def _counted(reactions):
    return tuple((emoji, total) for emoji, total, _names in reactions)


def state_of(message):
    return message.text, message.removed, message.erased, _counted(message.reactions)


def room_values(room):
    return {
        **{name: getattr(room, name) for name in ("title", "translator", "read_only", "slow")},
        "owner": room.names.of(room.owner),
    }


class CatchingUp(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.path = os.path.join(self.folder, "chat.fs")
        self.now = 1_800_000_000_000
        self.limits = (
            mock.patch.object(changes, "MAX_CHANGES", KEPT),
            mock.patch.object(catching_up, "MAX_RECENT", RECENT),
            mock.patch.object(catching_up, "CHANGES_OF_A_PAGE", RECENT),
            mock.patch.object(catching_up, "CHANGES_MISSED", RECENT),
        )
        for limit in self.limits:
            limit.start()
        self.database = None

    @initialize()
    def open_room(self):
        self.open()
        self.chat.rooms.open("Ada", "ada")
        self.room = self.chat.rooms["ada"]
        self.room.names.claim("Bo", "bo")
        self.manager.commit()
        self.start_server()
        self.readers = [ReaderOfARoom() for _ in range(READERS)]
        for reader in self.readers:
            reader.start_over(self.room)
        self.done = []
        self.copy = None
        for _ in range(8):
            self.do(Say("ada", "ada", "Ahoy"))

    def open(self):
        self.database = Database(f"file://{self.path}", timeout=0.0)
        self.manager = TransactionManager()
        self.connection = self.database.open(self.manager)
        self.chat = chat_of(self.connection)

    def start_server(self):
        """Start like a new process, with an empty cache, and readers who have to reconnect."""
        self.room = self.chat.rooms["ada"]
        self.recent = RecentChanges(self.room.rev)
        for reader in getattr(self, "readers", ()):
            reader.is_awake = False

    def do(self, command):
        self.now += 2000
        try:
            result = command.perform(self.room, self.now, Nonces(lambda: 0.0))
        except CommandRejected:
            self.manager.abort()
            return
        before = self.connection.db().lastTransaction()
        self.manager.commit()
        if self.connection.db().lastTransaction() != before:
            self.done.append(self.connection.db().lastTransaction())
        revisions = [event for event in result.events if isinstance(event, Revision)]
        self.recent.add(revisions, self.room.rev)
        for reader in self.readers:
            if reader.is_awake:
                for event in result.events:
                    reader.hear(event)
                reader.position = Position(self.room.log.last, self.room.rev, self.room.epoch)

    # Changes

    @rule(commands=DEEDS)
    def act(self, commands):
        for command in commands:
            self.do(command)

    @precondition(lambda self: self.done)
    @rule(number=NUMBERS)
    def undo(self, number):
        self.manager.begin()
        last, rev = self.room.log.last, self.room.rev
        try:
            undo(self.connection, self.done[-1 - number % len(self.done)], "undo")
        except NotUndone:
            return
        self.manager.begin()
        assert self.room.log.last == last
        assert self.room.rev >= rev, "the number never decreases"
        self.done.append(self.connection.db().lastTransaction())
        self.start_server()

    @rule()
    def back_up(self):
        self.copy = os.path.join(self.folder, "copy")
        shutil.copy(self.path, self.copy)
        self.copied = list(self.done)

    @precondition(lambda self: self.copy)
    @rule()
    def restore_the_copy(self):
        epoch = self.room.epoch
        self.close()
        shutil.copy(self.copy, self.path)
        os.unlink(f"{self.path}.index")
        _begin_epoch_of(self.path, ())
        self.open()
        self.done = list(self.copied)
        self.start_server()
        assert self.room.epoch != epoch

    @rule()
    def restart(self):
        self.close()
        self.open()
        self.start_server()

    # Readers

    @rule(number=ONE, from_memory=st.booleans(), less=st.tuples(NUMBERS, NUMBERS), commands=DEEDS)
    def catch_up(self, number, from_memory, less, commands):
        """Reconnect a reader with its current state, or with an earlier one."""
        reader = self.readers[number]
        self.miss(reader, commands)
        after, since, epoch = reader.position
        position = Position(max(after - less[0], 0), max(since - less[1], 0), epoch)
        source = self.recent if from_memory else KeptChanges(self.room)
        last, rev = self.room.log.last, self.room.rev
        events = missed(source, position, last, rev, self.room.epoch, LIMIT)
        if events is None:
            reader.start_over(self.room)
        else:
            assert epoch == self.room.epoch
            revs = [event.rev for event in events]
            assert revs == sorted(revs)
            assert len(revs) <= LIMIT
            for event in (*events, *self.room.messages(position.after, 1000)):
                reader.hear(event)
            reader.position = Position(last, rev, epoch)
        reader.is_awake = True
        self.compare(reader)

    @rule(number=ONE, limit=st.integers(1, 3), commands=DEEDS)
    def catch_up_by_pages(self, number, limit, commands):
        reader = self.readers[number]
        self.miss(reader, commands)
        after, since, _epoch = reader.position
        if not reader.position.fits(self.room.log.last, self.room.rev, self.room.epoch):
            return
        more = True
        while more:
            page = KeptChanges(self.room).page(since, limit)
            if page is None:
                return
            for event in page.events:
                reader.hear(event)
            assert page.rev > since or not page.more
            since, more = page.rev, page.more
        for message in self.room.messages(after, 1000):
            reader.hear(message)
        reader.position = Position(self.room.log.last, self.room.rev, self.room.epoch)
        self.compare(reader)

    def miss(self, reader, commands):
        reader.is_awake = False
        for command in commands:
            self.do(command)

    @rule(number=ONE)
    def sleep(self, number):
        self.readers[number].is_awake = False

    @rule(after=st.integers(-3, 2), since=st.integers(-3, 2), epoch=st.sampled_from(("other", None)))
    def come_from_elsewhere(self, after, since, epoch):
        """The reader's numbers, relative to the room's, may belong to another database."""
        last, rev = self.room.log.last, self.room.rev
        position = Position(max(last + after, 0), max(rev + since, 0), epoch)
        found = missed(KeptChanges(self.room), position, last, rev, self.room.epoch)
        assert (found is None) == (epoch is not None or after > 0 or since > 0)

    @rule(after=NUMBERS)
    def both_sources_tell_the_same(self, after):
        for since in range(max(self.room.rev - KEPT, 0), self.room.rev + 1):
            kept, recent = (source.since(since, after, 1000) for source in (KeptChanges(self.room), self.recent))
            if kept is not None and recent is not None:
                assert self.now_of(kept) == self.now_of(recent)

    def now_of(self, events):
        return [_as_it_is_now(event, self.room) for event in events]

    @invariant()
    def who_is_awake_has_what_the_room_has(self):
        for reader in getattr(self, "readers", ()):
            if reader.is_awake:
                self.compare(reader)

    def compare(self, reader):
        messages = {message.seq: state_of(message) for message in self.room.messages(0, 1000)}
        assert reader.messages == messages
        assert reader.room == room_values(self.room)
        assert reader.pins == set(self.room.pins)

    def close(self):
        self.manager.abort()
        self.connection.close()
        self.database.close()

    def teardown(self):
        for limit in self.limits:
            limit.stop()
        if self.database is not None:
            report = Report()
            with mock.patch("piratechat.maintenance.integrity.MAX_CHANGES", KEPT):
                check_rooms(self.chat, report)
            self.close()
            assert report.faults == []
        shutil.rmtree(self.folder)


CatchingUpTest = CatchingUp.TestCase
CatchingUpTest.settings = settings(max_examples=50, stateful_step_count=20, deadline=None, database=None)
