"""The committer: acknowledged commands are on disk, once and in order, despite disk errors and concurrent commits."""

import errno
import os
import tempfile
import unittest
from dataclasses import dataclass
from unittest import mock

import gevent
from gevent.event import Event
from prometheus_client import CollectorRegistry
from transaction import TransactionManager
from ZEO.Exceptions import ClientDisconnected
from ZODB.FileStorage import FileStorage
from ZODB.mvccadapter import MVCCAdapterInstance
from ZODB.POSException import ReadConflictError

from piratechat.errors import CommandRejected
from piratechat.metrics import ChatMetrics
from piratechat.model.chat import chat_of
from piratechat.model.commands import Change, Claim, Done, Mute, Pin, Remove, Say
from piratechat.model.events import Message, Named
from piratechat.storage.committer import MAX_BATCH, Committer
from piratechat.storage.database import Database
from sockjs_support.greenlets import join_all

NOW = 1_800_000_000_000
SLUG = "captain"


class Disk(FileStorage):
    """A file storage that can be full."""

    #: The number of next commits that fail.
    full = 0
    #: Whether the next commit is stored, but fails, as if the server crashed.
    dying = False

    def tpc_vote(self, transaction):
        if self.full:
            self.full -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        super().tpc_vote(transaction)

    def tpc_finish(self, transaction, f=None):
        tid = super().tpc_finish(transaction, f)
        if self.dying:
            self.dying = False
            raise ClientDisconnected
        return tid


class Relay:
    """A relay that records published events, and whether they are on disk."""

    def __init__(self, database, journal):
        self.database = database
        self.journal = journal
        self.published = []  # (slug, events)
        self.numbers = []  # (slug, position in the room)
        self.missing = []

    def publish(self, slug, envelope):
        if envelope.events:
            self.published.append((slug, list(envelope.events)))
        self.numbers.append((slug, envelope.numbers))
        with self.database.reading() as chat:
            if chat.rooms[slug].numbers != envelope.numbers:
                self.missing.append(envelope.numbers)
            for event in envelope.events:
                if isinstance(event, Message):
                    self.journal.append(("published", event.seq))
                    if chat.rooms[slug].message(event.seq) != event:
                        self.missing.append(event)

    def messages(self, slug=SLUG):
        return [event for where, events in self.published if where == slug for event in events]


@dataclass(frozen=True)
class Broken:
    """A command with a bug: it fails after posting a message."""

    slug: str
    visitor: str

    def perform(self, room, now, nonces):
        room.say(self.visitor, "half done", now)
        raise ZeroDivisionError


@dataclass(frozen=True)
class Meanwhile:
    """A command during which something else happens."""

    command: object
    action: object

    @property
    def slug(self):
        return self.command.slug

    @property
    def visitor(self):
        return self.command.visitor

    def perform(self, room, now, nonces):
        done = self.command.perform(room, now, nonces)
        self.action()
        return done


