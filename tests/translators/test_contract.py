"""The contract that all translators fulfil, and translators that violate it."""

import unittest

from piratechat.testing import TranslatorContract
from piratechat.translation import BadRequest, Skipped, Translated, Translator
from piratechat.translators.backends import apertium, command, deepl, libretranslate, openai
from piratechat.translators.backends import http as web
from piratechat.translators.builtin.original import Original
from piratechat.translators.builtin.pirate import Pirate
from sockjs_support.servers import free_port
from tests.support import translation_services as services
from tests.support.apertium import APERTIUM
from tests.support.language_models import LanguageModel
from tests.support.translators import made, needs_filters


class PirateContract(TranslatorContract, unittest.TestCase):
    def make(self):
        return Pirate()


class OriginalContract(TranslatorContract, unittest.TestCase):
    def make(self):
        return Original()


class CommandContract(TranslatorContract, unittest.TestCase):
    secrets = ("/usr/bin/tr",)

    def make(self):
        return made(command, command="/usr/bin/tr a-z A-Z")


class FilterContract(TranslatorContract, unittest.TestCase):
    """The filters of a Debian package, which do not support UTF-8."""

    def make(self):
        needs_filters(self)
        return made(command, "jive", command="/usr/games/jive")


class ServiceContract(TranslatorContract):
    """A translator that uses a service, which may be unavailable."""

    def setUp(self):
        self.service = self.start()
        self.addCleanup(self.service.close)
        self.secrets = (services.KEY, self.service.url, "127.0.0.1")

    def make(self):
        return self.described(self.service.url)

    def make_broken(self):
        return self.described(f"http://127.0.0.1:{free_port()}")


class ModelContract(ServiceContract, unittest.TestCase):
    start = LanguageModel
    target = "es"
    source = "en"

    def described(self, url):
        return made(openai, url=f"{url}/v1", target="es", key=services.KEY)


class StyleContract(ServiceContract, unittest.TestCase):
    start = LanguageModel

    def described(self, url):
        return made(openai, url=f"{url}/v1", style="like a parrot", key=services.KEY)


class PlainContract(ServiceContract, unittest.TestCase):
    start = services.Plain

    def described(self, url):
        return made(
            web,
            url=f"{url}/translate/pirate.json",
            form="text",
            header="X-Funtranslations-Api-Secret",
            key=services.KEY,
            answer="contents.translated",
            recipient="Fun Translations",
        )


class AddressContract(ServiceContract, unittest.TestCase):
    start = services.Plain

    def described(self, url):
        return made(web, url=f"{url}/arrpi.php?text={{text}}", recipient="isithackday.com")


class LibreTranslateContract(ServiceContract, unittest.TestCase):
    samples = ("Hello, my friend!", "Where is the hotel?", "hola amigo", "olá")
    target = "es"

    def start(self):
        return services.LibreTranslate(services.KEY)

    def described(self, url):
        return made(libretranslate, url=url, target="es", key=services.KEY)


class DeepLContract(ServiceContract, unittest.TestCase):
    samples = ("Hello, my friend!", "Fish & chips, 1 < 2", "Das ist ein Hotel")
    start = services.DeepL

    def described(self, url):
        return made(deepl, url=url, target="de", key=services.KEY)


class ApertiumContract(TranslatorContract, unittest.TestCase):
    layer = APERTIUM
    target = "es"
    source = "en"

    def make(self):
        if APERTIUM.url is None:
            self.skipTest(APERTIUM.MISSING)
        self.secrets = (APERTIUM.url, "127.0.0.1")
        return made(apertium, url=APERTIUM.url, target="es")

    def make_broken(self):
        return made(apertium, url=f"http://127.0.0.1:{free_port()}", target="es")


class Good(Translator):
    name = "good"
    title = "Good"

    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(text.upper()) for text in batch]


def broken(**attributes):
    """Return the contract test of a translator with the given `attributes`."""
    translator = type("Broken", (Good,), attributes)

    class BrokenContract(TranslatorContract, unittest.TestCase):
        secrets = ("a-secret",)
        make = staticmethod(translator)

    return BrokenContract


def saying(answer):
    """Return a `translate` function with the results `answer(text, number)`."""

    def translate(self, batch, target=None, source=None, deadline=None):
        return [answer(text, number) for number, text in enumerate(batch)]

    return translate


def changing(self, batch, target=None, source=None, deadline=None):
    outcomes = Good.translate(self, batch)
    batch[:] = []
    return outcomes


def telling(self, batch, target=None, source=None, deadline=None):
    raise BadRequest("a-secret is no key")


def remembering():
    seen = []

    def answer(text, _number):
        seen.append(text)
        return Translated(f"{text} {len(seen)}")

    return saying(answer)


class BrokenPromises(unittest.TestCase):
    """The contract detects violations."""

    def failed(self, **attributes):
        """Return the names of the tests that a translator with `attributes` fails."""
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(broken(**attributes)).run(result)
        return {test.id().rpartition(".")[2] for test, _why in (*result.failures, *result.errors)}

    def test_a_translator_that_fulfils_the_contract(self):
        self.assertEqual(self.failed(), set())

    def test_violations(self):
        by_place = saying(lambda _text, number: Translated(str(number)))
        for attributes, test in [
            ({"name": "Not a slug"}, "test_attributes_are_valid"),
            ({"title": ""}, "test_attributes_are_valid"),
            ({"version": 1}, "test_attributes_are_valid"),
            ({"masking": "none"}, "test_attributes_are_valid"),
            ({"max_items": 0}, "test_attributes_are_valid"),
            ({"reach": "host"}, "test_the_recipient_of_texts_is_named"),
            ({"recipient": "somebody"}, "test_the_recipient_of_texts_is_named"),
            ({"kind": "language"}, "test_languages_are_tags"),
            ({"kind": "language", "target": "klingon language"}, "test_languages_are_tags"),
            ({"check": None}, "test_the_interface_is_provided"),
            ({"translate": saying(lambda text, _number: text)}, "test_texts_are_translated"),
            ({"translate": by_place}, "test_outcomes_are_in_the_order_of_texts"),
            ({"translate": saying(lambda text, _number: Translated(f"{text}\ud800"))}, "test_hostile_texts"),
            ({"translate": saying(lambda _text, _number: Skipped("a-secret"))}, "test_texts_are_translated"),
            ({"translate": remembering()}, "test_the_same_is_translated_the_same"),
            ({"translate": remembering()}, "test_without_a_network_neighbours_make_no_difference"),
            ({"translate": lambda self, batch, *_rest: [Translated("")]}, "test_an_empty_batch_has_no_outcomes"),
            ({"translate": lambda self, batch, *_rest: Good.translate(self, batch[1:])}, "test_texts_are_translated"),
            ({"translate": changing}, "test_the_batch_is_not_modified"),
            ({"translate": telling}, "test_a_deadline_that_has_passed"),
            ({"__repr__": lambda _self: "<Broken a-secret>"}, "test_secrets_are_not_revealed"),
        ]:
            with self.subTest(attributes):
                self.assertIn(test, self.failed(**attributes))

    def test_importing_the_contract_adds_no_tests(self):
        self.assertFalse(issubclass(TranslatorContract, unittest.TestCase))
