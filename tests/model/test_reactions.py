"""Reactions: valid emoji, counts, and events for returning clients."""

import unittest
from unittest import mock

from piratechat.errors import CommandRejected
from piratechat.model import reactions
from piratechat.model.catching_up import KeptChanges, RecentChanges
from piratechat.model.chat import Chat
from piratechat.model.commands import Change, Claim, Erase, React, Remove, Restore, Say
from piratechat.model.events import Reacted, Reaction, Removed, Updated
from piratechat.model.nonces import Nonces
from piratechat.model.reactions import checked_emoji

THUMB, HEART = "👍", "❤️"


class EmojiTest(unittest.TestCase):
    def test_emoji_are_fully_qualified(self):
        for typed, stored in (
            ("❤", HEART), (HEART, HEART), ("👍🏽", "👍🏽"), ("🇩🇪", "🇩🇪"), ("1\u20e3", "1\ufe0f\u20e3"),
            ("🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",) * 2, ("👨‍👩‍👧‍👦",) * 2,
        ):  # fmt: skip
            self.assertEqual(checked_emoji(typed), stored)

    def test_other_texts_are_rejected(self):
        for typed in ("", "a", ":)", "👍👍", "👍 ", "\ufe0f", "🇩", "🏽", "\u200d", "👍" * 1_000, None, 7, ["👍"]):
            with self.assertRaises(CommandRejected) as caught:
                checked_emoji(typed)
            self.assertEqual(caught.exception.code, "bad-message")


class ReactionsTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Captain", "captain")
        self.recent = RecentChanges(0)
        for visitor, name in (("bo", "Bo"), ("cleo", "Cleo")):
            self.do(Claim("captain", visitor, name))
        for number in range(3):
            self.do(Say("captain", "captain", str(number)))

    def do(self, command):
        done = command.perform(self.room, 1_800_000_000_000, Nonces(lambda: 0))
        self.recent.add([event for event in done.events if hasattr(event, "rev")], self.room.rev)
        return done

    def react(self, visitor, emoji=THUMB, on=True, seq=1):
        return self.do(React("captain", visitor, seq, emoji, on))

    def assertRejected(self, code, *values, **more):
        rev, before = self.room.rev, self.room.reactions(1)
        with self.assertRaises(CommandRejected) as caught:
            self.react(*values, **more)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual((self.room.rev, self.room.reactions(1)), (rev, before))

    def test_all_readers_receive_the_change(self):
        self.react("cleo")
        (event,) = self.react("bo").events
        self.assertEqual(event, Reacted(1, (Reaction(THUMB, 2, ("Bo", "Cleo")),), 2, (THUMB, "Bo", True)))
        (event,) = self.react("cleo", HEART).events
        self.assertEqual([each.emoji for each in event.reactions], [THUMB, HEART])
        self.assertEqual(self.room.reacted("cleo", 1), {THUMB, HEART})
        for visitor in ("bo", "cleo"):
            (event,) = self.react(visitor, on=False).events
        self.assertEqual(event.reactions, (Reaction(HEART, 1, ("Cleo",)),))
        self.assertEqual(self.room.message(1).reactions, event.reactions)

    def test_the_same_again_changes_nothing(self):
        self.assertEqual(self.react("bo", on=False).rev, None)
        self.react("bo")
        self.assertEqual((self.react("bo").events, self.room.rev), ((), 1))

    def test_permissions(self):
        self.assertRejected("name-needed", "stranger")
        self.assertRejected("not-allowed", "@address")
        self.assertRejected("bad-message", "bo", seq=4)
        self.do(Change("captain", "captain", {"read_only": True}))
        self.assertRejected("read-only", "bo")
        self.do(Change("captain", "captain", {"read_only": False, "slow": 60}))
        self.do(Say("captain", "bo", "hm"))
        self.assertRejected("rate-limited", "bo")

    def test_the_number_of_emoji_is_limited(self):
        with mock.patch.multiple(reactions, MAX_EMOJI=2, MAX_PEOPLE=2):
            for visitor in ("bo", "cleo"):
                self.react(visitor)
            self.assertRejected("enough", "captain")
            self.react("bo", HEART)
            self.assertRejected("enough", "bo", "🎉")
            self.react("bo", HEART, on=False)
            self.assertIsNotNone(self.react("bo", "🎉").rev)

    def test_twenty_names_are_sent_and_all_on_request(self):
        names = []
        for number in range(30):
            names.append(f"Visitor {number}")
            self.do(Claim("captain", f"v{number}", names[-1]))
            self.react(f"v{number}")
        (reaction,) = self.room.reactions(1)
        self.assertEqual((reaction.total, reaction.names), (30, tuple(names[:20])))
        self.assertEqual(self.room.people(1, THUMB), tuple(names))
        for visitor in ("v0", "v29"):
            self.assertEqual(self.room.reacted(visitor, 1), {THUMB})
        self.react("v0", on=False)
        self.assertEqual(self.room.reactions(1)[0].names, tuple(names[1:21]))
        self.assertEqual(self.room.reacted("v0", 1), set())
        self.assertEqual(list(self.room.kept_reactions(1).faults()), [])

    def test_removed_messages_have_no_reactions(self):
        self.react("bo")
        self.do(Remove("captain", "captain", 1))
        self.assertEqual(
            (self.room.reactions(1), self.room.people(1, THUMB), self.room.message(1).reactions), ((),) * 3
        )
        self.assertRejected("bad-message", "bo", on=False)
        event = self.do(Restore("captain", "captain", 1)).events[0]
        self.assertEqual(event.message.reactions, (Reaction(THUMB, 1, ("Bo",)),))
        self.do(Erase("captain", "captain", 1))
        self.assertIsNone(self.room.kept_reactions(1))

    def test_returning_readers_receive_reactions_once(self):
        self.react("bo")
        self.react("cleo", seq=2)
        self.react("cleo")
        for source in (KeptChanges(self.room), self.recent):
            told = [(event.seq, event.rev, len(event.reactions[0].names)) for event in source.since(0, 3)]
            self.assertEqual(told, [(2, 2, 1), (1, 3, 2)])
            self.assertEqual([event.seq for event in source.since(0, 1)], [1], "message 2 is not there yet")
        self.do(Remove("captain", "captain", 1))
        for source in (KeptChanges(self.room), self.recent):
            self.assertEqual([type(event) for event in source.since(0, 3)], [Reacted, Removed])
        self.do(Restore("captain", "captain", 1))
        for source in (KeptChanges(self.room), self.recent):
            reacted, restored = source.since(0, 3)
            self.assertEqual((type(reacted), type(restored)), (Reacted, Updated))
            self.assertEqual(len(restored.message.reactions[0].names), 2)
