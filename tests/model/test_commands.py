"""What can be done in a room: by its owner, and by others."""

import unittest

from piratechat.errors import CommandRejected
from piratechat.model.chat import Chat
from piratechat.model.commands import (
    MAX_BULK,
    Change,
    Claim,
    Done,
    Mute,
    Remove,
    RemoveMany,
    Restore,
    RestoreMany,
    Say,
    Unmute,
    checked_changes,
)
from piratechat.model.events import Changed, Logged, Muted, Named, Removed, RemovedMany, Unmuted, Updated
from piratechat.model.moderation_log import MAX_ENTRIES, LogEntry
from piratechat.model.nonces import Nonces

NOW = 1_800_000_000_000
SLUG = "captain"


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.room = Chat().rooms.open("Captain", "captain")
        self.nonces = Nonces(lambda: 0.0)
        self.room.names.claim("Ada", "ada")
        self.said = self.do(Say(SLUG, "ada", "Ahoy")).events[0]

    def do(self, command, now=NOW):
        self.assertEqual(command.slug, SLUG)
        return command.perform(self.room, now, self.nonces)

    def told(self, command):
        """Do `command`, and return what others than the owner hear of it."""
        return [event for event in self.do(command).events if not isinstance(event, Logged)]

    def assertRefused(self, code, command, now=NOW):
        before = self.state()
        with self.assertRaises(CommandRejected) as caught:
            self.do(command, now)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual(self.state(), before, "what is refused changes nothing")

    def state(self):
        room = self.room
        return (
            room.messages(0, 100),
            sorted(room.names.all()),
            [room.names.of(visitor) for visitor in ("captain", "ada", "eve")],
            (room.title, room.translator, room.read_only, room.slow, list(room.removed)),
            room.moderation_log,
            list(room.changes.forward(0, 1000)),
        )


class Claiming(CommandTest):
    def test_a_name_is_taken(self):
        self.assertEqual(self.do(Claim(SLUG, "eve", "Eve")), Done((Named("eve", "Eve"),), name="Eve"))
        self.assertEqual(self.do(Claim(SLUG, "eve", "Eve")), Done(name="Eve"))
        owners = (Named("captain", "Hook"), Changed({"owner": "Hook"}, 1))
        self.assertEqual(self.do(Claim(SLUG, "captain", "Hook")).events, owners)
        self.assertEqual(self.room.names.of("eve"), "Eve")

    def test_another_ones_is_not(self):
        self.assertRefused("name-taken", Claim(SLUG, "eve", "ADA"))
        self.assertRefused("name-taken", Claim(SLUG, "eve", "Captain"))


class Saying(CommandTest):
    def test_readers_hear_of_it(self):
        done = self.do(Say(SLUG, "ada", "Where is the rum?", "n1"))
        self.assertEqual(done.events, (self.room.message(2),))
        self.assertEqual((done.repeated, done.name), (None, None))

    def test_a_name_can_be_told_with_it(self):
        done = self.do(Say(SLUG, "eve", "Hello", name="Eve"))
        self.assertEqual((done.events[0], done.events[1].author, done.name), (Named("eve", "Eve"), "Eve", "Eve"))

    def test_it_needs_a_name(self):
        self.assertRefused("name-needed", Say(SLUG, "eve", "Hello"))

    def test_the_name_of_another_is_refused_with_what_was_said(self):
        self.assertRefused("name-taken", Say(SLUG, "eve", "Hello", name="Ada"))

    def test_who_may_not_speak_takes_no_name(self):
        self.do(Change(SLUG, "captain", {"read_only": True}))
        self.assertRefused("read-only", Say(SLUG, "eve", "Hello", name="Eve"))

    def test_who_is_too_fast_takes_no_name(self):
        self.do(Change(SLUG, "captain", {"slow": 10}))
        self.do(Say(SLUG, "ada", "one"))
        self.assertRefused("rate-limited", Say(SLUG, "ada", "two", name="Countess"), NOW + 1)

    def test_what_is_repeated_is_told_again_and_not_kept_again(self):
        first = self.do(Say(SLUG, "ada", "once", "n1")).events[0]
        done = self.do(Say(SLUG, "ada", "once", "n1"), NOW + 1)
        self.assertEqual((done.events, done.repeated), ((), first))
        self.assertEqual(self.room.log.last, first.seq)

    def test_what_is_repeated_is_no_haste(self):
        self.do(Change(SLUG, "captain", {"slow": 10}))
        first = self.do(Say(SLUG, "ada", "once", "n1")).events[0]
        self.assertEqual(self.do(Say(SLUG, "ada", "once", "n1"), NOW + 1).repeated, first)

    def test_of_what_was_removed_the_text_is_not_told_again(self):
        seq = self.do(Say(SLUG, "ada", "once", "n1")).events[0].seq
        self.do(Remove(SLUG, "captain", seq))
        repeated = self.do(Say(SLUG, "ada", "once", "n1"), NOW + 1).repeated
        self.assertEqual((repeated.text, repeated.removed), ("", True))


