"""Every theme by day and by night, as axe-core sees it: names, roles, contrast, sizes of what is pressed."""

import json
import os

import pytest

from tests.support.paths import TOP
from tests.support.stage import SAMPLES, SCHEMES, SIZES, THEMES, Seen

pytestmark = pytest.mark.slow

AXE = os.path.join(TOP, "node_modules", "axe-core", "axe.min.js")
#: WCAG 2.2, A and AA, and axe-core's recommendations; also text in the colour of its background, of which axe-core
#: itself is not sure.
RUN = """
    const [place, done] = arguments
    const isInvisible = ({any}) => any.some(({data}) => data?.messageKey === 'equalRatio')
    const invisible = (incomplete) => incomplete
        .map((result) => ({...result, nodes: result.nodes.filter(isInvisible)}))
        .filter(({nodes}) => nodes.length)
    axe.run(place, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
                       resultTypes: ['violations', 'incomplete']})
       .then(({violations, incomplete}) => done([...violations, ...invisible(incomplete)].map(({id, help, nodes}) =>
            [id, help, nodes.map(({target, failureSummary}) => [target.join(' '), failureSummary])])),
             error => done([['error', String(error), []]]))
"""
#: Unfolds everything, and scrolls to the end, where nothing that sticks to the window covers messages.
OPEN = """
    document.querySelectorAll('details').forEach((details) => { details.open = true })
    scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})
    const below = document.getElementById('below')
    if (below) below.hidden = true
"""
#: Opens a sheet; another closes.
SHOW = """
    const sheet = document.getElementById(arguments[0])
    if (!sheet.matches(':popover-open')) sheet.showPopover()
"""


class Axe(Seen):
    @classmethod
    def setUpClass(cls):
        with open(AXE) as file:
            cls.axe = file.read()

    def assertAccessible(self, place="html"):
        """Asserts that axe-core finds nothing in the element that the selector `place` matches."""
        self.driver.execute_script(self.axe)
        found = self.driver.execute_async_script(RUN, place)
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
                if page == "owner":
                    self.assertSheetsAccessible()

    def assertSheetsAccessible(self):
        for sheet in ("people", "invite", "more", "views"):
            self.driver.execute_script(SHOW, sheet)
            with self.subTest(sheet=sheet):
                self.assertAccessible(f"#{sheet}")

    def test_what_is_pointed_at(self):
        for theme in self.each():
            for page in ("room", "owner"):
                self.camera.show(self.stage, page, theme)
                self.driver.execute_script(OPEN)
                self.camera.point_at("a, button, summary, .message")
                with self.subTest(page=page):
                    self.assertAccessible()

    def test_sample_pages(self):
        for theme in self.each():
            for file in SAMPLES:
                self.camera.sample(theme, file)
                self.driver.execute_script(OPEN)
                with self.subTest(file=file):
                    self.assertAccessible()
                if file == "index.html":
                    self.driver.execute_script("document.getElementById('below').hidden = false")
                    with self.subTest(file=file, place="below"):
                        self.assertAccessible("#below")
                if self.driver.find_elements("id", "keys"):
                    self.driver.execute_script("document.getElementById('keys').showModal()")
                    with self.subTest(file=file, dialog="keys"):
                        self.assertAccessible()
                        self.assertEqual(self.camera.overflow, 0)
