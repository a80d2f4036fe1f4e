"""Themes as designers see them: from disk, without a server and without a network."""

import os
import re
import shutil
import tempfile
from unittest import TestCase

from webob import Request, Response

from piratechat.http.assets import TYPES
from piratechat.themes import middleware as theming
from tests.support.paths import TOP
from tests.support.stage import FOLDER, SAMPLES, SIZES, THEMES, Seen

NETWORK = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
LOADED = """
    return [[...document.styleSheets].map((sheet) => sheet.href),
            [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src)]
"""


def files(*kinds):
    """Yield (path, text) of the themes' files of these kinds."""
    for folder, _folders, names in os.walk(FOLDER):
        for name in sorted(names):
            if name.endswith(kinds):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, FOLDER), file.read()


class FoldersTest(TestCase):
    def test_each_theme_has_all_files(self):
        for theme in THEMES:
            for name in ("theme.html", "rules.xml", "style.css", "index.html"):
                self.assertTrue(os.path.isfile(os.path.join(FOLDER, theme, name)), f"{theme}/{name}")

    def test_nothing_is_loaded_from_elsewhere(self):
        for path, text in files(".css", ".svg"):
            for url in re.findall(r"""(?:url\(|href=|@import)\s*["']?([^"')\s]+)""", text):
                self.assertRegex(url, r"^(#|[\w-]+\.(svg|woff2)$)", path)
        for path, text in files(".html"):
            for url in re.findall(r"""<(?:link|img|script)\b[^>]*?(?:href|src)=["']?([^"'\s>]+)""", text):
                self.assertRegex(url, r"^[\w-]+\.(css|svg)$", path)

    def test_pages_have_no_inline_scripts_or_styles(self):
        for path, text in files(".html"):
            self.assertNotRegex(text, r"<style|\sstyle=|<script|\son\w+=", path)


class SamplesTest(Seen):
    def test_sample_pages_open_without_errors(self):
        for theme in THEMES:
            for name in SAMPLES:
                for size in SIZES.items():
                    with self.subTest(theme=theme, sample=name, size=size):
                        self.camera.frame(*size)
                        self.driver.get_log("browser")
                        self.camera.sample(theme, name)
                        self.assertEqual(self.driver.get_log("browser"), [])
                        # Files from disk have no timing entries: these are from the network.
                        self.assertEqual(self.driver.execute_script(NETWORK), [])
                        sheets, broken = self.driver.execute_script(LOADED)
                        self.assertTrue(sheets)
                        for url in sheets:
                            self.assertTrue(url.startswith(f"file://{FOLDER}/{theme}/"), url)
                        self.assertEqual(broken, [])
                        self.assertEqual(self.camera.overflow, 0)


class GuideTest(TestCase):
    """docs/themes.md is correct."""

    def setUp(self):
        with open(os.path.join(TOP, "docs", "themes.md"), encoding="utf-8") as file:
            self.guide = file.read()

    def test_the_guide_lists_the_themes(self):
        self.assertEqual(set(re.findall(r"^\| `(\w+)` \|", self.guide, re.MULTILINE)) & set(THEMES), set(THEMES))

    def test_the_guide_lists_the_served_files(self):
        endings = re.search(r"Only files with these endings are served: (.*?)\.  ", self.guide, re.DOTALL)[1]
        self.assertEqual(set(re.findall(r"`(\.\w+)`", endings)), set(TYPES))

    def test_a_copy_of_plain_is_a_theme(self):
        folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(os.path.join(FOLDER, "plain"), os.path.join(folder, "mine"))
        content = Response(
            "<html><head></head><body><header></header><main>Hello</main><footer></footer></body></html>"
        )
        themed = (
            Request.blank("/").get_response(theming.theme(content, {}, themes="mine", folder=folder, debug="true")).text
        )
        self.assertIn('href="/theme/mine/style.css"', themed)
        self.assertIn("<main>Hello</main>", themed)

    def test_the_rules_of_the_guide_are_used_and_tested(self):
        shipped, own = re.findall(r"```xml\n(.*?)\n```", self.guide, re.DOTALL)
        for theme in set(THEMES) - {"plone"}:  # the page of a site is not one of ours
            with open(os.path.join(FOLDER, theme, "rules.xml")) as file:
                lines = [line.strip() for line in file]
            for rule in shipped.splitlines():
                self.assertIn(rule, lines, theme)
        case = os.path.join(TOP, "tests", "themes", "cases", "moving-the-choice-of-themes", "rules.xml")
        with open(case) as file:
            tested = [line.strip() for line in file]
        for rule in own.splitlines():
            self.assertIn(rule, tested)
