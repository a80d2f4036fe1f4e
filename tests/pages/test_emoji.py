"""Emoji by name in the composer in Chromium: while typing, from a list, by touch, and undo."""

from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from sockjs_support.waiting import wait_until
from tests.pages.test_display import DISPLAY, DisplayTest
from tests.support.paths import TOP
from tests.support.stage import SIZES, THEMES

AXE = Path(TOP, "node_modules", "axe-core", "axe.min.js").read_text("utf-8")

OPTIONS = "return [...document.querySelectorAll('#emoji-names li')].map((item) => item.textContent)"
IS_OPEN = "document.getElementById('emoji-names').checkVisibility()"

#: The problems that axe-core finds while the list is open.
VIOLATIONS = """
    const done = arguments[0]
    axe.run('#say').then(({ violations }) => done(violations.map(({ id, nodes }) => [id, nodes[0].html])))
"""


class Emoji(DisplayTest):
    layer = DISPLAY

    def setUp(self):
        super().setUp()
        self.enter(self.ada)
        self.field = self.driver.find_element("id", "text")
        self.field.click()

    def type(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def assertTyped(self, text):
        wait_until(lambda: self.field.get_property("value") == text, f"{text} in place of {self.field}")

    def assertLast(self, text):
        last = "[...document.querySelectorAll('#messages .message > .text')].at(-1)?.textContent"
        self.wait_for(f"{last} === '{text}'")

    def choose(self, typed, count):
        """Type the beginning of a name, and wait for suggestions."""
        self.type(typed)
        wait_until(lambda: self.run_script(OPTIONS)[:1] and self.run_script(f"return {IS_OPEN}"), "the list")
        self.assertEqual(len(self.run_script(OPTIONS)), count)

    def test_a_name_becomes_an_emoji_when_its_colon_is_typed(self):
        self.type("Look: :parrot:")
        self.assertTyped("Look: 🦜")
        self.type(" at 10:30: :no_such_name: `:parrot:`")
        self.assertTyped("Look: 🦜 at 10:30: :no_such_name: `:parrot:`")
        self.type(Keys.ENTER)
        self.assertLast("Look: 🦜 at 10:30: :no_such_name: `:parrot:`")

    def test_one_key_undoes_the_replacement(self):
        self.type("a :parrot:")
        self.assertTyped("a 🦜")
        self.type(Keys.BACKSPACE)
        self.assertTyped("a :parrot:")
        self.type(" b:", Keys.BACKSPACE)
        self.assertTyped("a :parrot: b")
        # The browser's own undo, too.
        self.type(" :whale:")
        self.assertTyped("a :parrot: b 🐳")
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
        self.assertTyped("a :parrot: b :whale:")

    def test_keys_choose_from_a_list_and_do_not_send(self):
        self.choose(":parr", 1)
        self.assertEqual(self.run_script(OPTIONS), ["🦜 :parrot:"])
        self.type(Keys.ENTER)
        self.assertTyped("🦜")
        self.choose(" :flag", 6)
        chosen = "document.getElementById(document.getElementById('text').getAttribute('aria-activedescendant'))"
        first = self.run_script(f"return {chosen}.textContent")
        self.type(Keys.ARROW_DOWN)
        second = self.run_script(f"return {chosen}.textContent")
        self.assertNotEqual(first, second)
        self.assertEqual(self.run_script(f"return {chosen}.getAttribute('aria-selected')"), "true")
        self.type(Keys.TAB)
        self.assertTyped(f"🦜 {second.split()[0]}")
        # Escape closes the list without leaving the field; then Enter sends the text.
        self.choose(" :wha", 2)
        self.type(Keys.ESCAPE)
        self.assertFalse(self.run_script(f"return {IS_OPEN}"))
        self.type(Keys.ENTER)
        self.assertLast(f"🦜 {second.split()[0]} :wha")

    def test_a_touch_chooses_and_the_field_keeps_the_focus(self):
        self.camera.frame(390, 500)
        self.choose(":parr", 1)
        self.driver.find_element("css selector", "#emoji-names li").click()
        self.assertTyped("🦜")
        self.assertEqual(self.run_script("return document.activeElement.id"), "text")

    def test_the_names_are_loaded_when_a_colon_is_typed(self):
        loaded = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('emoji_names')).length"
        self.type("Hello")
        self.assertEqual(self.run_script(f"return {loaded}"), 0)
        self.type(" :")
        self.wait_for(f"{loaded} === 1")

    def test_the_list_is_completely_visible_in_each_theme(self):
        for theme in THEMES:
            for width, height in ({**SIZES, 390: 500}).items():
                with self.subTest(theme=theme, width=width):
                    self.camera.frame(width, height)
                    self.enter(self.ada, theme=theme)
                    self.driver.execute_script(AXE)
                    self.driver.find_element("id", "text").click()
                    self.choose(":flag", 6)
                    found = self.run_script("""
                        const list = document.getElementById('emoji-names')
                        const { left, right, top, bottom } = list.getBoundingClientRect()
                        const field = document.getElementById('text').getBoundingClientRect()
                        const item = list.querySelector('li').getBoundingClientRect()
                        const hit = document.elementFromPoint(item.left + 20, item.top + item.height / 2)
                        return [left >= 0, right <= innerWidth, top >= 0, bottom <= field.top, list.contains(hit)]
                    """)
                    self.assertEqual(found, [True] * 5)
                    self.assertEqual(self.driver.execute_async_script(VIOLATIONS), [])
                    # Leave no draft for the next test.
                    self.type(*[Keys.BACKSPACE] * len(":flag"))
