"""What a live page shows, in Chromium: days as the reader has them, and scripts that run either way."""

import datetime
import zoneinfo

from tests.chatting import ChatTest
from tests.layers import BROWSER, ChatLayer
from tests.themes.stage import Camera
from tests.wire import wait_until

DISPLAY = ChatLayer("DISPLAY", BROWSER)


class DisplayTest(ChatTest):
    layer = DISPLAY

    def setUp(self):
        self.driver = BROWSER.driver
        if self.driver is None:
            self.skipTest(BROWSER.MISSING)
        self.camera = Camera(self.driver)
        self.camera.frame(1280, 900)
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.layer.url, "storageTypes": "all"})
        self.ada, self.room = self.open_room()

    def say(self, text, browser=None, **fields):
        """Say `text` over HTTP, as Ada or with another `browser`."""
        browser = (browser or self.ada).visit(self.room)
        self.assertEqual(browser.post(f"{self.room}/messages", text=text, **fields).status, 303)

    def enter(self, browser=None, theme="pirate"):
        """Open the room in Chromium, with the cookies of `browser`, and wait until it is live."""
        for name, value in {**(browser.cookies if browser else {}), "piratechat-theme": theme}.items():
            self.driver.execute_cdp_cmd("Network.setCookie", {"name": name, "value": value, "url": self.layer.url})
        self.driver.get(f"{self.layer.url}{self.room}?as=original")
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")

    def run_script(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, condition):
        """Wait until the JavaScript expression `condition` holds."""
        wait_until(lambda: self.run_script(f"return {condition}"), condition)


class Days(DisplayTest):
    #: One of them has another date than UTC at any moment.
    ZONES = ("Pacific/Kiritimati", "Etc/GMT+12")

    def tearDown(self):
        self.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})

    def test_a_day_is_the_readers_own_for_people_and_programs(self):
        self.say("rendered by the server")
        for zone in self.ZONES:
            with self.subTest(zone=zone):
                self.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})
                self.enter()
                self.say("and by a script")
                count = self.run_script("return document.querySelectorAll('.message').length")
                self.wait_for(f"document.querySelectorAll('.message').length > {count} - 1")
                self.assertDaysAreOf(zone)

    def assertDaysAreOf(self, zone):
        """The days above messages are those of their times in `zone`, in words as in `datetime`."""
        found = self.run_script("""
            return [...document.querySelectorAll('#messages > li')].map((item) => {
                const time = item.querySelector('time')
                return [item.className, time.dateTime, time.textContent, time.title]
            })
        """)
        day = None
        for kind, moment, words, title in found:
            if kind == "day":
                day = (moment, words)
                continue
            at = datetime.datetime.fromisoformat(moment).astimezone(zoneinfo.ZoneInfo(zone))
            self.assertEqual(day, (at.date().isoformat(), f"{at.day} {at:%B %Y}"))
            self.assertEqual((words, title), (f"{at:%H:%M}", day[1]))


class Names(DisplayTest):
    def say_here(self, text):
        self.run_script("document.getElementById('text').value = arguments[0]", text)
        self.run_script("document.getElementById('say').requestSubmit()")

    def last_said(self, text):
        """Return author and class of the last message, once it says `text`."""
        last = "[...document.querySelectorAll('#messages .message')].at(-1)"
        self.wait_for(f"{last}?.querySelector('.text').textContent === '{text}'")
        return self.run_script(f"const item = {last}; return [item.dataset.author, item.className]")

    def test_a_window_learns_what_its_visitor_is_called_in_another(self):
        ann = self.browser().visit(self.room)
        self.enter(ann)
        self.say("from another window", ann, name="Ann")
        self.assertEqual(self.last_said("from another window"), ["Ann", "message own"])
        self.assertEqual(self.driver.find_elements("id", "name"), [])
        self.say("and once more", ann, name="Anna")
        self.assertEqual(self.last_said("and once more"), ["Anna", "message own"])
        self.say_here("from here")
        self.assertEqual(self.last_said("from here"), ["Anna", "message own again"])
        owns = "return document.querySelectorAll('.message.own').length"
        self.assertEqual(self.run_script(owns), 3)
        self.driver.refresh()
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")
        self.assertEqual(self.run_script(owns), 3)

    def test_nobody_types_on_under_a_name_that_was_changed(self):
        self.enter(self.ada)
        window = self.visitor(self.room, "Ann")
        self.wait_for("document.getElementById('present').textContent.includes('Ann')")
        window.send({"type": "typing"})
        self.wait_for("document.getElementById('typing').textContent.includes('Ann is typing')")
        window.join(name="Bella")
        self.wait_for("document.getElementById('present').textContent.includes('Bella')")
        self.assertEqual(self.run_script("return document.getElementById('typing').textContent"), "")

    def test_the_owner_is_known_under_another_name(self):
        self.enter()
        self.say("I am the owner", self.ada, name="The Countess")
        self.assertEqual(self.last_said("I am the owner"), ["The Countess", "message by-owner"])
