"""The active translators: their attributes are checked at the start, and third parties need the owner's permission."""

import unittest

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError

from piratechat.interfaces import IThirdPartyRoom
from piratechat.model.chat import Chat
from piratechat.translators.engine.protection import Protection
from piratechat.translators.registry import TranslatorRegistry, activate
from tests.support.engines import BackEnd


class RegistryTest(unittest.TestCase):
    def setUp(self):
        self.config = Configurator()
        self.config.include("piratechat.translators.directives")
        self.room = Chat().rooms.open("Captain", "captain")

    def add(self, name, for_=None, **attributes):
        translator = BackEnd(name=name, **attributes)
        self.config.add_translator(name, lambda _room: translator, **({} if for_ is None else {"for_": for_}))

    def activate(self, *names, **settings):
        values = {f"piratechat.translator.{key.replace('__', '.')}": value for key, value in settings.items()}
        return activate(self.config, names, values)

    def assertRefused(self, words, *names, **settings):
        with self.assertRaises(ConfigurationError) as caught:
            self.activate(*names, **settings)
        self.assertIn(words, str(caught.exception))


class ThirdParties(RegistryTest):
    def offered(self):
        return list(TranslatorRegistry(self.config.registry, ["original", "abroad"]).of(self.room))

    def test_third_parties_require_the_owners_permission(self):
        for for_ in (None, IThirdPartyRoom):  # even if the plug-in claims otherwise
            with self.subTest(for_=for_):
                self.setUp()
                self.add("abroad", for_, reach="third-party")
                self.activate("original", "abroad")
                self.assertEqual(self.offered(), ["original"])
                self.room.third_party_translation = True
                self.assertEqual(self.offered(), ["original", "abroad"])

    def test_names_of_third_parties_are_available(self):
        self.add("abroad", reach="third-party", recipient="Parrots Ltd.")
        self.add("here", recipient="us")
        self.activate("original", "abroad", "here")
        self.assertEqual(
            TranslatorRegistry(self.config.registry, ["original", "abroad", "here"]).recipients(), ["Parrots Ltd."]
        )


class Promises(RegistryTest):
    def test_attributes_of_a_translator_are_checked(self):
        for attribute, value in [
            ("reach", "moon"),
            ("kind", "dialect"),
            ("masking", "none"),
            ("max_items", 0),
            ("max_item_length", "many"),
            ("max_length", -1),
            ("context", -1),
        ]:
            with self.subTest(attribute=attribute):
                self.setUp()
                self.add("odd", **{attribute: value})
                self.assertRefused(f"The translator 'odd': its {attribute} must be", "odd")


class Protections(RegistryTest):
    def test_limits_are_read_from_the_ini_file(self):
        self.add("one")
        found = self.activate("one", "original", one__timeout="3", one__fallback="original")
        self.assertEqual(found, {"one": Protection(timeout=3.0, fallback="original"), "original": Protection()})

    def test_fallbacks_are_checked(self):
        for fallback, words in [
            ("one", "must be another translator"),
            ("nobody", "must be another translator"),
            ("german", "does not translate into the same language"),
            ("abroad", "would send texts to others"),
        ]:
            with self.subTest(fallback=fallback):
                self.setUp()
                self.add("one")
                self.add("german", kind="language", target="de")
                self.add("abroad", reach="third-party")
                self.assertRefused(words, "one", "german", "abroad", one__fallback=fallback)

    def test_misspelt_settings_are_errors(self):
        self.add("one")
        self.assertRefused("piratechat.translator.one.timeuot is no setting", "one", one__timeuot="3")
        self.assertRefused("does not list the translator 'two'", "one", two__timeout="3")


class BackEndsByTheirNames(RegistryTest):
    """The name of a translator can be the name of its back end."""

    def names(self):
        return list(TranslatorRegistry(self.config.registry, ["original", "apertium"]).of(self.room))

    def test_a_built_in_back_end(self):
        self.activate("original", "apertium", apertium__target="es")
        self.assertEqual(self.names(), ["original", "apertium"])

    def test_missing_settings_are_errors(self):
        self.assertRefused("piratechat.translator.apertium.target is missing", "apertium")

    def test_a_back_end_of_an_included_package(self):
        self.config.add_translator_backend("parley", lambda options: BackEnd(name=options.name, title="Parley"))
        self.activate("parley")
        self.assertEqual(TranslatorRegistry(self.config.registry, ["parley"]).of(self.room)["parley"].title, "Parley")

    def test_a_translator_of_that_name_takes_precedence(self):
        self.add("apertium", title="Ours")
        self.activate("original", "apertium")
        self.assertEqual(self.names(), ["original", "apertium"])
        self.assertRefused("apertium.target is no setting", "apertium", apertium__target="es")


class Strengths(RegistryTest):
    def read(self, *names, **settings):
        self.activate(*names, **settings)
        translators = TranslatorRegistry(self.config.registry, names).of(self.room)
        return {name: found.translate(["is it the server today?"])[0].text for name, found in translators.items()}

    def test_the_pirate_needs_no_settings(self):
        self.assertEqual(self.read("pirate"), {"pirate": "be it the server this day?"})

    def test_the_setting_determines_the_pirates_strength(self):
        self.assertEqual(
            self.read("pirate", **{"pirate.strength": "landlubber"}), {"pirate": "be it the server today?"}
        )

    def test_one_translator_can_have_several_strengths(self):
        settings = {"captain.use": "pirate", "captain.strength": "captain", "captain.title": "Captain"}
        self.assertEqual(
            self.read("pirate", "captain", **settings),
            {
                "pirate": "be it the server this day?",
                "captain": "be it th' galleon this day, matey?",
            },
        )

    def test_an_invalid_strength_is_an_error(self):
        self.assertRefused(
            "piratechat.translator.pirate.strength must be one of landlubber, sailor, captain, not 'admiral'",
            "pirate",
            **{"pirate.strength": "admiral"},
        )
