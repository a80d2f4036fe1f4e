"""Several processes serve one chat: each reader ends up with the room in the database, however the relay fails.

The processes are simulated in this process, on one file; tests/chat/test_cluster.py has real ones.
"""

import contextlib
import json
import random
import tempfile
import unittest
from unittest import mock

import gevent
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from transaction import TransactionManager

from piratechat.errors import LOGGED_OUT, CommandRejected
from piratechat.live.registry import LiveRooms
from piratechat.model.catching_up import Position
from piratechat.model.chat import chat_of, make_epoch
from piratechat.model.commands import Change, Mute, React, Remove, RemoveMany, Restore, RestoreMany, Say, Unmute
from piratechat.model.events import Changed, Envelope, Message, Muted, Numbers
from piratechat.peers.agreement import Agreement
from piratechat.peers.encoding import encoded
from piratechat.peers.messages import Hello, Learned, Post, Typing, Whispered, Who
from piratechat.peers.outgoing import NODES, TRANSLATIONS, Outgoing
from piratechat.peers.peers import Peers
from piratechat.peers.seal import Seal
from piratechat.rate_limits import Limits
from piratechat.settings import Allowance, Settings
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database
from piratechat.translation import QuotaExceeded, Translated
from piratechat.translators.builtin.original import Original
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.budget import Limits as BudgetLimits
from piratechat.translators.engine.others import Others
from piratechat.translators.engine.outcomes import PENDING
from piratechat.translators.engine.protection import Protection
from sockjs_support.waiting import TIMEOUT
from tests.live.test_live_room import Group
from tests.support.engines import BackEnd, Outcomes, engine
from tests.support.faulty_relay import FaultyRelay, Wire
from tests.support.readers import Reader

#: The number of concurrent writers, and of messages of each.
ROUNDS, MESSAGES = 20, 20
SLUG = "captain"
ROOM = f"room.{SLUG}"
SEAL = Seal("of the chat")


def wait_for(what, condition):
    """Yield to other greenlets until `condition()`."""
    with gevent.Timeout(TIMEOUT, AssertionError(f"it took too long to see {what}")):
        while not condition():
            gevent.sleep(0.002)


class Window(Reader):
    """A window that reconnects with its state, like a page."""

    live = process = joining = closed = None

    def close(self, code, reason):
        """Record the end of the session."""
        self.closed = code, reason

    def wait_until_joined(self):
        """If it is joining, wait until it has joined."""
        joining, self.joining = self.joining, None
        if joining is not None:
            joining.get(timeout=TIMEOUT)

    def join(self, process):
        """Join like `ChatSession`, while other greenlets run."""
        self.process = process
        self.live = process.rooms.enter(SLUG)
        self.live.presence.enter(self)
        self.live.presence.introduce(self.visitor, None if self.visitor == "nobody" else self.visitor.title())
        self.send(json.dumps({"type": "welcome", "epoch": self.live.epoch}))
        position = Position(self.last, self.rev, self.epoch)
        for event in self.live.coming_back.missed(position, "original", self):
            self.send(event)
        self.live.add(self, "original")

    def leave(self):
        self.live.discard(self, "original")
        self.live.presence.leave(self)
        self.process.rooms.leave(SLUG)
        self.live = None


class Elsewhere:
    """A database read over a network: other greenlets run between reading and the response."""

    def __init__(self, database):
        self.database = database

    @contextlib.contextmanager
    def reading(self):
        with self.database.reading() as chat:
            gevent.sleep(0)
            yield chat
            gevent.sleep(0)


