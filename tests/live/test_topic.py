"""The topic of a room is translated like a message."""

import contextlib
import json
import unittest

import gevent

from piratechat.live.registry import LiveRooms
from piratechat.model.catching_up import Position
from piratechat.model.chat import Chat
from piratechat.model.commands import Change, Say
from piratechat.model.nonces import Nonces
from piratechat.translation import Failed, Unavailable
from piratechat.translators.builtin.original import Original
from tests.live.test_live_room import Group, Reader
from tests.support.engines import TIMEOUT, BackEnd, engine, shout


class TopicTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Captain", "captain")
        self.back_end = BackEnd(held=True)
        translators = {"original": Original(), "test": self.back_end}
        self.rooms = LiveRooms(self.reading, lambda _room: translators, engine(), Group)
        self.nonces = Nonces(lambda: 0)
        self.live = self.rooms.enter("captain")
        self.here, self.abroad = Reader("ada"), Reader("bo")
        self.live.add(self.here, "original")
        self.live.add(self.abroad, "test")

    @contextlib.contextmanager
    def reading(self):
        yield self.chat

    def set(self, topic):
        change = Change("captain", "captain", {"topic": topic})
        self.live.receive(change.perform(self.room, 1000, self.nonces).events)

    def wait_for(self, reader, count):
        with gevent.Timeout(TIMEOUT, AssertionError(f"expected {count} events, not {reader.heard}")):
            while len(reader.heard) < count:
                gevent.sleep(0.001)
        return reader.heard

    def test_readers_receive_the_topic_in_their_view(self):
        self.set("see example.org")
        links = [[4, 15, "http://example.org"]]
        event = {"type": "room", "topic": "see example.org", "topic_links": links, "rev": 1}
        self.assertEqual(self.here.heard, [event])
        self.assertEqual(self.abroad.heard, [{**event, "topic_view": {"as": "test", "state": "pending"}}])
        self.back_end.free.set()
        view = self.wait_for(self.abroad, 2)[1]
        self.assertEqual((view["type"], view["topic"], view["state"]), ("view", True, "ready"))
        self.assertEqual(view["text"], "SEE example.org")
        self.assertEqual(len(self.here.heard), 1)

    def test_translations_of_an_outdated_topic_are_not_sent(self):
        self.set("one")
        self.back_end.wait()
        self.set("two words")
        self.back_end.free.set()
        told = self.wait_for(self.abroad, 3)
        gevent.sleep(0)
        self.assertEqual([event.get("text") for event in told if event["type"] == "view"], ["TWO WORDS"])

    def test_an_empty_topic_is_not_translated(self):
        self.set("one")
        self.set("")
        self.assertEqual(self.abroad.heard[-1], {"type": "room", "topic": "", "rev": 2})
        self.assertIsNone(self.live.topic_view("test", self.abroad, True))

    def test_returning_readers_receive_the_topic_in_their_view(self):
        self.set("Ahoy")
        self.back_end.free.set()
        self.wait_for(self.abroad, 2)
        (event,), _through = self.live.coming_back.changes(Position(0, 0, self.room.epoch), "test", Reader("cleo"))
        self.assertEqual(
            json.loads(event),
            {
                "type": "room",
                "topic": "Ahoy",
                "topic_view": {"as": "test", "state": "ready", "text": "AHOY"},
                "rev": 1,
            },
        )

    def test_a_failed_translation_is_reported_and_retried(self):
        self.back_end.how = lambda batch: [Failed(Unavailable("It is away.")) for _text in batch]
        self.back_end.free.set()
        self.set("Ahoy")
        failed = self.wait_for(self.abroad, 2)[1]
        self.assertEqual((failed["topic"], failed["state"], failed["reason"]), (True, "failed", "It is away."))
        self.back_end.how = shout
        asked = json.loads(self.live.topic_view("test", self.abroad, True))
        self.assertEqual((asked["type"], asked["topic"], asked["state"]), ("view", True, "pending"))
        self.assertEqual(self.wait_for(self.abroad, 3)[2]["text"], "AHOY")

    def test_the_topic_is_distinguished_from_messages(self):
        self.set("Ahoy")
        self.live.receive(Say("captain", "captain", "Ahoy").perform(self.room, 1000, self.nonces).events)
        self.back_end.free.set()
        views = [event for event in self.wait_for(self.abroad, 4) if event["type"] == "view"]
        self.assertEqual(sorted(str(view.get("seq", "topic")) for view in views), ["1", "topic"])
