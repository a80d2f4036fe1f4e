"""The parrot's rules, and the contract of translators."""

import os
import re
from unittest import TestCase

from piratechat_parrot import Parrot, in_parrot

from piratechat.testing import TranslatorContract

#: The occasional cry at the end
CRY = re.compile(r" (Squawk!|Rrawk!|Pieces of eight!)(?=\s*$)")


class TheParrotIsATranslator(TranslatorContract, TestCase):
    module = "piratechat_parrot"

    def make(self):
        return Parrot()


class TheParrot(TestCase):
    def assertSays(self, said, spoken):
        self.assertEqual(CRY.sub("", in_parrot(said)), spoken)

    def test_the_first_r_of_a_word_is_rolled(self):
        self.assertSays("a ruby from Peru for you, dear", "a rruby frrom Perru forr you, dearr")
        self.assertSays("hurry, a terrier", "hurrry, a terrrier")

    def test_case_is_preserved(self):
        self.assertSays("Rum, RUM", "Rrum, RRUM")

    def test_the_last_words_are_repeated(self):
        self.assertSays("This is good.", "This is good. Is good!")
        self.assertSays("Where is the hotel?", "Wherre is the hotel? The hotel?")
        self.assertSays("Run!", "Rrun! Rrun!")
        self.assertSays("Wait...", "Wait... Wait!")

    def test_repetition_stops_at_a_comma(self):
        self.assertSays("Hello, Ada!", "Hello, Ada! Ada!")

    def test_sentences_are_not_interrupted(self):
        self.assertSays("well I never", "well I neverr")
        self.assertSays("and then:", "and then:")

    def test_occasional_cries_depend_on_the_text_alone(self):
        said = [f"Land number {name}." for name in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
        heard = [in_parrot(line) for line in said]
        cries = [line for line in heard if CRY.search(line)]
        self.assertLess(0, len(cries))
        self.assertLess(len(cries), len(said) // 2)
        self.assertEqual([in_parrot(line) for line in said], heard)

    def test_every_language_is_supported(self):
        self.assertSays("Très bon. Où est la mer?", "Trrès bon. Où est la merr? La merr?")
        self.assertSays("Всё хорошо.", "Всё хорошо. Всё хорошо!")

    def test_examples_in_the_description_are_correct(self):
        with open(os.path.join(os.path.dirname(__file__), "README.md")) as file:
            rows = re.findall(r"^\| (\w.*) \| (.*) \|$", file.read(), re.MULTILINE)
        self.assertGreater(len(rows), 3)
        for said, read in rows[1:]:
            self.assertEqual(in_parrot(said), read)

    def test_only_words_change(self):
        for said in ("error.py", "and/or", "for_each", "r2d2", "std::ref", "--dry-run", "It costs 3.50.", "...!?", ""):
            self.assertSays(said, said)

    def test_white_space_is_preserved(self):
        self.assertSays("  see  here\t", "  see  herre\t")
        self.assertSays("  All is well. \n", "  All is well. Is well! \n")
