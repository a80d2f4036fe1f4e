"""Word lists, from the ini file to the translation."""

import os
import tempfile
from unittest import TestCase

from piratechat_wordlist import MOST, WordList, from_options

from piratechat.testing import TranslatorContract, options

WORDS = {"hello": "good move", "bye": "checkmate", "it's": "'tis"}


class AWordListIsATranslator(TranslatorContract, TestCase):
    module = "piratechat_wordlist"

    def make(self):
        return WordList("club", "Chess club", WORDS)


class Words(TestCase):
    def assertReads(self, said, read):
        (outcome,) = WordList("club", "Chess club", WORDS).translate([said])
        self.assertEqual(outcome.text, read)

    def test_words_are_replaced(self):
        self.assertReads("hello, all - and bye!", "good move, all - and checkmate!")
        self.assertReads("it's me", "'tis me")

    def test_replacements_keep_the_case(self):
        self.assertReads("Hello! BYE!", "Good move! CHECKMATE!")

    def test_parts_of_words_are_not_replaced(self):
        self.assertReads("hellos good-bye bye_bye", "hellos good-bye bye_bye")

    def test_each_list_has_its_own_version(self):
        versions = {WordList("club", "Club", words).version for words in ({}, WORDS, {"bye": "mate"})}
        self.assertEqual(len(versions), 3)
        self.assertEqual(WordList("club", "Club", dict(reversed(WORDS.items()))).version, self.version())

    def version(self):
        return WordList("another", "Another club", WORDS).version


class TheIniFile(TestCase):
    def setUp(self):
        self.path = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "club.txt")

    def options(self, **values):
        return options("club", **values)

    def made(self, text, **values):
        with open(self.path, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        return from_options(self.options(words=self.path, **values))

    def test_words_are_read_from_a_file(self):
        club = self.made("# ours\n\nhello = good move\n  bye=checkmate\nit's = 'tis\n", title="Chess club")
        self.assertEqual((club.name, club.title), ("club", "Chess club"))
        self.assertEqual(club.version, WordList("club", "", WORDS).version)

    def test_the_default_title_is_the_name(self):
        self.assertEqual(self.made("").title, "Club")

    def test_errors_name_the_setting_and_the_line(self):
        setting = r"^piratechat\.translator\.club\.words "
        for text, words in [
            ("hello = good move\nbye\n", "line 2 must be WORD = WORDS"),
            ("Hello = good move\n", "line 1 .* lowercase letters"),
            ("good bye = mate\n", "line 1 must be WORD"),
            (f"hello = {'x' * 81}\n", "line 1 must be WORD"),
            (b"\xff\xfe", "must name a text file"),
            ("#" * (MOST + 1), "more than 1,000,000 characters"),
        ]:
            with self.subTest(words), self.assertRaisesRegex(ValueError, f"{setting}.*{words}"):
                self.made(text)

    def test_a_missing_file_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "words must name a text file"):
            from_options(self.options(words=f"{self.path}.not-there"))
        with self.assertRaisesRegex(ValueError, "words is missing"):
            from_options(self.options())
