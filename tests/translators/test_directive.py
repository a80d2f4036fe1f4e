"""Registration of translators: the directive, plug-ins, and the ini file."""

import os
import sys
import tempfile
import types
import unittest

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError
from zope.interface import Interface, alsoProvides

from piratechat import main
from piratechat.model.chat import Chat
from piratechat.translators.builtin.original import Original
from piratechat.translators.builtin.pirate import Pirate
from piratechat.translators.registry import TranslatorRegistry, activate


class ITavern(Interface):
    """A kind of rooms."""


class Shouting(Original):
    title = "Shouting"

    def __init__(self, name="shout"):
        self.name = name


def plugin(name, factory):
    """Return a plug-in for `config.include` that registers a translator."""

    def includeme(config):
        config.add_translator(name, factory)

    return includeme


class DirectiveTest(unittest.TestCase):
    def setUp(self):
        self.config = Configurator()
        self.config.include("piratechat.translators.directives")
        self.room = Chat().rooms.open("Captain", "captain")

    def translators(self, *names):
        """Return the active translators of an ini file with `names`."""
        activate(self.config, names, {})
        return TranslatorRegistry(self.config.registry, names)

    def found(self, *names):
        return self.translators(*names).of(self.room)


class TheDirective(DirectiveTest):
    def test_two_translators_are_built_in(self):
        found = self.found("pirate", "original")
        self.assertIsInstance(found["pirate"], Pirate)
        self.assertIsInstance(found["original"], Original)
        self.assertIs(self.found("pirate")["pirate"], found["pirate"], "rooms share one translator")

    def test_a_factory_is_called_for_each_room(self):
        asked = []
        self.config.add_translator("shout", lambda room: asked.append(room) or Shouting())
        self.assertIsInstance(self.found("shout")["shout"], Shouting)
        self.assertIs(asked[-1], self.room)

    def test_a_factory_may_return_none(self):
        self.config.add_translator("shout", lambda room: Shouting() if room.title == "Tavern" else None)
        translators = self.translators("shout", "original")
        self.assertEqual(list(translators.of(self.room)), ["original"])
        self.room.title = "Tavern"
        self.assertEqual(list(translators.of(self.room)), ["shout", "original"])

    def test_a_translator_can_require_an_interface_of_rooms(self):
        self.config.add_translator("shout", lambda _room: Shouting(), for_=ITavern)
        translators = self.translators("shout", "original")
        self.assertEqual(list(translators.of(self.room)), ["original"])
        alsoProvides(self.room, ITavern)
        self.assertEqual(list(translators.of(self.room)), ["shout", "original"])

    def test_names_must_be_valid_in_urls(self):
        for name in ("x", "pirate2", "en-gb", "17th-century-pirate"):
            self.config.add_translator(name, lambda _room, name=name: Shouting(name))
        self.assertEqual(len(self.found("x", "pirate2", "en-gb", "17th-century-pirate")), 4)

    def test_invalid_names_are_rejected(self):
        for name in ("", "Pirate", "pi rate", "pirate_", "-pirate", "pirate-", "pi--rate", "pírate", "a/b", "pirate\n"):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(ConfigurationError, "is not a valid name of a translator"),
            ):
                self.config.add_translator(name, lambda _room: Shouting())

    def test_translators_can_be_introspected(self):
        def factory(_room):
            return Shouting()

        self.config.add_translator("shout", factory)
        self.config.commit()
        found = self.config.introspector.get("translators", "shout")
        self.assertEqual((found["name"], found["factory"]), ("shout", factory))


