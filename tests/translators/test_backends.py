"""Back ends that use services: their requests, and how they handle responses and errors."""

import time
import unittest
import unittest.mock

from piratechat.translation import (
    BadResponse,
    Failed,
    Misconfigured,
    QuotaExceeded,
    RateLimited,
    Skipped,
    TooLong,
    Translated,
    TranslationError,
    Unavailable,
    UnsupportedLanguage,
)
from piratechat.translators.backends import apertium, deepl, libretranslate, openai
from piratechat.translators.backends import http as web
from piratechat.translators.backends.base import version_of
from piratechat.translators.engine import languages
from piratechat.translators.engine.languages import Pairs, closest, is_same, tag_of
from piratechat.translators.text.masking import mask
from sockjs_support.servers import free_port
from tests.support import translation_services as services
from tests.support.apertium import APERTIUM
from tests.support.translation_services import FAULTS, KEY, body, seconds_for, status
from tests.support.translators import made


class ServiceTest(unittest.TestCase):
    """A test case with a service made by `start`, and the translator that `described` returns for its URL."""

    start = staticmethod(services.Plain)

    def setUp(self):
        self.service = self.start()
        self.addCleanup(self.service.close)
        self.translator = self.described()

    def described(self, **settings):
        raise NotImplementedError

    def translate(self, *texts, seconds=10.0, **wanted):
        return self.translator.translate(list(texts), deadline=time.monotonic() + seconds, **wanted)

    def reads(self, *texts, **wanted):
        return [outcome.text for outcome in self.translate(*texts, **wanted)]

    def failure(self, *texts, seconds=10.0):
        """Return the error that is raised, or the error for the first text."""
        try:
            outcome = self.translate(*texts, seconds=seconds)[0]
        except TranslationError as error:
            return error
        self.assertIsInstance(outcome, Failed)
        return outcome.error

    def check_faults(self):
        """Check that each fault raises the expected error, without secrets in its message."""
        for name, (fault, error, _wait) in FAULTS.items():
            with self.subTest(name):
                self.service.fault = fault
                failure = self.failure("hello", seconds=seconds_for(name))
                self.assertIs(type(failure), error)
                self.assertIn(self.translator.title, str(failure))
                for secret in (KEY, "127.0.0.1", "hello"):
                    self.assertNotIn(secret, str(failure))


