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
    def test_visitors_have_no_name_at_first(self):
        self.assertIsNone(self.names.of("ada"))
        self.assertIsNone(self.names.owner("Ada"))

    def test_a_name_belongs_to_the_first(self):
        self.assertTrue(self.names.claim("Ada", "ada"))
        self.assertEqual(self.names.of("ada"), "Ada")
        self.assertEqual(self.names.owner("Ada"), "ada")
        self.assertRefused("name-taken", "Ada", "eve")
        self.assertIsNone(self.names.of("eve"))

    def test_similar_names_belong_to_the_first(self):
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

    def test_claiming_ones_own_name_changes_nothing(self):
        self.names.claim("Ada", "ada")
        self.assertFalse(self.names.claim("Ada", "ada"))
        self.assertEqual(list(self.names.all()), [("Ada", False)])

    def test_the_spelling_of_ones_own_name_can_be_changed(self):
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

    def test_the_last_name_is_used(self):
        self.assertEqual(self.names.of("ada"), "Ada the Fifth")

    def test_all_names_stay_reserved(self):
        for name in self.taken:
            self.assertRefused("name-taken", name, "eve")
            self.assertEqual(self.names.owner(name), "ada")

    def test_five_names_are_the_maximum(self):
        self.assertRefused("not-allowed", "Ada the Sixth", "ada")
        self.assertEqual(self.names.of("ada"), "Ada the Fifth")
        self.assertIsNone(self.names.owner("Ada the Sixth"))

    def test_returning_to_a_name_does_not_count(self):
        for name in (*self.taken, *self.taken, "ADA THE FIRST"):
            self.names.claim(name, "ada")
        self.assertEqual(self.names.of("ada"), "ADA THE FIRST")
        self.assertRefused("not-allowed", "Ada the Sixth", "ada")

    def test_each_visitor_has_five_names(self):
        self.assertTrue(self.names.claim("Ada the Sixth", "bob"))


class Mute(NamesTest):
    def test_a_mute_applies_to_all_names_of_a_visitor(self):
        self.names.claim("Eve", "eve")
        self.names.claim("Evil Eve", "eve")
        self.names.claim("Ada", "ada")
        self.names.mute("eve")
        self.assertTrue(self.names.is_muted("eve"))
        self.assertFalse(self.names.is_muted("ada"))
        self.assertEqual(list(self.names.muted()), ["eve"])
        self.assertEqual(sorted(self.names.all()), [("Ada", False), ("Eve", True), ("Evil Eve", True)])

    def test_a_visitor_can_be_unmuted(self):
        self.names.mute("eve")
        self.names.mute("eve")
        self.names.unmute("eve")
        self.assertFalse(self.names.is_muted("eve"))
        self.assertEqual(list(self.names.muted()), [])

    def test_unmuting_without_a_mute_changes_nothing(self):
        self.names.unmute("ada")
        self.assertFalse(self.names.is_muted("ada"))
