"""Every theme by day and by night, as axe-core sees it: names, roles, contrast, sizes of what is pressed."""

import json
import os

from tests.layers import TOP
from tests.themes.stage import FOLDER, SCHEMES, SIZES, THEMES, Seen

AXE = os.path.join(TOP, "node_modules", "axe-core", "axe.min.js")
#: WCAG 2.2, A and AA, and what axe-core recommends beside it.
RUN = """
    const done = arguments[0]
    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
                       resultTypes: ['violations']})
       .then(({violations}) => done(violations.map(({id, help, nodes}) =>
            [id, help, nodes.map(({target, failureSummary}) => [target.join(' '), failureSummary])])),
             error => done([['error', String(error), []]]))
"""
#: Everything that is folded is to be seen.
OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true })"


class Axe(Seen):
    @classmethod
    def setUpClass(cls):
        with open(AXE) as file:
            cls.axe = file.read()

    def assertAccessible(self):
        self.driver.execute_script(self.axe)
        found = self.driver.execute_async_script(RUN)
        self.assertEqual(found, [], json.dumps(found, indent=1, ensure_ascii=False))

    def each(self):
        """Yield each theme, by day on a computer and by night on a phone."""
        for theme in THEMES:
            for scheme, (width, height) in zip(SCHEMES, SIZES.items(), strict=True):
                self.camera.light(scheme)
                self.camera.frame(width, height)
                with self.subTest(theme=theme, scheme=scheme, width=width):
                    yield theme

    def test_pages(self):
        for theme in self.each():
            for page in self.stage.pages:
                self.camera.show(self.stage, page, theme)
                self.driver.execute_script(OPEN)
                with self.subTest(page=page):
                    self.assertAccessible()

    def test_sample_pages(self):
        for theme in self.each():
            for file in sorted(os.listdir(os.path.join(FOLDER, theme))):
                if file.endswith(".html"):
                    self.camera.sample(theme, file)
                    self.driver.execute_script(OPEN)
                    with self.subTest(file=file):
                        self.assertAccessible()
                    if self.driver.find_elements("id", "keys"):
                        self.driver.execute_script("document.getElementById('keys').showModal()")
                        with self.subTest(file=file, dialog="keys"):
                            self.assertAccessible()
                            self.assertEqual(self.camera.overflow, 0)