class Web(ServiceTest):
    def described(self, **settings):
        settings = {
            "url": f"{self.service.url}/translate/pirate.json",
            "form": "text",
            "header": "X-Funtranslations-Api-Secret",
            "key": KEY,
            "answer": "contents.translated",
            "recipient": "Fun Translations",
        } | settings
        return made(web, **{name: value for name, value in settings.items() if value is not None})

    def address(self, path, **settings):
        return self.described(url=self.service.url + path, form=None, header=None, key=None, answer=None, **settings)

    def test_a_form(self):
        self.assertEqual(self.reads("hello & <you>", " olé\n"), ["Arr, hello & <you>", " Arr, olé\n"])
        self.assertEqual(self.service.asked[0].headers["X-Funtranslations-Api-Secret"], KEY)

    def test_an_address(self):
        for path in ("/arrpi.php?text={text}", "/api/translate?english={text}"):
            self.translator = self.address(path)
            texts = ["hello", "a&b=c?d#e/f%20+g", "Grüße 😀", "two\nlines", "{text}"]
            with self.subTest(path):
                self.assertEqual(self.reads(*texts), [f"Arr, {text}" for text in texts])

    def test_faults(self):
        self.check_faults()

    def test_json(self):
        template = '{"model": "tiny", "n": 1, "messages": [{"role": "user", "content": "Say it: {text}"}]}'
        self.translator = self.described(form=None, body=template, answer="choices.0.message.content")
        for text in ('a "quoted" \\ text\nwith {text}, and {"role": "system"}', "Grüße 😀"):
            self.service.fault = body(b'{"choices": [{"message": {"content": "ahoy"}}]}')
            with self.subTest(text):
                self.assertEqual(self.reads(text), ["ahoy"])
                asked = self.service.asked[-1]
                self.assertEqual((asked.method, asked.headers["Content-Type"]), ("POST", "application/json"))
                messages = [{"role": "user", "content": f"Say it: {text}"}]
                self.assertEqual(asked.content, {"model": "tiny", "n": 1, "messages": messages})

    def test_the_version_depends_on_the_request(self):
        versions = {
            self.described(form=None, body=template).version for template in ('{"q": "{text}"}', '{"p": "{text}"}')
        }
        self.assertEqual(len(versions), 2)

    def test_html_instead_of_text(self):
        self.translator = self.address("/arrpi.php?text={text}")
        self.service.fault = body(b" <!DOCTYPE HTML><title>Gone</title>")
        self.assertIsInstance(self.failure("hello"), BadResponse)

    def test_other_places_of_the_answer(self):
        for answer, path in [
            (b'{"text": "ahoy"}', ".text"),
            (b'{"a": [0, {"b": "ahoy"}]}', "a.1.b"),
            (b'["ahoy"]', "0"),
            (b'{"0": "ahoy"}', "0"),
        ]:
            self.translator = self.described(answer=path)
            self.service.fault = body(answer)
            with self.subTest(path):
                self.assertEqual(self.reads("hello"), ["ahoy"])

    def test_a_missing_answer(self):
        for answer in (b'{"contents": {}}', b'{"contents": "x"}', b'{"contents": {"translated": 7}}', b"[]", b'"x"'):
            self.service.fault = body(answer)
            with self.subTest(answer):
                self.assertIsInstance(self.failure("hello"), BadResponse)

    def test_surrogates_and_control_characters_of_an_answer(self):
        self.service.fault = body(rb'{"contents": {"translated": "a\ud83d\u0000b\r\nc \ud83d\ude00"}}')
        self.assertEqual(self.reads("hello"), ["a\ufffd\ufffdb\nc 😀"])

    def test_an_answer_out_of_proportion(self):
        self.service.fault = body(b'{"contents": {"translated": "' + b"x" * 5_000 + b'"}}')
        self.assertIsInstance(self.failure("hello"), BadResponse)

    def test_an_error_of_the_service_ends_the_batch(self):
        self.service.faults.extend([None, status(429, Retry_After="9")])
        first, second, third = self.translate("a", "b", "c")
        self.assertEqual(first, Translated("Arr, a"))
        self.assertIsInstance(second.error, RateLimited)
        self.assertEqual(second.error.retry_after, 9.0)
        self.assertIs(third.error, second.error)
        self.assertEqual(len(self.service.asked), 2, "the service is not called again")

    def test_an_error_of_one_text_does_not_affect_others(self):
        self.service.faults.extend([status(413), None])
        first, second = self.translate("a", "b")
        self.assertIsInstance(first.error, TooLong)
        self.assertEqual(second, Translated("Arr, b"))

    def test_languages(self):
        translator = self.described(source="en", target="de")
        self.assertEqual((translator.kind, translator.target), ("language", "de"))
        self.assertIsInstance(translator.translate(["hallo"], source="de-AT")[0], Skipped)
        self.assertEqual(self.service.asked, [])

    def test_invalid_settings(self):
        for words, settings in [
            ("url must have {text} in it", {"form": None}),
            ("url must have {text} in it", {"url": "http://localhost/{text}"}),
            ("url must have {text} in its path", {"url": "http://{text}.localhost/", "form": None}),
            ("url must have {text} in it", {"body": '{"q": "{text}"}'}),
            ("method must be POST", {"method": "GET"}),
            ("method must be POST", {"method": "GET", "form": None, "body": '{"q": "{text}"}'}),
            ("body must be JSON", {"form": None, "body": '{"q": {text}}'}),
            ("body must have {text} in one of its texts", {"form": None, "body": '{"{text}": "q", "a": [1, null]}'}),
            ("key needs `header`", {"header": None}),
            ("key is missing", {"key": None}),
            ("key must be plain ASCII", {"key": "schlüssel"}),
            ("header must be the name of a header", {"header": "X Key"}),
            ("recipient is missing", {"recipient": None, "reach": "third-party"}),
            ("max_item_length must be a whole number", {"max_item_length": "0"}),
        ]:
            with self.subTest(words), self.assertRaises(ValueError) as caught:
                self.described(**settings)
            self.assertIn(f"piratechat.translator.it.{words}", str(caught.exception))
            self.assertNotIn("schlüssel", str(caught.exception))

    def test_a_local_service_needs_no_recipient(self):
        translator = self.described(reach="host", recipient=None)
        self.assertEqual((translator.reach, translator.recipient), ("host", "the server of this chat"))

    def test_the_version_does_not_depend_on_the_key(self):
        self.assertEqual(self.described().version, self.described(key="another").version)
        self.assertNotEqual(self.described().version, self.described(answer="contents.text").version)