class Process:
    """The parts of a process that communicate with other processes."""

    def __init__(self, database, wire, name, settings=()):
        self.relay = FaultyRelay(wire)
        self.counted = CollectorRegistry()
        self.outgoing = Outgoing(self.relay, name, SEAL, self.counted)
        others = Others(
            node=self.outgoing.node,
            translated=self.outgoing.translated,
            spent=self.outgoing.spent,
            parts=lambda: self.outgoing.parts,
        )
        self.engine = engine({"test": Protection(budget=BudgetLimits(10))}, others=others)
        self.rooms = LiveRooms(
            Elsewhere(database).reading,
            lambda _room: {"original": Original()},
            self.engine,
            Group,
            database.ask,
            self.outgoing,
        )
        agreement = Agreement(dict(settings))
        self.limits = Limits(Settings(rooms_per_address=Allowance(3, 3600)), tell=self.outgoing.taken)
        heard = self.rooms, self.engine, self.outgoing.metrics, database.ask, agreement, self.limits
        self.peers = Peers(self.relay, SEAL, self.outgoing, *heard)
        self.committer = Committer(database, self.rooms, lambda: 1000)
        self.peers.start()

    def count(self, name, **labels):
        """Return a metric of the process."""
        return self.counted.get_sample_value(f"piratechat_relay_{name}", labels) or 0

    def perform(self, command):
        """Perform a command; a rejected one has no effect."""
        try:
            self.committer.perform(command)
        except CommandRejected as rejected:
            return rejected
        return None

    def kill(self):
        """Stop without notification: nothing is published any more."""
        self.relay.stop()
        if self.peers._watching is not None:
            self.peers._watching.kill()
        self.outgoing.publish = self.outgoing.tell = mock.Mock()
        self.committer.close()