class RemovingAndRestoring(CommandTest):
    def test_the_owner_hides_and_shows(self):
        self.assertEqual(self.told(Remove(SLUG, "captain", 1)), [Removed(1, 1)])
        self.assertEqual(self.room.message(1).text, "")
        self.assertEqual(self.told(Restore(SLUG, "captain", 1)), [Updated(self.said, 2)])
        self.assertEqual(self.room.message(1), self.said)

    def test_readers_hear_of_it_once(self):
        self.assertEqual(self.do(Restore(SLUG, "captain", 1)), Done())
        self.do(Remove(SLUG, "captain", 1))
        self.assertEqual(self.do(Remove(SLUG, "captain", 1)), Done())

    def test_others_may_not_not_even_with_their_own_words(self):
        self.assertRefused("not-allowed", Remove(SLUG, "ada", 1))
        self.do(Remove(SLUG, "captain", 1))
        self.assertRefused("not-allowed", Restore(SLUG, "ada", 1))

    def test_there_must_be_such_a_message(self):
        self.assertRefused("bad-message", Remove(SLUG, "captain", 2))
        self.assertRefused("bad-message", Restore(SLUG, "captain", 0))


class Many(CommandTest):
    def setUp(self):
        super().setUp()
        for number in range(2, 6):
            self.do(Say(SLUG, "ada", f"number {number}"))

    def test_what_is_done_at_once_is_one_change(self):
        self.do(Remove(SLUG, "captain", 2))
        done = self.do(RemoveMany(SLUG, "captain", [4, 2, 1, 4]))
        logged = Logged("captain", LogEntry(NOW, "removed_many", (2, 2)))
        self.assertEqual(done, Done((RemovedMany((1, 4), 2), logged), rev=2))
        self.assertEqual([seq for seq in range(1, 6) if self.room.message(seq).removed], [1, 2, 4])
        done = self.do(RestoreMany(SLUG, "captain", [1, 3, 4]))
        self.assertEqual([event.rev for event in done.events[:-1]], [3, 3])
        self.assertEqual([event.message for event in done.events[:-1]], [self.room.message(1), self.room.message(4)])
        self.assertEqual(done.events[-1].entry, LogEntry(NOW, "restored_many", (2, 3)))
        self.assertEqual((self.room.rev, done.rev), (3, 3))
        self.assertEqual([change.subject for change in self.room.changes.forward(0, 9)], [2, (1, 4), (1, 4)])

    def test_of_what_is_done_already_nobody_hears(self):
        self.assertEqual(self.do(RestoreMany(SLUG, "captain", [1, 2])), Done())
        self.assertEqual(self.do(RemoveMany(SLUG, "captain", [])), Done())
        self.assertEqual(self.room.rev, 0)

    def test_all_or_none(self):
        self.assertRefused("bad-message", RemoveMany(SLUG, "captain", [1, 2, 6]))
        self.assertRefused("bad-message", RemoveMany(SLUG, "captain", [1] * (MAX_BULK + 1)))
        self.assertRefused("bad-message", RestoreMany(SLUG, "captain", [0]))

    def test_others_may_not(self):
        for by in ("owner", "author"):
            self.assertRefused("not-allowed", RemoveMany(SLUG, "ada", [1], by=by))
            self.assertRefused("not-allowed", RestoreMany(SLUG, "ada", [1], by=by))

    def test_the_operator_may(self):
        done = self.do(RemoveMany(SLUG, "", [1, 2], by="operator"))
        self.assertEqual(done.events[0], RemovedMany((1, 2), 1, "operator"))
        self.assertEqual(self.room.removed[1], "operator")
        self.assertIsNone(next(self.room.changes.forward(0, 1)).participant)