class LibreTranslate(ServiceTest):
    start = staticmethod(services.LibreTranslate)

    def described(self, **settings):
        return made(libretranslate, **({"url": self.service.url, "target": "es"} | settings))

    def asked(self, path):
        return [asked.content for asked in self.service.asked if asked.path == path]

    def test_texts_of_one_language_are_sent_together(self):
        *outcomes, empty = self.translate("hello friend", "olá", "good day", "")
        self.assertEqual(
            outcomes,
            [Translated("helloo friendo", "en"), Translated("olá", "pt-BR"), Translated("goodo dayo", "en")],
        )
        self.assertIsInstance(empty, Skipped)
        self.assertEqual(
            [(asked["source"], asked["target"], asked["q"], asked["format"]) for asked in self.asked("/translate")],
            [("en", "es", ["hello friend", "good day"], "text"), ("pt-BR", "es", ["olá"], "text")],
        )

    def test_a_known_source_is_not_detected(self):
        self.reads("hello", source="en")
        self.translator = self.described(source="en")
        self.reads("hello")
        self.assertEqual(self.asked("/detect"), [])

    def test_texts_in_the_target_language(self):
        self.assertIsInstance(self.translate("hola amigo")[0], Skipped)
        self.assertIsInstance(self.translate("hello", source="es-MX")[0], Skipped)
        self.assertEqual(self.asked("/translate"), [])

    def test_uncertain_detections_are_ignored(self):
        self.assertIsInstance(self.translate("ok")[0], Skipped)
        self.translator = self.described(confidence="10")
        self.assertEqual(self.reads("ok"), ["oko"])

    def test_white_space_and_markup_are_preserved(self):
        self.assertEqual(
            self.reads("  hello\n", "<b>hello</b> &amp; 1 < 2"), ["  helloo\n", "<b>helloo</b> &amp; 1 < 2"]
        )

    def test_codes(self):
        for target, code in [
            ("pt-BR", "pt-BR"),
            ("pt", "pt-BR"),
            ("zh-Hant", "zh-Hant"),
            ("zh-TW", "zh-Hant"),
            ("zh", "zh-Hans"),
        ]:
            self.service.asked.clear()
            self.translate("hello", target=target)
            with self.subTest(target):
                self.assertEqual([asked["target"] for asked in self.asked("/translate")], [code])

    def test_codes_of_older_versions(self):
        self.service.CODES = ("en", "es", "pb", "zh", "zt")
        for target, code in [("pt-BR", "pb"), ("zh-Hant", "zt"), ("zh-Hans", "zh")]:
            self.service.asked.clear()
            self.translate("hello", target=target)
            with self.subTest(target):
                self.assertEqual([asked["target"] for asked in self.asked("/translate")], [code])

    def test_other_languages(self):
        self.assertTrue(self.translator.supports("en", "tlh"), "unknown languages may be supported")
        (outcome,) = self.translate("olá", target="tlh")
        self.assertIsInstance(outcome.error, UnsupportedLanguage)
        self.assertFalse(self.translator.supports("en", "tlh"))
        self.assertTrue(self.translator.supports("en", None))
        self.assertEqual(list(self.translator.targets()), ["en", "es", "pt-BR", "zh-Hans", "zh-Hant"])

    def test_languages_are_requested_once(self):
        for _ in range(3):
            self.reads("hello")
        self.assertEqual(sum(asked.path == "/languages" for asked in self.service.asked), 1)

    def test_the_translator_is_ready(self):
        self.translator.check(time.monotonic() + 10)
        with self.assertRaises(UnsupportedLanguage):
            self.described(target="tlh").check(time.monotonic() + 10)
        with self.assertRaises(Unavailable):
            self.described(url=f"http://127.0.0.1:{free_port()}").check(time.monotonic() + 10)

    def test_a_key(self):
        self.service.key = KEY
        self.assertIsInstance(self.failure("hello"), Misconfigured)
        self.translator = self.described(key="env:LIBRETRANSLATE_KEY", environ={"LIBRETRANSLATE_KEY": KEY})
        self.assertEqual(self.reads("hello"), ["helloo"])

    def test_faults_of_each_address(self):
        for before in ((), (None, None)):  # in the first call, or before the translation
            for name, (fault, error, _wait) in FAULTS.items():
                with self.subTest(name, before=before):
                    self.translator = self.described()
                    self.service.faults.clear()
                    self.service.faults.extend(before)
                    self.service.fault = fault
                    failure = self.failure("hello", seconds=seconds_for(name))
                    self.assertIs(type(failure), error)

    def test_wrong_answers(self):
        for answer in (
            b'{"translatedText": []}',
            b'{"translatedText": ["a", "b"]}',
            b'{"translatedText": "hola"}',
            b'{"translatedText": [null]}',
            b'{"translatedText": [""]}',
            b'{"error": "none"}',
        ):
            self.service.faults.extend([None, None] if self.translator._atlas.known is None else [None])
            self.service.faults.append(body(answer))
            with self.subTest(answer):
                self.assertIsInstance(self.failure("hello"), BadResponse)
        for answer in (b"[]", b'[{"language": "en"}]', b'[{"confidence": [], "language": "en"}]', b'{"a": 1}'):
            self.service.faults.append(body(answer))
            with self.subTest(answer):
                self.assertIsInstance(self.failure("hello"), BadResponse)


