"""The publications for other programs: their order, and the rooms they are about."""

import unittest
from unittest import mock

from piratechat.errors import CommandRejected
from piratechat.model.changes import ChangesMissing
from piratechat.model.chat import Chat
from piratechat.model.commands import (
    Announce,
    Edit,
    Erase,
    Pin,
    React,
    Remove,
    RemoveMany,
    Restore,
    RestoreMany,
    Say,
)
from piratechat.model.nonces import Nonces
from piratechat.model.published import Published, RoomNames, follow
from piratechat.publishing.publications import unpublished

NOW = 1_800_000_000_000


class PublicationsTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Ada", "ada")
        self.nonces = Nonces(lambda: 0.0)
        self.now = NOW

    def do(self, *commands):
        for command in commands:
            self.now += 1000
            command.perform(self.room, self.now, self.nonces)

    def say(self, *texts):
        self.do(*(Say("ada", "ada", text) for text in texts))

    def read(self, position=(0, 0), limit=100):
        """Return kinds, message numbers and texts after a position, page by page."""
        found = []
        while True:
            page, position = unpublished(self.room, position, limit)
            if not page and position == self.room.numbers[:2]:
                return found
            found += page

    def told(self, **how):
        return [(each.kind, each.values["seq"], each.values["text"]) for each in self.read(**how)]

    def test_messages_and_changes_are_published_in_order(self):
        self.say("one", "two")
        self.do(Remove("ada", "ada", 1), Pin("ada", "ada", 2), React("ada", "ada", 2, "👍"))
        self.say("three")
        self.do(Restore("ada", "ada", 1), Edit("ada", "ada", 2, "2", 1e9))
        expected = [
            ("message", 1, "one"),
            ("message", 2, "2"),
            ("removed", 1, ""),
            ("message", 3, "three"),
            ("restored", 1, "one"),
            ("edited", 2, "2"),
        ]
        for limit in (1, 2, 3, 100):
            self.assertEqual(self.told(limit=limit), expected, limit)

    def test_the_format(self):
        self.say("Ahoy")
        self.do(Edit("ada", "ada", 1, "Ahoy!", 1e9))
        said, edited = self.read()
        epoch = self.chat.epoch
        values = {
            "room": "ada",
            "epoch": epoch,
            "seq": 1,
            "at": "2027-01-15T08:00:01.000Z",
            "author": "Ada",
            "text": "Ahoy!",
            "edited": "2027-01-15T08:00:02.000Z",
            "rev": 1,
        }
        self.assertEqual(said.values, {"kind": "message", **values})
        self.assertEqual(edited.values, {"kind": "edited", **values})
        self.assertEqual((said.id, edited.id), (f"{epoch}.ada.1", f"{epoch}.ada.r1.1"))
        self.assertEqual(said.source, "")

    def test_removed_and_erased_texts_are_not_published(self):
        self.say("a secret", "another")
        self.do(Remove("ada", "ada", 1), Erase("ada", "ada", 2))
        self.assertNotIn("secret", str(self.read()))
        self.assertNotIn("another", str(self.read()))
        kinds = [(each.kind, each.values.get("removed"), each.values.get("erased")) for each in self.read()]
        self.assertEqual(
            kinds, [("message", True, None), ("message", None, True), ("removed", True, None), ("erased", None, True)]
        )

    def test_bulk_changes_are_published_for_each_message(self):
        self.say(*"abc")
        position = self.room.numbers[:2]
        self.do(RemoveMany("ada", "ada", (1, 3)), RestoreMany("ada", "ada", (1, 3)))
        expected = [("removed", 1, ""), ("removed", 3, ""), ("restored", 1, "a"), ("restored", 3, "c")]
        self.assertEqual(self.told(position=position), expected)
        self.assertEqual(self.told(position=position, limit=1), expected)
        self.assertEqual(len({each.id for each in self.read()}), 7)

    def test_messages_of_programs_are_marked(self):
        self.say("Ahoy")
        self.do(Announce("ada", "queue:orders", "Shop", "Order 1"))
        person, program = self.read()
        self.assertEqual((person.values.get("bot"), person.source), (None, ""))
        self.assertEqual((program.values["bot"], program.source), (True, "orders"))

    def test_publications_are_not_posted_again(self):
        command = Announce("ada", "queue:orders", "Shop", "Ahoy", origin=self.chat.epoch)
        with self.assertRaises(CommandRejected) as caught:
            self.do(command)
        self.assertEqual(caught.exception.code, "not-allowed")
        self.do(Announce("ada", "queue:orders", "Shop", "Ahoy", origin="another"))
        self.assertEqual(self.told(), [("message", 1, "Ahoy")])

    def hide_and_show(self, times):
        for _time in range(times):
            self.do(Remove("ada", "ada", 1), Restore("ada", "ada", 1))

    def test_expired_changes_are_left_out(self):
        self.say("one")
        with mock.patch("piratechat.model.changes.MAX_CHANGES", 16):
            self.hide_and_show(50)
        found = self.told()
        self.assertEqual((found[0], found[-1]), (("message", 1, "one"), ("restored", 1, "one")))
        self.assertLess(len(found), 50)

    def test_missing_changes_are_announced(self):
        self.say("one")
        self.hide_and_show(20)
        del self.room._changes._full[17]
        with self.assertRaises(ChangesMissing):
            unpublished(self.room, (0, 16), 100)


