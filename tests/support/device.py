"""A person's browser, and the data of rooms that it stores."""

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chatting import ChatTest
from tests.support.stage import Camera

STATE = "return document.getElementById('connection')?.dataset.state"
MESSAGES = "return [...document.querySelectorAll('#messages .text')].map((one) => one.textContent)"
#: All cached responses as [cache, path, text], without those deleted meanwhile.
KEPT = """
    const done = arguments[0]
    caches.keys().then((names) => Promise.all(names.map(async (name) => {
        const cache = await caches.open(name)
        return Promise.all((await cache.keys()).map(async (key) =>
            [name, new URL(key.url).pathname, await (await cache.match(key))?.text() ?? '']))
    }))).then((found) => done(found.flat().filter(([, , text]) => text)))
"""


class DeviceTest(ChatTest):
    """A test case with a browser profile without history; `ada` is the owner of the room at the path `room`."""

    ended = False

    def setUp(self):
        self.driver = BROWSER.driver
        if self.driver is None:
            self.skipTest(BROWSER.MISSING)
        Camera(self.driver).frame(1280, 900)
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.layer.url, "storageTypes": "all"})
        self.ada, self.room = self.open_room()

    def say(self, text):
        self.assertEqual(self.ada.visit(self.room).post(f"{self.room}/messages", text=text).status, 303)

    def enter(self, room=None, state="connected"):
        self.driver.get(f"{self.layer.url}{room or self.room}?as=original")
        self.wait_for(state)

    def wait_for(self, state):
        wait_until(lambda: self.driver.execute_script(STATE) == state, state)

    def kept(self, name, room=None):
        """Return the stored text of a room: its page ("rooms") or its messages ("said"); "" if there is none."""
        wanted = name, room or self.room
        found = self.driver.execute_async_script(KEPT)
        return next((text for cache, path, text in found if (cache.partition("-")[0], path) == wanted), "")

    def wait_until_kept(self, name, text):
        wait_until(lambda: text in self.kept(name), f"{text!r} is stored among {name}")

    def end_server(self):
        """Kill the server; it runs again after the test."""
        self._expect_end()
        self.layer.server.kill()

    def stop_server(self):
        """Stop the server gracefully; it runs again after the test."""
        self._expect_end()
        self.layer.server.stop()

    def _expect_end(self):
        BROWSER.console.expect()
        self.ended = True
        self.addCleanup(self.start)

    def start(self):
        """Start the server if it is not running."""
        if self.ended:
            self.layer.start(self.layer.port)
            self.ended = False

    def start_again(self):
        """Start the server, and fire the page's `online` event, so that it reconnects immediately."""
        self.start()
        self.driver.execute_script("dispatchEvent(new Event('online'))")

    @property
    def messages(self):
        # In one call, because the page may replace its messages.
        return self.driver.execute_script(MESSAGES)

    @property
    def notice(self):
        return self.driver.find_element("id", "notice").text
