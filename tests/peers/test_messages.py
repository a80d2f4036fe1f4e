"""Messages between processes: valid JSON is parsed without loss, and everything else is rejected."""

import json
import unittest

from hypothesis import given
from hypothesis import strategies as st

from piratechat.model.events import (
    Changed,
    Envelope,
    Logged,
    Message,
    Muted,
    Named,
    Numbers,
    Pinned,
    Reacted,
    Reaction,
    Removed,
    RemovedMany,
    Reply,
    Unmuted,
    Updated,
)
from piratechat.model.moderation_log import LogEntry
from piratechat.peers.decoding import decoded
from piratechat.peers.encoding import encoded
from piratechat.peers.messages import (
    MAX_LENGTH,
    Forgotten,
    Hello,
    Learned,
    LoggedOut,
    Moved,
    Post,
    Present,
    SetUp,
    Spending,
    Taken,
    Typing,
    Whispered,
    Who,
)
from piratechat.translators.engine.budget import Spent

SAID = Message(7, 1_800_000_000_000, "Ada 🦜", "Ahoy\n<b>you</b>", "n1", False, "de")
NUMBERS = Numbers(7, 3, "0123456789abcdef")

CONTENTS = [
    Envelope([], NUMBERS),
    Envelope(
        [
            SAID,
            SAID._replace(text="", removed=True, lang="", nonce=""),
            SAID._replace(edited=5, reply_to=Reply(3, ""), mentions=((0, 3, "Bo"), (4, 7, "Cleo"))),
            SAID._replace(text="", nonce="", erased=True),
            SAID._replace(text="", removed=True, by="author"),
            Removed(7, 1),
            RemovedMany((1, 2), 2, "operator"),
            Updated(SAID, 3),
            Updated(SAID, 3, ("Bo", "Cleo")),
            Changed({"title": "The Cabin", "translator": None, "read_only": True, "slow": 5}, 4),
            Changed({"translator": "pirate", "third_party_translation": False, "owner": "Ada"}, 5),
            Changed({"owner": None}, 5),
            Pinned((3, 1), 6),
            Reacted(7, (Reaction("👍", 21, ("Ada", "Bo")), Reaction("❤️", 1, ())), 7, ("👍", "Bo", True)),
            Reacted(7, (), 7),
            Updated(SAID._replace(reactions=(Reaction("👍", 1, ("Ada",)),)), 6),
            Updated(SAID._replace(pinned=True), 6),
            Logged("visitor", LogEntry(1, "unpinned", 7)),
            Changed({"topic": "x" * 500}, 5),
            Changed({"topic": ""}, 5),
            Logged("visitor", LogEntry(1, "topic", "x" * 500, "")),
            Named("visitor", "Bo"),
            Muted("visitor"),
            Unmuted("visitor"),
            Logged("visitor", LogEntry(1, "title", "new", "old")),
            Logged("visitor", LogEntry(1, "removed_many", (3, 2))),
            Logged("visitor", LogEntry(1, "read_only", True, False)),
            Logged("visitor", LogEntry(1, "translator", None, "pirate")),
        ],
        NUMBERS,
    ),
    Hello(),
    Hello(going=True),
    Hello(settings="0123456789abcdef01234567"),
    SetUp({"piratechat.message_length": "0123456789ab"}),
    SetUp({}),
    Typing("Ada"),
    Whispered("Tide", 1_800_000_000_000, "High water in an hour: https://tide.example", "en"),
    Who(),
    Present("list", 3, ["Ada", "Bo"], 2),
    Moved("list", 4, ["Cleo"], [], 3),
    Forgotten([b"\x01\x02", b"\x03"]),
    Learned(b"\x01\x02", "Hallo", None),
    Learned(b"\x01\x02", "Hallo", "en"),
    Taken("rooms", "192.0.2.1", 1),
    LoggedOut("plone:ada"),
    Spending("german", 20_000, Spent(1, 2, 3)),
]


class Understood(unittest.TestCase):
    def test_messages_are_parsed_without_loss(self):
        for n, content in enumerate(CONTENTS):
            with self.subTest(content=content):
                self.assertEqual(decoded(encoded(Post("node", n, content))), Post("node", n, content))

    def test_the_format(self):
        said = SAID._replace(reply_to=Reply(12, "Bo"), mentions=((0, 3, "Bo"),))
        added = [None, None, [12, "Bo"], [[0, 3, "Bo"]], False, False, []]
        self.assertEqual(
            json.loads(encoded(Post("a:1", 5, Envelope([said, Removed(7, 3)], NUMBERS)))),
            {
                "node": "a:1",
                "n": 5,
                "type": "events",
                "events": [
                    ["message", 7, 1_800_000_000_000, "Ada 🦜", "Ahoy\n<b>you</b>", "n1", False, "de", *added],
                    ["removed", 7, 3, "owner"],
                ],
                "last": 7,
                "rev": 3,
                "epoch": "0123456789abcdef",
            },
        )


def replaced(value, at, by):
    """Return JSON `value` with the value at the path `at` replaced by `by`."""
    if not at:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = replaced(value[at[0]], at[1:], by)
    return copy


def paths(value, at=()):
    """Yield the path of each value in JSON `value`."""
    yield at
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from paths(value[key], (*at, key))


class NotUnderstood(unittest.TestCase):
    def assertRefused(self, text):
        with self.assertRaises(ValueError):
            decoded(text)

    def test_anything_else(self):
        for text in ("", "null", "[]", "7", "{", "[" * 100_000, '{"type": []}', "x" * (MAX_LENGTH + 1)):
            self.assertRefused(text)

    def test_an_unknown_type(self):
        self.assertRefused('{"node": "a", "n": 1, "type": "shutdown"}')
        envelope = json.loads(encoded(Post("a", 1, Envelope([SAID], NUMBERS))))
        for event in ([], ["exec"], ["__class__"], [["message"]], ["message"], ["removed", 1], "message", None):
            self.assertRefused(json.dumps(envelope | {"events": [event]}))

    def test_each_value_is_checked(self):
        """Any replaced value results in a rejection, or in another valid message."""
        wrong = (None, True, -1, 2**70, 1.5, float("nan"), "", "x" * 200_000, "\ud800", "\x00", [], [[]], {}, {"a": 1})
        for n, content in enumerate(CONTENTS):
            values = json.loads(encoded(Post("node", n, content)))
            for path in paths(values):
                for by in wrong:
                    text = json.dumps(replaced(values, path, by))
                    try:
                        found = decoded(text)
                    except ValueError:
                        continue
                    self.assertEqual(decoded(encoded(found)), found, (path, by))

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda leaf: st.lists(leaf, max_size=3)))
    def test_any_event_is_accepted_or_rejected(self, event):
        text = json.dumps({"node": "a", "n": 1, "type": "events", "events": [event], "last": 1, "rev": 1, "epoch": ""})
        self.assertRefused(text)

    def test_sizes_are_bounded(self):
        present = json.loads(encoded(Post("a", 1, Present("of", 1, ["Ada"], 1))))
        self.assertRefused(json.dumps(present | {"names": ["Ada"] * 201}))
        typing = json.loads(encoded(Post("a", 1, Typing("Ada"))))
        self.assertRefused(json.dumps(typing | {"name": "A" * 41}))
        learned = json.loads(encoded(Post("a", 1, Learned(b"", "", None))))
        self.assertRefused(json.dumps(learned | {"text": "A" * 100_501}))
        self.assertRefused(json.dumps(learned | {"key": "zz"}))
