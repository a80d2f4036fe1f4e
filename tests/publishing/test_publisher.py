"""The publisher: who publishes, from which position, and how it recovers from errors."""

import contextlib
import tempfile
import unittest
from unittest import mock

import gevent
from gevent.event import Event

from piratechat.model.commands import Say
from piratechat.model.published import RoomNames
from piratechat.publishing.publisher import Publisher
from piratechat.publishing.settings import publisher_from
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database
from tests.support.engines import TIMEOUT


class Broken(Exception):
    """The connection was lost."""


class Broker:
    """A simulated broker, which records publications; tests control the leader and the connections."""

    def __init__(self):
        self.leader = None
        self.texts, self.ids = [], []
        self.fault = None
        self.connections = 0

    def make_line(self):
        return Line(self)


class Line:
    errors = (Broken,)

    def __init__(self, broker):
        self.broker = broker
        self.gone = Event()

    def connect(self, _refused):
        self.broker.connections += 1
        if self.broker.fault is not None:
            raise self.broker.fault

    def lead(self, _epoch):
        if self.broker.leader is None:
            self.broker.leader = self
        return self.broker.leader is self

    def read(self):
        self.gone.wait()
        raise Broken("it is gone")

    def publish(self, publications):
        gevent.sleep(0)
        for each in publications:
            if self.broker.fault is not None:
                self.close()
                raise self.broker.fault
            self.broker.texts.append(each.values["text"])
            self.broker.ids.append(each.id)

    def close(self):
        self.gone.set()
        if self.broker.leader is self:
            self.broker.leader = None


class Nobody:
    """No readers."""

    def publish(self, slug, envelope):
        """Do nothing."""


