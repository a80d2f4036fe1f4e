"""docs/architecture.md matches the code."""

import os
import re
import unittest

from pyramid.tweens import EXCVIEW

from piratechat.http import TWEENS
from tests.support.paths import TOP
from tools import architecture


class Drawing(unittest.TestCase):
    def test_the_drawing_is_up_to_date(self):
        """If not: bin/python tools/architecture.py."""
        with open(architecture.DRAWING, encoding="utf-8") as file:
            self.assertEqual(file.read(), architecture.drawing())

    def test_implied_arrows_are_left_out(self):
        graph = {"page": {"room", "text"}, "room": {"text"}, "text": set()}
        self.assertEqual(architecture.arrows(graph), [("page", "room"), ("room", "text")])
        self.assertEqual(architecture.rows(graph), [["text"], ["room"], ["page"]])

    def test_boxes_in_a_cycle_share_a_row(self):
        graph = {"live": {"peers"}, "peers": {"live", "text"}, "text": set()}
        self.assertEqual(architecture.rows(graph), [["text"], ["live", "peers"]])
        self.assertEqual(architecture.arrows(graph), [("live", "peers"), ("peers", "live"), ("peers", "text")])


class Document(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(TOP, "docs", "architecture.md"), encoding="utf-8") as file:
            self.text = file.read()

    def test_tweens_are_listed_in_their_order(self):
        self.assertEqual(re.findall(r"^\| `([\w.]+)` \| tween:", self.text, re.MULTILINE), list(TWEENS))
        self.assertIn(EXCVIEW, TWEENS)

    def test_linked_files_exist(self):
        paths = re.findall(r"`((?:piratechat|tests|tools)/[\w/.]+)`", self.text)
        self.assertGreater(len(paths), 15)
        for path in paths:
            self.assertTrue(os.path.exists(os.path.join(TOP, path)), path)

    def test_every_folder_is_described(self):
        rows = "".join(re.findall(r"^\| (`.*?) \|", self.text.partition("| folder |")[2], re.MULTILINE))
        for box in set(architecture.boxes()) - {architecture.ASSEMBLY}:
            self.assertIn(f"`{box}`", rows)