class DeepL(ServiceTest):
    start = staticmethod(services.DeepL)

    def described(self, **settings):
        return made(deepl, **({"url": self.service.url, "target": "es", "key": KEY} | settings))

    def sent(self):
        return self.service.asked[-1].content

    def test_marks_are_sent_as_tags(self):
        self.assertEqual(self.reads('see <x id="0"/> &amp; <x id="1"/>'), ['seeo <x id="0"/> &amp; <x id="1"/>'])
        self.assertEqual((self.sent()["tag_handling"], self.sent()["ignore_tags"]), ("xml", ["x"]))
        self.assertEqual(self.translator.masking, "tags")

    def test_all_texts_are_sent_together(self):
        *outcomes, empty = self.translate(" hello\n", "was ist das", "\n")
        self.assertEqual(outcomes, [Translated(" helloo\n", "en"), Translated("waso isto daso", "de")])
        self.assertIsInstance(empty, Skipped)
        self.assertEqual(self.sent()["text"], ["hello", "was ist das"])

    def test_texts_in_the_target_language(self):
        self.translator = self.described(target="de")
        already, other = self.translate("was ist das", "hello")
        self.assertIsInstance(already, Skipped)
        self.assertEqual(other, Translated("helloo", "en"))
        self.service.asked.clear()
        self.assertIsInstance(self.translate("was das", source="de-CH")[0], Skipped)
        self.assertEqual(self.service.asked, [])

    def test_the_key_is_in_the_header_only(self):
        self.reads("hello")
        (asked,) = self.service.asked
        self.assertEqual(asked.headers["Authorization"], f"DeepL-Auth-Key {KEY}")
        self.assertNotIn(KEY, asked.path + asked.body.decode())
        self.assertNotIn(KEY, repr(vars(self.translator)))

    def test_the_key_determines_the_url(self):
        for key, url in [(KEY, "https://api.deepl.com"), (f"{KEY}:fx", "https://api-free.deepl.com")]:
            translator = made(deepl, target="de", key="env:DEEPL_KEY", environ={"DEEPL_KEY": key})
            self.assertEqual(translator._url, url)

    def test_codes(self):
        for tag, code in [
            ("de", "DE"),
            ("en-GB", "EN-GB"),
            ("en-US", "EN-US"),
            ("en-AU", "EN-GB"),
            ("en", "EN-US"),
            ("pt-BR", "PT-BR"),
            ("pt", "PT-BR"),
            ("pt-AO", "PT-PT"),
            ("zh", "ZH-HANS"),
            ("zh-TW", "ZH-HANT"),
            ("no", "NB"),
            ("es-MX", "ES"),
        ]:
            with self.subTest(tag):
                self.assertEqual(deepl.target_code(tag), code)
        self.assertEqual(
            [deepl.source_code(tag) for tag in ("en-GB", "pt-BR", "zh-Hant", "nb")], ["EN", "PT", "ZH", "NB"]
        )

    def test_invalid_settings(self):
        for words, settings in [
            ("target must name a region: en-GB or en-US", {"target": "en"}),
            ("target must name a region: pt-BR or pt-PT", {"target": "pt"}),
            ("target must be a language tag", {"target": "klingon"}),
            ("key must be the key", {"key": "schlüssel\n"}),
            ("key must be the key", {"key": ""}),
            ("formality must be one of", {"formality": "rude"}),
        ]:
            with self.subTest(words), self.assertRaises(ValueError) as caught:
                self.described(**settings)
            self.assertIn(f"piratechat.translator.it.{words}", str(caught.exception))
            self.assertNotIn("schlüssel", str(caught.exception))

    def test_additional_settings_are_sent(self):
        self.translator = self.described(source="en-GB", formality="prefer_less")
        self.reads("hello")
        self.assertEqual((self.sent()["source_lang"], self.sent()["formality"]), ("EN", "prefer_less"))

    def test_the_translator_is_ready(self):
        self.translator.check(time.monotonic() + 10)
        self.service.usage = {"character_count": 500_000, "character_limit": 500_000}
        with self.assertRaises(QuotaExceeded):
            self.translator.check(time.monotonic() + 10)
        for usage in ({}, [], {"character_count": "x", "character_limit": 1}, {"character_count": 1e999}):
            self.service.usage = usage
            with self.subTest(usage), self.assertRaises(BadResponse):
                self.translator.check(time.monotonic() + 10)

    def test_the_maximum_request_size(self):
        self.assertEqual(len(self.translate(*["x" * 2_000] * 50)), 50)
        self.assertIsInstance(self.failure(*["\u20ac" * 2_000] * 50), TooLong)

    def test_faults(self):
        self.check_faults()

    def test_wrong_answers(self):
        for answer in (
            b'{"translations": []}',
            b'{"translations": [{"text": "a"}, {"text": "b"}]}',
            b'{"translations": [{}]}',
            b'{"translations": ["a"]}',
            b'{"translations": [{"text": null}]}',
            b'{"translations": {"text": "a"}}',
        ):
            self.service.fault = body(answer)
            with self.subTest(answer):
                self.assertIsInstance(self.failure("hello"), BadResponse)

    def test_an_invalid_source_language(self):
        for source in (b"null", b'"??"', b'"' + b"x" * 100 + b'"', b"7"):
            self.service.fault = body(b'{"translations": [{"text": "a", "detected_source_language": %s}]}' % source)
            with self.subTest(source):
                self.assertEqual(self.translate("hello"), [Translated("a")])


