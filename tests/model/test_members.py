"""Members authenticated by another site: their names in all rooms, and their tickets."""

import unittest

from piratechat.errors import CommandRejected
from piratechat.model.chat import Chat
from piratechat.model.commands import Claim, React, Say
from piratechat.model.events import Message, Named
from piratechat.model.members import MAX_USED, Members
from piratechat.model.nonces import Nonces
from piratechat.model.text import skeleton
from piratechat.model.visitors import is_member

NOW = 1_800_000_000_000


class MembersTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.rooms = self.chat.rooms
        self.room = self.rooms.open("The Captain", "captain")
        self.members = self.chat.members = Members()
        self.nonces = Nonces(lambda: 0.0)

    def admit(self, user="ada", name="Ada Lovelace", owns_rooms=False):
        return self.members.admit(user, name, owns_rooms)[0]

    def perform(self, command):
        return command.perform(self.room, NOW, self.nonces)

    def say(self, visitor, name=None, text="hello"):
        done = self.perform(Say("the-captain", visitor, text, name=name))
        return next(event for event in done.events if isinstance(event, Message))

    def assertRefused(self, code, action, *given, **named):
        with self.assertRaises(CommandRejected) as caught:
            action(*given, **named)
        self.assertEqual(caught.exception.code, code)


class Names(MembersTest):
    def test_a_member_has_the_name_from_the_site(self):
        ada = self.admit()
        self.assertTrue(is_member(ada))
        self.assertEqual(self.room.name_of(ada), "Ada Lovelace")
        done = self.perform(Say("the-captain", ada, "hello"))
        self.assertEqual(done.events[0], Named(ada, "Ada Lovelace"))
        self.assertEqual(done.events[1].author, "Ada Lovelace")
        self.assertEqual(len(self.perform(Say("the-captain", ada, "again")).events), 1)

    def test_a_member_cannot_use_other_names(self):
        ada = self.admit()
        self.assertRefused("name-taken", self.perform, Claim("the-captain", ada, "Countess"))
        self.assertEqual(self.say(ada, "Countess").author, "Ada Lovelace")

    def test_other_visitors_cannot_use_the_name_or_a_similar_one(self):
        self.admit()
        later = self.rooms.open("Later", "captain")
        for name in (
            "Ada Lovelace",
            "ada lovelace",
            "\N{CYRILLIC CAPITAL LETTER A}d\N{CYRILLIC SMALL LETTER A} Lovelace",
            "Ada  Lovelace",
            "ADA LOVELACE",
            "Ada Love1ace",
        ):
            for room in (self.room, later):
                with self.subTest(name, room=room.title):
                    self.assertRefused("name-taken", room.claim, name, "eve")
            with self.subTest(name, room="of that name"):
                self.assertRefused("name-taken", self.rooms.open, name, "eve")
        self.assertIsNone(self.rooms.get("ada-lovelace"))
        self.room.claim("Ada", "eve")

    def test_earlier_owners_lose_the_name_and_keep_their_messages(self):
        first = self.say("eve", "Ada Lovelace")
        ada = self.admit()
        self.assertIsNone(self.room.name_of("eve"), "before the first visit of the member")
        self.assertRefused("name-needed", self.say, "eve")
        self.assertRefused("name-needed", self.perform, React("the-captain", "eve", first.seq, "👍"))
        second = self.say(ada)
        self.assertEqual(self.room.names.owner("Ada Lovelace"), ada)
        self.assertEqual((self.room.author(first.seq), self.room.author(second.seq)), ("eve", ada))
        self.assertFalse(self.room.is_author(ada, first.seq))
        self.assertEqual(self.say("eve", "Eve").author, "Eve")
        self.assertEqual(list(self.room.names.all()), [("Ada Lovelace", False), ("Eve", False), ("The Captain", False)])

    def test_a_reaction_claims_the_name_as_well(self):
        ada, said = self.admit(), self.say("captain")
        self.perform(React("the-captain", ada, said.seq, "👍"))
        self.assertEqual(self.room.people(said.seq, "👍"), ("Ada Lovelace",))

    def test_members_with_the_same_name_are_distinguished(self):
        ada, other = self.admit(), self.admit("ada2", "Ada  Lovelace")
        self.assertEqual(self.room.name_of(ada), "Ada Lovelace")
        self.assertEqual(self.room.name_of(other), "Ada Lovelace (ada2)")

    def test_every_user_gets_a_name(self):
        for number, (user, name, called) in enumerate(
            (
                ("bo", "", "bo"),
                ("cleo", "x" * 200, "x" * 40),
                ("dora", "x" * 200, "x" * 33 + " (dora)"),
                ("x" * 150, "\u202e", None),
                ("\u2060", "   ", None),
            )
        ):
            with self.subTest(number):
                visitor = self.admit(user, name)
                found = self.room.name_of(visitor)
                self.assertEqual(self.members.owner(found), visitor)
                if called:
                    self.assertEqual(found, called)

    def test_names_of_sources_are_reserved(self):
        news = self.members.admit("eve", "News", False, {skeleton("News")})[0]
        self.assertEqual(self.room.name_of(news), "News (eve)")

    def test_a_new_name_at_the_site_is_adopted(self):
        ada = self.admit()
        self.say(ada)
        self.assertEqual(self.admit(name="Ada King"), ada)
        self.assertEqual(self.say(ada).author, "Ada King")
        self.assertEqual(self.members.owner("Ada King"), ada)
        self.assertIsNone(self.members.owner("Ada Lovelace"))
        self.assertRefused("name-taken", self.room.claim, "Ada Lovelace", "eve")  # in this room it is hers


