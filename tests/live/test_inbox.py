"""A live room processes events in the order of their numbers and loses none, in whatever order they arrive."""

import json
import tempfile
import unittest
from unittest import mock

import gevent
from hypothesis import given, settings
from hypothesis import strategies as st
from transaction import TransactionManager

from piratechat.live.inbox import MAX_RETRIES
from piratechat.live.registry import LiveRooms
from piratechat.model.chat import chat_of
from piratechat.model.commands import Change, Mute, Remove, RemoveMany, Restore, RestoreMany, Say
from piratechat.model.events import Envelope, Numbers
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database
from piratechat.translators.builtin.original import Original
from sockjs_support.greenlets import join_all
from tests.live.test_live_room import Group
from tests.support.engines import engine
from tests.support.readers import Reader

SLUG = "captain"


class Late:
    """A process's view of the database: as of the last `refresh`, as with a distant ZEO server."""

    def __init__(self, database):
        self.database = database
        self.late = False
        self.refreshed = 0
        self._view = None

    def hold(self):
        """Ignore commits from now on."""
        self._view = self.database.reading()
        self._chat = self._view.__enter__()
        self.late = True

    def refresh(self):
        self.refreshed += 1
        if self.late:
            self._view.__exit__(None, None, None)
            self.late = False

    def reading(self):
        if not self.late:
            return self.database.reading()
        return mock.MagicMock(__enter__=lambda _self: self._chat)


