"""Contrast of hovered and focused controls in light and dark mode, because axe-core does not hover."""

import json
import os

import pytest
from selenium.webdriver import ActionChains

from tests.support.paths import TESTS
from tests.support.room_states import RoomStates
from tests.support.stage import DARK_SITES, SCHEMES, SIZES, THEMES, Seen

#: With the mouse, and with the keyboard.
STATES = (["hover"], ["focus-visible", "focus-within", "focus"])
#: Pages, and the minimum number of measured places with letters of controls: well below the usual number, because a
#: line that is broken differently covers one or two.
PAGES = {"home": 3, "problem": 2, "search": 5, "pinned": 5, "history": 3, "room": 15, "owner": 40}
#: Viewport heights in pixels: all of the sheet, and most of the log, are visible.
TALL = 3600


class Contrast(Seen):
    @classmethod
    def setUpClass(cls):
        # A script's constants are local, so that pages can get it more than once.
        with open(os.path.join(TESTS, "themes", "contrast.js")) as file:
            cls.script = f"{{{file.read()}}}"

    @pytest.mark.slow
    def test_what_is_pointed_at_or_focused(self):
        for theme in THEMES:
            for scheme in SCHEMES:
                self.camera.light(scheme)
                for width in SIZES:
                    self.camera.frame(width, TALL)
                    for page in PAGES:
                        self.assertStatesReadable(theme, scheme, page, width)

    @pytest.mark.slow
    def test_a_site_that_is_dark(self):
        self.camera.frame(1280, TALL)
        for page in ("home", "room", "owner"):
            self.camera.show(self.stage, page, "plone")
            for variables in DARK_SITES:
                self.camera.darken(variables)
                for states in STATES:
                    with self.subTest(page=page, variables=bool(variables), state=states[0]):
                        self.assertReadable(PAGES[page], states)

    def test_the_owners_page_as_it_is_shipped(self):
        """It has the controls of all pages; other themes, widths and pages would take a minute more."""
        self.camera.frame(1280, TALL)
        for scheme in SCHEMES:
            self.camera.light(scheme)
            self.assertStatesReadable("pirate", scheme, "owner", 1280)

    @pytest.mark.slow
    def test_what_is_done_with_messages(self):
        states = RoomStates(self.driver)
        for theme in THEMES:
            for scheme in SCHEMES:
                self.camera.light(scheme)
                self.camera.frame(390, TALL)
                for pointed in STATES:
                    self.camera.show(self.stage, "lively", theme)
                    for state, _ in states.each():
                        with self.subTest(theme=theme, scheme=scheme, state=state, pointed=pointed[0]):
                            self.assertReadable(1, pointed)

    def assertStatesReadable(self, theme, scheme, page, width):
        self.camera.show(self.stage, page, theme)
        for states in STATES:
            with self.subTest(theme=theme, scheme=scheme, width=width, page=page, state=states[0]):
                self.assertReadable(PAGES[page], states)

    def assertReadable(self, least, states=()):
        """Assert the contrast of controls in `states`; `least` is the minimum number of measured places."""
        self.driver.execute_script(f"{self.script} contrast.force(arguments[0]); contrast.undress()", states)
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
        measure = "contrast.measure(arguments[0]).then(arguments[1], (error) => arguments[1]([0, [String(error)]]))"
        measured, found = self.driver.execute_async_script(measure, shot)
        self.assertEqual(found, [], json.dumps(found, indent=1, ensure_ascii=False))
        self.assertGreaterEqual(measured, least)

    def test_a_translator_that_was_chosen_with_the_mouse(self):
        """A real mouse pointer, which is still on it."""
        self.camera.frame(1280, TALL)
        for theme in THEMES:
            with self.subTest(theme=theme):
                self.camera.show(self.stage, "room", theme)
                link = self.driver.find_element("css selector", "#views a:not([aria-current])")
                ActionChains(self.driver).move_to_element(link).click().perform()
                self.assertEqual(self.driver.find_element("css selector", "#views a[aria-current]"), link)
                self.assertTrue(self.driver.execute_script("return arguments[0].matches(':hover')", link))
                self.assertReadable(15)
