"""A person's browser, and what it keeps of rooms."""

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chatting import ChatTest
from tests.support.stage import Camera

STATE = "return document.getElementById('connection')?.dataset.state"
MESSAGES = "return [...document.querySelectorAll('#messages .text')].map((one) => one.textContent)"
#: All that is kept: [cache, path, text]; of what is deleted meanwhile, nothing.
KEPT = """
    const done = arguments[0]
    caches.keys().then((names) => Promise.all(names.map(async (name) => {
        const cache = await caches.open(name)
        return Promise.all((await cache.keys()).map(async (key) =>
            [name, new URL(key.url).pathname, await (await cache.match(key))?.text() ?? '']))
    }))).then((found) => done(found.flat().filter(([, , text]) => text)))
"""


class DeviceTest(ChatTest):
    """Opens rooms in a browser that nobody has used before; `ada` owns one, at the path `room`."""

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
        """Return what is kept of a room: its page ("rooms"), or what was said in it ("said"), or ""."""
        wanted = name, room or self.room
        found = self.driver.execute_async_script(KEPT)
        return next((text for cache, path, text in found if (cache.partition("-")[0], path) == wanted), "")

    def wait_until_kept(self, name, text):
        wait_until(lambda: text in self.kept(name), f"{text!r} is kept among {name}")

    def end_server(self):
        """End the server without notice; after the test, it runs again."""
        self._expect_end()
        self.layer.server.kill()

    def stop_server(self):
        """End the server as its operator would; after the test, it runs again."""
        self._expect_end()
        self.layer.server.stop()

    def _expect_end(self):
        BROWSER.console.expect()
        self.ended = True
        self.addCleanup(self.start)

    def start(self):
        """Start the server, unless it runs."""
        if self.ended:
            self.layer.start(self.layer.port)
            self.ended = False

    def start_again(self):
        """Start the server, and tell the page that the network is back: nobody waits for the next attempt."""
        self.start()
        self.driver.execute_script("dispatchEvent(new Event('online'))")

    @property
    def messages(self):
        # At one moment: the page may make its messages again.
        return self.driver.execute_script(MESSAGES)

    @property
    def notice(self):
        return self.driver.find_element("id", "notice").text
