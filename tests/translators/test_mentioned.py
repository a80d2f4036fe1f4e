"""Names mentioned in a message are not translated, and their ends are detected."""

import unittest

from piratechat.translation import Translated
from piratechat.translators.builtin.pirate import Pirate
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.cache import key_of
from piratechat.translators.text.masking import mask
from piratechat.translators.text.protected_spans import mentioning, split
from tests.support.engines import BackEnd, Outcomes, engine

TEXT = "@Yes My Friend said hello to @田中さん"
MENTIONS = ((0, 14, "Yes My Friend"), (29, 32, "田中"))


class Mentioned(unittest.TestCase):
    text = mentioning(TEXT, MENTIONS)

    def test_mentions_are_marks(self):
        found = split(self.text)
        self.assertEqual([piece for is_mark, piece in found if is_mark], ["@Yes My Friend", "@田中"])
        self.assertEqual("".join(piece for _is_mark, piece in found), TEXT)
        self.assertEqual(
            [piece for is_mark, piece in split(TEXT) if is_mark], ["@Yes", "@田中"], "there is no such name"
        )

    def test_mentions_next_to_links_and_formatting(self):
        text = mentioning("*see* @Ada L https://example.org `x`", ((6, 12, "Ada L"),))
        self.assertIn((True, "@Ada L"), split(text))
        self.assertEqual("".join(piece for _is_mark, piece in split(text)), text)

    def test_in_the_query_of_an_address(self):
        text = mentioning("ask mailto:ada@a.org?cc=@Ada L", ((24, 30, "Ada L"),))
        self.assertEqual(list(split(text)), [(False, "ask "), (True, "mailto:ada@a.org?cc="), (True, "@Ada L")])

    def test_translators_of_every_masking_keep_mentions(self):
        for masking in ("split", "tags", "own"):
            with self.subTest(masking):
                masked = mask(self.text, masking)
                self.assertFalse([piece for piece in masked.pieces if "Friend" in piece or "田中" in piece])
                self.assertEqual(masked.restore(masked.pieces), TEXT)

    def test_a_text_without_mentions_is_unchanged(self):
        self.assertIs(mentioning(TEXT, ()), TEXT)

    def test_the_same_text_with_other_mentions_is_another(self):
        self.assertNotEqual(key_of("a", BackEnd(), None, TEXT), key_of("a", BackEnd(), None, self.text))
        self.assertEqual(key_of("a", BackEnd(), None, TEXT)[:16], key_of("a", BackEnd(), None, self.text)[:16])

    def test_in_line(self):
        reading = engine()
        plain, kept = (reading.read({"pirate": Pirate()}, "pirate", Asked(text)) for text in (TEXT, self.text))
        self.assertNotIn("Yes My Friend", plain.text)
        self.assertTrue(kept.text.startswith("@Yes My Friend"), kept)
        self.assertIn("@田中", kept.text)

    def test_by_a_back_end(self):
        translator, ear = BackEnd(), Outcomes()
        engine().read({"test": translator}, "test", Asked(self.text), ear)
        self.assertEqual(ear.wait(), [Translated("@Yes My Friend SAID HELLO TO @田中さん")])