class Apertium(unittest.TestCase):
    """A real Apertium server."""

    layer = APERTIUM

    def setUp(self):
        if APERTIUM.url is None:
            self.skipTest(APERTIUM.MISSING)
        self.translator = made(apertium, url=APERTIUM.url, target="es")

    def reads(self, *texts, **wanted):
        wanted = {"source": "en", **wanted}
        return [outcome.text for outcome in self.translator.translate(texts, deadline=time.monotonic() + 30, **wanted)]

    def test_texts_are_translated(self):
        self.assertEqual(self.reads("Hello friend, where is the hotel?"), ["Hola Amigo, dónde es el hotel?"])

    def test_texts_are_translated_in_both_directions(self):
        self.assertEqual(self.reads("¿Dónde es el hotel?", source="es-MX", target="en-GB"), ["Where it is the hotel?"])

    def test_white_space_and_lines_are_preserved(self):
        self.assertEqual(self.reads("  My friend\nis here.\n\n"), ["  Mi amigo\nes aquí.\n\n"])

    def test_sentences_with_marks_are_translated_as_a_whole(self):
        for text, read in (
            ("Run `ls` in the house", "Carrera `ls` en la casa"),
            ("> Hello @bob\n- the **house** is example.org", "> Hola @bob\n- la **casa** es example.org"),
        ):
            masked = mask(text, self.translator.masking)
            self.assertEqual(masked.restore(self.reads(*masked.pieces)), read)

    def test_unknown_words_are_not_marked(self):
        self.assertEqual(self.reads("gevent"), ["gevent"])

    def test_texts_in_the_target_language(self):
        self.assertIsInstance(self.translator.translate(["hola"], source="es-AR")[0], Skipped)

    def test_the_source_language_is_required(self):
        with self.assertRaisesRegex(UnsupportedLanguage, "needs to know the language"):
            self.translator.translate(["hello"])
        translator = made(apertium, url=APERTIUM.url, target="es", source="en")
        self.assertEqual(translator.translate(["hello"])[0].text, "hola")

    def test_languages(self):
        self.assertEqual(list(self.translator.targets()), ["es"])
        self.assertTrue(self.translator.supports("en", "tlh"), "unknown languages may be supported")
        self.translator.check(time.monotonic() + 30)
        self.assertLessEqual({"en", "es"}, set(self.translator.targets()))
        self.assertTrue(self.translator.supports("en-GB", None))
        self.assertTrue(self.translator.supports(None, "en"))
        self.assertFalse(self.translator.supports("en", "tlh"))
        with self.assertRaisesRegex(UnsupportedLanguage, "from en to tlh"):
            self.translator.translate(["hello"], target="tlh", source="en")
        with self.assertRaisesRegex(UnsupportedLanguage, "into tlh"):
            made(apertium, url=APERTIUM.url, target="tlh").check(time.monotonic() + 30)


