"""The owner's panel of a room with many visitors."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sockjs_support.waiting import wait_until
from tests.support.chatting import Browser
from tests.support.stage import SIZES, STAGE, THEMES, Seen
from tests.support.toolbar import Toolbar

VISITORS = [f"Visitor {number}" for number in range(1, 13)]
LIST = """
    const list = document.getElementById('names')
    return [list.scrollHeight, list.clientHeight, innerHeight]
"""


class Panel(Seen):
    def setUp(self):
        super().setUp()
        self.ada = Browser(STAGE.port)
        self.room = self.ada.open_room(self.id().rpartition(".")[2][-40:])
        for name in VISITORS:
            browser = Browser(STAGE.port).visit(self.room)
            self.assertEqual(browser.post(f"{self.room}/messages", text="hello", name=name).status, 303)

    def open(self, theme="plain"):
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        for name, value in {**self.ada.cookies, "piratechat-theme": theme}.items():
            self.driver.execute_cdp_cmd("Network.setCookie", {"name": name, "value": value, "url": self.stage.origin})
        self.driver.get(self.stage.origin + self.room)
        connected = "return document.getElementById('connection').dataset.state === 'connected'"
        wait_until(lambda: self.driver.execute_script(connected), "connected")
        self.driver.execute_script(
            "document.getElementById('more').showPopover(); document.getElementById('owner').open = true"
        )

    def names(self):
        """Return the visible names."""
        script = "return [...document.querySelectorAll('#names li:not([hidden]) bdi')].map((name) => name.textContent)"
        return self.driver.execute_script(script)

    def focused(self):
        return self.driver.execute_script("return document.activeElement.getAttribute('aria-label')")

    def is_there(self, css):
        return self.driver.execute_script("return document.querySelector(arguments[0]) !== null", css)

    def the(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def test_the_list_of_visitors_scrolls(self):
        for theme in THEMES:
            for size in SIZES.items():
                with self.subTest(theme=theme, size=size):
                    self.camera.frame(*size)
                    self.open(theme)
                    whole, seen, window = self.driver.execute_script(LIST)
                    self.assertGreater(whole, seen)
                    self.assertLess(seen, window / 2)
                    self.assertEqual(self.camera.overflow, 0)

    def test_a_visitor_can_be_found_muted_and_unmuted(self):
        self.open()
        self.assertEqual(sorted(self.names()), sorted(VISITORS))
        self.the("#sought").send_keys("VISITOR 11")
        self.assertEqual(self.names(), ["Visitor 11"])
        for what, then in (("mute", "unmute"), ("unmute", "mute")):
            self.the(f"button[aria-label='{what.capitalize()} Visitor 11']").click()
            label = f"{then.capitalize()} Visitor 11"
            wait_until(lambda label=label: self.focused() == label, label)
            self.assertEqual(self.names(), ["Visitor 11"], "the filter is kept")
        self.the("#sought").send_keys(Keys.BACKSPACE * len("VISITOR 11"))
        wait_until(lambda: len(self.names()) == len(VISITORS), "all visitors")

    def test_a_removal_can_be_undone_by_keyboard(self):
        self.open()
        self.driver.execute_script("document.getElementById('more').hidePopover()")
        Toolbar(self.driver).choose(1, "remove")
        wait_until(lambda: self.is_there("#m1.removed") and self.is_there("#undo button"), "the button to undo")
        self.the("#undo button").send_keys(Keys.SPACE)
        wait_until(lambda: self.is_there("#m1:not(.removed)"), "restoring")
        self.assertFalse(self.is_there("#undo button"))
        # The button has disappeared: the focus is on the restored message.
        self.assertTrue(self.is_there("#m1:focus"))
