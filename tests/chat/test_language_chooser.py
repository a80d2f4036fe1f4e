"""The list of languages, in Chromium: found by any name, by keyboard, and on a phone."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sockjs_support.layers import BROWSER
from tests.pages.test_display import DisplayTest
from tests.support.chat_servers import ChatLayer

CHOOSER = ChatLayer("CHOOSER", BROWSER, ini="languages.ini")


class ChooserTest(DisplayTest):
    layer = CHOOSER

    def setUp(self):
        super().setUp()
        self.say("Good morning, my friends!", lang="en")

    def open_list(self):
        self.driver.find_element(By.ID, "show-views").click()
        self.wait_for("document.getElementById('find-view').offsetParent !== null")
        return self.driver.find_element(By.ID, "find-view")

    def found(self):
        """Return the names of the languages that are shown, as they call themselves."""
        links = self.driver.find_elements(By.CSS_SELECTOR, "#found-views a")
        return [link.find_element(By.TAG_NAME, "bdi").text for link in links if link.is_displayed()]

    def assertReads(self, title, text):
        self.wait_for(f"document.querySelector('#m1 > .text')?.innerText.trim() === {text!r}")
        self.assertEqual(self.run_script("return document.querySelector('#show-views bdi').textContent"), title)

    def test_a_language_is_found_by_what_it_is_called_here_and_there(self):
        self.enter()
        field = self.open_list()
        for typed in ("polski", "Polish", "POLS"):
            with self.subTest(typed):
                field.clear()
                field.send_keys(typed)
                self.assertIn("polski", self.found())
                self.assertLess(len(self.found()), 4)

    def test_where_nothing_goes_by_that_name_it_says_so(self):
        self.enter()
        self.open_list().send_keys("zzz")
        self.wait_for("document.getElementById('no-view').textContent !== ''")
        self.assertEqual(self.found(), [])

    def test_enter_chooses_the_first(self):
        self.enter()
        self.open_list().send_keys("polish", Keys.ENTER)
        self.assertReads("polski", "pl: Good morning, my friends!")
        self.driver.refresh()
        self.assertReads("polski", "pl: Good morning, my friends!")

    def test_arrows_lead_from_the_field_into_the_list_and_back(self):
        self.enter()
        field = self.open_list()
        field.send_keys("pol", Keys.ARROW_DOWN)
        self.assertTrue(self.run_script("return document.activeElement.closest('#found-views') !== null"))
        self.driver.switch_to.active_element.send_keys(Keys.ARROW_UP)
        self.assertEqual(self.driver.switch_to.active_element, field)

    def test_on_a_phone_with_its_keyboard_open_it_fits(self):
        self.camera.frame(390, 500)
        self.enter()
        self.open_list().send_keys("pol")
        box = self.run_script("return document.getElementById('views').getBoundingClientRect().toJSON()")
        self.assertGreaterEqual(box["top"], 0)
        self.assertLessEqual(box["right"], 390)
        self.assertEqual(self.run_script("return document.documentElement.scrollWidth"), 390)
        self.driver.find_element(By.CSS_SELECTOR, "#found-views li:not([hidden]) a").click()
        self.assertReads("polski", "pl: Good morning, my friends!")
