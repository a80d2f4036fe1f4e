"""Joining a room that cannot be read: nobody waits in it for ever, and nothing of them is left."""

import unittest
from types import SimpleNamespace
from unittest import mock

from piratechat.live.registry import LiveRooms
from piratechat.model.catching_up import Position
from piratechat.model.chat import Chat
from piratechat.realtime.session import NOT_NOW, ChatSession
from piratechat.translators.builtin.original import Original
from pyramid_sockjs.protocol.core import State
from pyramid_sockjs.settings import Settings
from tests.live.test_live_room import Group
from tests.support.engines import engine


class BrokenJoin(unittest.TestCase):
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

    def reading(self):
        if self.broken:
            raise OSError("on purpose")
        return mock.MagicMock(__enter__=lambda _self: self.chat)

    def join(self):
        self.session.join(Position(0), None)

    def break_after_entering(self):
        enter = self.rooms.enter

        def and_break(slug):
            live = enter(slug)
            self.broken = True
            return live

        self.enterContext(mock.patch.object(self.rooms, "enter", and_break))

    def assertSentAway(self):
        self.assertEqual(self.session.core.state, State.CLOSING)
        self.assertEqual((self.session.core.ending.code, self.session.core.ending.reason), NOT_NOW)
        self.assertIsNone(self.rooms.get("captain"), "nobody is in the room")

    def test_before_the_room_is_there(self):
        self.broken = True
        with self.assertRaises(OSError):
            self.join()
        self.assertSentAway()

    def test_before_anything_was_told(self):
        self.break_after_entering()
        with self.assertRaises(OSError):
            self.join()
        self.assertSentAway()

    def test_when_it_joins_once_more(self):
        self.join()
        self.broken = True
        with self.assertRaises(OSError):
            self.join()
        self.assertSentAway()