class Owning(MembersTest):
    def test_roles_give_ownership_of_all_rooms(self):
        mia, erin = self.admit("mia", "Mia"), self.admit("erin", "Erin", True)
        self.assertRefused("not-allowed", self.room.must_own, mia)
        self.room.must_own(erin)
        self.room.read_only = True
        self.assertRefused("read-only", self.room.may_speak, mia)
        self.room.may_speak(erin)

    def test_ownership_ends_when_the_site_revokes_the_right(self):
        erin = self.admit("erin", "Erin", True)
        self.admit("erin", "Erin", False)
        self.assertRefused("not-allowed", self.room.must_own, erin)

    def test_the_site_creates_a_room(self):
        erin = self.admit("erin", "Erin")
        room = self.rooms.open_for_member("Café of the harbour", erin)
        self.assertEqual((room.title, room.owner), ("Café of the harbour", erin))
        self.assertIs(self.rooms.open_for_member("Café of the harbour", self.admit("max", "Max")), room)
        self.assertRefused("name-taken", self.rooms.open_for_member, "The Captain", erin)
        self.assertRefused("bad-message", self.rooms.open_for_member, "!!!", erin)


class Tickets(MembersTest):
    def test_each_ticket_is_valid_once(self):
        self.members.use_ticket("a", 100, 50)
        self.assertRefused("not-allowed", self.members.use_ticket, "a", 100, 50)
        self.members.use_ticket("b", 100, 50)
        self.members.use_ticket("c", 101, 50)

    def test_expired_tickets_are_removed(self):
        for number in range(500):
            self.members.use_ticket(str(number), 100 + number, 50 + number)
        self.assertLess(len(self.members._used), 80)
        self.assertEqual(self.members._count, sum(map(len, self.members._used.values())))

    def test_the_number_of_tickets_is_limited(self):
        self.members._count = MAX_USED
        self.assertRefused("not-allowed", self.members.use_ticket, "a", 100, 50)
        self.members._used[10] = ("x",) * MAX_USED
        self.members.use_ticket("a", 100, 50)

    def test_leaving_ends_sessions(self):
        ada = self.admit()
        before = self.members.get(ada).session
        self.assertTrue(self.members.leave(ada))
        self.assertNotEqual(self.members.get(ada).session, before)
        self.admit()
        self.assertNotEqual(self.members.get(ada).session, before)
        self.assertFalse(self.members.leave("plone:nobody"))
