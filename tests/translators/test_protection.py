"""The limits of a translator, from the ini file."""

import unittest

from piratechat import testing
from piratechat.translation import Translator
from piratechat.translators.engine.budget import Limits, Prices
from piratechat.translators.engine.protection import Protection


class FromTheIniFile(unittest.TestCase):
    def read(self, translator=None, **settings):
        options = testing.options("german", **settings)
        found = Protection.from_options(options, translator)
        options.finish()
        return found

    def test_settings_have_defaults(self):
        self.assertEqual(self.read(), Protection())

    def test_all_settings_can_be_changed(self):
        found = self.read(timeout="0.5", concurrency="3", queue_size="7", budget="1000", fallback="plain")
        self.assertEqual(found, Protection(0.5, 3, 7, Limits(1000), fallback="plain"))

    def test_invalid_values_are_rejected_by_name(self):
        for name, value in [("timeout", "0"), ("timeout", "1000"), ("concurrency", "0"), ("queue_size", "-1")]:
            with self.subTest(name=name), self.assertRaisesRegex(ValueError, f"translator.german.{name} must be"):
                self.read(**{name: value})

    def test_tokens_have_prices_where_they_are_counted(self):
        model = Translator()
        model.counts_tokens, model.timeout = True, 60.0
        found = self.read(
            model, token_budget="5000", cost_budget="1.5", prompt_price="0.2", answer_price="0.8", currency="USD"
        )
        self.assertEqual(found, Protection(60.0, budget=Limits(0, 5000, 1.5), prices=Prices(0.2, 0.8, "USD")))
        self.assertEqual(self.read(model), Protection(60.0, prices=Prices(0.0, 0.0, "EUR")))
        with self.assertRaisesRegex(ValueError, "german.cost_budget needs `prompt_price`"):
            self.read(model, cost_budget="1")

    def test_prices_are_unknown_settings_without_tokens(self):
        with self.assertRaisesRegex(ValueError, "german.token_budget is no setting"):
            self.read(Translator(), token_budget="5000")