class Listing(services.Service):
    """A simulated Apertium server with a configurable list of pairs."""

    pairs = (
        ("eng", "por_BR"),
        ("eng", "por"),
        ("eng", "cat_valencia"),
        ("oci", "oci_aran"),
        ("nob", "nno_e"),
        ("??", "x y"),
    )

    def answer(self, asked):
        if asked.path == "/listPairs":
            listed = [{"sourceLanguage": source, "targetLanguage": target} for source, target in self.pairs]
            return 200, {"responseData": listed, "responseDetails": None, "responseStatus": 200}
        data = {"translatedText": asked.fields["langpair"]}
        return 200, {"responseData": data, "responseDetails": None, "responseStatus": 200}


class OtherApertium(ServiceTest):
    start = staticmethod(Listing)

    def described(self, **settings):
        return made(apertium, **({"url": self.service.url, "target": "pt-BR", "source": "en"} | settings))

    def test_codes(self):
        for target, code in [
            ("pt-BR", "eng|por_BR"),
            ("pt", "eng|por"),
            ("pt-PT", "eng|por"),
            ("ca-valencia", "eng|cat_valencia"),
        ]:
            with self.subTest(target):
                self.assertEqual(self.reads("x", target=target), [code])
        self.assertEqual(self.reads("x", source="nb", target="nn"), ["nob|nno_e"])

    def test_the_list_is_requested_again_when_a_pair_was_removed(self):
        self.reads("x")
        self.service.faults.append(status(400))
        self.failure("x")
        self.service.pairs = (("spa", "eng"),)
        self.assertIsInstance(self.failure("x"), UnsupportedLanguage)

    def test_the_list_is_requested_again_after_a_while(self):
        self.reads("x")
        self.service.pairs = (("spa", "eng"),)
        self.reads("x")
        self.translator._atlas._fetched -= languages.LANGUAGES_TTL
        self.assertIsInstance(self.failure("x"), UnsupportedLanguage)

    def test_faults(self):
        self.reads("x")
        for name, (fault, error, _wait) in FAULTS.items():
            with self.subTest(name):
                self.translator.check(time.monotonic() + 10)
                self.service.fault = fault
                failure = self.failure("hello", seconds=seconds_for(name))
                self.service.fault = None
                self.assertIs(type(failure), error)

    def test_faults_of_the_list(self):
        for name, (fault, error, _wait) in FAULTS.items():
            with self.subTest(name):
                self.translator = self.described()
                self.service.fault = fault
                self.assertIs(type(self.failure("hello", seconds=seconds_for(name))), error)

    def test_the_service_may_belong_to_a_third_party(self):
        translator = self.described(reach="third-party", recipient="apertium.org")
        self.assertEqual((translator.reach, translator.recipient), ("third-party", "apertium.org"))


