"""A room: its permissions, its messages, and traversal to each message."""

import unittest

from pyramid.authorization import ACLHelper, Authenticated, Everyone

from piratechat.errors import CommandRejected
from piratechat.model.chat import Chat
from piratechat.model.events import Message, Reply
from piratechat.model.room import OWN, READ, SPEAK
from piratechat.model.visitors import address_id
from piratechat.serialization import message_values

NOW = 1_800_000_000_000


class RoomTest(unittest.TestCase):
    def setUp(self):
        self.rooms = Chat().rooms
        self.room = self.rooms.open("The Captain", "captain")
        self.room.names.claim("Ada", "ada")
        self.room.names.claim("Bob", "bob")

    def assertRefused(self, code, action, *given):
        with self.assertRaises(CommandRejected) as caught:
            action(*given)
        self.assertEqual(caught.exception.code, code)
        return caught.exception

    def texts(self):
        return [message.text for message in self.room.messages(0, 100)]


class Permissions(RoomTest):
    def may(self, visitor):
        """Return the permissions that Pyramid gives `visitor`, after comparing them with the room's."""
        who = [Everyone, Authenticated, visitor]
        found = [permission for permission in (READ, SPEAK, OWN) if ACLHelper().permits(self.room, who, permission)]
        for permission, check in [(SPEAK, self.room.may_speak), (OWN, self.room.must_own)]:
            try:
                check(visitor)
            except CommandRejected:
                self.assertNotIn(permission, found)
            else:
                self.assertIn(permission, found)
        return found

    def test_everybody_may_read_and_post(self):
        self.assertEqual(self.may("ada"), [READ, SPEAK])
        self.assertEqual(self.may("nobody ever seen"), [READ, SPEAK])

    def test_the_owner_decides(self):
        self.assertEqual(self.may("captain"), [READ, SPEAK, OWN])

    def test_muted_visitors_may_read(self):
        self.room.names.mute("ada")
        self.assertEqual(self.may("ada"), [READ])
        self.assertEqual(self.may("bob"), [READ, SPEAK])
        self.room.names.unmute("ada")
        self.assertEqual(self.may("ada"), [READ, SPEAK])

    def test_only_the_owner_posts_in_a_read_only_room(self):
        self.room.read_only = True
        self.assertEqual(self.may("ada"), [READ])
        self.assertEqual(self.may("captain"), [READ, SPEAK, OWN])

    def test_the_owner_may_always_post(self):
        self.room.names.mute("captain")
        self.room.read_only = True
        self.assertEqual(self.may("captain"), [READ, SPEAK, OWN])

    def test_errors_have_a_reason(self):
        self.room.read_only = True
        self.assertRefused("read-only", self.room.say, "ada", "Ahoy", NOW)
        self.room.names.mute("ada")
        self.assertRefused("muted", self.room.say, "ada", "Ahoy", NOW)
        self.assertRefused("not-allowed", self.room.must_own, "ada")
        self.assertEqual(self.texts(), [])


class Saying(RoomTest):
    def test_messages_are_stored(self):
        said = self.room.say("ada", "Ahoy", NOW, "n1")
        self.assertEqual(said, Message(1, NOW, "Ada", "Ahoy", "n1"))
        self.assertEqual(self.room.message(1), said)
        self.assertEqual(self.room.messages(0, 10), [said])

    def test_posting_requires_a_name(self):
        self.assertRefused("name-needed", self.room.say, "eve", "Ahoy", NOW)
        self.assertEqual(self.room.log.last, 0)

    def test_messages_keep_the_name_of_their_time(self):
        self.room.say("ada", "one", NOW)
        self.room.names.claim("Countess", "ada")
        self.room.say("ada", "two", NOW)
        self.assertEqual([message.author for message in self.room.messages(0, 10)], ["Ada", "Countess"])

    def test_times_never_decrease(self):
        times = [NOW, NOW + 5, NOW - 3_600_000, NOW + 3, NOW + 10]
        said = [self.room.say("ada", "tick", at).at for at in times]
        self.assertEqual(said, [NOW, NOW + 5, NOW + 5, NOW + 5, NOW + 10])

    def test_messages_end_with_the_last(self):
        self.room.say("ada", "Ahoy", NOW)
        for seq in (0, -1, 2, 10**12):
            self.assertIsNone(self.room.message(seq))

    def test_the_latest(self):
        for number in range(1, 101):
            self.room.say("ada", str(number), NOW)
        self.assertEqual([m.seq for m in self.room.latest(3)], [98, 99, 100])
        self.assertEqual([m.seq for m in self.room.latest(3, before=98)], [95, 96, 97])
        self.assertEqual([m.seq for m in self.room.latest(3, before=1000)], [98, 99, 100])
        self.assertEqual([m.seq for m in self.room.latest(3, before=3)], [1, 2])
        self.assertEqual(self.room.latest(3, before=1), [])
        self.assertEqual(len(self.room.latest(500)), 100)


