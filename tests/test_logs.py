"""Log lines: one for each event, with any content."""

import logging
import re
import sys
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from piratechat.log_format import LENGTH, LineFormatter, about


class LinesTest(TestCase):
    def line(self, message="it happened", *arguments, level=logging.INFO, exc_info=None, **extra):
        logger = logging.getLogger("piratechat.test")
        record = logger.makeRecord(logger.name, level, "x.py", 1, message, arguments, exc_info, extra=extra)
        return LineFormatter().format(record)

    def test_a_line(self):
        line = self.line("%s sails", "Ada", level=logging.WARNING, room="ada", ms=1.5)
        self.assertRegex(
            line,
            r"^at=20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warning logger=piratechat\.test "
            r'message="Ada sails" room=ada ms=1\.5$',
        )

    def test_external_text_cannot_begin_a_line_or_a_field(self):
        for hostile, shown in [
            ("a\nlevel=error", r'"a\nlevel=error"'),
            ("a level=error", '"a level=error"'),
            ('a" level="error', r'"a\" level=\"error"'),
            ("a\\", r'"a\\"'),
            ("", '""'),
            ("\x1b[2J", r'"\u001b[2J"'),
            ("a\u2028b\x85c", r'"a\u2028b\u0085c"'),
            ("\u202eabc", r'"\u202eabc"'),
            ("\udc80", r'"\udc80"'),
            ("\U000e0041", r'"\U000e0041"'),
            ("zoë", "zoë"),
        ]:
            self.assertTrue(self.line(room=hostile).endswith(f" room={shown}"), (hostile, self.line(room=hostile)))
            self.assertEqual(len(self.line(hostile, path=hostile).splitlines()), 1)

    @given(st.text(), st.text())
    def test_anything_is_one_line_of_fields(self, message, value):
        line = self.line("%s", message, room=value)
        self.assertEqual(len(line.splitlines()), 1)
        self.assertTrue(re.fullmatch(r'(\w+=([^\s"]+|"([^"\\]|\\.)*")( |$))+', line), line)
        line.encode()

    def test_long_values_are_truncated(self):
        self.assertLess(len(self.line(room="x" * 1_000_000)), LENGTH + 200)

    def test_a_traceback_is_part_of_its_line(self):
        try:
            raise ValueError("one\ntwo")
        except ValueError:
            line = self.line(exc_info=sys.exc_info())
        self.assertEqual(len(line.splitlines()), 1)
        self.assertIn(r"Traceback (most recent call last):\n", line)
        self.assertIn(r"ValueError: one\ntwo", line)

    def test_lines_have_the_fields_of_their_context(self):
        with about("request", "1f"):
            with about("session", "2e"):
                self.assertIn(" session=2e message=", self.line())
            self.assertIn(" request=1f message=", self.line())
        self.assertNotIn("request", self.line())
