"""The target languages of services: requested from each service, cached, and checked."""

import json
import time
import unittest

from piratechat.translation import BadResponse, Unavailable, UnsupportedLanguage
from piratechat.translators.backends import apertium, deepl, libretranslate, openai
from piratechat.translators.backends.openai import MODEL_TARGETS
from piratechat.translators.engine.languages import MAX_CODES
from sockjs_support.waiting import TIMEOUT
from tests.support import translation_services as services
from tests.support.language_models import LanguageModel
from tests.support.translation_services import FAULTS, KEY, body, seconds_for
from tests.support.translators import made
from tests.translators.test_backends import Listing

#: Maximum time in seconds to process a response of any length without yielding.
WORK = 0.2


class Targets:
    """Shared tests: `start` makes the service, `settings` are the translator's, and `tags` the offered languages.

    `listing(entries)` is the service's response with entries for the given codes.
    """

    settings = {}
    #: Valid JSON that is not a valid response.
    malformed = (b"[7]", b"7", b"null", b'"de"', b"[[]]", b"[null]")

    def setUp(self):
        self.service = self.start()
        self.addCleanup(self.service.close)

    def made(self, **settings):
        return made(self.module, **({"url": self.service.url, "targets": "*"} | self.settings | settings))

    def check(self, translator, seconds=TIMEOUT):
        translator.check(time.monotonic() + seconds)
        return list(translator.targets())

    def test_all_targets_are_offered(self):
        translator = self.made()
        self.assertEqual(list(translator.targets()), [], "the service was not called yet")
        self.assertEqual(self.check(translator), self.tags)
        self.assertTrue(all(translator.supports(None, tag) for tag in self.tags))

    def test_selected_targets_are_offered(self):
        translator = self.made(targets=f"{self.tags[-1]} {self.tags[0]}")
        self.assertEqual(self.check(translator), [self.tags[-1], self.tags[0]])
        translator = self.made(targets=f"tlh {self.tags[0]}")
        with self.assertRaises(UnsupportedLanguage):
            self.check(translator)
        self.assertEqual(list(translator.targets()), [self.tags[0]])

    def test_known_languages_stay_after_invalid_answers(self):
        translator = self.made()
        self.check(translator)
        for name, (fault, error, _wait) in FAULTS.items():
            with self.subTest(name):
                self.service.fault = fault
                begun = time.monotonic()
                with self.assertRaises(error):
                    self.check(translator, seconds_for(name))
                self.assertLess(time.monotonic() - begun, 2 * TIMEOUT)
                self.assertEqual(list(translator.targets()), self.tags)

    def test_stored_languages_are_used_until_the_first_answer(self):
        translator = self.made()
        translator.recall_targets(["cy", "pl"])
        self.assertEqual(list(translator.targets()), ["cy", "pl"])
        self.service.fault = services.status(503)
        with self.assertRaises(Unavailable):
            self.check(translator)
        self.assertEqual(list(translator.targets()), ["cy", "pl"])
        self.service.fault = None
        self.assertEqual(self.check(translator), self.tags)

    def test_malformed_answers(self):
        for answer in self.malformed:
            with self.subTest(answer):
                translator = self.made()
                self.service.faults.append(body(answer))
                with self.assertRaises(BadResponse):
                    self.check(translator)
                self.assertEqual(list(translator.targets()), [])

    def test_invalid_codes_are_ignored(self):
        codes = [self.code, "??", "x y", "", "\ud83d", "x" * 10_000, "de\x00", None, 7, {"a": 1}]
        self.service.faults.append(body(json.dumps(self.listing(codes)).encode()))
        self.assertEqual(self.check(self.made()), [self.tag])

    def test_huge_lists_are_processed_without_blocking(self):
        letters = "abcdefghijklmnopqrstuvwxyz"
        codes = [a + b + c for a in letters for b in letters for c in letters] * (900_000 // 17_576 // self.size + 1)
        answer = json.dumps(self.listing(codes))[:900_000]
        answer = answer[: answer.rindex(self.end) + len(self.end)] + self.closing
        json.loads(answer)
        self.service.faults.append(body(answer.encode()))
        translator = self.made()
        begun = time.thread_time()
        try:
            self.check(translator)
        except BadResponse:
            self.assertEqual(list(translator.targets()), [])
        self.assertLessEqual(len(translator.targets()), MAX_CODES)
        self.assertLess(time.thread_time() - begun, WORK)


class OfDeepL(Targets, unittest.TestCase):
    module, start = deepl, staticmethod(services.DeepL)
    settings = {"key": KEY}
    tags = ["de", "en-GB", "en-US", "es", "es-419", "nb", "pt-BR", "pt-PT", "zh-Hans", "zh-Hant"]
    malformed = (
        *Targets.malformed,
        b"{}",
        b"[]",
        b'[{"name": "German"}]',
        b'{"message": "ok"}',
        b'[{"language": "?"}]',
    )
    code, tag = "DE", "de"
    size, end, closing = 60, "}", "]"

    def listing(self, codes):
        return [{"language": code, "name": "A language", "supports_formality": True} for code in codes]

    def test_codes_of_deepl_are_sent(self):
        translator = self.made()
        self.check(translator)
        for tag, code in (
            ("zh-Hans", "ZH-HANS"), ("es-419", "ES-419"), ("en-US", "EN-US"), ("nb", "NB"), ("pt-BR", "PT-BR"),
        ):  # fmt: skip
            with self.subTest(tag):
                translator.translate(["bonjour"], tag, "fr", time.monotonic() + TIMEOUT)
                self.assertEqual(self.service.asked[-1].content["target_lang"], code)

    def test_the_key_is_sent_in_a_header(self):
        self.check(self.made())
        (asked,) = [each for each in self.service.asked if each.path == "/v2/languages"]
        self.assertEqual(asked.headers["Authorization"], f"DeepL-Auth-Key {KEY}")
        self.assertEqual(asked.fields, {"type": "target"})

    def test_one_target_needs_no_request(self):
        self.made(targets="de").check(time.monotonic() + TIMEOUT)
        before = len(self.service.asked)
        translator = made(deepl, url=self.service.url, key=KEY, target="de")
        translator.check(time.monotonic() + TIMEOUT)
        self.assertEqual([each.path for each in self.service.asked[before:]], ["/v2/usage"])


class OfLibreTranslate(Targets, unittest.TestCase):
    module, start = libretranslate, staticmethod(services.LibreTranslate)
    tags = ["en", "es", "pt-BR", "zh-Hans", "zh-Hant"]
    malformed = (*Targets.malformed, b'{"a": 1}', b'[{"code": "en"}]', b'[{"code": "en", "targets": 7}]')
    code, tag = "de", "de"
    size, end, closing = 8, ",", ' "de"]}]'

    def listing(self, codes):
        return [{"code": "en", "name": "English", "targets": codes}]


class OfApertium(Targets, unittest.TestCase):
    module, start = apertium, staticmethod(Listing)
    tags = ["ca-valencia", "nn", "oc-aranes", "pt", "pt-BR"]
    malformed = (*Targets.malformed, b"{}", b'{"responseData": null}', b'{"responseData": ["eng|spa"]}')
    code, tag = "deu", "de"
    size, end, closing = 50, "}", "]}"

    def listing(self, codes):
        return {"responseData": [{"sourceLanguage": "eng", "targetLanguage": code} for code in codes]}


class OfLanguageModels(unittest.TestCase):
    """They cannot list their languages, and no request is made."""

    def setUp(self):
        self.service = LanguageModel()
        self.addCleanup(self.service.close)

    def made(self, **settings):
        return made(openai, url=f"{self.service.url}/v1", key=KEY, **settings)

    def test_common_languages_are_offered(self):
        translator = self.made(targets="*")
        self.assertEqual(list(translator.targets()), list(MODEL_TARGETS))
        self.assertEqual(self.service.asked, [])
        self.service.fault = services.status(503)
        with self.assertRaises(Unavailable):
            translator.check(time.monotonic() + TIMEOUT)
        self.assertEqual(list(translator.targets()), list(MODEL_TARGETS))

    def test_the_operator_can_list_languages(self):
        translator = self.made(targets="pl cy")
        translator.check(time.monotonic() + TIMEOUT)
        self.assertEqual(list(translator.targets()), ["pl", "cy"])
