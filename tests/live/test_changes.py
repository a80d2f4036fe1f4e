"""A live room sends changes in order, including those that it has not received itself."""

import contextlib
import json
import unittest
from unittest import mock

import gevent

from piratechat.live.registry import LiveRooms
from piratechat.model.catching_up import Position
from piratechat.model.chat import Chat
from piratechat.model.commands import Change, React, Remove, RemoveMany, Restore, RestoreMany, Say
from piratechat.model.nonces import Nonces
from piratechat.translators.builtin.original import Original
from sockjs_support.waiting import TIMEOUT
from tests.live.test_live_room import Group
from tests.support.engines import engine


class Reader:
    visitor = "bo"

    def __init__(self):
        self.heard = []

    def send(self, message):
        self.heard.append(json.loads(message))


class ChangesTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Captain", "captain", False)
        self.rooms = LiveRooms(self.reading, lambda _room: {"original": Original()}, engine(), Group)
        self.nonces = Nonces(lambda: 0)
        for text in ("one", "two", "three"):
            self.perform(Say("captain", "captain", text))

    @contextlib.contextmanager
    def reading(self):
        yield self.chat

    def perform(self, command):
        """Perform a command like another process, and return its events."""
        return command.perform(self.room, 1000, self.nonces).events

    def enter(self):
        live = self.rooms.enter("captain")
        reader = Reader()
        live.add(reader, "original")
        return live, reader

    def missed(self, live, after=3, since=0, epoch=None):
        events, _through = live.coming_back.changes(Position(after, since, epoch), "original", Reader())
        return None if events is None else [json.loads(event) for event in events]

    def told(self, reader):
        return [(event["type"], event.get("seq"), event["rev"]) for event in reader.heard if "rev" in event]

    def test_changes_from_before_the_first_reader_are_read_from_the_database(self):
        self.perform(Remove("captain", "captain", 1))
        live, _reader = self.enter()
        self.assertEqual([(event["type"], event["rev"]) for event in self.missed(live)], [("removed", 1)])

    def test_changes_received_later_follow_those_of_the_database(self):
        self.perform(Remove("captain", "captain", 1))
        live, _reader = self.enter()
        live.receive(self.perform(Change("captain", "captain", {"title": "The Cabin"})))
        self.assertEqual([event["rev"] for event in self.missed(live)], [1, 2])

    def restore_many(self):
        """Remove and restore all messages at once; return the events of both."""
        all_of_them = (1, 2, 3)
        return [
            *self.perform(RemoveMany("captain", "captain", all_of_them)),
            *self.perform(RestoreMany("captain", "captain", all_of_them)),
        ]

    def test_parts_of_a_change_are_marked_and_all_are_sent_again(self):
        for heard_live in (True, False):
            with self.subTest(heard_live=heard_live):
                live, reader = self.enter()
                events = self.restore_many()
                if heard_live:
                    live.receive(events)
                else:
                    live.catch_up(self.room.numbers)
                parts = [event for event in reader.heard if event["type"] == "message"]
                self.assertEqual([(each["seq"], each.get("more")) for each in parts], [(1, True), (2, True), (3, None)])
                told = self.missed(live, since=parts[0]["rev"] - 1)
                self.assertEqual([(each["seq"], each.get("more")) for each in told], [(1, True), (2, True), (3, None)])
                self.rooms.leave("captain")

    def test_reconnecting_between_two_parts_of_a_change_sends_all_parts(self):
        live, reader = self.enter()
        coming = []

        def come_back():
            """Return the number of messages sent to readers, and the messages for a reader who reconnects now."""
            heard = [event for event in reader.heard if event["type"] == "message"]
            return len(heard), [each["seq"] for each in self.missed(live, since=1)]

        def send(text):
            reader.heard.append(json.loads(text))
            if reader.heard[-1]["type"] == "message" and not coming:
                coming.append(gevent.spawn(come_back))

        reader.send = send
        with mock.patch("piratechat.cooperative.TURN", 0):
            live.receive(self.restore_many())
        self.assertEqual(coming[0].get(timeout=TIMEOUT), (1, [1, 2, 3]))

    def test_a_gap_is_filled_from_the_database(self):
        live, reader = self.enter()
        self.perform(Remove("captain", "captain", 1))
        self.perform(Remove("captain", "captain", 2))
        self.perform(Restore("captain", "captain", 1))
        self.perform(Change("captain", "captain", {"slow": 5}))
        self.assertTrue(live.catch_up(self.room.numbers))
        told = [("room", None, 1), ("removed", 2, 2), ("message", 1, 3), ("room", None, 4)]
        self.assertEqual(self.told(reader), told, "with no gap in the numbers")
        self.assertEqual(reader.heard[0], {"type": "room", "rev": 1}, "message 1 was changed again")
        self.assertEqual(live.rev, 4)

    def test_duplicate_and_late_events_are_sent_once(self):
        live, reader = self.enter()
        first = self.perform(Remove("captain", "captain", 1))
        second = self.perform(Change("captain", "captain", {"slow": 5}))
        for events in (first, second, first):
            live.receive(events)
        self.assertEqual(self.told(reader), [("removed", 1, 1), ("room", None, 2)])

    def test_the_number_of_replayed_changes_is_limited(self):
        live, _reader = self.enter()
        for number in range(201):
            live.receive(self.perform(Say("captain", "captain", str(number))))
            live.receive(self.perform(Remove("captain", "captain", number + 4)))
        self.assertIsNone(self.missed(live, after=204))
        self.assertEqual(len(self.missed(live, after=204, since=1)), 200)

    def test_positions_that_the_room_has_not_reached_are_rejected(self):
        live, _reader = self.enter()
        for position in (Position(3, 1), Position(4, 0), Position(3, 0, "another")):
            self.assertIsNone(live.coming_back.reached(position))
        known = Position(3, 0, self.room.epoch)
        self.assertEqual(live.coming_back.reached(known), known)
        self.assertEqual(self.missed(live, epoch=self.room.epoch), [])

    def test_a_page_that_is_ahead_of_the_live_room_continues(self):
        live, reader = self.enter()
        said = self.perform(Say("captain", "captain", "four"))
        removed = self.perform(Remove("captain", "captain", 1))
        reached = live.coming_back.reached(Position(4, 1, self.room.epoch))
        self.assertEqual(reached, Position(3, 0, self.room.epoch))
        self.assertEqual(live.coming_back.changes(reached, "original", reader), ([], live.numbers))
        live.receive([*said, *removed])
        self.assertEqual([event["type"] for event in reader.heard], ["message", "removed"])

    def test_a_page_that_is_ahead_of_the_database_connection_continues(self):
        refresh = mock.Mock()
        self.rooms = LiveRooms(self.reading, lambda _room: {"original": Original()}, engine(), Group, refresh)
        live, _reader = self.enter()
        late = self.room.numbers
        self.perform(Remove("captain", "captain", 1))
        history = live.coming_back._history
        with mock.patch.object(history, "numbers", side_effect=[late, self.room.numbers]):
            self.assertEqual(live.coming_back.reached(Position(3, 1, self.room.epoch)), Position(3, 0, self.room.epoch))
        refresh.assert_called_once_with()

    def test_very_many_changes_are_not_read(self):
        for number in range(2_001):
            self.perform(Change("captain", "captain", {"slow": (number + 1) % 2}))
        live, _reader = self.enter()
        self.assertIsNone(self.missed(live))
        self.assertEqual([event["rev"] for event in self.missed(live, since=1)], [2_001])

    def test_translators_are_current_after_very_many_missed_changes(self):
        def named(room):
            return {"original": Original(), room.title: Original()}

        self.rooms = LiveRooms(self.reading, named, engine(), Group)
        live, reader = self.enter()
        for number in range(2_001):
            self.perform(Change("captain", "captain", {"title": f"The Cabin, {number}"}))
        self.assertTrue(live.catch_up(self.room.numbers))
        self.assertEqual(reader.heard[-1], {"type": "reset"})
        self.assertIn("The Cabin, 2000", live.translations.translators)

    def missed_meanwhile(self, **meanwhile):
        """Return the events for a reader who reconnects while commands are performed, one at each read."""
        self.perform(Remove("captain", "captain", 1))
        self.perform(React("captain", "captain", 3, "👍", True))
        live, _reader = self.enter()

        def slow(name, read):
            def interrupted(*position):
                found = read(*position)
                command = meanwhile.pop(name, None)
                if command is not None:
                    live.receive(self.perform(command))  # in another greenlet
                return found

            return interrupted

        history = live.coming_back._history
        for name in ("changes", "behind", "reacted"):
            setattr(history, name, slow(name, getattr(history, name)))
        told = live.coming_back.missed(Position(3, 0, self.room.epoch), "original", Reader())
        self.assertEqual(meanwhile, {})
        return [json.loads(event) for event in told]

    def test_messages_posted_while_changes_are_read_are_sent(self):
        told = self.missed_meanwhile(changes=Say("captain", "captain", "four"))
        self.assertEqual([event["type"] for event in told], ["removed", "reactions", "message", "current"])
        self.assertEqual((told[-1]["last"], told[-1]["rev"]), (4, 2))

    def test_changes_made_while_messages_are_read_are_sent(self):
        told = self.missed_meanwhile(changes=Say("captain", "captain", "four"), behind=Restore("captain", "captain", 1))
        types = ["removed", "reactions", "message", "message", "current"]
        self.assertEqual([event["type"] for event in told], types)
        self.assertEqual([event.get("seq") for event in told], [1, 3, 4, 1, None])
        self.assertEqual((told[-1]["last"], told[-1]["rev"]), (4, 3))

    def test_changes_made_while_reactions_are_read_are_sent(self):
        told = self.missed_meanwhile(reacted=Remove("captain", "captain", 2))
        self.assertEqual([event["type"] for event in told], ["removed", "reactions", "removed", "current"])
        self.assertEqual((told[2]["seq"], told[-1]["rev"]), (2, 3))
