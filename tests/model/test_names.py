"""Visitors' names in a room."""

import unittest

from piratechat.errors import CommandRejected
from piratechat.model.names import NAMES_OF_A_VISITOR, Names


class NamesTest(unittest.TestCase):
    def setUp(self):
        self.names = Names()

    def assertRefused(self, code, name, visitor):
        with self.assertRaises(CommandRejected) as caught:
            self.names.claim(name, visitor)
        self.assertEqual(caught.exception.code, code)


class Claims(NamesTest):
    def test_who_has_not_told_a_name_has_none(self):
        self.assertIsNone(self.names.of("ada"))
        self.assertIsNone(self.names.owner("Ada"))

    def test_a_name_belongs_to_the_first(self):
        self.assertTrue(self.names.claim("Ada", "ada"))
        self.assertEqual(self.names.of("ada"), "Ada")
        self.assertEqual(self.names.owner("Ada"), "ada")
        self.assertRefused("name-taken", "Ada", "eve")
        self.assertIsNone(self.names.of("eve"))

    def test_so_do_those_that_look_like_it(self):
        self.names.claim("Ada Hill", "ada")
        for name in (
            "ADA HILL",
            "ada hi11",
            "\u0410da Hill",
            "Ada\u00a0HiII",
            "A\u200dda Hill",
            "\uff21\uff24\uff21 Hill",
        ):
            with self.subTest(name=ascii(name)):
                self.assertRefused("name-taken", name, "eve")
                self.assertEqual(self.names.owner(name), "ada")

    def test_ones_own_name_again_is_nothing_new(self):
        self.names.claim("Ada", "ada")
        self.assertFalse(self.names.claim("Ada", "ada"))
        self.assertEqual(list(self.names.all()), [("Ada", False)])

    def test_ones_own_name_may_be_written_otherwise(self):
        self.names.claim("ada", "ada")
        self.assertTrue(self.names.claim("Ada", "ada"))
        self.assertEqual(self.names.of("ada"), "Ada")
        self.assertEqual(list(self.names.all()), [("Ada", False)])


class SeveralNames(NamesTest):
    def setUp(self):
        super().setUp()
        self.taken = [f"Ada the {ordinal}" for ordinal in ("First", "Second", "Third", "Fourth", "Fifth")]
        self.assertEqual(len(self.taken), NAMES_OF_A_VISITOR)
        for name in self.taken:
            self.names.claim(name, "ada")

    def test_the_last_one_counts(self):
        self.assertEqual(self.names.of("ada"), "Ada the Fifth")

    def test_all_of_them_stay_ones_own(self):
        for name in self.taken:
            self.assertRefused("name-taken", name, "eve")
            self.assertEqual(self.names.owner(name), "ada")

    def test_there_are_no_more_than_five(self):
        self.assertRefused("not-allowed", "Ada the Sixth", "ada")
        self.assertEqual(self.names.of("ada"), "Ada the Fifth")
        self.assertIsNone(self.names.owner("Ada the Sixth"))

    def test_going_back_to_one_takes_no_more(self):
        for name in (*self.taken, *self.taken, "ADA THE FIRST"):
            self.names.claim(name, "ada")
        self.assertEqual(self.names.of("ada"), "ADA THE FIRST")
        self.assertRefused("not-allowed", "Ada the Sixth", "ada")

    def test_others_have_five_of_their_own(self):
        self.assertTrue(self.names.claim("Ada the Sixth", "bob"))


class Mute(NamesTest):
    def test_it_is_about_visitors_whatever_they_are_called(self):
        self.names.claim("Eve", "eve")
        self.names.claim("Evil Eve", "eve")
        self.names.claim("Ada", "ada")
        self.names.mute("eve")
        self.assertTrue(self.names.is_muted("eve"))
        self.assertFalse(self.names.is_muted("ada"))
        self.assertEqual(list(self.names.muted()), ["eve"])
        self.assertEqual(sorted(self.names.all()), [("Ada", False), ("Eve", True), ("Evil Eve", True)])

    def test_it_can_be_taken_back(self):
        self.names.mute("eve")
        self.names.mute("eve")
        self.names.unmute("eve")
        self.assertFalse(self.names.is_muted("eve"))
        self.assertEqual(list(self.names.muted()), [])

    def test_who_is_not_muted_can_be_unmuted(self):
        self.names.unmute("ada")
        self.assertFalse(self.names.is_muted("ada"))
