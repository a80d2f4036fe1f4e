"""Runs the tests of the pages' scripts that need no browser, with Node's test runner."""

import os
import subprocess
from pathlib import Path
from unittest import TestCase
from xml.etree import ElementTree

from tests.support.paths import NODE, TOP

#: Scripts that need the system clock, which people may set: it continues while the computer sleeps or a page is
#: reloaded.  Their comments explain what happens when it is set back.
BY_THE_CLOCK = {"connection/connection.js", "start.js", "connection/transports.js"}


class Scripts(TestCase):
    def test_scripts_measure_time_by_a_monotonic_clock(self):
        """If the system clock is set back by an hour, timers that use it would wait for an hour."""
        folder = Path(TOP, "piratechat", "static", "scripts")
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")}
        self.assertLessEqual(BY_THE_CLOCK, names)
        for name in sorted(names - BY_THE_CLOCK):
            with self.subTest(name):
                self.assertNotRegex((folder / name).read_text(), r"\bDate\.now\b")

    def test_tests_of_scripts_pass_under_node(self):
        names = sorted(os.listdir(os.path.join(TOP, "tests", "pages_js")))
        files = [f"tests/pages_js/{name}" for name in names if name.endswith(".test.mjs")]
        done = subprocess.run(
            [NODE, "--test", "--test-reporter=junit", *files],
            cwd=TOP,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        played = ElementTree.fromstring(done.stdout).findall(".//testcase")
        for case in played:
            with self.subTest(case.get("name")):
                self.assertIsNone(case.find("failure"), "".join(case.itertext()))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreater(len(played), 20)
