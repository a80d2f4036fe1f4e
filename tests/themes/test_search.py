"""Jumping to a message by a search, by a link, and by a day, and back, with the keyboard."""

from selenium.webdriver import ActionChains, Keys

from sockjs_support.waiting import wait_until
from tests.support.stage import Seen


class SearchTest(Seen):
    def setUp(self):
        super().setUp()
        self.camera.show(self.stage, "stranger", "plain")
        self.driver.execute_script("document.querySelector('#m7 .when').focus()")

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def state(self, script):
        return self.driver.execute_script(f"return {script}")

    def search(self, words):
        self.press("f")
        wait_until(lambda: self.state("document.activeElement.matches('#search-sheet input')"), "the field")
        self.press(words)
        wait_until(lambda: self.state("document.querySelectorAll('#search-sheet mark').length"), "results")

    def test_a_result_leads_to_its_message(self):
        self.search("break")
        self.assertEqual(self.state("document.querySelector('#search-sheet mark').textContent"), "breakfast")
        self.press(Keys.ARROW_DOWN, Keys.ENTER)
        wait_until(lambda: self.state("document.activeElement.id") == "m2", "the message")
        self.assertFalse(self.state("document.getElementById('search-sheet').open"))

    def test_the_button_returns_to_a_message_in_the_middle(self):
        self.go_and_come_back("m7")

    def test_the_button_returns_to_the_end(self):
        self.go_and_come_back("end")

    def go_and_come_back(self, place):
        """Jump to a found message while `place` is visible, and back by the button."""
        self.driver.execute_script("document.getElementById(arguments[0]).scrollIntoView()", place)
        top = self.state("document.getElementById('log').scrollTop")
        self.search("break")
        self.press(Keys.ARROW_DOWN, Keys.ENTER)
        wait_until(lambda: self.state("document.activeElement.id") == "m2", "the message")
        self.driver.find_element("xpath", "//button[.='Back to where you were']").click()
        wait_until(lambda: abs(self.state("document.getElementById('log').scrollTop") - top) < 2, "the position")
        self.assertIsNone(self.state("document.getElementById('hint-back')"))

    def test_escape_returns_to_the_position_before(self):
        top = self.state("document.getElementById('log').scrollTop")
        self.search("breakfast")
        self.press(Keys.ESCAPE, Keys.ESCAPE)
        wait_until(lambda: not self.state("document.getElementById('search-sheet').open"), "closed")
        self.assertTrue(self.state("document.activeElement.matches('#m7 .when')"))
        self.assertEqual(self.state("document.getElementById('log').scrollTop"), top)

    def test_the_link_leads_to_the_search_page(self):
        link = self.state("document.getElementById('to-search').href")
        self.driver.get(link)
        self.assertTrue(self.driver.find_elements("id", "q"))


#: By how many pixels message `arguments[0]` extends out of the log.
OUTSIDE = """
    const [log, message] = ['log', arguments[0]].map((id) => document.getElementById(id).getBoundingClientRect())
    return Math.max(log.top - message.top, message.bottom - log.bottom, 0)
"""


class LinkTest(Seen):
    def test_the_linked_message_is_visible_in_the_live_room(self):
        self.camera.frame(1280, 400)
        self.stage.pages["linked"] = ("Bo", "")
        self.addCleanup(self.stage.pages.pop, "linked")
        for message, path in (("m6", "/messages/6?as=pirate"), ("m1", "?on=2000-01-01&as=pirate")):
            self.stage.pages["linked"] = ("Bo", f"{self.stage.room}{path}")
            for visit in ("first", "second"):
                with self.subTest(message=message, visit=visit):
                    self.camera.show(self.stage, "linked", "plain")
                    self.camera.wait_for_connection()
                    self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
                    self.assertLess(self.driver.execute_script(OUTSIDE, message), 1)
