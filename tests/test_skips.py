"""Skipped tests are reported."""

import os
import re
import subprocess
import tempfile
from unittest import TestCase

from tests.support.paths import TOP
from tests.support.skips import FORBIDDEN

TESTS = """
import unittest
import pytest

class Some(unittest.TestCase):
    def test_that_needs_a_ship(self):
        self.skipTest("no ship on this machine")

    def test_that_needs_it_too(self):
        self.skipTest("no ship on this machine")

    def test_that_runs(self):
        pass

@unittest.skip("no harbour here")
class More(unittest.TestCase):
    def test_landing(self):
        pass
"""


class Skips(TestCase):
    def run_tests(self, source, *options, **environ):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "test_some.py")
            with open(path, "w") as file:
                file.write(source)
            environ = {**{name: value for name, value in os.environ.items() if name != FORBIDDEN}, **environ}
            command = [os.path.join(TOP, "bin", "pytest"), "-p", "conftest", "-p", "no:cacheprovider", *options, path]
            return subprocess.run(command, cwd=TOP, env=environ, capture_output=True, text=True, check=False)

    def test_skipped_tests_are_listed_with_their_reasons(self):
        done = self.run_tests(TESTS)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("SKIPPED: 3 tests", done.stdout)
        self.assertRegex(done.stdout, re.compile("^2: no ship on this machine$", re.MULTILINE))
        self.assertRegex(done.stdout, re.compile("^1: no harbour here$", re.MULTILINE))

    def test_the_run_fails_if_skips_are_forbidden(self):
        for options in ((), ("-n", "2")):
            done = self.run_tests(TESTS, *options, **{FORBIDDEN: "1"})
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("SKIPPED: 3 tests", done.stdout)
            self.assertIn("skipped tests count as failed", done.stdout)

    def test_a_run_without_skips_reports_none(self):
        for environ in ({}, {FORBIDDEN: "1"}):
            done = self.run_tests("def test_that_runs():\n    pass\n", **environ)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertNotIn("SKIPPED", done.stdout)
