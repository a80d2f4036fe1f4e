"""Short everyday messages: their language is detected by words and letters, and never wrongly."""

import time
import unittest

from piratechat.translators.engine.detection import Languages, found_detector
from piratechat.translators.engine.frequent_words import WORDS
from piratechat.translators.engine.short_texts import MAX_LENGTH, language_by_words
from tests.support.everyday_lines import AMBIGUOUS, KNOWN, OTHERS


def lines(text):
    return [line.strip() for line in text.strip().splitlines()]


class EverydayLines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.detector = found_detector()
        if cls.detector is None:
            raise unittest.SkipTest("py3langid is not installed")
        cls.languages = Languages(cls.detector)

    def test_the_language_of_everyday_lines_is_detected(self):
        for language, text in KNOWN.items():
            self.assertGreater(len(lines(text)), 9)
            for line in lines(text):
                with self.subTest(line):
                    self.assertEqual(self.languages.of(line, None), language)

    def test_ambiguous_lines_are_not_decided(self):
        for line in lines(AMBIGUOUS):
            with self.subTest(line):
                self.assertIsNone(self.languages.of(line, None))

    def test_languages_without_a_list_are_not_mistaken_for_others(self):
        for language, said in OTHERS.items():
            for line in said:
                with self.subTest(line):
                    self.assertNotIn(self.languages.of(line, None), WORDS)
                    self.assertIn(self.languages.of(line, None), (None, language))


class ByWords(unittest.TestCase):
    def test_cyrillic_needs_no_detector(self):
        for language in ("ru", "uk", "bg", "sr", "mk"):
            with self.subTest(language):
                known = [line for line in lines(KNOWN[language]) if Languages(None).of(line, None) == language]
                self.assertGreater(len(known), 9)

    def test_the_detector_must_agree_for_latin_letters(self):
        said = "Hast du den Film gesehen?"
        for guess, language in (("de", "de"), ("nl", None)):
            self.assertEqual(Languages(lambda _text, guess=guess: (guess, 0.3)).of(said, None), language)
        self.assertIsNone(Languages(None).of(said, None))

    def test_a_letter_of_one_language_suffices(self):
        for text, language in (
            ("Їжа", "uk"),
            ("Ўчора", "be"),
            ("Ћао", "sr"),
            ("Ќе", "mk"),
            ("бўлди", None),
            ("Ыы", None),
        ):
            self.assertEqual(language_by_words(text), language)

    def test_one_word_among_many_does_not_suffice(self):
        self.assertEqual(language_by_words("Иван Петров: спасибо"), "ru")
        self.assertIsNone(language_by_words("Иван Петров, Олег Попов: спасибо"))
        self.assertIsNone(language_by_words("привет " * MAX_LENGTH))
        self.assertIsNone(language_by_words(""))
        self.assertIsNone(language_by_words("12:30 !?"))

    def test_the_lists_are_lowercase_words(self):
        for language, words in WORDS.items():
            with self.subTest(language):
                self.assertTrue(60 <= len(words) <= 140, len(words))
                for word in words:
                    self.assertTrue(word.isalpha() and word == word.lower(), word)

    def test_detection_is_fast(self):
        texts = ["слово " * (MAX_LENGTH // 6), "a " * (MAX_LENGTH // 2), "x" * MAX_LENGTH, "й" * MAX_LENGTH]
        for text in texts:
            least = min(self.seconds(text) for _ in range(5))
            self.assertLess(least, 0.002)

    @staticmethod
    def seconds(text):
        begun = time.thread_time()
        language_by_words(text)
        return time.thread_time() - begun