class CommitterTest(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = os.path.join(folder, "chat.fs")
        self.database = Database(f"file://{self.path}")
        self.disk = None
        self.database._make_storage = self.make_disk
        self.addCleanup(self.database.close)
        self.make_room("Captain", "captain", "ada", "bob")
        self.journal = []
        self.relay = Relay(self.database, self.journal)
        self.committer = self.make_committer()

    def make_disk(self):
        self.disk = Disk(self.path)
        return self.disk

    def make_room(self, title, owner, *visitors):
        manager = TransactionManager(explicit=True)
        connection = self.database.open(manager)
        with manager:
            room = chat_of(connection).rooms.open(title, owner)
            for visitor in visitors:
                room.names.claim(visitor.title(), visitor)
        connection.close()

    def make_committer(self):
        committer = Committer(self.database, self.relay, lambda: NOW)
        self.addCleanup(committer.close)
        return committer

    def submit(self, *commands, committer=None):
        """Submit `commands`, and return the replies."""
        committer = committer or self.committer
        replies = []
        for command in commands:
            committer.submit(command, replies.append)
        self.assertEqual(replies, [], "submit calls no callbacks")
        committer.drain(10)
        self.assertEqual(len(replies), len(commands))
        return replies

    def kept(self, slug=SLUG):
        """Return the stored messages of the room."""
        with self.database.reading() as chat:
            return chat.rooms[slug].messages(0, 100_000)

    def texts(self):
        return [message.text for message in self.kept()]

    def assertRefused(self, code, result, retry_after=None):
        self.assertIsInstance(result, CommandRejected)
        self.assertEqual((result.code, result.retry_after), (code, retry_after))


class Order(CommitterTest):
    def test_concurrent_messages_get_consecutive_numbers(self):
        def speak(speaker):
            return [
                self.committer.perform(Say(SLUG, "ada", f"{speaker}.{number}", f"{speaker}.{number}")).events[0]
                for number in range(20)
            ]

        speakers = [gevent.spawn(speak, speaker) for speaker in range(50)]
        join_all(speakers)
        kept = self.kept()
        self.assertEqual([message.seq for message in kept], list(range(1, 1_001)))
        self.assertEqual(len({message.text for message in kept}), 1_000)
        for speaker in speakers:
            self.assertEqual(speaker.value, [kept[message.seq - 1] for message in speaker.value])
            self.assertEqual(speaker.value, sorted(speaker.value), "messages of each author are in order")
        self.assertEqual(self.relay.messages(), kept, "readers receive them in this order")

    def test_replies_come_in_the_order_of_the_commands(self):
        replies = self.submit(*(Say(SLUG, "ada", str(number)) for number in range(1_500)))
        self.assertEqual([reply.events[0].seq for reply in replies], list(range(1, 1_501)))
        self.assertEqual(self.texts(), [str(number) for number in range(1_500)])

    def test_each_room_has_its_own_numbers(self):
        self.make_room("Tavern", "bob")
        replies = self.submit(*(Say(slug, "bob", slug) for slug in (SLUG, "tavern", SLUG, "tavern")))
        self.assertEqual([reply.events[0].seq for reply in replies], [1, 2, 1, 2])
        self.assertEqual(
            [slug for slug, _events in self.relay.published], [SLUG, "tavern"], "one envelope for each room"
        )
        self.assertEqual(self.relay.messages("tavern"), self.kept("tavern"))

    def test_a_flood_in_one_room_does_not_delay_another(self):
        self.make_room("Tavern", "bob")
        flood, order = [], []
        for number in range(3 * MAX_BATCH):
            self.committer.submit(Say(SLUG, "ada", str(number)), flood.append)
        self.committer.submit(Say("tavern", "bob", "quiet"), lambda _reply: order.append(len(flood)))
        self.committer.drain(10)
        self.assertLessEqual(order[0], MAX_BATCH, "the message is in the first commit")
        self.assertEqual(len(flood), 3 * MAX_BATCH)
        self.assertEqual(self.relay.published[0][0], "tavern", "the message is published before the flood")

    def test_a_full_queue_of_a_room_does_not_affect_others(self):
        self.make_room("Tavern", "bob")
        self.enterContext(mock.patch("piratechat.storage.committer.MAX_QUEUED_PER_ROOM", 5))
        refused, replies = [], []
        for number in range(6):
            self.committer.submit(Say(SLUG, "ada", str(number)), refused.append if number == 5 else replies.append)
        self.assertRefused("not-stored", refused[0], 1.0)
        self.submit(Say("tavern", "bob", "quiet"))
        self.assertEqual(len(self.kept("tavern")), 1)

    def test_a_command_sees_the_results_of_earlier_ones(self):
        replies = self.submit(
            Claim(SLUG, "eve", "Eve"),
            Say(SLUG, "eve", "one", "n"),
            Say(SLUG, "eve", "one", "n"),
            Mute(SLUG, "captain", "Eve"),
            Say(SLUG, "eve", "two"),
            Remove(SLUG, "captain", 1),
            Change(SLUG, "captain", {"slow": 5}),
        )
        self.assertEqual(replies[0], Done((Named("eve", "Eve"),), name="Eve"))
        self.assertEqual(replies[2].repeated, replies[1].events[0])
        self.assertRefused("muted", replies[4])
        heard = [type(event).__name__ for event in self.relay.messages()]
        self.assertEqual(heard, ["Named", "Message", "Muted", "Logged", "Removed", "Logged", "Changed", "Logged"])
        self.assertEqual(self.texts(), [""])

    def test_a_missing_room_is_an_error(self):
        nowhere, somewhere = self.submit(Say("nowhere", "ada", "Ahoy"), Say(SLUG, "ada", "Ahoy"))
        self.assertRefused("bad-message", nowhere)
        self.assertEqual(somewhere.events, tuple(self.kept()))


class GroupCommit(CommitterTest):
    def test_commands_submitted_together_share_a_commit(self):
        self.submit(*(Say(SLUG, "ada", str(number)) for number in range(MAX_BATCH + 100)))
        self.assertEqual((self.committer.commits, self.committer.performed), (2, MAX_BATCH + 100))

    def test_commands_during_a_commit_share_the_next_commit(self):
        def others_speak():
            for number in range(300):
                self.committer.submit(Say(SLUG, "bob", str(number)), replies.append)

        replies = []
        self.submit(Meanwhile(Say(SLUG, "ada", "first"), others_speak))
        self.assertEqual(len(replies), 300)
        self.assertEqual(self.committer.commits, 2)
        self.assertEqual(self.texts(), ["first", *map(str, range(300))])

    def test_many_greenlets_share_commits(self):
        speakers = [gevent.spawn(self.committer.perform, Say(SLUG, "ada", str(number))) for number in range(200)]
        join_all(speakers)
        self.assertLessEqual(self.committer.commits, 5)

    def test_commands_without_changes_are_not_committed(self):
        self.submit(Say(SLUG, "ada", "Ahoy"))
        size = os.path.getsize(self.path)
        self.submit(Say(SLUG, "eve", "without a name"), Pin(SLUG, "ada", 1))
        self.assertEqual(os.path.getsize(self.path), size)


class Telling(CommitterTest):
    def test_published_events_are_on_disk(self):
        self.submit(*(Say(SLUG, "ada", str(number)) for number in range(MAX_BATCH + 10)))
        self.assertEqual(len(self.relay.messages()), MAX_BATCH + 10)
        self.assertEqual(self.relay.missing, [])

    def test_replies_follow_the_publication(self):
        for number in range(3):
            self.committer.submit(
                Say(SLUG, "ada", str(number)), lambda done: self.journal.append(("replied", done.events[0].seq))
            )
        self.committer.drain(10)
        self.assertEqual(self.journal, [(what, seq) for what in ("published", "replied") for seq in (1, 2, 3)])

    def test_commands_without_changes_are_not_published(self):
        self.submit(Say(SLUG, "ada", "once", "n"))
        self.submit(Say(SLUG, "ada", "once", "n"), Claim(SLUG, "ada", "Ada"), Say(SLUG, "nobody", "x"))
        self.assertEqual(len(self.relay.published), 1)

    def test_a_stop_commits_waiting_commands_and_rejects_new_ones(self):
        kept, refused = [], []
        for number in range(2 * MAX_BATCH):
            self.committer.submit(Say(SLUG, "ada", str(number)), kept.append)
        self.committer.stop(10)
        self.assertEqual(len(self.kept()), 2 * MAX_BATCH)
        self.assertEqual(len(kept), 2 * MAX_BATCH)
        self.committer.submit(Say(SLUG, "ada", "late"), refused.append)
        self.assertRefused("not-stored", refused[0], 1.0)
        self.assertEqual(len(self.kept()), 2 * MAX_BATCH)

    def test_a_failing_relay_does_not_prevent_replies(self):
        self.relay.publish = mock.Mock(side_effect=ConnectionError)
        with self.assertLogs("piratechat.storage.committer", "ERROR"):
            (reply,) = self.submit(Say(SLUG, "ada", "Ahoy"))
        self.assertEqual(reply.events, tuple(self.kept()))

    def test_a_failing_reply_does_not_affect_others(self):
        replies = []
        self.committer.submit(Say(SLUG, "ada", "one"), lambda _done: 1 / 0)
        self.committer.submit(Say(SLUG, "ada", "two"), replies.append)
        with self.assertLogs("piratechat.storage.committer", "ERROR"):
            self.committer.drain(10)
        self.assertEqual([reply.events[0].text for reply in replies], ["two"])
        self.submit(Say(SLUG, "ada", "three"))
        self.assertEqual(self.texts(), ["one", "two", "three"])


class Faults(CommitterTest):
    def test_a_failing_command_is_rejected_alone(self):
        commands = [Say(SLUG, "ada", str(number), f"n{number}") for number in range(10)]
        commands[3:3] = [Broken(SLUG, "bob")]
        commands[7:7] = [Broken(SLUG, "bob")]
        with self.assertLogs("piratechat.storage.committer", "ERROR") as logs:
            replies = self.submit(*commands)
        self.assertEqual(len(logs.records), 2)
        for place in (3, 7):
            self.assertRefused("not-stored", replies.pop(place if place == 3 else 6))
        self.assertEqual([reply.events[0].seq for reply in replies], list(range(1, 11)))
        self.assertEqual(self.texts(), [str(number) for number in range(10)])
        self.assertEqual(self.relay.messages(), self.kept())
        self.assertEqual(self.relay.missing, [])

    def test_rejected_commands_do_not_affect_others(self):
        replies = self.submit(
            Say(SLUG, "ada", "one"), Say(SLUG, "eve", "no name"), Pin(SLUG, "ada", 1), Say(SLUG, "ada", "two")
        )
        self.assertRefused("name-needed", replies[1])
        self.assertRefused("not-allowed", replies[2])
        self.assertEqual(self.texts(), ["one", "two"])

    def test_a_full_disk_changes_nothing(self):
        self.submit(Say(SLUG, "ada", "before", "n0"))
        self.disk.full = 1
        commands = [Claim(SLUG, "eve", "Eve"), *(Say(SLUG, "ada", str(n), f"n{n}") for n in range(1, 40))]
        with self.assertLogs("piratechat.storage.committer", "ERROR"):
            replies = self.submit(*commands)
        for reply in replies:
            self.assertRefused("not-stored", reply, 1.0)
        self.assertEqual(self.texts(), ["before"])
        self.assertEqual(len(self.relay.messages()), 1)
        with self.database.reading() as chat:
            self.assertIsNone(chat.rooms[SLUG].names.of("eve"))

    def test_a_stored_commit_without_acknowledgement_is_found_by_its_nonce(self):
        self.make_room("Tavern", "barkeeper")
        self.disk.dying = True
        with self.assertLogs("piratechat.storage.committer", "ERROR"):
            self.assertRefused("not-stored", self.submit(Say(SLUG, "ada", "Ahoy", "n1"))[0], 1.0)
        self.assertEqual((self.texts(), self.relay.numbers), (["Ahoy"], []))
        self.submit(Say("tavern", "barkeeper", "Closing time"))
        self.assertEqual({slug: numbers.last for slug, numbers in self.relay.numbers}, {SLUG: 1, "tavern": 1})
        self.relay.numbers.clear()
        (again,) = self.submit(Say(SLUG, "ada", "Ahoy", "n1"))
        self.assertEqual(again.repeated.seq, 1)
        self.assertEqual([slug for slug, _numbers in self.relay.numbers], [SLUG], "readers may not have received it")
        self.assertEqual(self.texts(), ["Ahoy"])

    def test_writing_continues_when_the_database_server_is_back(self):
        self.submit(Say(SLUG, "ada", "before", "n0"))
        away = mock.patch.object(MVCCAdapterInstance, "poll_invalidations", side_effect=ClientDisconnected)
        with away, self.assertLogs("piratechat.storage.committer", "ERROR"):
            (reply,) = self.submit(Say(SLUG, "ada", "meanwhile", "n1"))
        self.assertEqual(reply.code, "not-stored")
        self.submit(Say(SLUG, "ada", "afterwards", "n2"))
        self.assertEqual(self.texts(), ["before", "afterwards"])

    def test_repeated_commands_are_stored_once_when_there_is_space(self):
        self.submit(Say(SLUG, "ada", "before", "n0"))
        self.disk.full = 2
        commands = [Say(SLUG, "ada", str(number), f"n{number}") for number in range(1, 40)]
        for _ in range(2):
            with self.assertLogs("piratechat.storage.committer", "ERROR"):
                self.submit(*commands)
        for _ in range(2):
            replies = self.submit(Say(SLUG, "ada", "before", "n0"), *commands)
        self.assertEqual([reply.repeated.seq for reply in replies], list(range(1, 41)))
        self.assertEqual(self.texts(), ["before", *map(str, range(1, 40))])
        self.assertEqual(self.relay.messages(), self.kept())

    def test_opening_the_database_is_retried(self):
        self.committer = self.make_committer()
        self.committer._database = mock.Mock(open=mock.Mock(side_effect=OSError))
        with self.assertLogs("piratechat.storage.committer", "ERROR"):
            (reply,) = self.submit(Say(SLUG, "ada", "Ahoy"))
        self.assertRefused("not-stored", reply, 1.0)
        self.committer._database = self.database
        self.submit(Say(SLUG, "ada", "Ahoy"))
        self.assertEqual(self.texts(), ["Ahoy"])

    def test_acknowledged_messages_survive_a_restart(self):
        self.submit(*(Say(SLUG, "ada", str(number), f"n{number}") for number in range(100)))
        kept = self.kept()
        self.committer.close()
        self.database.close()
        self.assertEqual(self.kept(), kept)
        self.committer = self.make_committer()
        replies = self.submit(Say(SLUG, "ada", "99", "n99"), Say(SLUG, "ada", "100", "n100"))
        self.assertEqual(replies[0].repeated, kept[-1])
        self.assertEqual(replies[1].events[0].seq, 101)


class TwoWriters(CommitterTest):
    """Two committers with separate connections, as in two processes; each yields to the other while it works."""

    def setUp(self):
        super().setUp()
        self.attempts = 0
        self.other = self.make_committer()

    def let_the_other_in(self):
        self.attempts += 1
        gevent.sleep(0)

    def perform(self, committer, command):
        return committer.perform(Meanwhile(command, self.let_the_other_in))

    def at_once(self, *works):
        """Run works `(committer, command, ...)` concurrently; return the result or error of each command."""

        def work(committer, *commands):
            results = []
            for command in commands:
                try:
                    results.append(self.perform(committer, command))
                except CommandRejected as refused:
                    results.append(refused)
            return results

        workers = [gevent.spawn(work, *given) for given in works]
        join_all(workers)
        return [result for worker in workers for result in worker.value]

    def test_both_processes_write_to_one_room_without_losses(self):
        works = [
            (committer, *(Say(SLUG, visitor, f"{visitor} {name} {number}", f"{name}{number}") for number in range(20)))
            for committer, visitor in ((self.committer, "ada"), (self.other, "bob"))
            for name in "xyz"
        ]
        said = [done.events[0] for done in self.at_once(*works)]
        self.assertGreater(self.attempts, 120, "there were conflicts")
        kept = self.kept()
        self.assertEqual([message.seq for message in kept], list(range(1, 121)))
        self.assertEqual(len({message.text for message in kept}), 120)
        self.assertEqual(sorted(said), kept, "all replies are as stored")
        self.assertEqual(sorted(self.relay.messages()), kept, "readers received each message once")
        self.assertEqual(self.relay.missing, [])

    def test_conflicts_of_batches_are_resolved(self):
        replies = []
        for number in range(50):
            for committer, visitor in ((self.committer, "ada"), (self.other, "bob")):
                say = Say(SLUG, visitor, f"{visitor} {number}", str(number))
                committer.submit(Meanwhile(say, self.let_the_other_in), replies.append)
        self.committer.drain(10)
        self.other.drain(10)
        self.assertEqual((self.committer.commits, self.other.commits), (1, 1))
        self.assertEqual(self.attempts, 150, "one committer retried its batch")
        kept = self.kept()
        self.assertEqual(sorted(reply.events[0] for reply in replies), kept)
        self.assertEqual(len({message.text for message in kept}), 100)

    def test_conflicts_and_attempts_are_counted(self):
        registry = CollectorRegistry()
        self.committer._metrics = self.other._metrics = ChatMetrics(registry)
        self.at_once(
            *((committer, *(Say(SLUG, "ada", str(n)) for n in range(20))) for committer in (self.committer, self.other))
        )
        count = registry.get_sample_value
        conflicts = count("piratechat_commit_conflicts_total")
        self.assertEqual(conflicts, self.attempts - 40)
        self.assertGreater(conflicts, 0)
        self.assertEqual(count("piratechat_commit_attempts_count"), 40)
        self.assertEqual(count("piratechat_commit_attempts_sum"), 40 + conflicts)

    def test_a_nonce_sent_to_both_is_stored_once(self):
        say = Say(SLUG, "ada", "once", "n")
        results = self.at_once((self.committer, say), (self.other, say))
        self.assertEqual(self.texts(), ["once"])
        (kept,) = self.kept()
        self.assertCountEqual(results, [Done((kept,)), Done(repeated=kept)])

    def test_a_name_claimed_at_both_processes_belongs_to_one_visitor(self):
        results = self.at_once(
            (self.committer, Claim(SLUG, "eve", "Mary")), (self.other, Claim(SLUG, "mallory", "MARY"))
        )
        self.assertEqual([type(result) for result in results].count(CommandRejected), 1)
        with self.database.reading() as chat:
            names = chat.rooms[SLUG].names
            self.assertCountEqual([names.of("eve"), names.of("mallory")], [results[0].name or results[1].name, None])

    def test_a_conflict_during_a_read_is_retried(self):
        conflicts = [ReadConflictError(), ReadConflictError()]

        def meet_conflict():
            if conflicts:
                raise conflicts.pop()

        replies = self.submit(Say(SLUG, "ada", "one"), Meanwhile(Say(SLUG, "ada", "two"), meet_conflict))
        self.assertEqual([reply.events[0] for reply in replies], self.kept())

    def test_different_rooms_do_not_conflict(self):
        self.make_room("Tavern", "bob")
        self.at_once(
            (self.committer, *(Say(SLUG, "ada", str(number)) for number in range(10))),
            (self.other, *(Say("tavern", "bob", str(number)) for number in range(10))),
        )
        self.assertEqual(self.attempts, 20)
        self.assertEqual([len(self.kept(SLUG)), len(self.kept("tavern"))], [10, 10])


class Waiting(CommitterTest):
    def setUp(self):
        super().setUp()
        self.gate = Event()
        self.slow = Meanwhile(Say(SLUG, "ada", "slow"), self.gate.wait)

    def test_drain_waits_for_all(self):
        replies = []
        for number in range(MAX_BATCH + 1):
            self.committer.submit(Say(SLUG, "ada", str(number)), replies.append)
        self.committer.drain(10)
        self.assertEqual(len(self.kept()), MAX_BATCH + 1)
        self.assertEqual(len(replies), MAX_BATCH + 1)

    def test_drain_has_a_timeout(self):
        replies = []
        self.committer.submit(self.slow, replies.append)
        self.committer.drain(0.01)
        self.assertEqual(replies, [])
        self.gate.set()
        self.committer.drain(10)
        self.assertEqual(self.texts(), ["slow"])

    def test_drain_without_commands_returns_immediately(self):
        with gevent.Timeout(5):
            self.committer.drain(60)
            self.submit(Say(SLUG, "ada", "Ahoy"))
            self.committer.drain(60)

    def test_waiting_commands_time_out(self):
        with self.assertRaises(CommandRejected) as caught:
            self.committer.perform(self.slow, timeout=0.01)
        self.assertRefused("not-stored", caught.exception, 5.0)
        self.gate.set()
        self.committer.drain(10)
        self.assertEqual(self.texts(), ["slow"], "the command was performed, and its nonce is known")

    def test_an_unresponsive_database_rejects_all_waiting_commands(self):
        self.enterContext(mock.patch("piratechat.storage.committer.CALL_TIMEOUT", 0.01))
        replies = []
        self.committer.submit(self.slow, replies.append)
        with gevent.Timeout(10):
            while self.committer.waiting:
                gevent.sleep(0.001)
            self.committer.submit(Say(SLUG, "ada", "behind it"), replies.append)
            while len(replies) < 2:
                gevent.sleep(0.001)
        self.committer.submit(Say(SLUG, "ada", "even later"), replies.append)
        self.assertEqual([reply.code for reply in replies], ["not-stored"] * 3)
        self.gate.set()
        self.committer.drain(10)
        self.submit(Say(SLUG, "ada", "now"))
        self.assertEqual(self.texts(), ["slow", "now"], "one command was performed, and its nonce is known")
        self.assertEqual(len(replies), 3, "each command has one reply")

    def test_waiting_commands_get_the_reason(self):
        with self.assertRaises(CommandRejected) as caught:
            self.committer.perform(Pin(SLUG, "ada", 1))
        self.assertEqual(caught.exception.code, "not-allowed")

    def test_a_full_queue_rejects_immediately(self):
        self.enterContext(mock.patch("piratechat.storage.committer.MAX_QUEUED", 5))
        replies, refused = [], []
        for number in range(5):
            self.committer.submit(Say(SLUG, "ada", str(number)), replies.append)
        self.committer.submit(Say(SLUG, "ada", "too much"), refused.append)
        self.assertRefused("not-stored", refused[0], 1.0)
        self.committer.drain(10)
        self.assertEqual(len(replies), 5)
        self.submit(Say(SLUG, "ada", "later"))
        self.assertEqual(self.texts(), ["0", "1", "2", "3", "4", "later"])

    def test_other_greenlets_run_between_batches(self):
        turns = []

        def other():
            while True:
                turns.append(self.committer.commits)
                gevent.sleep(0)

        greenlet = gevent.spawn(other)
        self.addCleanup(greenlet.kill)
        self.submit(*(Say(SLUG, "ada", "x") for _ in range(3 * MAX_BATCH)))
        self.assertLessEqual({0, 1, 2}, set(turns))
