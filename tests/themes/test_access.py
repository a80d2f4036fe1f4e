"""Accessibility of each theme in light and dark mode, checked by axe-core: names, roles, contrast and target sizes."""

import json
import os

import pytest

from tests.support.paths import TOP
from tests.support.room_states import RoomStates
from tests.support.stage import DARK_SITES, SCHEMES, SIZES, STATES, THEMES, Seen, schemes_of

pytestmark = pytest.mark.slow

AXE = os.path.join(TOP, "node_modules", "axe-core", "axe.min.js")
#: WCAG 2.2, A and AA, and axe-core's best practices.
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: The rules whose result depends on the color scheme; they take half the time.
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
#: Runs the rules `runOnly`, and also reports text in the color of its background, which axe-core calls incomplete.
RUN = """
    const [place, runOnly, off, done] = arguments
    const rules = Object.fromEntries(off.map((rule) => [rule, {enabled: false}]))
    const isInvisible = ({any}) => any.some(({data}) => data?.messageKey === 'equalRatio')
    const invisible = (incomplete) => incomplete
        .map((result) => ({...result, nodes: result.nodes.filter(isInvisible)}))
        .filter(({nodes}) => nodes.length)
    axe.run(place, {runOnly, rules,
                       // A page on disk may not read its style sheets as text.
                       preload: location.protocol !== 'file:', resultTypes: ['violations', 'incomplete']})
       .then(({violations, incomplete}) => done([...violations, ...invisible(incomplete)].map(({id, help, nodes}) =>
            [id, help, nodes.map(({target, failureSummary}) => [target.join(' '), failureSummary])])),
             error => done([['error', String(error), []]]))
"""
#: Opens everything, and scrolls to the end, where no sticky element covers messages.
OPEN = """
    document.querySelectorAll('details').forEach((details) => { details.open = true })
    scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})
    const below = document.getElementById('below')
    if (below) below.hidden = true
"""
#: Returns the color of the page.
GROUND = "return getComputedStyle(document.documentElement).backgroundColor"
#: Opens a sheet; another one closes.
SHOW = """
    const sheet = document.getElementById(arguments[0])
    if (!sheet.matches(':popover-open')) sheet.showPopover()
"""


SHEETS = ("people", "invite", "more", "views")
#: The sample pages that show more than the stage does on pages of the same templates: errors in forms, and rare states.
PECULIAR_SAMPLES = ("index.html", "visitor.html", "home.html", "search.html")


class Axe(Seen):
    @classmethod
    def setUpClass(cls):
        with open(AXE) as file:
            cls.axe = file.read()

    def assertAccessible(self, place="html", off=()):
        """Assert that axe-core finds no problems in the element `place`, with all rules that are not `off`.

        In the first of `self.schemes`, all rules run; in the second one, only those about colors.
        """
        if self.driver.execute_script("return !window.axe"):
            self.driver.execute_script(self.axe)
        rules = ALL
        for scheme in self.schemes:
            self.camera.light(scheme)
            with self.subTest(scheme=scheme):
                found = self.driver.execute_async_script(RUN, place, rules, [] if rules is COLORS else off)
                self.assertEqual(found, [], json.dumps(found, indent=1, ensure_ascii=False))
            rules = COLORS

    def each(self, show):
        """Yield each theme on a desktop and on a phone, after `show(theme)` has loaded the page once."""
        for theme in THEMES:
            self.schemes = schemes_of(theme)
            self.camera.frame(1280, 900)
            show(theme)
            for width, height in SIZES.items():
                self.camera.frame(width, height)
                self.driver.execute_script(OPEN)
                with self.subTest(theme=theme, width=width):
                    yield theme

    def each_of(self, page):
        return self.each(lambda theme: self.camera.show(self.stage, page, theme))

    def test_pages(self):
        for page in self.stage.pages:
            for _ in self.each_of(page):
                with self.subTest(page=page):
                    self.assertAccessible()
                if page == "owner":
                    self.assertSheetsAccessible()

    def test_dark_plone_sites(self):
        self.schemes = SCHEMES[:1]
        for page in ("home", "problem", "search", "room", "owner", "lively"):
            self.camera.frame(1280, 900)
            self.camera.show(self.stage, page, "plone")
            for variables in DARK_SITES:
                with self.subTest(page=page, variables=bool(variables)):
                    self.camera.darken(variables)
                    self.driver.execute_script(OPEN)
                    self.assertEqual(self.driver.execute_script(GROUND), "rgb(33, 37, 41)")
                    self.assertAccessible()
                    if page == "owner":
                        self.assertSheetsAccessible()

    def assertSheetsAccessible(self):
        for sheet in SHEETS:
            self.driver.execute_script(SHOW, sheet)
            with self.subTest(sheet=sheet):
                self.assertAccessible(f"#{sheet}")
        self.driver.execute_script(f"document.getElementById('{SHEETS[-1]}').hidePopover()")

    def test_controls_of_messages(self):
        states = RoomStates(self.driver)
        for _ in self.each_of("lively"):
            for state, place in states.each():
                with self.subTest(state=state):
                    # Buttons of a message overlap the previous one; test_phone.py checks them for touch.
                    self.assertAccessible(place, off=["target-size"] if state == "toolbar" else [])
                    self.assertEqual(self.camera.overflow, 0)

    def test_hovered_and_focused_elements(self):
        """All states at the same time, including sheets.

        Target sizes are the other test's, because here the buttons of all messages are all visible, and overlap
        their neighbors.
        """
        for page in ("home", "room", "owner"):
            for _ in self.each_of(page):
                for states in STATES:
                    self.camera.have_states(states)
                    with self.subTest(page=page, states=states):
                        self.assertAccessible(off=["target-size"])
                        if page == "owner":
                            self.assertSheetsAccessible()
                self.camera.have_states([])

    def test_sample_pages(self):
        for file in PECULIAR_SAMPLES:
            for _ in self.each(lambda theme, file=file: self.camera.sample(theme, file)):
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
                    self.driver.execute_script("document.getElementById('keys').close()")
