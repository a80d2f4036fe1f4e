"""Search queries."""

import sqlite3
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from piratechat.errors import CommandRejected
from piratechat.search.folding import folded
from piratechat.search.query import MAX_LENGTH, matching, parsed

TYPED = st.text(
    st.one_of(
        st.sampled_from('"*^():-+{} ANDORNEARtextauthor:from:before:after:“”'), st.characters(exclude_categories=["Cs"])
    ),
    max_size=MAX_LENGTH,
)


def found(typed, said):
    return [said[start:end] for start, end in parsed(typed).found(said)]


class Queries(TestCase):
    def test_words_phrases_and_operators(self):
        query = parsed('from:Bo after:2026-01-02 Before:2026-02-03 Straße "Good  morning" harb')
        terms = {(" ".join(term.tokens), term.is_prefix) for term in query.terms}
        self.assertEqual(terms, {("strasse", False), ("good morning", False), ("harb", True)})
        self.assertEqual((query.author, query.until - query.since), ("Bo", 32 * 86_400_000))
        self.assertEqual(parsed('from:"Anne Bonny" ship').author, "Anne Bonny")
        self.assertEqual(parsed("ship", "Bo").author, "Bo")

    def test_matches_are_positions_in_the_text(self):
        for typed, said, expected in [
            ("strasse", "In der STRASSE, Straße", ["STRASSE", "Straße"]),
            ("groß", "die Größe", ["Größe"]),
            ("gro", "die Größe", ["Größe"]),
            ("gr", "die Größe", []),
            ("京", "東京タワー", ["京"]),
            ("東京", "京東、東京", ["東京"]),
            ("京タ", "東京タワー", ["京タ"]),
            ("ชาย", "ผู้ชาย", ["ชาย"]),
            ("مرحبا", "مَرْحَبًا بالجميع", ["مَرْحَبًا"]),
            ("istanbul", "İstanbul", ["İstanbul"]),
            ("👍", "ok 👍🏽!", ["👍"]),
            ('"b c"', "a b, c d; b x c", ["b, c"]),
            ("boat sea", "the sea and the boat", ["sea", "boat"]),
            ("boat sea", "the boat", []),
            ("a a", "a b a", ["a", "a"]),
            ("don't", "I don't", ["don't"]),
            ("cafe", "un cafe\u0301 noir", ["cafe\u0301"]),
        ]:
            self.assertEqual(found(typed, said), expected, (typed, said))

    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.integers(0, 50), st.integers(0, 50))
    def test_parts_of_a_text_are_found(self, said, start, end):
        words = folded(said).split()
        piece = words[start:end][:8]
        if piece:
            places = parsed('"' + " ".join(piece) + '"').found(said) if len(" ".join(piece)) < 190 else [(0, 1)]
            self.assertTrue(places)
            self.assertEqual(places, sorted(places))

    @given(TYPED)
    def test_sqlite_accepts_every_query_and_agrees(self, typed):
        connection = sqlite3.connect(":memory:")
        try:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(text, author, tokenize = 'ascii')")
            for text, author in ((typed, "Bo"), ("text author", typed), ("near or and not", "Bo")):
                connection.execute("INSERT INTO words VALUES (?, ?)", (folded(text), folded(author)))
            try:
                query = parsed(typed)
            except CommandRejected as rejected:
                self.assertEqual(rejected.code, "bad-message")
                return
            rows = connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (matching(query),)).fetchall()
            if not query.author:
                expected = [bool(query.found(text)) for text in (typed, "text author", "near or and not")]
                self.assertEqual([(row,) in rows for row in (1, 2, 3)], expected)
        finally:
            connection.close()

    def test_invalid_queries(self):
        for typed in ("", "...", "from:Bo", "x" * 201, "a b c d e f g h i", '"a" "b" "c" "d" "e"', "x before:soon"):
            with self.assertRaises(CommandRejected, msg=typed) as caught:
                parsed(typed)
            self.assertEqual(caught.exception.code, "bad-message")