class PublisherTest(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = Database(f"file://{folder}/chat.fs")
        self.addCleanup(self.database.close)
        for name, value in {"FIRST_PAUSE": 0.001, "LONGEST_PAUSE": 0.01, "LEASE_INTERVAL": 0.005}.items():
            self.enterContext(mock.patch(f"piratechat.publishing.publisher.{name}", value))
        self.broker = Broker()
        self.counted = []
        self.write(lambda chat: chat.rooms.open("Ada", "ada"))
        self.publisher = self.start()
        self.committer = Committer(self.database, self.publisher.beside(Nobody()))
        self.addCleanup(self.committer.close)

    def start(self):
        publisher = Publisher(RoomNames(["ada"]), self.broker.make_line, self.database, self.counted.append)
        publisher.start()
        self.addCleanup(publisher.stop, TIMEOUT)
        return publisher

    def write(self, change):
        publisher = Publisher(RoomNames([]), self.broker.make_line, self.database, lambda _kind: None)
        self.assertTrue(publisher._write(change))

    def say(self, *texts):
        for text in texts:
            self.committer.perform(Say("ada", "ada", text))

    def wait(self, what, condition):
        with gevent.Timeout(TIMEOUT, AssertionError(f"it took too long to see {what}: {self.broker.texts}")):
            while not condition():
                gevent.sleep(0.001)

    def wait_for(self, *texts):
        self.wait(f"{texts}", lambda: self.broker.texts == list(texts))

    def positions(self):
        with self.database.reading() as chat:
            return chat.published.positions

    def kill(self, publisher):
        """Stop the publisher like a killed process, without writing its position."""
        publisher._greenlet.kill()
        publisher._greenlet = None

    def test_messages_are_published_immediately(self):
        with mock.patch("piratechat.publishing.publisher.LOOK_INTERVAL", 1e9):
            self.wait("it", lambda: self.broker.leader is not None)
            self.say("one", "two")
            self.wait_for("one", "two")
        self.assertEqual(self.counted, ["message", "message"])

    def test_positions_are_not_written_for_each_message(self):
        self.wait("it", lambda: self.broker.leader is not None)
        before = self.positions()
        self.say("one", "two", "three")
        self.wait_for("one", "two", "three")
        self.assertEqual(self.positions(), before)
        self.publisher.stop(TIMEOUT)
        self.assertEqual(self.positions(), {"ada": (3, 0)})

    def test_positions_are_written_periodically(self):
        with mock.patch("piratechat.publishing.publisher.STORE_INTERVAL", 0.0):
            self.say("one")
            self.wait("it", lambda: self.positions() == {"ada": (1, 0)})

    def test_the_next_publisher_continues_from_the_written_position(self):
        self.say("one", "two")
        self.wait_for("one", "two")
        self.kill(self.publisher)
        self.say("three")
        self.start()
        self.wait_for("one", "two", "one", "two", "three")
        self.assertEqual(self.broker.ids[:2], self.broker.ids[2:4])

    def test_the_publisher_continues_after_a_reconnect(self):
        self.say("one")
        self.wait_for("one")
        self.broker.fault = Broken("away")
        with self.assertLogs("piratechat.publishing.publisher", "WARNING") as logged:
            self.say("two")
            self.wait("attempts", lambda: self.broker.connections > 3)
        self.assertRegex(self.publisher.problem, "^publishing: the broker is down")
        self.assertEqual(len(logged.output), 1)
        self.say(*map(str, range(250)))
        self.assertEqual(self.publisher._hinted, set(), "nothing waits in memory")
        self.broker.fault = None
        self.wait_for("one", "two", *map(str, range(250)))
        self.assertIsNone(self.publisher.problem)

    def test_publishing_waits_for_the_position(self):
        self.publisher.stop(TIMEOUT)
        self.say("before")
        publisher = Publisher(RoomNames(["ada", "bo"]), self.broker.make_line, self.database, self.counted.append)
        with mock.patch.object(self.database, "open", side_effect=OSError("the disk is full")):
            with self.assertLogs("piratechat.publishing.publisher", "WARNING") as logged:
                publisher.start()
                self.addCleanup(publisher.stop, TIMEOUT)
                connections = self.broker.connections
                self.wait("a connection", lambda: self.broker.connections > connections)
                gevent.sleep(0.05)
            self.assertEqual(len(logged.output), 1, "the error is logged once")
            self.assertIsNone(self.broker.leader)
        self.say("after")
        self.wait("it", lambda: self.broker.texts[-1:] == ["after"])

    def test_only_one_process_publishes(self):
        self.wait("it", lambda: self.broker.leader is not None)
        first = self.broker.leader
        other = self.start()
        self.wait("another connection", lambda: self.broker.connections == 2 and other.problem is None)
        self.say("one")
        self.wait_for("one")
        self.assertIs(self.broker.leader, first)
        self.publisher.stop(TIMEOUT)
        self.wait("the other one", lambda: self.broker.leader is not None)
        self.say("two")
        self.wait_for("one", "two")

    def test_a_damaged_room_does_not_affect_others(self):
        self.write(lambda chat: chat.rooms.open("Bo", "ada"))
        self.publisher.stop(TIMEOUT)
        self.publisher = Publisher(RoomNames(["ada", "bo"]), self.broker.make_line, self.database, self.counted.append)
        self.say(*map(str, range(40)))
        self.write(lambda chat: chat.rooms["ada"].log._full.pop(17))
        with self.assertLogs("piratechat.publishing.publisher", "ERROR") as logged:
            self.publisher.start()
            self.addCleanup(self.publisher.stop, TIMEOUT)
            self.wait("it", lambda: "15" in self.broker.texts or logged.output)
            self.committer.perform(Say("bo", "ada", "Ahoy"))
            self.wait("the other room", lambda: "Ahoy" in self.broker.texts)
        self.assertIn("Room ada is no longer published", logged.output[0])

    def test_another_database_has_its_own_positions(self):
        self.say("one")
        self.wait_for("one")
        self.publisher.stop(TIMEOUT)

        def restore(chat):
            chat.epoch = "another"

        self.write(restore)
        self.start()
        self.say("two")
        self.wait_for("one", "two")
        self.assertEqual(self.broker.ids[1], "another.ada.2")

    def test_settings_of_the_ini_file(self):
        def made(rooms):
            return publisher_from({"piratechat.amqp.rooms": rooms}, self.database, mock.MagicMock())

        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch("piratechat.publishing.settings.Counter"))
            self.assertFalse(made("")._names)
            self.assertEqual(made("ada\n ops-*")._names.names, ("ada", "ops-*"))
            with self.assertRaisesRegex(ValueError, "piratechat.amqp.rooms must be names of rooms .* not 'Ada'"):
                made("Ada")
            with self.assertRaisesRegex(ValueError, "piratechat.amqp.url must be an address"):
                settings = {"piratechat.amqp.rooms": "ada", "piratechat.amqp.url": "http://x"}
                publisher_from(settings, self.database, mock.MagicMock())
