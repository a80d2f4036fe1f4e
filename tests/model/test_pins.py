"""Pinned messages: their maximum number, their order, and removed ones."""

import unittest

from piratechat.errors import CommandRejected
from piratechat.model.catching_up import KeptChanges, RecentChanges
from piratechat.model.chat import Chat
from piratechat.model.commands import Pin, Remove, Restore, Say
from piratechat.model.events import Logged, Pinned, Removed, Updated
from piratechat.model.nonces import Nonces
from piratechat.model.room import MAX_PINS


class PinsTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Captain", "captain")
        self.recent = RecentChanges(0)
        for number in range(MAX_PINS + 5):
            self.do(Say("captain", "captain", str(number)))

    def do(self, command):
        done = command.perform(self.room, 1_800_000_000_000, Nonces(lambda: 0))
        self.recent.add([event for event in done.events if hasattr(event, "rev")], self.room.rev)
        return done

    def pin(self, seq, on=True):
        return self.do(Pin("captain", "captain", seq, on))

    def assertRejected(self, code, seq, on=True):
        before = self.room.rev, self.room.pins
        with self.assertRaises(CommandRejected) as caught:
            self.pin(seq, on)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual((self.room.rev, self.room.pins), before)

    def test_pins_are_in_order(self):
        for seq in (7, 3, 5):
            pinned, logged = self.pin(seq).events
        self.assertEqual(pinned, Pinned((7, 3, 5), 3))
        self.assertIsInstance(logged, Logged)
        self.assertEqual((logged.entry.what, logged.entry.value), ("pinned", 5))
        self.assertEqual(self.pin(3, on=False).events[0], Pinned((7, 5), 4))
        self.assertEqual([message.seq for message in self.room.messages(0, 9) if message.pinned], [5, 7])

    def test_pinned_messages_are_not_pinned_again(self):
        self.pin(7)
        self.assertEqual((self.pin(7).rev, self.pin(8, on=False).rev), (None, None))

    def test_the_number_of_pins_is_limited(self):
        for seq in range(1, MAX_PINS + 1):
            self.pin(seq)
        self.assertRejected("enough", MAX_PINS + 1)
        self.do(Remove("captain", "captain", 1))
        self.do(Remove("captain", "captain", 2))
        self.pin(MAX_PINS + 1)
        self.do(Restore("captain", "captain", 1))
        self.assertEqual(self.room.pins, tuple(range(3, MAX_PINS + 2)), "the removed message is no longer pinned")

    def test_removed_messages_cannot_be_pinned(self):
        self.do(Remove("captain", "captain", 1))
        for seq in (0, 1, MAX_PINS + 6):
            self.assertRejected("bad-message", seq)

    def test_restored_messages_are_pinned_again(self):
        self.pin(1)
        self.pin(2)
        self.do(Remove("captain", "captain", 1))
        self.assertEqual((self.room.pins, self.room.message(1).pinned), ((2,), False))
        (restored, _logged) = self.do(Restore("captain", "captain", 1)).events
        self.assertEqual((restored.message.pinned, self.room.pins), (True, (1, 2)))
        self.do(Remove("captain", "captain", 2))
        self.assertIsNotNone(self.pin(2, on=False).rev, "a removed message can be unpinned")

    def test_returning_readers_receive_the_pins_once(self):
        for seq in (1, 2, 3):
            self.pin(seq)
        self.do(Remove("captain", "captain", 1))
        for source in (KeptChanges(self.room), self.recent):
            pinned, removed = source.since(0, 100)
            self.assertEqual(removed, Removed(1, 4))
            self.assertEqual((pinned.rev, set(pinned.seqs) - {1}), (3, {2, 3}))
            self.assertEqual(source.since(0, 0), [pinned], "the page does not have the message yet")
        self.do(Restore("captain", "captain", 1))
        for source in (KeptChanges(self.room), self.recent):
            self.assertIsInstance(source.since(3, 100)[0], Updated)
            self.assertTrue(source.since(3, 100)[0].message.pinned)
