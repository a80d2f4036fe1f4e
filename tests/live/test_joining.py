"""Joining a room that cannot be read, and one that changes meanwhile."""

import contextlib
import json
import unittest
from types import SimpleNamespace
from unittest import mock

from piratechat.live.registry import LiveRooms
from piratechat.model.catching_up import Position
from piratechat.model.chat import Chat
from piratechat.model.commands import Change, Mute, Unmute
from piratechat.model.events import Envelope
from piratechat.model.nonces import Nonces
from piratechat.realtime.session import NOT_NOW, ChatSession
from piratechat.translators.builtin.original import Original
from pyramid_sockjs.protocol.core import State
from pyramid_sockjs.settings import Settings
from tests.live.test_live_room import Group
from tests.support.engines import engine


class JoinTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.chat.rooms.open("Captain", "captain", False)
        self.broken = False
        self.rooms = LiveRooms(self.reading, lambda _room: {"original": Original()}, engine(), Group)
        files = SimpleNamespace(version="v-1/")
        parts = mock.Mock(rooms=self.rooms, database=SimpleNamespace(reading=self.reading), files=files)
        self.session = ChatSession(mock.Mock(settings=Settings(), services=parts))
        self.session.slug, self.session.visitor, self.session.view = "captain", "bo", "original"
        self.session.core.open(0)

    @contextlib.contextmanager
    def reading(self):
        if self.broken:
            raise OSError("on purpose")
        yield self.chat
        self.meanwhile()

    def meanwhile(self):
        """Changes by others after the database has been read."""


class FailedJoin(JoinTest):
    def join(self):
        self.session.join(Position(0), None)

    def break_after_entering(self):
        enter = self.rooms.enter

        def and_break(slug):
            live = enter(slug)
            self.broken = True
            return live

        self.enterContext(mock.patch.object(self.rooms, "enter", and_break))

    def assertDisconnected(self):
        self.assertEqual(self.session.core.state, State.CLOSING)
        self.assertEqual((self.session.core.ending.code, self.session.core.ending.reason), NOT_NOW)
        self.assertIsNone(self.rooms.get("captain"), "nobody is in the room")

    def test_a_failure_before_the_room_is_live(self):
        self.broken = True
        with self.assertRaises(OSError):
            self.join()
        self.assertDisconnected()

    def test_a_failure_before_anything_was_sent(self):
        self.break_after_entering()
        with self.assertRaises(OSError):
            self.join()
        self.assertDisconnected()

    def test_a_failure_when_the_session_joins_again(self):
        self.join()
        self.broken = True
        with self.assertRaises(OSError):
            self.join()
        self.assertDisconnected()


class ChangedMeanwhile(JoinTest):
    """Changes by others while the database is read are in the welcome, or sent after it."""

    def setUp(self):
        super().setUp()
        self.room = self.chat.rooms["captain"]
        for visitor in ("ada", "bo"):
            self.room.names.claim(visitor.title(), visitor)
        self.send = self.enterContext(mock.patch.object(ChatSession, "send"))
        self.commands = []

    def meanwhile(self):
        # The first read, for permissions, makes the room live.
        if self.rooms.get("captain") is not None and self.commands:
            done = self.commands.pop(0).perform(self.room, 1000, Nonces(lambda: 0))
            self.rooms.receive("captain", Envelope(done.events, self.room.numbers))

    def join_while(self, *commands):
        """Join meanwhile; return the events from the welcome on."""
        self.commands = list(commands)
        self.send.reset_mock()
        self.session.join(Position(), None)
        told = [json.loads(call.args[0]) for call in self.send.call_args_list]
        return told[[event["type"] for event in told].index("welcome") :]

    def test_the_welcome_reports_a_concurrent_mute(self):
        (welcome,) = self.join_while(Mute("captain", "captain", "Bo"))
        self.assertTrue(welcome["muted"])
        (welcome,) = self.join_while(Unmute("captain", "captain", "Bo"), Mute("captain", "captain", "Ada"))
        self.assertFalse(welcome["muted"])

    def test_the_welcome_has_concurrent_changes_of_the_room(self):
        (welcome,) = self.join_while(Change("captain", "captain", {"read_only": True, "topic": "Rum"}))
        self.assertEqual((welcome["rev"], welcome["read_only"], welcome["topic"]), (1, True, "Rum"))

    def test_a_session_can_join_a_room_that_changes_continuously(self):
        changes = [Change("captain", "captain", {"slow": number}) for number in range(1, 60)]
        self.assertEqual(len(self.join_while(*changes)), 1)
