# ruff: noqa: RUF001, E501 - words of many languages, in tables
"""Detection of a message's language."""

import unittest

from piratechat.errors import CommandRejected
from piratechat.model.text import checked_lang, checked_tag
from piratechat.translators.engine.detection import (
    MIN_CONFIDENCE,
    SAMPLE_LENGTH,
    Languages,
    found_detector,
    is_short,
)

LONG = "The ship is in the harbour, and the captain is asleep."


class Detector:
    """A detector with a fixed result, which records its calls."""

    def __init__(self, language="en", sure=1.0):
        self.answer = language, sure
        self.asked = []

    def __call__(self, text):
        self.asked.append(text)
        if isinstance(self.answer[0], Exception):
            raise self.answer[0]
        return self.answer


class Guessing(unittest.TestCase):
    def test_the_authors_choice_counts(self):
        detector = Detector("en")
        self.assertEqual(Languages(detector).of(LONG, "de"), "de")
        self.assertEqual(detector.asked, [])

    def test_otherwise_the_language_is_detected(self):
        self.assertEqual(Languages(Detector("pt-br")).of(LONG, None), "pt-BR")

    def test_a_detection_must_be_confident(self):
        self.assertIsNone(Languages(Detector("fi", MIN_CONFIDENCE - 0.01)).of(LONG, None))
        self.assertEqual(Languages(Detector("fi", MIN_CONFIDENCE)).of(LONG, None), "fi")

    def test_a_detection_must_be_a_language(self):
        self.assertIsNone(Languages(Detector("not a language")).of(LONG, None))

    def test_without_a_detector_nothing_is_known(self):
        self.assertIsNone(Languages(None).of(LONG, None))

    def test_scripts_of_one_language_suffice_at_any_length(self):
        detector = Detector("en")
        for language, text in (
            ("ja", "明日の会議は三時からです"), ("ja", "了解です"), ("ja", "カラオケ"), ("ja", "会議中"), ("zh", "谢谢"), ("zh", "鲜の味"), ("zh", "你好"), ("ko", "내일 만나요 친구야"), ("ko", "네네"),
            ("th", "สวัสดีครับ"), ("el", "Πού είσαι;"), ("he", "מה שלומך?"), ("hy", "Բարեւ"), ("ka", "გამარჯობა"),
            ("ta", "வணக்கம்"), ("bn", "নমস্কার"), ("my", "မင်္ဂလာပါ"), ("am", "ሰላም"), ("ja", "Python の話です https://example.org"),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(Languages(detector).of(text, None), language)
                self.assertEqual(Languages(None).of(text, None), language)
        self.assertEqual(detector.asked, [])

    def test_one_or_two_letters_of_a_script_do_not_suffice(self):
        for text in (
            "¯\\_(ツ)_/¯ whatever, we go",
            "the π of it",
            "we say ありがとう in such a case, and not more",
        ):
            with self.subTest(text):
                self.assertIsNone(Languages(Detector("fi", 0.1)).of(text, None))

    def test_devanagari_is_hindi_unless_detected_otherwise(self):
        self.assertEqual(Languages(Detector("sa", 0.5)).of("नमस्ते, आप कैसे हैं?", None), "hi")
        self.assertEqual(Languages(None).of("धन्यवाद", None), "hi")
        self.assertEqual(Languages(Detector("mr", 0.9)).of("तू कुठे आहेस मित्रा?", None), "mr")

    def test_fewer_syllabic_letters_suffice(self):
        self.assertFalse(is_short("今天天气很好"))
        self.assertTrue(is_short("谢谢"))
        self.assertIsNone(Languages(Detector("zh", 0.9)).of("了解", None), "the text may be Japanese")

    def test_short_texts_are_not_detected(self):
        detector = Detector("bn")
        for text in (
            "hello",
            "ok",
            "",
            "12345 67890 " * 20,
            "!" * 1000,
            "see https://example.com/a/long/way/to/go",
        ):
            with self.subTest(text=text[:20]):
                self.assertTrue(is_short(text))
                self.assertIsNone(Languages(detector).of(text, None))
        self.assertEqual(detector.asked, [])

    def test_code_and_urls_are_ignored(self):
        detector = Detector()
        Languages(detector).of(f"https://example.com/ein/langer/weg {LONG} `und ein wenig code` @someone", None)
        self.assertEqual(detector.asked[0].split(), LONG.split())

    def test_only_the_beginning_of_a_long_text_is_used(self):
        detector = Detector()
        Languages(detector).of(LONG * 1000, None)
        self.assertEqual(len(detector.asked[0]), SAMPLE_LENGTH)

    def test_results_are_cached(self):
        detector = Detector()
        languages = Languages(detector)
        self.assertEqual({languages.of(LONG, None) for _ in range(5)}, {"en"})
        self.assertEqual(len(detector.asked), 1)

    def test_errors_of_a_detector_are_ignored(self):
        with self.assertLogs("piratechat.translators.engine.detection", "ERROR"):
            self.assertIsNone(Languages(Detector(ValueError("broken"))).of(LONG, None))


class WithPy3langid(unittest.TestCase):
    def setUp(self):
        detector = found_detector()
        if detector is None:
            self.skipTest("py3langid is not installed")
        self.languages = Languages(detector)

    def test_languages_are_distinguished(self):
        for language, text in [
            ("en", LONG),
            ("de", "Das Schiff liegt im Hafen, und der Kapitän schläft noch."),
            ("fr", "Le bateau est dans le port, et le capitaine dort encore."),
            ("ja", "船は港にあり、船長はまだ眠っています。とても静かな朝です。"),
        ]:
            with self.subTest(language=language):
                self.assertEqual(self.languages.of(text, None), language)

    def test_short_texts(self):
        for language, text in (
            ("es", "¿Dónde estás?"), ("de", "Ich weiß nicht"), ("ar", "كيف حالك اليوم؟"), ("zh", "你好，你今天怎么样？"),
            ("zh", "今天天气很好我们去公园玩吧"), ("hi", "नमस्ते, आप कैसे हैं?"), ("fr", "Comment ça va ?"), ("uk", "Побачимось пізніше"),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.languages.of(text, None), language)

    def test_texts_without_a_language(self):
        for text in (
            "hello handsome",
            "hahahahaha",
            "lol omg",
            "brb gtg",
            "Ada Lovelace",
            "Kubernetes cluster",
            "ok ok ok",
        ):
            with self.subTest(text):
                self.assertIsNone(self.languages.of(text, None))

    def test_guesses_have_a_confidence(self):
        _language, sure = self.languages.detector(LONG)
        self.assertTrue(MIN_CONFIDENCE < sure <= 1.0, sure)


class Tags(unittest.TestCase):
    def test_tags_are_normalized(self):
        for tag, checked in [("de", "de"), ("PT-br", "pt-BR"), ("zh-hans", "zh-Hans"), ("", None), ("x" * 36, None)]:
            with self.subTest(tag=tag):
                self.assertEqual(checked_tag(tag), checked)

    def test_the_authors_language_is_optional(self):
        self.assertEqual((checked_lang(None), checked_lang(""), checked_lang("DE")), ("", "", "de"))

    def test_invalid_tags_are_rejected(self):
        for lang in (7, ["de"], "german", "d", "x" * 10_000, "de\x00"):
            with self.subTest(lang=str(lang)[:10]), self.assertRaises(CommandRejected):
                checked_lang(lang)