class PlugIns(DirectiveTest):
    def setUp(self):
        super().setUp()
        self.one, self.other, self.own = Shouting(), Shouting(), Shouting()

    def include(self, name, translator):
        self.config.include(plugin(name, lambda _room: translator))

    def test_an_included_translator_is_registered(self):
        self.include("shout", self.one)
        self.assertIs(self.found("shout")["shout"], self.one)

    def test_duplicate_names_are_a_conflict(self):
        self.include("shout", self.one)
        # Another function, because Pyramid includes the same one only once.
        self.config.include(lambda config: config.add_translator("shout", lambda _room: self.other))
        with self.assertRaises(ConfigurationConflictError) as caught:
            self.config.commit()
        self.assertIn("shout", str(caught.exception))

    def test_the_name_of_a_built_in_translator_is_a_conflict(self):
        self.include("pirate", self.one)
        with self.assertRaises(ConfigurationConflictError):
            self.config.commit()

    def test_the_application_overrides_plugins(self):
        self.config.add_translator("shout", lambda _room: self.own)
        self.include("shout", self.one)
        self.config.include(lambda config: config.add_translator("shout", lambda _room: self.other))
        self.assertIs(self.found("shout")["shout"], self.own)

    def test_the_application_overrides_built_in_translators(self):
        own = Shouting("pirate")
        self.config.add_translator("pirate", lambda _room: own)
        self.assertIs(self.found("pirate")["pirate"], own)


class TheRegistry(DirectiveTest):
    def test_the_ini_file_selects_and_orders_translators(self):
        self.config.add_translator("shout", lambda _room: Shouting())
        self.assertEqual(list(self.found("original", "shout")), ["original", "shout"])
        self.assertEqual(list(self.found("shout", "pirate", "original")), ["shout", "pirate", "original"])

    def test_an_error_about_an_unknown_name_lists_the_known_ones(self):
        with self.assertRaises(ConfigurationError) as caught:
            self.translators("pirate", "klingon")
        words = str(caught.exception)
        self.assertIn("piratechat.translators: there is no translator 'klingon'; there are original, pirate.", words)
        self.assertIn('klingon = "piratechat_klingon"', words)

    def test_the_first_available_translator_is_the_default(self):
        self.config.add_translator("shout", lambda _room: None)
        translators = self.translators("shout", "pirate", "original")
        for wanted, chosen in [
            ((), "pirate"),
            (("original",), "original"),
            ((None, "original"), "original"),
            (("klingon", "original", "pirate"), "original"),
            (("klingon", None), "pirate"),
            (("shout",), "pirate"),
        ]:
            with self.subTest(wanted=wanted):
                self.assertEqual(translators.choose(self.room, *wanted), chosen)

    def test_the_room_can_set_the_default(self):
        translators = self.translators("pirate", "original")
        self.room.translator = "original"
        self.assertEqual(translators.choose(self.room), "original")
        self.assertEqual(translators.choose(self.room, "pirate"), "pirate", "the reader's choice has precedence")
        self.room.translator = "switched off since"
        self.assertEqual(translators.choose(self.room), "pirate")


class Starting(unittest.TestCase):
    """The application factory, as called by the server."""

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        script = os.path.join(folder, "sockjs.js")
        with open(script, "w") as file:
            file.write("// sockjs-client")
        self.options = {
            "zodbconn.uri": f"file://{folder}/chat.fs",
            "piratechat.secret": "secret",
            "piratechat.sockjs_client": script,
        }
        module = types.ModuleType("package_with_a_translator")
        module.includeme = plugin("shout", lambda _room: Shouting())
        sys.modules[module.__name__] = module
        self.addCleanup(sys.modules.pop, module.__name__)

    def start(self, **options):
        return main({}, **{**self.options, **options})

    def test_a_package_in_pyramid_includes_can_register_a_translator(self):
        self.start(**{"pyramid.includes": "package_with_a_translator", "piratechat.translators": "pirate shout"})

    def test_an_unknown_name_is_an_error(self):
        with self.assertRaisesRegex(ConfigurationError, "piratechat.translators: there is no translator 'shout'"):
            self.start(**{"piratechat.translators": "pirate shout"})

    def test_invalid_settings_are_errors(self):
        for name, value, words in [
            ("piratechat.page_length", "0", "piratechat.page_length must be greater than 0"),
            ("piratechat.pagelength", "1", "Unknown setting 'piratechat.pagelength'"),
            ("piratechat.sockjs_client", "nowhere.js", "piratechat.sockjs_client: there is no file nowhere.js"),
            ("zodbconn.uri", "chat.fs", "zodbconn.uri = chat.fs is no address of a ZODB"),
        ]:
            with self.subTest(name=name), self.assertRaisesRegex(ConfigurationError, words):
                self.start(**{name: value})