class Languages(unittest.TestCase):
    def test_identical_codes(self):
        for one, other in [
            ("en", "en-GB"),
            ("pt", "pt-BR"),
            ("zh", "zh-Hans"),
            ("zh-TW", "zh-Hant"),
            ("sr", "sr-Cyrl"),
        ]:
            self.assertTrue(is_same(one, other), (one, other))
        for one, other in [("en", "de"), ("zh", "zh-Hant"), ("sr", "sr-Latn"), ("pt", "gl"), ("nb", "da")]:
            self.assertFalse(is_same(one, other), (one, other))

    def test_similar_languages(self):
        self.assertEqual(closest("en-GB", ["de", "en"]), "en")
        self.assertEqual(closest("pt-BR", ["pt", "pt-BR"]), "pt-BR")
        self.assertEqual(closest("pt-PT", ["pt-BR"]), "pt-BR")
        self.assertIsNone(closest("zh-Hant", ["zh-Hans", "en"]))
        self.assertIsNone(closest("gl", ["pt", "es"]))
        self.assertIsNone(closest("en", []))

    def test_codes(self):
        for code, tag in [
            ("EN", "en"),
            ("por_BR", "pt-BR"),
            ("eng", "en"),
            ("zh-Hans", "zh-Hans"),
            ("cat_valencia", "ca-valencia"),
        ]:
            self.assertEqual(tag_of(code), tag)
        for code in ("", "x" * 40, "e", "english language", "nob_e", "??"):
            self.assertIsNone(tag_of(code), code)

    def test_pairs(self):
        pairs = Pairs([("eng", "spa"), ("spa", "eng"), ("spa", "eng_US"), ("??", "eng"), ("eng", "eng")])
        self.assertEqual(pairs.find("es-MX", "en"), ("spa", "eng"))
        self.assertEqual(pairs.find("es", "en-US"), ("spa", "eng_US"))
        self.assertIsNone(pairs.find("en", "de"))
        self.assertIsNone(pairs.find("de", "en"))
        self.assertEqual(pairs.targets, ["en", "en-US", "es"])

    def test_too_many_languages(self):
        codes = [f"{one}{two}{three}" for one in "abcdefghij" for two in "abcdefghij" for three in "abcdefghij"]
        pairs = Pairs((code, "en") for code in codes)
        self.assertLessEqual(len(pairs._codes), languages.MAX_CODES)
        asked = []
        Pairs(asked.append(number) or ("de", "en") for number in range(100_000))
        self.assertEqual(len(asked), languages.MAX_PAIRS)


class Versions(unittest.TestCase):
    """Stored translations, which may have cost money, are found by the version of their translator."""

    #: A back end, its settings, and its version, which changes only when the rules change.
    PINNED = (
        (deepl, {"target": "de", "key": "a:fx", "source": "en"}, "cdf50ef2ecac"),
        (apertium, {"target": "es"}, "f351d9895004"),
        (libretranslate, {"target": "de", "confidence": "70"}, "b4270605e74f"),
        (openai, {"target": "de", "model": "parrot"}, "ad4b7f920275"),
        (web, {"url": "https://x.example/?q={text}", "reach": "third-party", "recipient": "X"}, "00c76144ee77"),
    )

    def test_versions_are_stable_across_releases(self):
        for module, settings, version in self.PINNED:
            with self.subTest(module.__name__):
                self.assertEqual(made(module, **settings).version, version)

    def test_new_rules_change_the_version(self):
        for module, settings, version in self.PINNED:
            backend = type(made(module, **settings))
            with self.subTest(module.__name__), unittest.mock.patch.object(backend, "version", "another"):
                self.assertNotEqual(made(module, **settings).version, version)

    def test_back_ends_with_the_same_settings_have_different_versions(self):
        self.assertNotEqual(version_of("apertium", "1", "http://x.example"), version_of("web", "1", "http://x.example"))