class PeersTest(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = Database(f"file://{folder}/chat.fs")
        self.addCleanup(self.database.close)
        for name, value in {
            "live.inbox.REORDER_DELAY": 0.002,
            "live.inbox.RETRY_DELAY": 0.002,
            "live.names_here.PRESENCE_DELAY": 0.002,
            "peers.beacons.DELAYS": (0.02, 0.05),
            "peers.beacons.PAUSE": 0.005,
            "peers.peers.TICK": 0.005,
            "peers.peers.HEARTBEAT": 0.02,
            "peers.peers.PATROL": 0.1,
            "peers.peers.ANSWER_TIMEOUT": 0.05,
            "peers.peers.LEASE": 0.5,
            "peers.nodes.LEASE": 0.5,
        }.items():
            self.enterContext(mock.patch(f"piratechat.{name}", value))
        self.write(lambda chat: chat.rooms.open("Captain", "captain"))
        for visitor in ("ada", "bo"):
            self.write(lambda chat, visitor=visitor: chat.rooms[SLUG].names.claim(visitor.title(), visitor))
        self.wire = Wire()
        self.here, self.there = self.start("here"), self.start("there")

    def start(self, name, settings=()):
        process = Process(self.database, self.wire, name, settings)
        self.addCleanup(process.kill)
        return process

    def write(self, change):
        manager = TransactionManager(explicit=True)
        connection = self.database.open(manager)
        with manager:
            change(chat_of(connection))
        connection.close()

    def window(self, process, visitor="nobody"):
        window = Window(self.database, SLUG, visitor)
        window.read()
        window.join(process)
        return window

    def wait_until_current(self, window):
        """Wait until the window has the current state of the room; its events must have been consistent."""
        with self.database.reading() as chat:
            numbers = chat.rooms[SLUG].numbers
        try:
            wait_for("all that was said", lambda: window.live.numbers == numbers and not window.faults())
        except AssertionError:
            self.assertEqual((window.live.numbers, window.faults()), (numbers, []))
            raise


class Carried(PeersTest):
    def test_messages_and_changes_arrive(self):
        window = self.window(self.there)
        for command in (
            Say(SLUG, "ada", "Ahoy"),
            Say(SLUG, "bo", "Avast"),
            Remove(SLUG, "captain", 1),
            Change(SLUG, "captain", {"title": "The Cabin", "slow": 5}),
            RemoveMany(SLUG, "captain", (1, 2)),
            RestoreMany(SLUG, "captain", (1, 2)),
        ):
            self.here.perform(command)
        self.wait_until_current(window)
        self.assertEqual(window.settings, {"title": "The Cabin", "slow": 5})

    def test_two_alternating_writers(self):
        windows = [self.window(self.here), self.window(self.there)]
        for number in range(20):
            for process in (self.here, self.there):
                process.perform(Say(SLUG, "captain", str(number)))
        for window in windows:
            self.wait_until_current(window)

    def test_a_mute_arrives(self):
        bo = self.window(self.there, "bo")
        self.here.perform(Mute(SLUG, "captain", "Bo"))
        wait_for("it", lambda: "muted" in bo.heard)
        self.here.perform(Unmute(SLUG, "captain", "Bo"))
        wait_for("it", lambda: "unmuted" in bo.heard)

    def test_a_logout_closes_sessions_at_all_processes(self):
        here, there, bo = self.window(self.here, "ada"), self.window(self.there, "ada"), self.window(self.there, "bo")
        self.here.rooms.log_out("ada")
        for window in (here, there):
            wait_for("the end", lambda window=window: window.closed)
            self.assertEqual(window.closed, LOGGED_OUT)
        self.assertIsNone(bo.closed)

    def test_typing(self):
        window = self.window(self.there)
        self.window(self.here, "ada").live.typing("Ada")
        wait_for("it", lambda: "typing" in window.heard)

    def test_own_messages_are_ignored(self):
        text = SEAL.sealed(ROOM, encoded(Post(self.here.outgoing.node, 1, Typing("Ada"))))
        with mock.patch.object(Seal, "opened", autospec=True, side_effect=Seal.opened) as opened:
            self.here.peers.receive(ROOM, text)
            self.assertNotIn(mock.call(SEAL, ROOM, text), opened.mock_calls)
            self.there.peers.receive(ROOM, text)
            self.assertIn(mock.call(SEAL, ROOM, text), opened.mock_calls)

    def test_a_whisper_arrives_and_is_not_stored(self):
        windows = [self.window(process) for process in (self.here, self.there)]
        self.here.rooms.whisper(SLUG, Whispered("Tide", 1, "Rising", ""))
        for window in windows:
            wait_for("it", lambda window=window: window.heard.count("whisper") == 1)
            self.wait_until_current(window)
        self.assertEqual([window.live.last for window in windows], [0, 0])

    def test_a_whisper_without_local_readers_arrives(self):
        window = self.window(self.there)
        self.here.rooms.whisper(SLUG, Whispered("Tide", 1, "Rising", ""))
        wait_for("it", lambda: "whisper" in window.heard)

    def test_an_oversized_burst_is_read_from_the_database(self):
        window = self.window(self.there)
        self.enterContext(mock.patch("piratechat.peers.outgoing.MAX_LENGTH", 300))
        self.here.perform(Say(SLUG, "ada", "x" * 3_000))
        self.wait_until_current(window)

    def test_translations_are_shared(self):
        wait_for("both", lambda: self.here.peers.problem is None and self.there.peers.problem is None)
        self.here.outgoing.translated(b"key", Translated("Hallo", "en"))
        wait_for("it", lambda: self.there.engine._memory.get(b"key") == Translated("Hallo", "en"))

    def test_a_single_process_sends_nothing(self):
        relay = mock.Mock(reaches_others=False)
        outgoing = Outgoing(relay, "alone", SEAL, CollectorRegistry())
        outgoing.publish(SLUG, Envelope([Message(1, 1, "Ada", "Ahoy")], Numbers(1, 0, "epoch")))
        outgoing.tell(SLUG, Typing("Ada"))
        outgoing.tell_nodes(Hello())
        outgoing.translated(b"key", Translated("Hallo"))
        relay.publish.assert_not_called()


class DatabaseAway(PeersTest):
    def setUp(self):
        super().setUp()
        for name in ("PATROL", "LEASE"):  # no polling
            self.enterContext(mock.patch(f"piratechat.peers.peers.{name}", TIMEOUT))

    def test_events_wait_until_they_are_in_the_database(self):
        """A page loaded now would be older than the events of its room."""
        self.enterContext(mock.patch("piratechat.peers.peers.RETRY_DELAY", 0.001))
        wait_for("both", lambda: self.here.peers.problem is None and self.there.peers.problem is None)
        window = self.window(self.there)
        with mock.patch.object(self.there.peers, "_refresh", side_effect=OSError):
            self.here.perform(Say(SLUG, "ada", "Ahoy"))
            gevent.sleep(0.01)
            self.assertEqual(window.messages, {})
        self.wait_until_current(window)

    def test_events_during_a_query_cause_another_one(self):
        wait_for("both", lambda: self.here.peers.problem is None and self.there.peers.problem is None)
        window = self.window(self.there)
        told = []  # at each query

        def refresh():
            told.append(set(window.messages))
            if len(told) == 1:
                self.here.perform(Say(SLUG, "ada", "Avast"))
                wait_for("it", lambda: self.there.peers._arrived)

        with mock.patch.object(self.there.peers, "_refresh", refresh):
            self.here.perform(Say(SLUG, "ada", "Ahoy"))
            wait_for("both", lambda: 2 in window.messages and len(told) > 1)
        self.assertNotIn(2, told[1])


class Lost(PeersTest):
    def test_a_lost_last_message_of_a_quiet_room(self):
        window = self.window(self.there)
        self.wire.fate = iter(["lost", *["carried"] * 10_000]).__next__
        self.here.perform(Say(SLUG, "ada", "Ahoy"))
        self.wait_until_current(window)

    def test_an_unavailable_relay(self):
        window, bo = self.window(self.there), self.window(self.there, "bo")
        self.wire.go(False)
        wait_for("that", lambda: self.there.peers.problem is not None)
        self.here.perform(Say(SLUG, "ada", "Ahoy"))
        self.here.perform(Remove(SLUG, "captain", 1))
        self.here.perform(Mute(SLUG, "captain", "Bo"))
        self.wait_until_current(window)
        wait_for("it", lambda: "muted" in bo.heard)
        self.assertIsNotNone(self.there.peers.problem)
        self.wire.go(True)
        wait_for("that", lambda: self.there.peers.problem is None)

    def test_a_relay_that_delivers_nothing(self):
        window = self.window(self.there)
        self.wire.fate = lambda: "lost"
        self.here.perform(Say(SLUG, "ada", "Ahoy"))
        self.wait_until_current(window)
        self.assertIn("not connected", self.there.peers.problem)

    def test_a_lost_event_for_one_visitor(self):
        bo = self.window(self.there, "bo")
        self.wire.fate = iter(["lost", *["carried"] * 10_000]).__next__
        self.here.perform(Mute(SLUG, "captain", "Bo"))
        wait_for("it", lambda: "muted" in bo.heard)

    def test_a_room_joined_while_the_relay_is_unavailable(self):
        self.wire.go(False)
        window = self.window(self.there)
        self.here.perform(Say(SLUG, "ada", "Ahoy"))
        self.wait_until_current(window)

    def test_a_relay_that_cannot_be_started(self):
        """The process reports the error, and its readers get others' messages by polling the database."""
        self.wire.is_broken = True
        with self.assertLogs("piratechat.peers.peers", "ERROR"):
            alone = self.start("alone")
        window = self.window(alone)
        self.here.perform(Say(SLUG, "ada", "Ahoy"))
        self.wait_until_current(window)
        self.assertIn("not connected", alone.peers.problem)

    def translate(self, process, text):
        """Return the outcome of translating `text` in a process."""
        ear, views = Outcomes(), {"test": BackEnd()}
        outcome = process.engine.read(views, "test", Asked(text), ear)
        return ear.wait()[0] if outcome is PENDING else outcome

    def test_quotas_are_shared(self):
        self.assertEqual(self.translate(self.here, "aaaaaa"), Translated("AAAAAA"))
        wait_for("it", lambda: self.there.engine.read({"test": BackEnd()}, "test", Asked("aaaaaa")) is not PENDING)
        self.assertIsInstance(self.translate(self.there, "bbbbbb").error, QuotaExceeded)
        late = self.start("late")
        wait_for("what was spent before", lambda: any(late.engine.dispatchers()))
        wait_for("that all hear each other", lambda: late.peers.problem is None and late.outgoing.parts == 1)
        self.assertEqual(self.translate(late, "cccc"), Translated("CCCC"))
        self.assertIsInstance(self.translate(late, "d").error, QuotaExceeded)

    def test_expensive_translations_are_limited_in_total(self):
        wait_for("both", lambda: self.here.peers.problem is None and self.there.peers.problem is None)
        self.here.limits.rooms.take("192.0.2.1")
        self.there.limits.rooms.take("192.0.2.1")
        self.here.limits.rooms.take("192.0.2.1")
        for process in (self.here, self.there):
            wait_for("it", lambda process=process: process.limits.rooms.wait("192.0.2.1") > 0)
            with self.assertRaises(CommandRejected):
                process.limits.rooms.take("192.0.2.1")
            process.limits.rooms.take("192.0.2.2")

    def test_quotas_are_divided_without_a_relay(self):
        wait_for("both", lambda: self.here.peers.problem is None and self.there.peers.problem is None)
        self.wire.go(False)
        wait_for("that", lambda: self.here.outgoing.parts == 2)
        self.assertEqual(self.translate(self.here, "aaaaa"), Translated("AAAAA"))
        self.assertIsInstance(self.translate(self.there, "bbbbbb").error, QuotaExceeded)
        self.wire.go(True)
        wait_for("that", lambda: self.here.outgoing.parts == 1)
        self.assertEqual(self.translate(self.here, "ccccc"), Translated("CCCCC"))

    def test_invalid_messages_are_dropped(self):
        window = self.window(self.there)
        for text in ("", "null", "[" * 1_000, encoded(Post("stranger", 1, Hello())) + "x", "x" * 600_000):
            self.wire.carry(ROOM, SEAL.sealed(ROOM, text))
        forged = Envelope([Message(9, 1, "Ada", "forged")], Numbers(9, 0, "epoch"))
        self.wire.carry(ROOM, SEAL.sealed(ROOM, encoded(Post("stranger", 2, forged))))
        self.here.perform(Say(SLUG, "ada", "Ahoy"))
        self.wait_until_current(window)
        dropped = {reason: self.there.count("dropped_total", reason=reason) for reason in ("invalid", "too-long")}
        self.assertEqual(dropped, {"invalid": 4, "too-long": 1})

    def test_uninvolved_processes_do_not_answer(self):
        for n, channel in enumerate((NODES, "room.nowhere")):
            self.wire.carry(channel, SEAL.sealed(channel, encoded(Post("stranger", n, Typing("Ada")))))
        self.assertEqual(self.there.rooms.slugs, [])


class Forged(PeersTest):
    """Texts published by someone who has access to the relay's server but not to the chat's secret."""

    def setUp(self):
        super().setUp()
        wait_for("both", lambda: self.here.peers.problem is None and self.there.peers.problem is None)
        self.bo = self.window(self.there, "bo")

    def forge(self, channel, *contents, seal=None):
        for n, content in enumerate(contents):
            text = encoded(Post("stranger", n, content))
            self.wire.carry(channel, text if seal is None else seal.sealed(channel, text))

    def test_forged_messages_do_not_hide_later_ones(self):
        with self.database.reading() as chat:
            last, rev, epoch = chat.rooms[SLUG].numbers
        far = Envelope([Message(2**60, 1, "Ada", "forged")], Numbers(last + 1, rev, epoch))
        changed = Envelope([Changed({"title": "forged"}, 2**60)], Numbers(last, rev + 1, epoch))
        for seal in (None, Seal("of another chat")):
            self.forge(ROOM, far, changed, Envelope([Muted("bo")], Numbers(last, rev, epoch)), seal=seal)
        self.here.perform(Say(SLUG, "ada", "Ahoy"))
        self.here.perform(Remove(SLUG, "captain", 1))
        self.wait_until_current(self.bo)
        self.assertNotIn("muted", self.bo.heard)

    def test_forged_texts_are_counted(self):
        before = self.there.count("received_total")
        self.forge(ROOM, Typing("Eve"), Typing("Eve"), seal=Seal("of another chat"))
        wait_for("both", lambda: self.there.count("dropped_total", reason="other-secret") == 2)
        sent = self.here.count("sent_total")
        self.here.outgoing.tell(SLUG, Typing("Ada"))
        wait_for("it", lambda: "typing" in self.bo.heard)
        self.assertGreater(self.here.count("sent_total"), sent)
        self.assertGreater(self.there.count("received_total"), before)
        named = {"node": self.there.outgoing.node}
        self.assertEqual(self.there.counted.get_sample_value("piratechat_node_info", named), 1)

    def test_forged_translations_are_not_cached(self):
        self.forge(TRANSLATIONS, Learned(b"key", "forged", "en"), seal=Seal(""))
        self.here.outgoing.translated(b"other", Translated("Hallo", "en"))
        wait_for("the other", lambda: self.there.engine._memory.get(b"other"))
        self.assertIsNone(self.there.engine._memory.get(b"key"))

    def test_forged_processes_are_not_counted(self):
        self.forge(NODES, *[Hello()] * 10)
        self.forge(ROOM, Who())
        self.here.outgoing.tell(SLUG, Typing("Ada"))
        wait_for("it", lambda: "typing" in self.bo.heard)
        self.assertEqual(list(self.there.peers._nodes._heard), [self.here.outgoing.node])

    def test_messages_replayed_to_another_room_are_ignored(self):
        self.wire.carry(ROOM, SEAL.sealed("room.other", encoded(Post("stranger", 1, Typing("Eve")))))
        self.here.outgoing.tell(SLUG, Typing("Ada"))
        wait_for("it", lambda: "typing" in self.bo.heard)
        self.assertEqual(self.bo.heard.count("typing"), 1)


class Repeated(PeersTest):
    """Messages of a process, replayed by someone with access to the relay's server."""

    #: More than the largest window.
    FLOOD = 6_000

    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch("piratechat.peers.peers.PATROL", TIMEOUT))
        wait_for("both", lambda: self.here.peers.problem is None and self.there.peers.problem is None)
        self.bo = self.window(self.there, "bo")
        carry = self.wire.carry
        self.recorded = []
        with mock.patch.object(self.wire, "carry", lambda *words: (self.recorded.append(words), carry(*words))):
            self.here.outgoing.tell(SLUG, Typing("Ada"))
        wait_for("it", lambda: self.typed == 1)

    @property
    def typed(self):
        return self.bo.heard.count("typing")

    def repeat(self):
        before = self.there.count("dropped_total", reason="repeated")
        for words in self.recorded:
            self.wire.carry(*words)
        wait_for("it", lambda: self.there.count("dropped_total", reason="repeated") > before or self.typed > 1)
        self.assertEqual(self.typed, 1)

    def test_immediate_replays(self):
        self.repeat()

    def test_replays_after_a_flood(self):
        before = self.there.count("received_total")
        for number in range(self.FLOOD):
            self.here.outgoing.translated(b"%d" % number, Translated("Hallo"))
            if number % 100 == 0:
                gevent.sleep(0)
        wait_for("all of it", lambda: self.there.count("received_total") >= before + self.FLOOD)
        self.repeat()

    def test_replays_after_the_end_of_the_process(self):
        self.here.peers.stop(0)
        wait_for("that", lambda: self.here.outgoing.node not in self.there.peers._nodes)
        self.repeat()
        self.assertNotIn(self.here.outgoing.node, self.there.peers._nodes)


