"""Mentions: an @ and the longest matching name of a participant, in any script."""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from piratechat.model.mentions import MAX_SIGNS, mentions
from piratechat.model.names import Names
from piratechat.model.text import skeleton

NAMES = ("Ada", "Ada Lovelace", "Bo", "田中", "สมชาย", "민수", "Żółw", "Иван Грозный", "محمد", "Ann-Marie", "Bern")


def names_of(*names):
    found = Names()
    for name in names:
        found.claim(name, f"visitor {name}")
    return found


class Mentions(unittest.TestCase):
    names = names_of(*NAMES)

    def found(self, text, names=None):
        return [(text[start:end], name) for start, end, name in mentions(text, names or self.names)]

    def test_a_name_after_the_sign(self):
        for text, typed, name in (
            ("@Ada ahoy", "@Ada", "Ada"),
            ("ahoy @ada!", "@ada", "Ada"),
            ("(@Bo)", "@Bo", "Bo"),
            ("@Ann-Marie, ahoy", "@Ann-Marie", "Ann-Marie"),
            ("@Ada's ship", "@Ada", "Ada"),
            ("\uff20Ada", "\uff20Ada", "Ada"),
            ("@żółw", "@żółw", "Żółw"),
            ("@محمد مرحبا", "@محمد", "محمد"),
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), [(typed, name)])

    def test_the_longest_one(self):
        self.assertEqual(self.found("@Ada Lovelace and @Ada"), [("@Ada Lovelace", "Ada Lovelace"), ("@Ada", "Ada")])
        self.assertEqual(self.found("@ada lovelace"), [("@ada lovelace", "Ada Lovelace")])
        self.assertEqual(self.found("@AdaLovelace"), [("@AdaLovelace", "Ada Lovelace")])
        self.assertEqual(self.found("@Ada Love"), [("@Ada", "Ada")])
        self.assertEqual(self.found("@иван грозный идёт"), [("@иван грозный", "Иван Грозный")])
        self.assertEqual(self.found("@Ada\nLovelace"), [("@Ada", "Ada")])

    def test_scripts_without_spaces(self):
        self.assertEqual(self.found("私は@田中さんと"), [("@田中", "田中")])
        self.assertEqual(self.found("@สมชายสวัสดี"), [("@สมชาย", "สมชาย")])
        self.assertEqual(self.found("@민수님"), [("@민수", "민수")])

    def test_texts_without_mentions(self):
        for text in ("@Adam", "@A da ahoy", "ada@ada.org", "x@Ada", "@ Ada", "@", "@@", "Ada", "@Ad\u0430\u0301",
                     "@nobody", "`@Ada`", "```\n@Ada\n```", "https://example.org/@Ada", "@Ada_",
                     "@Bernd", "@Ada1"):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.found(text), [])

    def test_positions_are_in_code_points(self):
        self.assertEqual(mentions("🦜🦜 @Bo", self.names), ((3, 6, "Bo"),))

    def test_the_number_of_mentions_is_limited(self):
        self.assertEqual(len(self.found("@Bo " * 30)), MAX_SIGNS)
        self.assertEqual(self.found("@x " * MAX_SIGNS + "@Bo"), [])

    def test_the_owners_spelling_is_used(self):
        names = names_of("ADA")
        self.assertEqual(self.found("@ada", names), [("@ada", "ADA")])

    @given(st.lists(st.text("abAB íа", min_size=1, max_size=6), max_size=8), st.text("abAB íа@.", max_size=20))
    def test_lookups_find_the_same_as_a_search_of_all_names(self, wanted, text):
        wanted = {skeleton(name): name for name in wanted if skeleton(name)}
        names = names_of(*wanted.values())
        looks = skeleton(text)
        longest = max((look for look in wanted if looks.startswith(look)), key=len, default=None)
        self.assertEqual(names.longest_look(looks), longest)
        for start, end, name in mentions(text, names):
            self.assertEqual(skeleton(text[start + 1 : end]), skeleton(name))
