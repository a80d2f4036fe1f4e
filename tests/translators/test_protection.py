"""The limits of a translator, as the ini file says."""

import unittest

from piratechat.options import Options
from piratechat.translators.engine.protection import Protection


class FromTheIniFile(unittest.TestCase):
    def read(self, **settings):
        values = {f"piratechat.translator.german.{name}": value for name, value in settings.items()}
        return Protection.from_options(Options("german", values))

    def test_there_are_defaults(self):
        self.assertEqual(self.read(), Protection())

    def test_all_can_be_set(self):
        found = self.read(timeout="0.5", concurrency="3", queue_size="7", budget="1000", fallback="plain")
        self.assertEqual(found, Protection(0.5, 3, 7, 1000, "plain"))

    def test_nonsense_is_refused_by_its_name(self):
        for name, value in [("timeout", "0"), ("timeout", "1000"), ("concurrency", "0"), ("queue_size", "-1")]:
            with self.subTest(name=name), self.assertRaisesRegex(ValueError, f"translator.german.{name} must be"):
                self.read(**{name: value})
