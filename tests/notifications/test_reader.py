"""Deliveries are posted once, acknowledged when they are on disk, and rejected if they are invalid."""

import json
import unittest
from unittest import mock

import gevent
from gevent.event import Event
from gevent.queue import Queue

from piratechat.errors import CommandRejected
from piratechat.model.commands import Done
from piratechat.notifications.delivery import Delivery
from piratechat.notifications.reader import Reader
from piratechat.notifications.whispers import DROPPED, Whisper
from tests.notifications.test_source import ORDER, source
from tests.support.engines import TIMEOUT


class Broken(Exception):
    """The connection was lost."""


class Broker:
    """A simulated broker whose connections are controlled by the test; it records calls."""

    errors = (Broken,)

    def __init__(self):
        self.deliveries = Queue()
        self.acknowledged, self.buried = [], []
        self.connections = self.closed = 0
        self.fault = None
        self.told = Event()

    def make_line(self, take):
        self.take = take
        return self

    def connect(self, _refused):
        self.connections += 1
        if self.fault is not None:
            raise self.fault

    def read(self):
        while True:
            delivery = self.deliveries.get()
            if delivery is None:
                raise Broken
            self.take(delivery)

    def acknowledge(self, delivery):
        self.acknowledged.append(delivery.tag)
        self.told.set()

    def bury(self, delivery, reason):
        self.buried.append((delivery.tag, reason))

    def close(self):
        self.closed += 1


class ReaderTest(unittest.TestCase):
    def setUp(self):
        self.broker = Broker()
        self.submitted, self.counted = [], []
        self.reader = Reader(source(), self.broker.make_line, self.submit, self.counted.append)
        self.enterContext(mock.patch("piratechat.notifications.reader.FIRST_PAUSE", 0.001))
        self.enterContext(mock.patch("piratechat.notifications.reader.RETRY_DELAY", 0.001))
        greenlet = gevent.spawn(self.reader.run)
        self.addCleanup(greenlet.kill)

    def submit(self, command, reply):
        self.submitted.append((command, reply))

    def wait(self, what, condition):
        with gevent.Timeout(TIMEOUT, AssertionError(f"it took too long to see {what}")):
            while not condition():
                gevent.sleep(0.001)

    def deliver(self, tag, values=ORDER):
        before = len(self.submitted)
        self.broker.deliveries.put(Delivery(tag, json.dumps(values).encode(), f"id {tag}"))
        return before

    def deliver_and_wait(self, tag):
        before = self.deliver(tag)
        self.wait("a command", lambda: len(self.submitted) > before)
        return self.submitted[-1]

    def test_a_notification_is_acknowledged_when_it_is_on_disk(self):
        command, reply = self.deliver_and_wait(1)
        self.assertEqual((command.text, command.id), ("Order 7 is paid", "id 1"))
        gevent.sleep(0.01)
        self.assertEqual(self.broker.acknowledged, [])
        reply(Done())
        self.wait("it", lambda: self.broker.acknowledged == [1])
        self.assertEqual((self.counted, self.broker.buried), (["said"], []))

    def test_duplicates_are_acknowledged(self):
        _command, reply = self.deliver_and_wait(1)
        reply(Done(repeated=object()))
        self.wait("it", lambda: self.broker.acknowledged == [1])
        self.assertEqual(self.counted, ["repeated"])

    def test_storage_errors_are_retried(self):
        _command, reply = self.deliver_and_wait(1)
        reply(CommandRejected("not-stored", "the disk is full", 1.0))
        self.wait("another attempt", lambda: len(self.submitted) == 2)
        self.assertEqual((self.broker.acknowledged, self.broker.buried), ([], []))
        self.submitted[1][1](Done())
        self.wait("it", lambda: self.broker.acknowledged == [1])

    def test_rejected_notifications_are_dead_lettered_with_the_reason(self):
        _command, reply = self.deliver_and_wait(1)
        reply(CommandRejected("muted", "You are muted."))
        self.wait("it", lambda: self.broker.acknowledged == [1])
        self.assertEqual(self.broker.buried, [(1, "room shop-nörd: You are muted.")])

    def test_whispers_are_acknowledged_when_sent_or_dropped(self):
        for tag, result, outcome in ((1, Done(), "whispered"), (2, DROPPED, "dropped")):
            before = len(self.submitted)
            self.broker.deliveries.put(Delivery(tag, json.dumps(ORDER).encode(), "", "whispered"))
            self.wait("a command", lambda before=before: len(self.submitted) > before)
            command, reply = self.submitted[-1]
            self.assertIsInstance(command, Whisper)
            self.assertNotIn(tag, self.broker.acknowledged)
            reply(result)
            self.wait("it", lambda tag=tag: tag in self.broker.acknowledged)
            self.assertEqual(self.counted[-1], outcome)
        self.assertEqual(self.broker.buried, [])

    def test_invalid_notifications_are_dead_lettered(self):
        self.deliver(1, {"shop": "x"})
        self.wait("it", lambda: self.broker.acknowledged == [1])
        self.assertEqual((self.broker.buried, self.counted), ([(1, "it has no order")], ["dead"]))

    def test_the_reader_reconnects(self):
        self.deliver_and_wait(1)
        self.broker.deliveries.put(None)
        self.wait("another connection", lambda: self.broker.connections == 2)
        self.assertEqual(self.broker.closed, 1)
        _command, reply = self.deliver_and_wait(2)
        reply(Done())
        self.wait("it", lambda: self.broker.acknowledged == [2])

    def test_acknowledgements_use_the_connection_of_the_delivery(self):
        _command, late = self.deliver_and_wait(1)
        self.broker.deliveries.put(None)
        self.wait("another connection", lambda: self.broker.connections == 2)
        late(Done())
        _command, reply = self.deliver_and_wait(2)
        reply(Done())
        self.wait("it", lambda: self.broker.acknowledged == [2])

    def test_a_connection_error_is_logged_once(self):
        with self.assertLogs("piratechat.notifications.reader", "WARNING") as logged:
            self.broker.fault = Broken("nobody answers")
            self.broker.deliveries.put(None)
            self.wait("attempts", lambda: self.broker.connections > 3)
        self.assertFalse(self.reader.connected)
        self.assertLessEqual(len([line for line in logged.output if "nobody answers" in line]), 1)
