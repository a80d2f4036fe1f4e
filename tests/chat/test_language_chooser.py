"""The list of languages in Chromium: search by any name, keyboard navigation, and phones."""

import json
from pathlib import Path

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.pages.test_display import DisplayTest
from tests.support.chat_servers import ChatLayer
from tests.support.plugins.many_languages import TAGS
from tests.support.stage import SIZES
from tests.themes.test_access import ALL, AXE, RUN

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
        """Return the visible languages by their own names."""
        links = self.driver.find_elements(By.CSS_SELECTOR, "#found-views a")
        return [link.find_element(By.TAG_NAME, "bdi").text for link in links if link.is_displayed()]

    def assertReads(self, title, text):
        self.wait_for(f"document.querySelector('#m1 > .text')?.innerText.trim() === {text!r}")
        self.assertEqual(self.run_script("return document.querySelector('#show-views bdi').textContent"), title)

    def test_a_language_is_found_by_its_names(self):
        self.enter()
        field = self.open_list()
        for typed in ("polski", "Polish", "POLS"):
            with self.subTest(typed):
                field.clear()
                field.send_keys(typed)
                self.assertIn("polski", self.found())
                self.assertLess(len(self.found()), 4)

    def test_an_unknown_name_shows_a_notice(self):
        self.enter()
        self.open_list().send_keys("zzz")
        self.wait_for("document.getElementById('no-view').textContent !== ''")
        self.assertEqual(self.found(), [])

    def test_reopening_the_list_shows_all_languages(self):
        self.enter()
        self.open_list().send_keys("zzz", Keys.ESCAPE, Keys.ESCAPE)
        self.wait_for("document.getElementById('find-view').offsetParent === null")
        self.assertEqual(self.open_list().get_property("value"), "")
        self.assertGreater(len(self.found()), 10)
        self.assertEqual(self.driver.find_element(By.ID, "no-view").text, "")

    def test_enter_chooses_the_first(self):
        self.enter()
        self.open_list().send_keys("polish", Keys.ENTER)
        self.assertReads("polski", "pl: Good morning, my friends!")
        self.driver.refresh()
        self.assertReads("polski", "pl: Good morning, my friends!")

    def test_arrow_keys_move_between_field_and_list(self):
        self.enter()
        field = self.open_list()
        field.send_keys("pol", Keys.ARROW_DOWN)
        self.assertTrue(self.run_script("return document.activeElement.closest('#found-views') !== null"))
        self.driver.switch_to.active_element.send_keys(Keys.ARROW_UP)
        self.assertEqual(self.driver.switch_to.active_element, field)

    def test_the_chooser_fits_on_a_phone_with_the_keyboard_open(self):
        self.camera.frame(390, 500)
        self.enter()
        self.open_list().send_keys("pol")
        box = self.run_script("return document.getElementById('views').getBoundingClientRect().toJSON()")
        self.assertGreaterEqual(box["top"], 0)
        self.assertLessEqual(box["right"], 390)
        self.assertEqual(self.run_script("return document.documentElement.scrollWidth"), 390)
        self.driver.find_element(By.CSS_SELECTOR, "#found-views li:not([hidden]) a").click()
        self.assertReads("polski", "pl: Good morning, my friends!")

    def test_too_many_languages_in_a_room_show_a_notice(self):
        readers = [self.window(self.room) for _ in range(8)]
        for reader, tag in zip(readers, [tag for tag in TAGS if tag != "pl"][:8], strict=True):
            self.assertEqual(reader.join(**{"as": f"tongues:{tag}"})["as"], f"tongues:{tag}")
        self.enter()
        for width, height in SIZES.items():
            with self.subTest(width=width):
                self.camera.frame(width, height)
                self.open_list().send_keys("polish", Keys.ENTER)
                self.wait_for("document.getElementById('notice').textContent.includes('too many languages')")
                self.assertReads("As written", "Good morning, my friends!")
                self.assertNoticeIsSeen(width, height)
                self.assertAccessible()
                self.run_script("document.getElementById('notice').textContent = ''")
        readers.pop().close()
        wait_until(self.can_be_read_in_polish, "a place for one more language")

    def can_be_read_in_polish(self):
        self.open_list().send_keys("polish", Keys.ENTER)
        chosen = "document.querySelector('#m1 > .text').innerText.startsWith('pl: ')"
        refused = "document.getElementById('notice').textContent.includes('too many')"
        self.wait_for(f"{chosen} || {refused}")
        return self.run_script(f"return {chosen}")

    def assertNoticeIsSeen(self, width, height):
        """Assert that the notice is inside of the window, not covered, and announced."""
        box, role, top = self.run_script("""
            const notice = document.getElementById('notice')
            const box = notice.getBoundingClientRect()
            const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
            return [box.toJSON(), notice.getAttribute('role'), notice.contains(seen)]
        """)
        self.assertTrue(top, "the element is not covered")
        self.assertIn(role, ("alert", "status"))
        self.assertGreater(box["height"], 0)
        self.assertTrue(0 <= box["left"] < box["right"] <= width and 0 <= box["top"] < box["bottom"] <= height, box)
        self.assertEqual(self.run_script("return document.documentElement.scrollWidth"), width)

    def assertAccessible(self):
        self.run_script(Path(AXE).read_text("utf-8"))
        found = self.driver.execute_async_script(RUN, "html", ALL, [])
        self.assertEqual(found, [], json.dumps(found, indent=1, ensure_ascii=False))