class Numbering(CommandTest):
    """What all readers are told takes a `rev`, and nothing else."""

    def revs(self, *commands):
        return [self.do(command).rev for command in commands]

    def test_what_all_are_told(self):
        commands = (
            Remove(SLUG, "captain", 1),
            Restore(SLUG, "captain", 1),
            Change(SLUG, "captain", {"slow": 1, "title": "B"}),
        )
        self.assertEqual(self.revs(*commands), [1, 2, 3])
        found = list(self.room.changes.forward(0, 9))
        number = self.room.names.participant("captain")
        self.assertEqual(
            [tuple(change) for change in found],
            [
                (1, NOW, "removed", 1, 1, number),
                (2, NOW, "restored", 1, 1, number),
                (3, NOW, "room", ("slow", "title"), 1, number),
            ],
        )

    def test_what_only_some_hear_or_nobody(self):
        commands = (
            Say(SLUG, "ada", "x"),
            Claim(SLUG, "ada", "Countess"),
            Mute(SLUG, "captain", "Countess"),
            Unmute(SLUG, "captain", "Countess"),
            Restore(SLUG, "captain", 1),
            Change(SLUG, "captain", {"slow": 0}),
        )
        self.assertEqual(self.revs(*commands), [None] * 6)
        self.assertEqual(self.room.rev, 0)
        self.assertNotIn("_changes", vars(self.room), "nothing is stored for a room without changes")

    def test_the_owner_is_called_otherwise(self):
        self.do(Say(SLUG, "captain", "it is me", name="Hook"))
        self.assertEqual([change.subject for change in self.room.changes.forward(0, 9)], [("owner",)])


class Muting(CommandTest):
    def test_the_owner_mutes_and_unmutes(self):
        self.assertEqual(self.told(Mute(SLUG, "captain", "Ada")), [Muted("ada")])
        self.assertRefused("muted", Say(SLUG, "ada", "But"))
        self.assertEqual(self.told(Unmute(SLUG, "captain", "Ada")), [Unmuted("ada")])
        self.do(Say(SLUG, "ada", "Thanks"))

    def test_they_hear_of_it_once(self):
        self.assertEqual(self.do(Unmute(SLUG, "captain", "Ada")), Done())
        self.do(Mute(SLUG, "captain", "Ada"))
        self.assertEqual(self.do(Mute(SLUG, "captain", "Ada")), Done())

    def test_any_name_of_theirs_will_do(self):
        self.do(Claim(SLUG, "ada", "Countess"))
        self.do(Mute(SLUG, "captain", "ADA"))
        self.assertRefused("muted", Say(SLUG, "ada", "But"))
        self.assertRefused("muted", Say(SLUG, "ada", "But", name="Fresh"))

    def test_others_may_not(self):
        self.assertRefused("not-allowed", Mute(SLUG, "ada", "Captain"))
        self.assertRefused("not-allowed", Unmute(SLUG, "ada", "Ada"))

    def test_owners_do_not_mute_themselves(self):
        self.assertRefused("not-allowed", Mute(SLUG, "captain", "Captain"))

    def test_there_must_be_somebody_of_that_name(self):
        self.assertRefused("bad-message", Mute(SLUG, "captain", "Nobody"))
        self.assertRefused("bad-message", Unmute(SLUG, "captain", "Nobody"))


class Changing(CommandTest):
    def test_the_owner_changes_the_room(self):
        values = {"title": "The Cabin", "translator": "pirate", "read_only": True, "slow": 5}
        self.assertEqual(self.told(Change(SLUG, "captain", values)), [Changed(values, 1)])
        room = self.room
        self.assertEqual((room.title, room.translator, room.read_only, room.slow), ("The Cabin", "pirate", True, 5))

    def test_readers_hear_of_what_is_new(self):
        self.do(Change(SLUG, "captain", {"slow": 5}))
        self.assertEqual(
            self.told(Change(SLUG, "captain", {"slow": 5, "read_only": True})), [Changed({"read_only": True}, 2)]
        )
        self.assertEqual(self.do(Change(SLUG, "captain", {"slow": 5})), Done())

    def test_others_may_not(self):
        self.assertRefused("not-allowed", Change(SLUG, "ada", {"title": "Mine"}))