class SlowMode(RoomTest):
    def setUp(self):
        super().setUp()
        self.room.slow = 10

    def test_one_message_per_interval(self):
        self.room.say("ada", "one", NOW)
        refused = self.assertRefused("rate-limited", self.room.say, "ada", "too soon", NOW + 2_500)
        self.assertEqual(refused.retry_after, 7.5)
        self.assertIn("Try again in 8 s.", refused.message)
        self.assertRefused("rate-limited", self.room.say, "ada", "still", NOW + 9_999)
        self.room.say("ada", "two", NOW + 10_000)
        self.assertEqual(self.texts(), ["one", "two"])

    def test_each_visitor_has_a_separate_interval(self):
        self.room.say("ada", "one", NOW)
        self.room.say("bob", "two", NOW)
        self.assertRefused("rate-limited", self.room.say, "bob", "three", NOW + 1)

    def test_a_new_name_does_not_reset_the_interval(self):
        self.room.say("ada", "one", NOW)
        self.room.names.claim("Countess", "ada")
        self.assertRefused("rate-limited", self.room.say, "ada", "two", NOW + 1)

    def test_rejected_messages_do_not_extend_the_interval(self):
        self.room.say("ada", "one", NOW)
        self.assertRefused("rate-limited", self.room.say, "ada", "too soon", NOW + 9_000)
        self.room.say("ada", "two", NOW + 10_000)

    def test_the_owner_is_exempt(self):
        self.room.say("captain", "one", NOW)
        self.room.say("captain", "two", NOW)

    def test_a_clock_that_is_set_back_does_not_extend_the_interval(self):
        self.room.say("ada", "one", NOW)
        self.room.say("ada", "two", NOW - 3_600_000)
        self.assertRefused("rate-limited", self.room.say, "ada", "three", NOW - 3_600_000 + 1)

    def test_a_shorter_interval_applies_immediately(self):
        self.room.say("ada", "one", NOW)
        self.room.slow = 1
        self.room.say("ada", "two", NOW + 1_000)
        self.room.slow = 0
        self.room.say("ada", "three", NOW + 1_000)


class Removing(RoomTest):
    def setUp(self):
        super().setUp()
        self.said = [self.room.say("ada", text, NOW) for text in ("one", "two", "three")]

    def test_the_text_is_hidden_and_the_number_kept(self):
        self.assertTrue(self.room.remove(2))
        self.assertEqual(self.texts(), ["one", "", "three"])
        self.assertEqual(self.room.message(2), self.said[1]._replace(text="", removed=True, by="owner"))
        self.assertEqual(self.room.latest(2)[0].text, "")

    def test_the_owner_may_read_removed_text(self):
        self.room.remove(2)
        self.assertEqual(self.room.message(2, include_removed=True), self.said[1]._replace(removed=True, by="owner"))

    def test_a_message_can_be_restored(self):
        self.room.remove(2)
        self.assertTrue(self.room.restore(2))
        self.assertEqual(self.room.messages(0, 10), self.said)

    def test_removing_twice_changes_nothing(self):
        self.assertFalse(self.room.restore(2))
        self.assertTrue(self.room.remove(2))
        self.assertFalse(self.room.remove(2))
        self.assertTrue(self.room.restore(2))
        self.assertFalse(self.room.restore(2))

    def test_a_missing_message_is_an_error(self):
        for seq in (0, -1, 4, 2**61):
            self.assertRefused("bad-message", self.room.remove, seq)
            self.assertRefused("bad-message", self.room.restore, seq)


class Authors(RoomTest):
    def setUp(self):
        super().setUp()
        self.room.say("ada", "Ahoy", NOW)

    def test_authors_are_recognized_under_any_name(self):
        self.assertTrue(self.room.is_author("ada", 1))
        self.room.names.claim("Adele", "ada")
        self.assertTrue(self.room.is_author("ada", 1))
        self.assertFalse(self.room.is_author("bob", 1))
        self.assertFalse(self.room.is_author("captain", 1))
        self.assertFalse(self.room.is_author("", 1))
        self.assertFalse(self.room.is_author("ada", 2))
        self.room.must_be_author("ada", 1, "no")
        self.assertRefused("not-allowed", self.room.must_be_author, "bob", 1, "no")

    def test_old_messages_belong_to_the_owner_of_the_name(self):
        self.room.log.append((NOW, "Bob", "Ahoy", ""))
        self.room.log.append((NOW, "Nobody", "Ahoy", "", ""))
        self.assertTrue(self.room.is_author("bob", 2))
        self.assertFalse(self.room.is_author("bob", 3))

    def test_clients_without_a_cookie_are_not_authors(self):
        address = address_id("0123")
        self.room.names.claim("Ape", address)
        self.room.say(address, "Ook", NOW)
        self.assertEqual(self.room.author(2), address)
        self.assertFalse(self.room.is_author(address, 2))
        self.assertIn("cookie", str(self.assertRefused("not-allowed", self.room.must_be_author, address, 2, "no")))


