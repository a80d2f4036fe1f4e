"""Marks in every script: each stays whole, and all that stands around it is translated."""

import unittest

from piratechat.translators.text.masking import mask
from tests.support.mark_cases import cases


class Scripts(unittest.TestCase):
    def test_all_around_a_mark_is_given_and_the_mark_is_not(self):
        for case in cases():
            pieces = mask(case.text).pieces
            with self.subTest(case.mark, script=case.script.name, text=case.text):
                for words in case.given:
                    self.assertTrue(any(words in piece for piece in pieces), pieces)
                for mark in case.kept:
                    self.assertFalse(any(mark in piece for piece in pieces), pieces)
                self.assertEqual(mask(case.text).restore(pieces), case.text)
