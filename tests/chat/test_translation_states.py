"""Untranslated messages in Chromium: the reason, and the actions that readers can take."""

from selenium.webdriver.common.by import By

from sockjs_support.layers import BROWSER
from tests.pages.test_display import DisplayTest
from tests.support.chat_servers import ChatLayer
from tests.support.toolbar import Toolbar

STATES = ChatLayer("STATES", BROWSER, ini="translated.ini")


class StatesTest(DisplayTest):
    layer = STATES

    def setUp(self):
        super().setUp()
        self.window(self.room, self.ada).join(**{"as": "original"})

    def read(self, view):
        """Open the room with the translator `view`."""
        self.enter()
        self.driver.find_element(By.CSS_SELECTOR, f"#views [data-view={view}]").click()

    def press(self, css):
        self.wait_for(f"document.querySelector({css!r})")
        self.run_script("document.querySelector(arguments[0]).click()", css)

    def assertShows(self, css, text):
        self.wait_for(f"document.querySelector({css!r})?.innerText.trim() === {text!r}")

    def test_skipped_messages_show_why_and_can_be_translated_anyway(self):
        self.say("ok")
        self.read("german")
        self.assertShows("#m1 > .note bdi", "It is too short to tell its language.")
        self.press("#m1 .anyway")
        self.assertShows("#m1 > .text", "auf Deutsch: ok")
        self.assertEqual(self.driver.find_elements(By.CSS_SELECTOR, "#m1 > .note"), [])

    def test_failed_messages_can_be_retried_together(self):
        for number in range(2):
            self.say(f"fail number {number}")
        self.read("loud")
        self.assertShows("#m2 .translate-all", "Try all again")
        self.press("#m2 .translate-all")
        for number in range(2):
            self.assertShows(f"#m{number + 1} > .text", f"FAIL NUMBER {number}")

    def test_a_single_failed_message_can_be_retried(self):
        self.say("fail alone")
        self.read("loud")
        self.assertShows("#m1 .translate", "Try again")
        self.assertFalse(self.driver.find_element(By.CSS_SELECTOR, "#m1 .translate-all").is_displayed())

    def test_a_single_message_can_use_another_translator(self):
        self.say("ahoy over there")
        self.enter()
        Toolbar(self.driver).choose(1, "aside")
        self.driver.find_element(By.XPATH, "//dialog[@id='about-message']//button[.='Loud']").click()
        self.assertShows("#m1 > .aside > div", "AHOY OVER THERE")
        self.assertShows("#m1 > .text", "ahoy over there")
        self.press("#m1 > .aside > .close")
        self.wait_for("!document.querySelector('.aside')")