class EntriesOfLaterVersions(RoomTest):
    def said(self, *extra):
        self.room.say("ada", "Ahoy", NOW)
        seq = self.room.log.append((NOW, "Bob", "@Ada ahoy", "", "", (self.room.names.participant("bob"), *extra)))
        return self.room.message(seq)

    def test_a_simple_entry_stores_only_its_author(self):
        self.room.say("ada", "Ahoy", NOW)
        self.assertEqual(self.room.log.get(1)[5], (self.room.names.participant("ada"),))

    def test_entries_with_replies_and_mentions(self):
        message = self.said(1, ((0, 4, "Ada"),))
        self.assertEqual((message.reply_to, message.mentions), (Reply(1, "Ada"), ((0, 4, "Ada"),)))
        self.assertEqual(message_values(message)["reply_to"], {"seq": 1, "author": "Ada"})

    def test_replies_to_removed_messages_name_nobody(self):
        self.said(1)
        self.room.remove(1)
        self.assertEqual(self.room.message(2).reply_to, Reply(1, ""))

    def test_a_removed_message_mentions_nobody(self):
        self.said(None, ((0, 4, "Ada"),))
        self.room.remove(2)
        self.assertEqual(self.room.message(2).mentions, ())
        self.assertEqual(self.room.message(2, include_removed=True).mentions, ((0, 4, "Ada"),))


class Traversal(RoomTest):
    def setUp(self):
        super().setUp()
        for number in range(1, 18):
            self.room.say("ada", str(number), NOW)

    def test_each_message_has_a_path(self):
        message = self.room["messages"]["17"]
        self.assertEqual((message.seq, message.__name__), (17, "17"))
        self.assertEqual(message.__parent__.__name__, "messages")
        self.assertIs(message.__parent__.__parent__, self.room)
        self.assertIs(message.room, self.room)

    def test_from_the_root_to_the_room(self):
        chat = self.rooms.__parent__
        self.assertIs(chat["rooms"]["the-captain"], self.room)
        self.assertEqual((chat.__name__, chat.__parent__), ("", None))
        self.assertEqual((self.rooms.__name__, self.room.__name__), ("rooms", "the-captain"))
        self.assertIs(self.room.__parent__, self.rooms)

    def test_numbers_have_one_notation(self):
        for name in ("0", "017", "x", "", "-1", "+1", "1.0", " 1", "1_0", "\u0661", "²", "18", "9" * 18, "9" * 5_000):
            with self.subTest(name=name[:20]), self.assertRaises(KeyError):
                self.room["messages"][name]

    def test_other_names_are_not_found(self):
        for resource in (self.rooms.__parent__, self.rooms, self.room):
            with self.assertRaises(KeyError):
                resource["names"]


class Opening(RoomTest):
    def test_a_room_has_the_name_of_its_owner(self):
        room = self.rooms.open("  Grace \t Hopper ", "grace")
        self.assertEqual((room.title, room.owner, room.__name__), ("Grace Hopper", "grace", "grace-hopper"))
        self.assertEqual(room.names.of("grace"), "Grace Hopper")
        self.assertEqual((room.translator, room.read_only, room.slow), (None, False, 0))

    def test_the_owner_finds_the_room_again(self):
        self.assertIs(self.rooms.open("the captain!", "captain"), self.room)
        self.assertEqual(self.room.title, "The Captain")
        self.assertEqual(list(self.rooms), ["the-captain"])

    def test_other_visitors_choose_another_name(self):
        self.assertRefused("name-taken", self.rooms.open, "The captain", "eve")
        self.assertEqual(list(self.rooms), ["the-captain"])

    def test_a_room_requires_a_slug(self):
        self.assertRefused("bad-message", self.rooms.open, "!!!", "eve")
        self.assertRefused("name-needed", self.rooms.open, " ", "eve")
        self.assertEqual(list(self.rooms), ["the-captain"])

    def test_a_missing_room_is_none(self):
        self.assertIsNone(self.rooms.get("nowhere"))
        with self.assertRaises(KeyError):
            self.rooms["nowhere"]
