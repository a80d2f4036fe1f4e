"""A room where there is no network: what is kept on a device, what is shown, and what is left when its reader leaves."""

from tests.chatting import Browser, ChatTest
from tests.layers import BROWSER, ChatLayer
from tests.wire import wait_until

STATE = "return document.getElementById('connection')?.dataset.state"
KEPT = """
    const done = arguments[0]
    Promise.all(['rooms', 'said'].map(async (name) => {
        const cache = await caches.open(name)
        return Promise.all((await cache.keys()).map(async (key) =>
            [name, new URL(key.url).pathname, await (await cache.match(key)).text()]))
    })).then((found) => done(found.flat()))
"""

CHAT = ChatLayer("CHAT_AND_BROWSER", BROWSER)


class Offline(ChatTest):
    layer = CHAT

    def setUp(self):
        self.driver = BROWSER.driver
        if self.driver is None:
            self.skipTest(BROWSER.MISSING)
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd(
            "Storage.clearDataForOrigin", {"origin": self.layer.url, "storageTypes": "all"}
        )
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
        found = self.driver.execute_async_script(KEPT)
        return next((text for cache, path, text in found if (cache, path) == (name, room or self.room)), "")

    def wait_until_kept(self, name, text):
        wait_until(lambda: text in self.kept(name), f"{text!r} is kept among {name}")

    @property
    def messages(self):
        return [one.text for one in self.driver.find_elements("css selector", "#messages .text")]

    @property
    def notice(self):
        return self.driver.find_element("id", "notice").text

    def test_a_room_is_shown_as_it_was_and_goes_on_when_the_server_is_back(self):
        self.say("on the page")
        self.enter()
        self.wait_until_kept("rooms", "on the page")
        self.say("said later")
        self.wait_until_kept("said", "said later")
        self.layer.server.stop()
        self.driver.refresh()
        self.wait_for("offline")
        wait_until(lambda: "You are offline: this is what the room looked like at" in self.notice, "the notice")
        self.assertEqual(self.messages, ["on the page", "said later"])
        self.layer.start(self.layer.port)
        self.ada.post(f"{self.room}/messages/1/remove")
        self.say("said meanwhile")
        self.wait_for("connected")
        self.assertEqual(self.notice, "")
        wait_until(lambda: self.messages == ["removed by the owner", "said later", "said meanwhile"], "what changed")
        wait_until(lambda: "on the page" not in self.kept("rooms") + self.kept("said"), "removed is removed")
