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

    def test_they_hear_what_is_said_only_where_the_owner_allows_it(self):
        for for_ in (None, IThirdPartyRoom):  # even if the plug-in claims otherwise
            with self.subTest(for_=for_):
                self.setUp()
                self.add("abroad", for_, reach="third-party")
                self.activate("original", "abroad")
                self.assertEqual(self.offered(), ["original"])
                self.room.third_party_translation = True
                self.assertEqual(self.offered(), ["original", "abroad"])

    def test_readers_can_be_told_who_they_are(self):
        self.add("abroad", reach="third-party", recipient="Parrots Ltd.")
        self.add("here", recipient="us")
        self.activate("original", "abroad", "here")
        self.assertEqual(
            TranslatorRegistry(self.config.registry, ["original", "abroad", "here"]).recipients(), ["Parrots Ltd."]
        )


class Promises(RegistryTest):
    def test_what_a_translator_says_of_itself_makes_sense(self):
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
    def test_they_are_those_of_the_ini_file(self):
        self.add("one")
        found = self.activate("one", "original", one__timeout="3", one__fallback="original")
        self.assertEqual(found, {"one": Protection(timeout=3.0, fallback="original"), "original": Protection()})

    def test_a_fallback_is_another_that_reaches_no_further_and_speaks_alike(self):
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

    def test_misspelt_settings_are_found(self):
        self.add("one")
        self.assertRefused("piratechat.translator.one.timeuot is no setting", "one", one__timeuot="3")
        self.assertRefused("does not list the translator 'two'", "one", two__timeout="3")


class BackEndsByTheirNames(RegistryTest):
    """The name of a translator can be the name of its back end."""

    def names(self):
        return list(TranslatorRegistry(self.config.registry, ["original", "apertium"]).of(self.room))

    def test_one_that_comes_with_the_chat(self):
        self.activate("original", "apertium", apertium__target="es")
        self.assertEqual(self.names(), ["original", "apertium"])

    def test_what_it_needs_is_asked_for(self):
        self.assertRefused("piratechat.translator.apertium.target is missing", "apertium")

    def test_one_of_an_included_package(self):
        self.config.add_translator_backend("parley", lambda options: BackEnd(name=options.name, title="Parley"))
        self.activate("parley")
        self.assertEqual(TranslatorRegistry(self.config.registry, ["parley"]).of(self.room)["parley"].title, "Parley")

    def test_a_translator_of_that_name_goes_first(self):
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

    def test_the_pirate_is_as_strong_as_its_setting_says(self):
        self.assertEqual(
            self.read("pirate", **{"pirate.strength": "landlubber"}), {"pirate": "be it the server today?"}
        )

    def test_there_can_be_several(self):
        settings = {"captain.use": "pirate", "captain.strength": "captain", "captain.title": "Captain"}
        self.assertEqual(
            self.read("pirate", "captain", **settings),
            {
                "pirate": "be it the server this day?",
                "captain": "be it th' galleon this day, matey?",
            },
        )

    def test_a_wrong_strength_ends_the_start(self):
        self.assertRefused(
            "piratechat.translator.pirate.strength must be one of landlubber, sailor, captain, not 'admiral'",
            "pirate",
            **{"pirate.strength": "admiral"},
        )
