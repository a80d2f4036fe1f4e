"""Marks in all scripts are preserved, and the text around them is translated."""

import unittest
from functools import cache

from prometheus_client import CollectorRegistry

from piratechat.model.links import links
from piratechat.translation import Translated, Translator
from piratechat.translators.engine.budget import Budget, Limits
from piratechat.translators.engine.caller import Caller
from piratechat.translators.engine.metrics import TranslationMetrics
from piratechat.translators.text.masking import MASKINGS, mask
from tests.support.mark_cases import GARBLERS, cases


class Garbling(Translator):
    """Applies `how` to each text."""

    name = title = "garbling"

    def __init__(self, how, masking):
        self.how, self.masking = how, masking

    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(self.how(text)) for text in batch]


@cache
def hrefs(text):
    """Return the addresses of the links of `text`; many translations are the same."""
    return frozenset(link.href for link in links(text))


class Scripts(unittest.TestCase):
    def test_the_text_around_marks_is_sent_without_marks(self):
        for case in cases():
            pieces = mask(case.text).pieces
            for words in case.given:
                self.assertTrue(any(words in piece for piece in pieces), (case, pieces))
            for mark in case.kept:
                self.assertFalse(any(mark in piece for piece in pieces), (case, pieces))
            self.assertEqual(mask(case.text).restore(pieces), case.text)

    def test_marks_survive_any_translator(self):
        caller = Caller("garbling", 10, Budget(Limits()), TranslationMetrics(CollectorRegistry()).of("garbling"))
        all_cases = list(cases())
        for masking in MASKINGS:
            for garbler, how in GARBLERS.items():
                translator = Garbling(how, masking)
                with self.subTest(masking, how=garbler):
                    for case in all_cases:
                        outcome = caller.translate(translator, [case.text], None)[0]
                        if garbler == "empty":
                            self.assertEqual(outcome.error.kind, "bad-response", case)
                        else:
                            self.assert_kept(case, outcome.text)

    def assert_kept(self, case, text):
        for mark in case.kept:
            self.assertGreaterEqual(text.count(mark), case.kept.count(mark), (case, text))
        self.assertLessEqual(hrefs(case.text), hrefs(text), (case, text))
        self.assertEqual(len(hrefs(case.text)), case.mark.startswith(("link", "mailto", "e-mail")), case)