class Present(PeersTest):
    def names(self, window):
        return window.live.presence.names

    def wait_for_names(self, window, *names):
        wait_for(f"{names}", lambda: self.names(window) == sorted(names))

    def test_visitors_of_other_processes_are_present(self):
        ada, bo = self.window(self.here, "ada"), self.window(self.there, "bo")
        for window in (ada, bo):
            self.wait_for_names(window, "Ada", "Bo")
        bo.leave()
        self.wait_for_names(ada, "Ada")

    def test_many_visitors_of_another_process_are_counted(self):
        ada, bo = self.window(self.here, "ada"), self.window(self.there, "bo")
        presence = bo.live.presence
        crowd = [mock.Mock(visitor=f"visitor {number}") for number in range(300)]
        for number, window in enumerate(crowd):
            presence.enter(window)
            presence.introduce(window.visitor, f"{number:03}")
        wait_for("the crowd", lambda: ada.live.presence.count == len(crowd) + 2)
        for window in crowd[2:]:
            presence.leave(window)
        self.wait_for_names(ada, "000", "001", "Ada", "Bo")
        self.assertEqual(ada.live.presence.count, 4)

    def test_a_visitor_leaves_with_the_last_window(self):
        ada, other = self.window(self.here, "ada"), self.window(self.there, "ada")
        bo = self.window(self.there, "bo")
        self.wait_for_names(ada, "Ada", "Bo")
        ada.leave()
        gevent.sleep(0.05)
        self.assertEqual(self.names(bo), ["Ada", "Bo"])
        other.leave()
        self.wait_for_names(bo, "Bo")

    def test_visitors_of_a_crashed_process_leave(self):
        ada = self.window(self.here, "ada")
        self.window(self.there, "bo")
        self.wait_for_names(ada, "Ada", "Bo")
        self.there.kill()
        self.wait_for_names(ada, "Ada")

    def test_a_process_with_different_settings_is_named_until_it_leaves(self):
        wait_for("both", lambda: self.here.peers.problems == self.there.peers.problems == [])
        other = self.start("elsewhere", {"piratechat.message_length": "another"})
        named = "has another piratechat.message_length;"
        wait_for("that", lambda: named in " ".join(self.here.peers.problems))
        self.assertRegex(self.here.peers.problems[0], "^settings: elsewhere:[0-9a-f]+ has another")
        wait_for("that", lambda: named in " ".join(other.peers.problems))
        other.peers.stop(0)
        wait_for("that it has gone", lambda: self.here.peers.problems == [])

    def test_a_stopping_process_says_goodbye(self):
        self.enterContext(mock.patch("piratechat.peers.nodes.LEASE", TIMEOUT))
        self.enterContext(mock.patch("piratechat.peers.peers.PATROL", TIMEOUT))
        ada = self.window(self.here, "ada")
        self.window(self.there, "bo")
        self.wait_for_names(ada, "Ada", "Bo")
        self.there.peers.stop(0)
        self.wait_for_names(ada, "Ada")

    def test_nobody_leaves_while_the_relay_is_unavailable(self):
        ada = self.window(self.here, "ada")
        self.window(self.there, "bo")
        self.wait_for_names(ada, "Ada", "Bo")
        self.wire.go(False)
        wait_for("that", lambda: self.here.peers.problem is not None)
        gevent.sleep(0.2)
        self.assertEqual(self.names(ada), ["Ada", "Bo"])
        self.wire.go(True)
        gevent.sleep(0.2)
        self.assertEqual(self.names(ada), ["Ada", "Bo"])

    def test_lost_joins_and_leaves(self):
        ada = self.window(self.here, "ada")
        self.wire.fate = lambda: "lost"
        bo = self.window(self.there, "bo")
        gevent.sleep(0.02)
        self.wire.fate = lambda: "carried"
        self.wait_for_names(ada, "Ada", "Bo")
        self.wire.fate = lambda: "lost"
        bo.leave()
        gevent.sleep(0.02)
        self.wire.fate = lambda: "carried"
        self.wait_for_names(ada, "Ada")


