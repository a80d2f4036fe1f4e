"""A room where there is no network: what a device keeps of it, and what is left when its reader leaves."""

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import ChatTest
from tests.support.stage import Camera

STATE = "return document.getElementById('connection')?.dataset.state"
MESSAGES = "return [...document.querySelectorAll('#messages .text')].map((one) => one.textContent)"
#: All that is kept: [cache, path, text].
KEPT = """
    const done = arguments[0]
    caches.keys().then((names) => Promise.all(names.map(async (name) => {
        const cache = await caches.open(name)
        return Promise.all((await cache.keys()).map(async (key) =>
            [name, new URL(key.url).pathname, await (await cache.match(key)).text()]))
    }))).then((found) => done(found.flat()))
"""
#: The next answer comes, and the page has it when `release()` is called.
HOLD = """
    const real = window.fetch
    window.fetch = async (...request) => {
        window.fetch = real
        const answer = await real(...request)
        await new Promise((done) => { window.release = done })
        return answer
    }
"""

CHAT = ChatLayer("CHAT_AND_BROWSER", BROWSER)


class Offline(ChatTest):
    layer = CHAT

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
        found = self.driver.execute_async_script(KEPT)
        return next((text for cache, path, text in found if (cache, path) == (name, room or self.room)), "")

    def wait_until_kept(self, name, text):
        wait_until(lambda: text in self.kept(name), f"{text!r} is kept among {name}")

    def start_again(self):
        self.layer.start(self.layer.port)
        # As when the network is back: nobody waits for the next attempt.
        self.driver.execute_script("dispatchEvent(new Event('online'))")

    def leave(self):
        self.driver.find_element("id", "show-more").click()
        self.driver.find_element("css selector", "#leave summary").click()
        self.driver.find_element("css selector", "#leave button").click()
        wait_until(lambda: self.driver.current_url == f"{self.layer.url}/", "the way out")

    def leave_a_room(self):
        """Visit a room and leave it; return its path."""
        ada, room = self.open_room()
        ada.visit(room).post(f"{room}/messages", text="between us")
        self.enter(room)
        wait_until(lambda: "between us" in self.kept("rooms", room), "it is kept")
        self.leave()
        return room

    @property
    def messages(self):
        # At one moment: the page may make its messages again.
        return self.driver.execute_script(MESSAGES)

    @property
    def notice(self):
        return self.driver.find_element("id", "notice").text

    def test_a_room_is_shown_as_it_was_and_goes_on_when_the_server_is_back(self):
        left = self.leave_a_room()
        self.say("on the page")
        self.enter()
        self.wait_until_kept("rooms", "on the page")
        self.say("said later")
        self.wait_until_kept("said", "said later")
        self.layer.server.kill()
        self.driver.refresh()
        self.wait_for("offline")
        wait_until(lambda: "You are offline. This is the room as it was at" in self.notice, "the notice")
        wait_until(lambda: self.messages == ["on the page", "said later"], "what is kept")
        self.driver.find_element("id", "text").send_keys("typed offline")
        self.driver.get(self.layer.url + left)
        self.assertEqual(self.driver.find_element("css selector", "main h1").text, "You are offline")
        self.assertNotIn("between us", self.driver.page_source)
        self.enter(state="offline")
        self.start_again()
        self.ada.post(f"{self.room}/messages/1/remove")
        self.say("said meanwhile")
        self.wait_for("connected")
        wait_until(lambda: self.notice == "", "the end of the notice")
        wait_until(lambda: self.messages == ["removed by the owner", "said later", "said meanwhile"], "what changed")
        self.assertEqual(self.driver.find_element("id", "text").get_attribute("value"), "typed offline")
        self.driver.find_element("id", "name").send_keys("Bo")
        self.driver.find_element("css selector", "#saying button").click()
        wait_until(lambda: self.messages[-1] == "typed offline", "it is said")
        wait_until(lambda: "on the page" not in self.kept("rooms") + self.kept("said"), "removed is removed")

    def test_a_page_that_comes_late_takes_no_removal_back(self):
        self.say("on the page")
        self.enter()
        self.wait_until_kept("rooms", "on the page")
        self.wait_until_kept("said", "on the page")
        self.layer.server.kill()
        self.driver.refresh()
        self.wait_for("offline")
        wait_until(lambda: self.messages == ["on the page"], "what is kept")
        self.driver.execute_script(HOLD)
        self.start_again()
        wait_until(lambda: self.driver.execute_script("return Boolean(window.release)"), "the answer")
        self.ada.visit(self.room).post(f"{self.room}/messages/1/remove")
        wait_until(lambda: self.messages == ["removed by the owner"], "the removal")
        self.say("said meanwhile")
        self.driver.execute_script("release()")
        self.wait_until_kept("rooms", "said meanwhile")
        self.assertEqual(self.messages, ["removed by the owner", "said meanwhile"])

    def test_a_page_that_slept_learns_what_was_removed(self):
        self.say("taken back")
        self.say("stays")
        self.enter()
        self.driver.execute_cdp_cmd("Network.enable", {})
        offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.layer.server.kill()
        wait_until(lambda: self.driver.execute_script(STATE) != "connected", "the loss")
        # Asleep: it does not look for the network while others go on.
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **offline})
        self.addCleanup(self.driver.execute_cdp_cmd, "Network.emulateNetworkConditions", {"offline": False, **offline})
        self.layer.start(self.layer.port)
        self.ada.visit(self.room).post(f"{self.room}/messages/1/remove")
        self.say("said meanwhile")
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **offline})
        self.driver.execute_script("dispatchEvent(new Event('online'))")
        self.wait_for("connected")
        wait_until(lambda: self.messages == ["removed by the owner", "stays", "said meanwhile"], "what changed")

    def test_nothing_is_left_of_a_room_that_was_left(self):
        self.say("between us")
        self.enter()
        self.wait_until_kept("rooms", "between us")
        self.wait_until_kept("said", "between us")
        self.driver.find_element("id", "text").send_keys("a draft")
        self.leave()
        self.assertEqual((self.kept("rooms"), self.kept("said")), ("", ""))
        slug = self.room.rpartition("/")[2]
        stored = self.driver.execute_script("return JSON.stringify({...localStorage, ...sessionStorage})")
        self.assertNotIn(slug, stored)

    def test_another_visitor_of_the_same_browser_finds_nothing(self):
        self.say("between us")
        self.enter()
        self.wait_until_kept("rooms", "between us")
        self.driver.find_element("id", "text").send_keys("a draft")
        _, other = self.open_room()
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.enter(other)
        wait_until(lambda: self.kept("rooms", other) and not self.kept("rooms"), "only the new visitor's room is kept")
        self.assertEqual(self.kept("said"), "")
        self.enter()
        self.assertEqual(self.driver.find_element("id", "text").get_attribute("value"), "")

    def test_only_the_last_rooms_are_kept(self):
        self.enter()
        self.wait_until_kept("rooms", "data-room")
        for _ in range(10):
            _, room = self.open_room()
            self.driver.get(self.layer.url + room)
            wait_until(lambda room=room: self.kept("rooms", room), "kept")
        self.assertEqual(self.kept("rooms"), "")
        found = self.driver.execute_async_script(KEPT)
        self.assertEqual(len([path for name, path, _ in found if name == "rooms"]), 10)

    def test_nothing_else_is_kept(self):
        self.enter()
        self.wait_until_kept("rooms", "data-room")
        for path in ("/", f"{self.room}/export.json", f"{self.room}/messages", "/operator", "/rooms/nowhere"):
            self.driver.get(self.layer.url + path)
        paths = {path for _, path, _ in self.driver.execute_async_script(KEPT)}
        self.assertEqual(
            {path for path in paths if not path.startswith(("/static/v-", "/theme/"))}, {"/offline", self.room}
        )
