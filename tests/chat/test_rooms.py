"""The list of a browser's rooms on each room's page, with the number of new messages in each."""

from lxml import html
from selenium.webdriver import ActionChains, Keys

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.device import MESSAGES, DeviceTest
from tests.support.stage import Camera

#: The visible rooms in the list, each as [title, accessible addition, whether it is the current one].
ROOMS = """
    return [...document.querySelectorAll('#rooms li a')].filter((one) => one.checkVisibility()).map((one) =>
        [one.querySelector('bdi').textContent, one.querySelector('.unseen')?.textContent.trim() ?? '',
         one.getAttribute('aria-current') === 'page'])
"""
#: The visible links to the home page and to other rooms, by their selectors.
SEEN = "return arguments[0].filter((one) => document.querySelector(one)?.checkVisibility())"
WAYS = ["#bar > [rel=home]", "#show-rooms", "#rooms"]
#: The focused element: the room of a link, or an id.
FOCUS = "return document.activeElement.querySelector('bdi')?.textContent ?? document.activeElement.id"
#: Sums up layout shifts.
WATCH = """
    window.moved = 0
    new PerformanceObserver((list) => { for (const {value} of list.getEntries()) moved += value })
        .observe({type: 'layout-shift', buffered: true})
"""
STORE = "localStorage.setItem(arguments[0], arguments[1])"

CHAT = ChatLayer("CHAT_AND_BROWSER", BROWSER)


