"""Reactions in a live room: events for all readers, and for returning ones."""

import contextlib
import json
import unittest

from piratechat.live.registry import LiveRooms
from piratechat.model.catching_up import Position
from piratechat.model.chat import Chat
from piratechat.model.commands import Claim, React, Say
from piratechat.model.nonces import Nonces
from piratechat.translators.builtin.original import Original
from tests.live.test_live_room import Group, Reader
from tests.support.engines import engine


class ReactionsTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Captain", "captain")
        self.nonces = Nonces(lambda: 0)
        self.perform(Claim("captain", "bo", "Bo"))
        for text in ("one", "two"):
            self.perform(Say("captain", "captain", text))
        self.rooms = LiveRooms(self.reading, lambda _room: {"original": Original()}, engine(), Group)
        self.live = self.rooms.enter("captain")
        self.reader = Reader("ada")
        self.live.add(self.reader, "original")

    @contextlib.contextmanager
    def reading(self):
        yield self.chat

    def perform(self, command):
        return command.perform(self.room, 1000, self.nonces).events

    def react(self, visitor, emoji="👍", on=True, seq=1):
        return self.perform(React("captain", visitor, seq, emoji, on))

    def missed(self, visitor, after=2):
        position = Position(after, 0, self.room.epoch)
        return [json.loads(event) for event in self.live.coming_back.missed(position, "original", Reader(visitor))]

    def test_events_for_all_readers_have_no_own_reactions(self):
        for visitor in ("bo", "captain"):
            self.live.receive(self.react(visitor))
        names = ["Captain", "Bo"]
        told = self.reader.heard[1]
        self.assertEqual(sorted(told["reactions"][0].pop("names")), sorted(names))
        changed = {"emoji": "👍", "author": "Captain", "on": True}
        reactions = [{"emoji": "👍", "count": 2}]
        self.assertEqual(told, {"type": "reactions", "seq": 1, "reactions": reactions, "rev": 2, "changed": changed})

    def test_returning_readers_receive_their_own_reactions(self):
        events = [*self.react("bo"), *self.react("captain", "❤️"), *self.react("bo", seq=2)]
        heard = self.live
        heard.receive(events)
        self.rooms.leave("captain")
        for source, live in (("memory", heard), ("the database", self.rooms.enter("captain"))):
            self.live = live
            with self.subTest(source):
                for visitor, yours in (("bo", [True, False]), ("captain", [False, True]), ("cleo", [False, False])):
                    first, second, current = self.missed(visitor)
                    self.assertEqual([each["yours"] for each in first["reactions"]], yours)
                    self.assertEqual([each["yours"] for each in second["reactions"]], [visitor == "bo"])
                    self.assertNotIn("changed", first)
                    self.assertEqual((current["type"], current["rev"]), ("current", 3))

    def test_missed_messages_have_the_readers_own_reactions(self):
        self.live.receive(self.react("bo", seq=2))
        (message, _current) = self.missed("bo", after=1)
        self.assertEqual((message["seq"], message["reactions"][0]["yours"]), (2, True))

    def test_a_minute_of_reactions_in_a_busy_room_can_be_replayed(self):
        for number in range(58):
            self.perform(Claim("captain", f"v{number}", f"A rather long name, {number}"))
            self.perform(Say("captain", "captain", f"message {number}"))
        self.live.catch_up(self.room.numbers)
        # Twenty reactions per second for a minute, and the burst, to the last thirty messages.
        events = [
            event
            for number in range(1_300)
            for event in self.react(
                f"v{number // 2 % 58}", "👍🎉😂🦜"[number // 60 % 4], on=not number % 2, seq=31 + number // 2 % 30
            )
        ]
        self.assertEqual(len(events), 1_300)
        heard = self.live
        heard.receive(events)
        self.rooms.leave("captain")
        for source, live in (("memory", heard), ("the database", self.rooms.enter("captain"))):
            self.live = live
            with self.subTest(source):
                *told, current = self.missed("v1", after=60)
                self.assertEqual({event["seq"] for event in told}, set(range(31, 61)))
                self.assertEqual([event["type"] for event in told], ["reactions"] * 30)
                self.assertEqual(current["rev"], 1_300)

    def test_lost_reactions_are_sent_once(self):
        self.react("bo")
        self.react("captain")
        self.live.catch_up(self.room.numbers)
        told = [(event["type"], event["rev"]) for event in self.reader.heard]
        self.assertEqual(told, [("room", 1), ("reactions", 2)])
        self.assertNotIn("changed", self.reader.heard[1])
