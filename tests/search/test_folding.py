"""Folding of words for the search."""

import sqlite3
import unicodedata
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from piratechat.search.folding import MAX_TOKEN, folded, tokens

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


class Folding(TestCase):
    def test_languages(self):
        for text, expected in [
            ("Größe, STRASSE, Straße", "grosse strasse strasse"),
            ("İSTANBUL ISPARTA \u0131sparta", "istanbul isparta isparta"),
            ("東京タワー", "東 京 タ ワ ー"),
            ("你好 world", "你 好 world"),
            ("ผู้ชาย", "ผ ู ้ ช า ย"),
            ("مُحَمَّد مـــرحبا", "محمد مرحبا"),
            ("שָׁלוֹם", "שלום"),
            ("ﬁnal Ⅷ ½", "final viii 1 2"),
            ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
            ("smørrebrød Łódź œuvre", "smorrebrod lodz oeuvre"),
            ("👍🏽 ❤️ ❤ 👩‍👧", "👍 ❤ ❤ 👩 👧"),
            ("don't x_y a\"b -c* NEAR(", "don t x y a b c near"),
            ("ﾃﾞｽｸ", folded("デスク")),
            ("soft\xadhyphen zero\u200bwidth \u202eright", "softhyphen zerowidth right"),
            ("हिन्दी", unicodedata.normalize("NFD", "हिन्दी")),
            ("", ""),
            ("...!?", ""),
        ]:
            self.assertEqual(folded(text), expected, text)

    @given(TEXTS)
    def test_composed_and_decomposed_accents_are_equal(self, text):
        self.assertEqual(folded(unicodedata.normalize("NFD", text)), folded(unicodedata.normalize("NFC", text)))

    @given(TEXTS)
    def test_tokens_are_those_of_the_folded_text_in_order(self, text):
        found = tokens(text)
        self.assertEqual(" ".join(token.text for token in found), folded(text))
        places = [place for token in found for place in (token.start, token.end)]
        for token in found:
            self.assertLess(token.start, token.end)
            self.assertLessEqual(token.end, len(text))
        self.assertEqual([start for start, *_ in zip(places[::2], strict=True)], sorted(places[::2]))

    @given(TEXTS)
    def test_folding_is_idempotent(self, text):
        self.assertEqual(folded(folded(text)), folded(text))

    @given(TEXTS)
    def test_sqlite_finds_the_same_tokens(self, text):
        connection = sqlite3.connect(":memory:")
        self.addCleanup(connection.close)
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'ascii')")
        connection.execute("CREATE VIRTUAL TABLE found USING fts5vocab(words, 'instance')")
        connection.execute("INSERT INTO words VALUES (?)", (folded(text),))
        rows = connection.execute("SELECT term FROM found ORDER BY offset").fetchall()
        connection.close()
        self.assertEqual([term for (term,) in rows], folded(text).split())

    def test_long_words_are_truncated(self):
        self.assertEqual(folded("x" * 1000), "x" * MAX_TOKEN)
        (token,) = tokens("é" * 1000)
        self.assertEqual((token.text, token.start, token.end), ("e" * MAX_TOKEN, 0, 1000))
