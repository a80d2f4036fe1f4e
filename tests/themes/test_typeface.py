"""The typeface of headings: its size, its source, and no layout shift when it is loaded."""

import os
from pathlib import Path
from unittest import TestCase

from tests.support.paths import TOP
from tests.support.stage import FOLDER, Seen

PACKAGE = Path(TOP, "node_modules", "@fontsource", "alegreya")
THEME = Path(FOLDER, "pirate")
#: Maximum bytes of all font files together, and of the letters that most pages need.
ALL, LATIN = 60_000, 30_000

#: Whether the font is loaded, and left, top and width of the elements `arguments[0]`.
PLACES = """
    const [selector, done] = arguments
    document.fonts.ready.then(() => {
        const isThere = [...document.fonts].some(({family, status}) => family === 'Alegreya' && status === 'loaded')
        const places = [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect())
        done([isThere, places.map(({left, top, width}) => [left, top, width].map(Math.round))])
    })
"""
#: Elements below or next to headings.
BELOW = ".lead, #examples, #open, #links, #bar button, #log"


class FilesTest(TestCase):
    def test_font_files_are_those_of_the_package_with_its_license(self):
        for ours, source in (
            ("alegreya-latin.woff2", "files/alegreya-latin-800-normal.woff2"),
            ("alegreya-latin-ext.woff2", "files/alegreya-latin-ext-800-normal.woff2"),
            ("alegreya-LICENSE.txt", "LICENSE"),
        ):
            self.assertEqual((THEME / ours).read_bytes(), (PACKAGE / source).read_bytes(), "run tools/fonts")
        self.assertIn("SIL Open Font License", (THEME / "alegreya-LICENSE.txt").read_text())

    def test_font_files_are_small(self):
        files = {path.name: path.stat().st_size for path in Path(FOLDER).rglob("*.woff2")}
        self.assertLess(sum(files.values()), ALL, files)
        self.assertLess(files["alegreya-latin.woff2"], LATIN)


class TypefaceTest(Seen):
    def places(self, page):
        self.camera.show(self.stage, page, "pirate")
        return self.driver.execute_async_script(PLACES, BELOW)

    def test_loading_the_font_moves_nothing(self):
        run = self.driver.execute_cdp_cmd
        run("Network.enable", {})
        run("Network.setCacheDisabled", {"cacheDisabled": True})
        self.addCleanup(run, "Network.setCacheDisabled", {"cacheDisabled": False})
        self.addCleanup(run, "Network.setBlockedURLs", {"urls": []})
        for width, height in ((1280, 800), (390, 844)):
            self.camera.frame(width, height)
            for page in ("home", "problem", "room"):
                with self.subTest(page, width=width):
                    run("Network.setBlockedURLs", {"urls": ["*.woff2"]})
                    is_there, before = self.places(page)
                    self.assertFalse(is_there)
                    run("Network.setBlockedURLs", {"urls": []})
                    is_there, after = self.places(page)
                    self.assertTrue(is_there, "the content security policy allows it")
                    self.assertEqual(before, after)
                    self.assertTrue(after)

    def test_only_the_needed_letters_are_loaded(self):
        self.camera.show(self.stage, "home", "pirate")
        self.driver.execute_async_script("document.fonts.ready.then(() => arguments[0]())")
        loaded = self.driver.execute_script("return performance.getEntriesByType('resource').map(({name}) => name)")
        names = [os.path.basename(name) for name in loaded if name.endswith(".woff2")]
        self.assertEqual(names, ["alegreya-latin.woff2"])