class WhatTheOwnerDid(CommandTest):
    def test_it_is_remembered_the_newest_first(self):
        for number, command in enumerate(
            (
                Change(SLUG, "captain", {"title": "The Cabin", "slow": 5}),
                Mute(SLUG, "captain", "Ada"),
                Unmute(SLUG, "captain", "Ada"),
                Remove(SLUG, "captain", 1),
                Restore(SLUG, "captain", 1),
            )
        ):
            self.do(command, NOW + number)
        self.assertEqual(
            self.room.moderation_log,
            [
                LogEntry(NOW + 4, "restored", 1),
                LogEntry(NOW + 3, "removed", 1),
                LogEntry(NOW + 2, "unmuted", "Ada"),
                LogEntry(NOW + 1, "muted", "Ada"),
                LogEntry(NOW, "slow", 5, 0),
                LogEntry(NOW, "title", "The Cabin", "Captain"),
            ],
        )

    def test_the_owner_hears_of_it(self):
        done = self.do(Remove(SLUG, "captain", 1))
        self.assertEqual(done.events, (Removed(1, 1), Logged("captain", LogEntry(NOW, "removed", 1))))

    def test_what_changes_nothing_is_not_logged(self):
        self.do(Change(SLUG, "captain", {"slow": 0}))
        self.do(Restore(SLUG, "captain", 1))
        self.do(Unmute(SLUG, "captain", "Ada"))
        self.assertEqual(self.room.moderation_log, [])

    def test_what_is_old_is_forgotten(self):
        for pause in range(1, MAX_ENTRIES + 11):
            self.do(Change(SLUG, "captain", {"slow": pause}))
        self.assertEqual(len(self.room.moderation_log), MAX_ENTRIES)
        self.assertEqual(
            (self.room.moderation_log[0].value, self.room.moderation_log[-1].value), (MAX_ENTRIES + 10, 11)
        )

    def test_rooms_older_than_the_moderation_log_have_an_empty_one(self):
        self.room.__dict__.pop("_moderation_log", None)
        self.assertEqual(self.room.moderation_log, [])
        self.do(Remove(SLUG, "captain", 1))
        self.assertEqual(len(self.room.moderation_log), 1)


class CheckedChanges(unittest.TestCase):
    def check(self, values):
        return checked_changes(values, ("pirate", "original"))

    def test_what_makes_sense_is_taken(self):
        for values in (
            {"title": "The Cabin"},
            {"translator": None},
            {"translator": "original"},
            {"read_only": False},
            {"slow": 0},
            {"slow": 3600},
            {"slow": 1, "read_only": True},
        ):
            with self.subTest(values=values):
                self.assertEqual(self.check(values), values)

    def test_a_title_is_tidied(self):
        self.assertEqual(self.check({"title": "  The \n Cabin "}), {"title": "The Cabin"})

    def test_the_rest_is_refused(self):
        for values in (
            {},
            {"owner": "eve"},
            {"slow": 1, "owner": "eve"},
            {"__class__": "x"},
            {"log": None},
            {"title": ""},
            {"title": None},
            {"title": "a\u202eb"},
            {"translator": "klingon"},
            {"translator": 1},
            {"translator": ["pirate"]},
            {"translator": {}},
            {"read_only": "yes"},
            {"read_only": 1},
            {"read_only": None},
            {"slow": -1},
            {"slow": 3601},
            {"slow": 1.5},
            {"slow": True},
            {"slow": "5"},
            {"slow": None},
        ):
            with self.subTest(values=values), self.assertRaises(CommandRejected) as caught:
                self.check(values)
            self.assertEqual(caught.exception.code, "bad-message")
            self.assertIn(caught.exception.field, (None, *values))
        with self.assertRaises(CommandRejected) as caught:
            self.check({"title": "x" * 81})
        self.assertEqual((caught.exception.code, caught.exception.field), ("too-long", "title"))
