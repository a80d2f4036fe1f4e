"""All translations in corpus.txt are correct."""

import unittest

from piratechat.translators.builtin.pirate import in_pirate
from tests.support.corpus import CORPUS, entries


class Corpus(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        with open(CORPUS, encoding="utf-8", newline="\n") as file:
            self.entries = list(entries(file.read().split("\n")))

    def test_every_translation_is_correct(self):
        for number, said, read in self.entries:
            with self.subTest(f"corpus.txt, line {number}: {said}"):
                self.assertEqual(in_pirate(said), read)

    def test_there_are_no_duplicates(self):
        said = [said for _number, said, _read in self.entries]
        self.assertEqual(sorted(text for text in set(said) if said.count(text) > 1), [])

    def test_the_corpus_has_enough_lines(self):
        self.assertGreater(len(self.entries), 200)


class TheFile(unittest.TestCase):
    def test_has_entries_of_several_lines(self):
        self.assertEqual(
            list(entries(["# remark", "## Title", "", "< one", "< two", "> eins", "> zwei", "", "< three", "> drei"])),
            [(4, "one\ntwo", "eins\nzwei"), (9, "three", "drei")],
        )

    def test_errors_name_the_line(self):
        for lines in (
            ["> read"],
            ["< said"],
            ["< said", "", "> read"],
            ["said"],
            ["< said", "> read", "< said"],
            ["<said"],
        ):
            with self.subTest(lines), self.assertRaisesRegex(ValueError, "line [123]"):
                list(entries(lines))
