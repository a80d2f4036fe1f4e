"""Right-to-left text: its detection, and its isolation from the surrounding text."""

import json
import os
from unittest import TestCase

from piratechat.model.bidi import begins_rtl, has_rtl, isolated
from tests.support.paths import TESTS

#: Cases shared with tests/pages_js/bidi.test.mjs, which tests the page's scripts.
with open(os.path.join(TESTS, "pages_js", "bidi.json")) as file:
    CASES = json.load(file)

FSI, PDI = "\u2068", "\u2069"


class BidiTest(TestCase):
    def test_shared_cases(self):
        for text, there, first in CASES:
            with self.subTest(text):
                self.assertEqual((has_rtl(text), begins_rtl(text)), (there, first))
                self.assertEqual(isolated(text), f"{FSI}{text}{PDI}" if there else text)

    def test_bidirectional_controls_end_with_their_text(self):
        for text, kept in (
            ("a\u202eb", "a\u202eb"),
            ("a\u2067b", "a\u2067b" + PDI),
            ("\u2066\u2067\u2068", "\u2066\u2067\u2068" + 3 * PDI),
            (f"a{PDI}b", "ab"),
            (f"{PDI}\u2066{PDI}{PDI}ש", f"\u2066{PDI}ש"),
        ):
            with self.subTest(ascii(text)):
                self.assertEqual(isolated(text), f"{FSI}{kept}{PDI}")