class InboxTest(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = Database(f"file://{folder}/chat.fs")
        self.addCleanup(self.database.close)
        self.write(lambda chat: chat.rooms.open("Captain", "captain"))
        self.late = Late(self.database)
        self.rooms = LiveRooms(
            self.late.reading, lambda _room: {"original": Original()}, engine(), Group, self.late.refresh
        )
        self.published = []
        self.committer = Committer(
            self.database, mock.Mock(publish=lambda _slug, envelope: self.published.append(envelope)), lambda: 1000
        )
        self.addCleanup(self.committer.close)
        self.enterContext(mock.patch("piratechat.live.inbox.REORDER_DELAY", 0.001))
        self.enterContext(mock.patch("piratechat.live.inbox.RETRY_DELAY", 0.001))
        self.enterContext(mock.patch("piratechat.live.inbox.MAX_RETRY_DELAY", 0.01))
        self.live = self.rooms.enter(SLUG)
        self.reader = Reader(self.database, SLUG)
        self.reader.read()
        self.live.add(self.reader, "original")

    def write(self, change):
        """Apply `change` to the chat, like a tool."""
        manager = TransactionManager(explicit=True)
        connection = self.database.open(manager)
        with manager:
            change(chat_of(connection))
        connection.close()

    def commit(self, command):
        """Commit a command like any process, and return its envelope."""
        self.committer.perform(command)
        return self.published[-1]

    def say(self, text="Ahoy"):
        return self.commit(Say(SLUG, "captain", text))

    def put(self, *envelopes):
        for envelope in envelopes:
            self.rooms.publish(SLUG, envelope)

    def settle(self):
        """Wait until pending reads have finished."""
        inbox = self.rooms._rooms[SLUG].inbox
        while inbox._repairing is not None:
            join_all([inbox._repairing])

    def assertCurrent(self):
        """Assert that the reader has the current state of the room, and received its events in order."""
        self.assertEqual(self.reader.faults(), [])
        with self.database.reading() as chat:
            self.assertEqual(self.live.numbers, chat.rooms[SLUG].numbers)


class Order(InboxTest):
    def test_events_in_order_are_sent_immediately(self):
        self.put(self.say(), self.say(), self.commit(Remove(SLUG, "captain", 1)))
        self.assertCurrent()
        self.assertEqual(self.late.refreshed, 0)

    def test_early_events_wait_for_those_before_them(self):
        one, two, three = self.say("one"), self.say("two"), self.say("three")
        self.put(one, three)
        self.assertEqual(self.reader.last, 1)
        self.put(two)
        self.assertEqual(self.reader.last, 3)
        self.assertCurrent()

    def test_a_removal_that_arrives_before_its_message(self):
        said, removed = self.say(), self.commit(Remove(SLUG, "captain", 1))
        self.put(removed)
        self.assertEqual(self.reader.messages, {})
        self.put(said)
        self.assertCurrent()

    def test_a_message_that_does_not_arrive_is_read_from_the_database(self):
        one, _two, three = self.say("one"), self.say("two"), self.say("three")
        self.put(one, three)
        self.settle()
        self.assertCurrent()

    def test_a_message_that_the_database_connection_cannot_see_yet_is_not_lost(self):
        """1, 3 and nothing more: an event ahead of the database must not raise `last` beyond what was seen."""
        self.put(self.say("one"))
        self.late.hold()
        _two, three = self.say("two"), self.say("three")
        self.put(three)
        self.settle()
        self.assertEqual(self.reader.last, 3)
        self.assertGreater(self.late.refreshed, 0)
        self.assertCurrent()

    def test_the_last_event_of_a_quiet_room_is_found_by_its_number(self):
        said, removed = self.say(), self.commit(Remove(SLUG, "captain", 1))
        del said
        self.put(Envelope((), removed.numbers))
        self.settle()
        self.assertCurrent()

    def test_a_change_of_a_message_follows_the_message(self):
        """The database may be ahead of the envelope for which it is read."""
        first = self.say("one")
        self.commit(Remove(SLUG, "captain", 1))
        _second = self.say("two")
        third = self.commit(Change(SLUG, "captain", {"slow": 5}))
        late = self.say("three"), self.commit(Remove(SLUG, "captain", 3))
        self.put(first, Envelope((), Numbers(1, 2, third.numbers.epoch)))
        self.settle()
        self.put(third)
        self.settle()
        self.put(*late)
        self.settle()
        self.assertCurrent()

    def test_duplicate_events_are_sent_once(self):
        envelopes = [self.say(), self.say(), self.commit(RemoveMany(SLUG, "captain", (1, 2)))]
        envelopes.append(self.commit(RestoreMany(SLUG, "captain", (1, 2))))
        self.put(*envelopes, *envelopes)
        self.assertCurrent()

    def test_events_for_one_visitor_are_sent_after_their_numbers_were_read(self):
        bo = Reader(self.database, SLUG, "bo")
        self.live.presence.enter(bo)
        self.commit(Say(SLUG, "bo", "Ahoy", name="Bo"))
        muted = self.commit(Mute(SLUG, "captain", "Bo"))
        self.put(muted)
        self.settle()
        self.assertEqual(bo.heard, ["muted"])

    def test_the_number_of_waiting_events_is_limited(self):
        self.enterContext(mock.patch("piratechat.live.inbox.MAX_AHEAD", 10))
        envelopes = [self.say(str(number)) for number in range(30)]
        self.put(*envelopes[:0:-1])
        self.assertLessEqual(len(self.rooms._rooms[SLUG].inbox._ahead), 10)
        self.settle()
        self.assertCurrent()


class AheadOfTheDatabase(InboxTest):
    """Readers here have received events by the relay that the process cannot read yet."""

    def setUp(self):
        super().setUp()
        self.put(self.say("one"), self.say("two"))
        self.late.hold()

    def test_messages_from_the_relay_are_replayed(self):
        self.put(self.say("three"))
        self.assertEqual(self.reader.last, 3)
        told = [json.loads(event)["seq"] for event in self.live.coming_back.messages(0, "original")]
        self.assertEqual(told, [1, 2, 3])

    def test_messages_removed_by_the_relay_stay_removed(self):
        self.put(self.commit(Remove(SLUG, "captain", 1)))
        self.assertTrue(self.live._history.among([1])[0].removed)

    def test_settings_changed_by_the_relay_are_used(self):
        self.put(self.commit(Change(SLUG, "captain", {"read_only": True})))
        with self.rooms.room(SLUG) as room:
            self.assertTrue(room.read_only)


class FailedSending(InboxTest):
    def test_events_that_could_not_be_sent_are_sent_later(self):
        self.put(self.say("one"))
        changed = self.commit(Change(SLUG, "captain", {"slow": 5}))
        with (
            mock.patch.object(self.database, "reading", side_effect=OSError),
            self.assertLogs("piratechat.live.inbox", "ERROR"),
        ):
            self.put(changed)
        self.assertEqual(self.live.rev, 0, "the change does not count as sent")
        self.settle()
        self.assertEqual(self.reader.settings, {"slow": 5})
        self.assertCurrent()


class OtherDatabases(InboxTest):
    def test_events_ahead_of_every_database_are_dropped(self):
        said = self.say()
        self.put(said)
        with self.assertLogs("piratechat.live.inbox", "WARNING"):
            self.put(Envelope(said.events, Numbers(1_000, 1_000, said.numbers.epoch)))
            self.settle()
        self.assertEqual(self.live.last, 1)
        self.put(self.say())
        self.assertCurrent()

    def test_events_of_another_database_are_dropped(self):
        said = self.say()
        with self.assertLogs("piratechat.live.inbox", "WARNING"):
            self.put(Envelope(said.events, Numbers(1, 0, "another")))
            self.settle()
        self.assertEqual(self.reader.messages, {})

    def test_a_restored_database_resets_readers(self):
        self.put(self.say("one"), self.say("two"))
        self.write(lambda chat: setattr(chat, "epoch", "restored"))
        said = self.say("three")
        self.put(said)
        self.settle()
        self.assertEqual((self.reader.heard.count("reset"), self.live.epoch, self.live.last), (1, "restored", 3))
        self.put(self.say("four"))
        self.assertEqual(self.live.last, 4)

    def test_reads_are_retried_until_the_database_is_available(self):
        self.say("one")
        two = self.say("two")
        with (
            mock.patch.object(self.database, "reading", side_effect=OSError) as reading,
            self.assertLogs("piratechat.live.inbox", "WARNING"),
        ):
            self.put(two)
            while reading.call_count <= 2 * MAX_RETRIES:  # more often than it looks for missing data
                gevent.sleep(0.001)
        self.settle()
        self.assertCurrent()

    def test_missing_events_of_a_room_without_readers_are_not_read(self):
        self.say("one")
        self.put(self.say("two"))
        inbox = self.rooms._rooms[SLUG].inbox
        self.rooms.leave(SLUG)
        with mock.patch.object(self.live, "catch_up") as read:
            while inbox._repairing is not None:
                join_all([inbox._repairing])
        read.assert_not_called()


class AnyRelay(InboxTest):
    """However the relay fails, readers end up with the state of the room."""

    COMMANDS = st.one_of(
        st.just(lambda number: Say(SLUG, "captain", f"message {number}")),
        st.just(lambda number: Change(SLUG, "captain", {"slow": number})),
        st.integers(1, 5).map(lambda seq: lambda _number: Remove(SLUG, "captain", seq)),
        st.integers(1, 5).map(lambda seq: lambda _number: Restore(SLUG, "captain", seq)),
        st.just(lambda _number: RemoveMany(SLUG, "captain", (1, 2, 3))),
    )

    @settings(max_examples=60, deadline=None)
    @given(
        commands=st.lists(COMMANDS, max_size=15),
        fates=st.lists(st.sampled_from(["carried", "lost", "doubled", "delayed"]), min_size=20, max_size=20),
        order=st.randoms(use_true_random=False),
    )
    def test_events_may_be_lost_duplicated_delayed_and_reordered(self, commands, fates, order):
        for number in range(5):
            self.put(self.say(f"before {number}"))
        delayed = []
        for number, (command, fate) in enumerate(zip(commands, fates, strict=False)):
            envelope = self.commit(command(number + 1))
            if fate in ("carried", "doubled"):
                self.put(*[envelope] * (2 if fate == "doubled" else 1))
            elif fate == "delayed":
                delayed.insert(order.randint(0, len(delayed)), envelope)
            if order.random() < 0.3 and delayed:
                self.put(delayed.pop())
            if order.random() < 0.3:
                gevent.sleep(0.002)
        self.put(*delayed)
        self.put(Envelope((), self.published[-1].numbers))  # the beacon
        self.settle()
        self.assertCurrent()