class AllAtOnce(PeersTest):
    """Three processes write concurrently; their messages to each other are lost, duplicated, delayed and reordered."""

    def test_every_reader_receives_every_message_in_order(self):
        for seed in range(ROUNDS):
            with self.subTest(seed=seed):
                chance = random.Random(seed)
                fates = ["carried", "lost", "doubled", "delayed"]
                self.wire.fate = lambda chance=chance, fates=fates: chance.choice(fates)
                processes = [self.start(f"{seed} {number}") for number in range(3)]
                windows = [self.window(process) for process in processes for _ in range(2)]
                with self.database.reading() as chat:
                    last = chat.rooms[SLUG].log.last
                writers = [gevent.spawn(self.write_often, process, chance.random()) for process in processes]
                gevent.joinall(writers, timeout=TIMEOUT, raise_error=True)
                for window in windows:
                    self.wait_until_current(window)
                    self.assertEqual(window.last, last + 3 * MESSAGES)
                    window.leave()
                for process in processes:
                    process.kill()

    def write_often(self, process, pace):
        for number in range(MESSAGES):
            self.assertIsNone(process.perform(Say(SLUG, "captain", str(number))))
            gevent.sleep(0.005 * pace)


class Anything(PeersTest):
    """Any sequence of messages and changes at any process, joins, leaves, crashes, restores and relay faults."""

    ACTS = st.one_of(
        st.tuples(st.just("say"), st.integers(0, 2)),
        st.tuples(st.just("remove"), st.integers(0, 2), st.integers(1, 8)),
        st.tuples(st.just("restore"), st.integers(0, 2), st.integers(1, 8)),
        st.tuples(st.just("react"), st.integers(0, 2), st.integers(1, 8)),
        st.tuples(st.just("change"), st.integers(0, 2)),
        st.tuples(st.just("bulk"), st.integers(0, 2)),
        st.tuples(st.just("sleep"), st.integers(0, 2)),
        st.tuples(st.just("wake"), st.integers(0, 2)),
        st.tuples(st.just("kill"), st.integers(0, 2)),
        st.tuples(st.just("away"), st.booleans()),
        st.tuples(st.just("wait")),
        st.tuples(st.just("other database")),
    )

    @settings(max_examples=40, deadline=None)
    @given(acts=st.lists(ACTS, max_size=25), seed=st.integers(0, 2**32))
    def test_ends_with_every_readers_room_equal_to_the_databases(self, acts, seed):
        chance = random.Random(seed)
        self.wire.fate = lambda: chance.choice(["carried", "carried", "lost", "doubled", "delayed"])
        processes = [self.start(f"{number}") for number in range(3)]
        windows = [self.window(process) for process in processes]
        for number, act in enumerate(acts):
            self.act(act, number, processes, windows)
        self.wire.go(True)
        self.wire.fate = lambda: "carried"
        for window, process in zip(windows, processes, strict=True):
            window.wait_until_joined()
            if window.live is None:
                window.join(process)
        for window in windows:
            self.wait_until_current(window)
        for window in windows:
            window.leave()
        for process in processes:
            process.kill()

    def act(self, act, number, processes, windows):
        name, *values = act
        commands = {
            "say": lambda: Say(SLUG, "captain", f"message {number}"),
            "remove": lambda: Remove(SLUG, "captain", values[1]),
            "restore": lambda: Restore(SLUG, "captain", values[1]),
            "react": lambda: React(SLUG, "captain", values[1], "👍", number % 3 > 0),
            "bulk": lambda: RemoveMany(SLUG, "captain", (1, 2)),
            "change": lambda: Change(SLUG, "captain", {"slow": number + 1}),
        }
        if name in commands:
            processes[values[0]].perform(commands[name]())
        elif name in ("sleep", "wake", "kill"):
            getattr(self, name)(values[0], processes, windows)
        elif name == "away":
            self.wire.go(not values[0])
        elif name == "wait":
            gevent.sleep(0.01)
        else:
            self.write(lambda chat: setattr(chat, "epoch", make_epoch()))

    def sleep(self, which, _processes, windows):
        windows[which].wait_until_joined()
        if windows[which].live is not None:
            windows[which].leave()

    def wake(self, which, processes, windows):
        """Join concurrently with the next actions."""
        windows[which].wait_until_joined()
        if windows[which].live is None:
            windows[which].joining = gevent.spawn(windows[which].join, processes[which])

    def kill(self, which, processes, windows):
        self.sleep(which, processes, windows)
        processes[which].kill()
        processes[which] = self.start("again")
