"""The screenshots in README.md: one room as two people read it."""

import os
import re
import struct
import subprocess
import tempfile
import unittest

import pytest

from sockjs_support.browsers import is_chromium_there
from sockjs_support.waiting import TIMEOUT
from tests.support.apertium import APERTIUM
from tests.support.paths import TOP

#: Maximum size in bytes; the page of a repository shows two screenshots.
MAX_SIZE = 150 * 1024


class Pictures(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
            self.shown = re.findall(r"!\[([^\]]+)\]\(docs/(reading-\w+\.png)\)", file.read())

    def png(self, path):
        """Return the width and height of a PNG, and its size in bytes."""
        with open(path, "rb") as file:
            data = file.read()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        return struct.unpack(">II", data[16:24]), len(data)

    def test_pictures_are_small_of_one_size_and_described(self):
        self.assertEqual(len(self.shown), 2)
        dimensions = set()
        for text, name in self.shown:
            found, size = self.png(os.path.join(TOP, "docs", name))
            dimensions.add(found)
            self.assertLess(size, MAX_SIZE)
            self.assertGreater(len(text), 50)
        self.assertEqual(len(dimensions), 1)

    @pytest.mark.slow
    def test_the_program_writes_the_pictures(self):
        if not is_chromium_there():
            self.skipTest("no Chromium on this machine; on Debian: apt-get install chromium chromium-driver")
        with tempfile.TemporaryDirectory() as folder:
            words = [os.path.join(TOP, "bin", "python"), os.path.join(TOP, "tools", "reading_pictures.py"), folder]
            done = subprocess.run(words, capture_output=True, text=True, timeout=8 * TIMEOUT, check=False)
            if APERTIUM.MISSING in done.stderr:
                self.skipTest(APERTIUM.MISSING)
            self.assertEqual(done.returncode, 0, done.stderr)
            for _text, name in self.shown:
                taken, size = self.png(os.path.join(folder, name))
                self.assertEqual(taken, self.png(os.path.join(TOP, "docs", name))[0])
                self.assertGreater(size, 50_000)
