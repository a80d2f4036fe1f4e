"""Contrast of hovered and focused controls in light and dark mode, because axe-core does not hover."""

import json
import os

import pytest
from selenium.webdriver import ActionChains

from tests.support.paths import TESTS
from tests.support.room_states import RoomStates
from tests.support.stage import DARK_SITES, NIGHT_ONLY, SIZES, STATES, THEMES, Seen, schemes_of

#: Pages, and the minimum number of measured places with letters of controls: well below the usual number, because a
#: line that is broken differently covers one or two.
PAGES = {"home": 3, "problem": 2, "search": 5, "pinned": 5, "history": 3, "room": 15, "owner": 40}
#: Viewport heights in pixels, for pages of the long room and for others: all of the sheet, and the log, are visible.
#: The time depends on the number of pixels.
TALL, LOWER = 3600, 2000
#: Measurements, if the page changes during each: a notice may disappear, and the server may send news.
TRIES = 5
#: A larger file, encoded in less than half the time.
FAST_PNG = {"format": "png", "optimizeForSpeed": True}


class Contrast(Seen):
    @classmethod
    def setUpClass(cls):
        # A script's constants are local, so that pages can get it more than once.
        with open(os.path.join(TESTS, "themes", "contrast.js")) as file:
            cls.script = f"{{{file.read()}}}"

    @pytest.mark.slow
    def test_hovered_and_focused_controls(self):
        for theme in THEMES:
            for page in PAGES:
                height = TALL if page in ("room", "owner") else LOWER
                self.camera.frame(1280, height)
                self.camera.show(self.stage, page, theme)
                for width in SIZES:
                    self.camera.frame(width, height)
                    with self.subTest(theme=theme, page=page, width=width):
                        self.assertStatesReadable(theme, PAGES[page])

    @pytest.mark.slow
    def test_dark_plone_sites(self):
        self.camera.frame(1280, TALL)
        for page in ("home", "room", "owner"):
            self.camera.show(self.stage, page, "plone")
            for variables in DARK_SITES:
                self.camera.darken(variables)
                for states in STATES:
                    with self.subTest(page=page, variables=bool(variables), state=states[0]):
                        self.assertReadable(PAGES[page], states)

    def test_the_owners_page_in_the_default_theme(self):
        """It has the controls of all pages; other themes, widths and pages would take a minute more."""
        self.camera.frame(1280, TALL)
        self.camera.show(self.stage, "owner", "pirate")
        self.assertStatesReadable("pirate", PAGES["owner"])

    @pytest.mark.slow
    def test_controls_of_messages(self):
        states = RoomStates(self.driver)
        for theme in THEMES:
            self.camera.frame(390, LOWER)
            self.camera.show(self.stage, "lively", theme)
            for state, _ in states.each():
                with self.subTest(theme=theme, state=state):
                    self.assertStatesReadable(theme, 1)

    def assertStatesReadable(self, theme, least):
        for scheme in schemes_of(theme):
            self.camera.light(scheme)
            for states in STATES:
                with self.subTest(scheme=scheme, pointed=states[0]):
                    self.assertReadable(least, states)

    def assertReadable(self, least, states=()):
        """Assert the contrast of controls in `states`; `least` is the minimum number of measured places."""
        self.camera.have_states(states)
        measured, found = self.measure()
        self.assertEqual(found, [], json.dumps(found, indent=1, ensure_ascii=False))
        self.assertGreaterEqual(measured, least)

    def measure(self):
        """Return the number of measured places, and the unreadable ones, of a page that does not change meanwhile."""
        measure = "contrast.measure(arguments[0]).then(arguments[1], (error) => arguments[1]([0, [String(error)]]))"
        for _ in range(TRIES):
            self.driver.execute_script(f"{self.script} contrast.undress()")
            if result := self.driver.execute_async_script(measure, self.shot()):
                return result
        raise self.failureException("the page changes continually")

    def shot(self):
        """Return a screenshot after the next frame, PNG in base64."""
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        return self.driver.execute_cdp_cmd("Page.captureScreenshot", FAST_PNG)["data"]

    def test_a_theme_that_is_always_dark_looks_the_same_in_the_light_scheme(self):
        """The other tests use only the dark scheme for it."""
        for theme in NIGHT_ONLY:
            self.camera.show(self.stage, "owner", theme)
            for states in ([], *STATES):
                self.camera.have_states(states)
                with self.subTest(theme=theme, states=states):
                    self.camera.light("dark")
                    dark = self.shot()
                    self.camera.light("light")
                    self.assertTrue(self.shot() == dark)

    def test_a_translator_selected_with_the_mouse(self):
        """A real mouse pointer, which is still on it."""
        self.camera.frame(1280, LOWER)
        for theme in THEMES:
            with self.subTest(theme=theme):
                self.camera.show(self.stage, "room", theme)
                link = self.driver.find_element("css selector", "#views a:not([aria-current])")
                ActionChains(self.driver).move_to_element(link).click().perform()
                self.assertEqual(self.driver.find_element("css selector", "#views a[aria-current]"), link)
                self.assertTrue(self.driver.execute_script("return arguments[0].matches(':hover')", link))
                self.assertReadable(15)
