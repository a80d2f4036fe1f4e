"""Packages without the translator named in the ini file: the error message at the start says what to do."""

import os
import sys
import tempfile
import unittest

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError

from piratechat.translators.plugins import include
from piratechat.translators.registry import activate

#: A module with a translator.
MODULE = """
from piratechat.plugin import Translated, Translator


class Bellman(Translator):
    name = "{name}"
    title = "Bellman"

    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(text) for text in batch]


def includeme(config):
    bellman = Bellman()
    config.add_translator("{name}", lambda room: bellman)
"""


class InstalledPackages(unittest.TestCase):
    """Packages in a separate folder, with the metadata that pip would install."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        sys.path.insert(0, self.folder)
        self.addCleanup(sys.path.remove, self.folder)
        self.addCleanup(self.forget_modules)

    def again(self):
        """Start with an empty folder."""
        self.doCleanups()
        self.setUp()

    def forget_modules(self):
        for name in [each for each in sys.modules if each.startswith("plugged_")]:
            del sys.modules[name]

    def install(self, package, module, code, *entry_points, group="piratechat.translators"):
        """Install `package` with a `module` of this `code`, and entry points such as "bellman = plugged_bellman"."""
        files = {
            "METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n",
            "top_level.txt": f"{module}\n",
        }
        if entry_points:
            files["entry_points.txt"] = "\n".join([f"[{group}]", *entry_points])
        information = os.path.join(self.folder, f"{package.replace('-', '_')}-1.0.dist-info")
        os.mkdir(information)
        for name, content in files.items():
            with open(os.path.join(information, name), "w") as file:
                file.write(content)
        if code is not None:
            with open(os.path.join(self.folder, f"{module}.py"), "w") as file:
                file.write(code)

    def start(self, *names, **settings):
        self.config = Configurator()
        self.config.include("piratechat.translators.directives")
        values = {f"piratechat.translator.{key.replace('__', '.')}": value for key, value in settings.items()}
        activate(self.config, names, values)

    def assertRefused(self, *words, names=("original", "bellman"), **settings):
        with self.assertRaises(ConfigurationError) as caught:
            self.start(*names, **settings)
        told = str(caught.exception)
        for each in words:
            self.assertIn(each, told)
        self.assertNotIn("Traceback", told)
        self.assertLess(told.count("\n"), 3)
        return told


class NoEntryPoint(InstalledPackages):
    LINES = '\n[project.entry-points."piratechat.translators"]\nbellman = "{}"'

    def test_the_missing_entry_point_is_shown(self):
        told = self.assertRefused(
            "piratechat.translators: there is no translator 'bellman'; there are original, pirate.",
            "No installed package has an entry point of this name. Is the package that brings it installed?",
            "piratechat.translator.bellman.use must name its back end",
        )
        self.assertTrue(told.endswith(self.LINES.format("piratechat_bellman")), told)

    def test_the_package_without_entry_point_is_named(self):
        for package in ("bellman", "piratechat-bellman", "piratechat_Bellman", "piratechat-bellmans"):
            with self.subTest(package):
                self.again()
                self.install(package, "plugged_bellman", MODULE.format(name="bellman"))
                told = self.assertRefused(f"The package {package} is installed, but has none.")
                self.assertTrue(told.endswith(self.LINES.format("plugged_bellman")), told)

    def test_an_entry_point_in_another_group_is_named(self):
        self.install("bellman", "plugged_bellman", "", "bellman = plugged_bellman", group="piratechat.translator")
        self.assertRefused("The package bellman is installed, but has it in the group 'piratechat.translator' instead.")

    def test_a_name_that_is_nearly_right(self):
        self.install("lamps", "plugged_lamps", "", "bellmanr = plugged_lamps")
        self.assertRefused("Is 'bellmanr' meant, the entry point 'bellmanr' of the package lamps?")
        self.assertRefused("there is no translator 'pirat'", "Is 'pirate' meant?", names=["pirat"])

    def test_a_missing_back_end_is_explained(self):
        self.assertRefused(
            "piratechat.translator.club.use must be one of apertium,",
            "not 'bellman'.",
            "No installed package has an entry point of this name.",
            names=["club"],
            club__use="bellman",
        )
        self.assertRefused("Is 'openai' meant?", names=["club"], club__use="openia")


class AnotherName(InstalledPackages):
    ORIGIN = "the entry point 'bellman' of the package piratechat-bellman, module plugged_bellman: "

    def install(self, code, *entry_points):
        super().install("piratechat-bellman", "plugged_bellman", code, *entry_points or ["bellman = plugged_bellman"])

    def test_an_includeme_without_registrations_is_rejected(self):
        self.install("def includeme(config):\n    pass\n")
        self.assertRefused(
            f"{self.ORIGIN}its includeme registers nothing, not the translator 'bellman' or the translator "
            "back end 'bellman'; have it call config.add_translator('bellman', ...) or config.add_translator_backend("
            "'bellman', ...)"
        )

    def test_another_one_is_registered(self):
        self.install(MODULE.format(name="guard"))
        self.assertRefused(f"{self.ORIGIN}its includeme registers only the translator 'guard', not the translator")

    def test_a_translator_is_no_back_end(self):
        self.install(MODULE.format(name="bellman"))
        self.assertRefused(
            f"{self.ORIGIN}its includeme registers only the translator 'bellman', not the translator back end "
            "'bellman'; have it call config.add_translator_backend('bellman', ...)",
            names=["club"],
            club__use="bellman",
        )

    def test_a_module_may_register_several(self):
        code = MODULE.format(name="bellman") + '    config.add_translator("guard", lambda room: Guard())\n\n'
        self.install(
            f'{code}\nclass Guard(Bellman):\n    name = "guard"\n',
            "bellman = plugged_bellman",
            "guard = plugged_bellman",
        )
        self.start("bellman", "guard")

    def test_an_included_package_is_accepted(self):
        self.install('def includeme(config):\n    config.add_translator_backend("bellman", print)\n')
        config = Configurator()
        config.include("piratechat.translators.directives")
        config.include("plugged_bellman")
        with self.assertRaisesRegex(AttributeError, "reach"):  # print was called as the factory
            activate(config, ["bellman"], {})


class BrokenModules(InstalledPackages):
    ORIGIN = "the entry point 'bellman' of the package piratechat-bellman, module plugged_bellman"

    def install(self, code, entry_point="bellman = plugged_bellman"):
        super().install("piratechat-bellman", "plugged_bellman", code, entry_point)

    def test_the_cause_is_reported_in_one_sentence(self):
        for code, words in [
            (None, " cannot be loaded: ModuleNotFoundError: No module named 'plugged_bellman'"),
            ("import plugged_lamp", " cannot be loaded: ModuleNotFoundError: No module named 'plugged_lamp'"),
            ("def includeme(config)\n", " cannot be loaded: SyntaxError: expected ':' (plugged_bellman.py, line 1)"),
            ("\n1 / 0", " cannot be loaded: ZeroDivisionError: division by zero (PATH, line 2)"),
            ("def includeme(config):\n    y", " cannot be loaded: NameError: name 'y' is not defined (PATH, line 2)"),
            ("", ": module 'plugged_bellman' has no attribute 'includeme'"),
            (
                'def includeme(config):\n    config.add_translator("A b", print)',
                ": 'A b' is not a valid name",
            ),
        ]:
            with self.subTest(words):
                self.again()
                self.install(code)
                path = os.path.join(self.folder, "plugged_bellman.py")
                self.assertRefused(self.ORIGIN + words.replace("PATH", path))

    def test_errors_of_pyramid_includes_are_explained(self):
        self.install("")
        for plugin, words in [
            ("plugged_nowhere", "X cannot be loaded: ModuleNotFoundError: No module named 'plugged_nowhere'"),
            ("plugged_bellman", "X: module 'plugged_bellman' has no attribute 'includeme'"),
        ]:
            with self.subTest(plugin), self.assertRaises(ConfigurationError) as caught:
                include(Configurator(), plugin, "X")
            self.assertIn(words, str(caught.exception))


class Attributes(InstalledPackages):
    def assertRefusedWith(self, change, words):
        self.install(
            "piratechat-bellman", "plugged_bellman", change(MODULE.format(name="bellman")), "bellman = plugged_bellman"
        )
        self.assertRefused(words)

    def test_a_class_of_another_name(self):
        self.assertRefusedWith(
            lambda code: code.replace('name = "bellman"', 'name = "guard"'),
            "The translator 'bellman': its name is 'guard', but it is registered as 'bellman': set name = "
            "'bellman' in its class, or register it with config.add_translator('guard', ...)",
        )

    def test_an_empty_title(self):
        self.assertRefusedWith(
            lambda code: code.replace('"Bellman"', '" "'),
            "The translator 'bellman': its title must be a non-empty string, not ' ': readers choose it by that",
        )

    def test_a_method_that_takes_too_little(self):
        self.assertRefusedWith(
            lambda code: code.replace("(self, batch, target=None, source=None, deadline=None)", "(self, batch)"),
            "The translator 'bellman' is not complete: ",
        )
