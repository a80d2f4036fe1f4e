"""The examples of docs/translators.md create translators, and all settings are documented there."""

import configparser
import os
import re
import unittest

from piratechat.options import PREFIX
from piratechat.translators.backends import apertium, command, deepl, libretranslate, openai
from piratechat.translators.backends import http as web
from piratechat.translators.engine.protection import Protection
from tests.support.paths import TOP
from tests.support.translators import made, options

BACKENDS = {
    "apertium": apertium,
    "command": command,
    "deepl": deepl,
    "http": web,
    "libretranslate": libretranslate,
    "openai": openai,
}
KEYS = dict.fromkeys(("VALLEY_KEY", "FUNTRANSLATIONS_KEY", "LIBRETRANSLATE_KEY", "DEEPL_KEY", "OPENAI_KEY"), "4711")


class Guide(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(TOP, "docs", "translators.md")) as file:
            before, _, after = file.read().partition("## Built-in back ends")
        self.guide = after.partition("\n## ")[0]
        self.of_all = before

    def described(self):
        """Yield (name, settings) of each example."""
        for block in re.findall(r"```ini\n(.*?)```", self.guide, re.DOTALL):
            parser = configparser.RawConfigParser()
            parser.read_string(f"[app:main]\n{block}")
            settings = parser["app:main"]
            (name,) = {key.removeprefix(PREFIX).partition(".")[0] for key in settings}
            yield name, {key.removeprefix(f"{PREFIX}{name}."): value for key, value in settings.items()}

    def test_examples(self):
        used = set()
        for name, settings in self.described():
            back_end = settings.pop("use")
            used.add(back_end)
            if not os.path.exists(settings.get("command", "/").split()[0]):
                continue
            with self.subTest(name):
                translator = made(BACKENDS[back_end], name, KEYS, **settings)
                self.assertEqual(translator.name, name)
        self.assertEqual(used, set(BACKENDS))

    def test_every_setting_is_explained(self):
        settings = {"target": "de", "key": "4711", "command": "/bin/cat", "recipient": "somebody", "header": "X-Key"}
        common = self.of_all + self.guide.partition("\n###")[0]
        for name, module in BACKENDS.items():
            section = self.guide.partition(f"### {name}:")[2].partition("\n###")[0]
            found = options("it", **settings, url="http://localhost/{text}")
            Protection.from_options(found, module.from_options(found))
            for setting in found._known:
                with self.subTest(f"{name}: {setting}"):
                    self.assertIn(f"`{setting}`", section + common)