class Rooms(DeviceTest):
    layer = CHAT

    def setUp(self):
        super().setUp()
        self.titles = {}
        self.first = self.room
        self.paths = [self.room, *(self.open_room()[1] for _ in range(2))]

    def title(self, room):
        if room not in self.titles:
            self.titles[room] = html.document_fromstring(self.ada.get(room).body).findtext(".//main//h1")
        return self.titles[room]

    def enter_all(self):
        for room in self.paths:
            self.enter(room)
        wait_until(lambda: len(self.rooms()) == len(self.paths), "all rooms")

    def rooms(self):
        return self.driver.execute_script(ROOMS)

    def ways(self):
        return self.driver.execute_script(SEEN, WAYS)

    def focus(self):
        return self.driver.execute_script(FOCUS)

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def test_a_single_room_has_a_link_to_the_home_page(self):
        for width in (1280, 390):
            Camera(self.driver).frame(width, 844)
            self.enter()
            self.assertEqual(self.ways(), WAYS[:1])
        self.driver.execute_script("document.activeElement.blur()")
        self.press("g")
        self.assertEqual(self.driver.find_element("id", "text").get_attribute("value"), "g")

    def test_without_scripts_there_is_a_link_to_the_home_page(self):
        self.enter_all()
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.setScriptExecutionDisabled", {"value": False})
        self.driver.get(f"{self.layer.url}{self.room}")
        home = self.driver.find_element("css selector", WAYS[0])
        self.assertTrue(home.is_displayed())
        self.assertFalse(self.driver.find_element("id", "rooms").is_displayed())
        home.click()
        wait_until(lambda: self.driver.current_url == f"{self.layer.url}/", "the home page")

    def test_a_wide_window_lists_the_rooms(self):
        self.enter_all()
        here = self.title(self.paths[-1])
        self.assertEqual([title for title, _, is_here in self.rooms() if is_here], [here])
        self.assertEqual(sorted(title for title, _, _ in self.rooms()), sorted(map(self.title, self.paths)))
        self.assertEqual(self.ways(), ["#rooms"])
        before = [title for title, _, _ in self.rooms()]
        self.driver.find_element("css selector", "#rooms li a:not([aria-current])").click()
        wait_until(lambda: self.driver.current_url.split("?")[0] != f"{self.layer.url}{self.paths[-1]}", "another room")
        self.wait_for("connected")
        wait_until(lambda: len(self.rooms()) == len(self.paths), "all rooms")
        self.assertEqual([title for title, _, _ in self.rooms()], before, "the order of rooms stays the same")

    def test_new_messages_are_counted_and_left_rooms_disappear(self):
        self.say("seen")
        self.enter_all()
        other = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        self.addCleanup(self.close_tabs, other)
        self.enter(self.first)
        wait_until(lambda: self.driver.execute_script(MESSAGES) == ["seen"], "the message")
        tab = self.driver.current_window_handle
        self.driver.switch_to.window(other)
        for text, count in (("one", "1 new"), ("two", "2 new")):
            self.say(text)
            wait_until(lambda count=count: self.new(self.first) == count, count)
        self.driver.switch_to.window(tab)
        wait_until(lambda: self.driver.execute_script(MESSAGES)[-1:] == ["two"], "the messages")
        self.driver.find_element("id", "show-more").click()
        self.driver.find_element("css selector", "#leave summary").click()
        self.driver.find_element("css selector", "#leave button").click()
        wait_until(lambda: self.driver.current_url == f"{self.layer.url}/", "the way out")
        self.driver.switch_to.window(other)
        wait_until(lambda: len(self.rooms()) == 2, "the removal from the list")
        self.assertNotIn(self.title(self.first), [title for title, _, _ in self.rooms()])

    def new(self, room):
        return next((new for title, new, _ in self.rooms() if title == self.title(room)), None)

    def close_tabs(self, kept):
        for handle in self.driver.window_handles:
            if handle != kept:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(kept)

    def test_the_list_works_with_the_keyboard(self):
        self.enter_all()
        listed = [title for title, _, _ in self.rooms()]
        at = listed.index(self.title(self.paths[-1]))
        self.driver.execute_script("document.getElementById('log').focus()")
        self.press("g")
        self.assertEqual(self.focus(), listed[at])
        self.press(Keys.ARROW_DOWN)
        self.assertEqual(self.focus(), listed[(at + 1) % 3])
        self.press(Keys.ARROW_UP, Keys.ARROW_UP)
        self.assertEqual(self.focus(), listed[at - 1])
        self.press(Keys.ESCAPE)
        self.assertEqual(self.focus(), "log")
        self.press("g", Keys.ARROW_DOWN, Keys.ENTER)
        wait_until(lambda: not self.driver.current_url.startswith(f"{self.layer.url}{self.paths[-1]}"), "another room")

    def test_a_phone_has_the_list_in_a_sheet(self):
        Camera(self.driver).frame(390, 844)
        for room in self.paths:
            self.enter(room)
        wait_until(lambda: self.ways() == ["#show-rooms"], "the button")
        self.driver.find_element("id", "show-rooms").click()
        self.assertEqual(len(self.rooms()), 3)
        heights = self.driver.execute_script(
            "return [...document.querySelectorAll('#rooms .rest a')].map((one) => one.offsetHeight)"
        )
        self.assertGreaterEqual(min(heights), 44)
        self.press(Keys.ESCAPE)
        self.assertEqual(self.rooms(), [])
        self.assertEqual(self.focus(), "show-rooms")
        self.driver.execute_script("document.getElementById('log').focus()")
        self.press("g")
        self.assertEqual(self.focus(), self.title(self.paths[-1]))
        self.press(Keys.ESCAPE)
        self.assertEqual(self.focus(), "log")
        self.driver.find_element("id", "show-rooms").click()
        self.driver.find_element("css selector", "#rooms .to-home").click()
        wait_until(lambda: self.driver.current_url == f"{self.layer.url}/", "the home page")

    def test_the_list_causes_no_layout_shift(self):
        self.enter_all()
        run = self.driver.execute_cdp_cmd
        watching = run("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})["identifier"]
        self.addCleanup(run, "Page.removeScriptToEvaluateOnNewDocument", {"identifier": watching})
        for width in (1280, 390):
            Camera(self.driver).frame(width, 844)
            self.enter()
            wait_until(
                lambda: self.driver.execute_script("return document.querySelectorAll('#rooms li').length") == 3, "all"
            )
            self.driver.execute_async_script("requestIdleCallback(arguments[0])")
            self.assertLess(self.driver.execute_script("return moved"), 0.01)

    def test_invalid_stored_data_is_ignored(self):
        self.enter()
        markup = '[["bo", "{\\"title\\": \\"<img src=x onerror=alert(1)>\\"}"], ["../x", "{\\"title\\": \\"x\\"}"]]'
        self.driver.execute_script(STORE, "piratechat:rooms", markup)
        self.enter()
        wait_until(lambda: len(self.rooms()) == 3, "all rooms")
        self.assertIn("<img src=x onerror=alert(1)>", [title for title, _, _ in self.rooms()])
        links = self.driver.execute_script(
            "return [...document.querySelectorAll('#rooms li a')].map((one) => one.pathname)"
        )
        self.assertIn("/rooms/..%2Fx", links)
        for text in ("{", "null", "7", '[["bo", 7]]', '[["bo", "{}"]]'):
            self.driver.execute_script(STORE, "piratechat:rooms", text)
            self.enter()
            self.assertEqual(self.ways(), WAYS[:1], text)

    def test_numbers_of_another_database_are_not_counted(self):
        self.enter_all()
        slug = self.first.rpartition("/")[2]
        self.driver.execute_script(STORE, "piratechat:seen", f'[["{slug}", "0"]]')
        rooms = f'[["{slug}", "{{\\"title\\": \\"Before\\", \\"last\\": 9}}"]]'
        self.driver.execute_script(STORE, "piratechat:rooms", rooms)
        self.driver.execute_script(STORE, "piratechat:epoch", "0ld")
        self.enter(self.paths[-1])
        wait_until(lambda: len(self.rooms()) == 2, "both rooms")
        self.assertEqual(sorted(new for _, new, _ in self.rooms()), ["", ""])
        self.assertIn("Before", [title for title, _, _ in self.rooms()])