class Rooms(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.open("ada", "ops-1", "ops-2", "opsy", "dev-ops")

    def open(self, *slugs):
        for slug in slugs:
            self.chat.rooms.open(slug, "ada")

    def say(self, slug, text="Ahoy"):
        Say(slug, "ada", text).perform(self.chat.rooms[slug], NOW, Nonces(lambda: 0.0))

    def test_rooms_and_patterns(self):
        for names, found in (
            ("ada nobody", ["ada"]),
            ("ops-*", ["ops-1", "ops-2"]),
            ("*ops*", ["dev-ops", "ops-1", "ops-2", "opsy"]),
            ("ada ops-1 ops-*", ["ada", "ops-1", "ops-2"]),
            ("*", ["ada", "dev-ops", "ops-1", "ops-2", "opsy"]),
            ("", []),
        ):
            with self.subTest(names):
                rooms = RoomNames(names.split())
                self.assertEqual(list(rooms.among(self.chat.rooms)), found)
                self.assertEqual([slug for slug in self.chat.rooms if slug in rooms], found)

    def test_other_names_do_not_match(self):
        for name in ("Ada", "a b", "-", "a/b", "x" * 41, "#", "a*b*c*d*e", "-*"):
            with self.subTest(name), self.assertRaisesRegex(ValueError, "must be names of rooms"):
                RoomNames([name])

    def test_existing_rooms_are_published_from_their_end(self):
        self.say("ada")
        follow(self.chat, RoomNames(["ada", "ops-*"]))
        self.say("ada")
        self.open("ops-3")
        self.say("ops-3")
        again = Published.follow
        with mock.patch.object(Published, "follow", autospec=True, side_effect=again) as called:
            follow(self.chat, RoomNames(["ada", "ops-*"]))
        called.assert_not_called()
        self.assertEqual(self.chat.published.positions, {"ada": (1, 0), "ops-1": (0, 0), "ops-2": (0, 0)})
        follow(self.chat, RoomNames(["ops-*", "dev-ops"]))
        self.assertEqual(self.chat.published.positions, {"dev-ops": (0, 0), "ops-1": (0, 0), "ops-2": (0, 0)})
        follow(self.chat, RoomNames(["ada", "ops-*"]))
        self.assertEqual(self.chat.published.positions["ada"], (2, 0))
        self.assertNotIn("ops-3", self.chat.published.positions, "a new room is published from its beginning")

    def test_positions_never_decrease(self):
        follow(self.chat, RoomNames(["ada"]))
        self.chat.published.note({"ada": (7, 3)})
        self.chat.published.note({"ada": (5, 9)})
        self.assertEqual(self.chat.published.positions, {"ada": (7, 3)})
