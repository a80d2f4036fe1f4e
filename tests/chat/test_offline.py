"""Rooms without a network: the data that a device stores, and its deletion when the reader leaves."""

from lxml import html

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.device import KEPT, STATE, DeviceTest
from tests.support.stage import Camera
from tests.support.toolbar import Toolbar

#: The listed rooms, each as [title, number of new messages].
ROOMS = """
    return [...document.querySelectorAll('#my-rooms:not([hidden]) li')].map((item) =>
        [item.querySelector('bdi')?.textContent, item.querySelector('.unread')?.textContent ?? ''])
"""
#: Delays the next response until `release()` is called.
HOLD = """
    const real = window.fetch
    window.fetch = async (...request) => {
        window.fetch = real
        const answer = await real(...request)
        await new Promise((done) => { window.release = done })
        return answer
    }
"""

#: Deletes all stored rooms.
DROP = """
    const done = arguments[0]
    const ofRooms = (names) => names.filter((name) => /^(rooms|said)-/.test(name))
    caches.keys().then((names) => Promise.all(ofRooms(names).map((name) => caches.delete(name)))).then(done)
"""

#: The texts of visible notifications.
SHOWN = """
    const done = arguments[0]
    navigator.serviceWorker.getRegistration()
        .then((found) => found?.getNotifications() ?? [])
        .then((shown) => done(JSON.stringify([...shown.map(({ body }) => body), ...(window.told ?? [])])))
"""
#: Simulates a hidden page with notifications; `told` are its visible notifications.
HIDDEN = """
    window.told = []
    window.Notification = class {
        static permission = 'granted'
        constructor(_heading, { body }) { this.body = body; told.push(body) }
        close() { told.splice(told.indexOf(this.body), 1) }
    }
    document.querySelector('[name=notification]').checked = true
    Object.defineProperty(document, 'hidden', { value: true, configurable: true })
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
"""

CHAT = ChatLayer("CHAT_AND_BROWSER", BROWSER)


class Offline(DeviceTest):
    layer = CHAT

    def setUp(self):
        super().setUp()
        self.title = self.title_of(self.room)

    def title_of(self, room):
        return html.document_fromstring(self.ada.get(room).body).findtext(".//main//h1")

    def leave(self):
        self.driver.find_element("id", "show-more").click()
        self.driver.find_element("css selector", "#leave summary").click()
        self.driver.find_element("css selector", "#leave button").click()
        wait_until(lambda: self.driver.current_url == f"{self.layer.url}/", "the way out")
        wait_until(lambda: "You left" in self.driver.find_element("css selector", "main").text, "the stored room")

    def rooms(self):
        """Return title and number of new messages of each room in the list, in one call."""
        return self.driver.execute_script(ROOMS)

    def leave_a_room(self):
        """Visit a room and leave it; return its path."""
        ada, room = self.open_room()
        ada.visit(room).post(f"{room}/messages", text="between us")
        self.enter(room)
        wait_until(lambda: "between us" in self.kept("rooms", room), "the stored copy")
        self.leave()
        return room

    def test_a_stored_room_is_shown_until_the_server_is_back(self):
        left = self.leave_a_room()
        self.say("on the page")
        self.enter()
        self.wait_until_kept("rooms", "on the page")
        self.say("said later")
        self.wait_until_kept("said", "said later")
        self.end_server()
        self.driver.refresh()
        self.wait_for("offline")
        wait_until(lambda: "You are offline. This is the room as it was at" in self.notice, "the notice")
        wait_until(lambda: self.messages == ["on the page", "said later"], "the stored copy")
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
        wait_until(lambda: self.messages == ["removed by the owner", "said later", "said meanwhile"], "the changes")
        self.assertEqual(self.driver.find_element("id", "text").get_attribute("value"), "typed offline")
        self.driver.find_element("id", "name").send_keys("Bo")
        self.driver.find_element("css selector", "#saying button").click()
        wait_until(lambda: self.messages[-1] == "typed offline", "the message")
        wait_until(lambda: "on the page" not in self.kept("rooms") + self.kept("said"), "the removal")

    def test_a_page_is_stored_with_its_next_message(self):
        """A worker that takes over while a page is loading has not seen that page."""
        self.say("on the page")
        self.enter()
        self.wait_until_kept("said", "on the page")
        self.driver.execute_async_script(DROP)
        self.assertEqual(self.kept("rooms") + self.kept("said"), "")
        self.say("said later")
        self.wait_until_kept("said", "said later")
        self.wait_until_kept("rooms", "said later")

    def test_a_page_of_an_earlier_day_is_not_stored(self):
        self.say("said first")
        self.enter()
        self.wait_until_kept("rooms", "said first")
        self.driver.get(f"{self.layer.url}{self.room}?on=2000-01-01")
        self.wait_for("connected")
        self.say("said later")
        self.wait_until_kept("said", "said later")
        self.assertNotIn("data-highlight", self.kept("rooms"))

    def test_a_copy_has_no_text_that_its_reader_has_removed(self):
        self.enter()
        self.driver.find_element("id", "text").send_keys("my password")
        self.driver.find_element("id", "name").send_keys("Bo")
        self.driver.find_element("css selector", "#saying button").click()
        self.wait_until_kept("said", "my password")
        Toolbar(self.driver).choose(1, "remove")
        wait_until(lambda: "deleted by you" in self.kept("rooms"), "the removal in the copy")
        self.driver.refresh()
        self.wait_for("connected")
        self.assertTrue(self.driver.find_elements("css selector", "#m1 .words"), "the page itself shows them")
        self.say("said later")
        wait_until(lambda: "said later" in self.kept("said"), "the new copy")
        self.assertNotIn("my password", self.kept("rooms") + self.kept("said"))

    def test_a_copy_has_no_presence(self):
        self.visitor(self.room, "Bo")
        self.enter()
        wait_until(lambda: "Bo" in self.kept("rooms").partition('id="present"')[2][:200], "Bo's name in the copy")
        self.end_server()
        self.driver.refresh()
        self.wait_for("offline")
        self.assertEqual(self.driver.find_elements("css selector", "#present li"), [])
        self.start_again()
        self.wait_for("connected")

    def test_the_offline_page_lists_stored_rooms(self):
        self.say("hello")
        self.enter()
        self.wait_until_kept("rooms", "hello")
        wait_until(lambda: self.kept("/offline", "/offline"), "the page for no network")
        self.end_server()
        for scheme in ("light", "dark"):
            Camera(self.driver).light(scheme)
            self.driver.get_log("browser")
            self.driver.get(f"{self.layer.url}/nowhere")
            wait_until(lambda: self.rooms() == [[self.title, ""]], "the room")
            self.driver.execute_async_script("document.fonts.ready.then(() => requestAnimationFrame(arguments[0]))")
            # Only the page itself could not be fetched.
            errors = [entry["message"] for entry in self.driver.get_log("browser")]
            self.assertEqual([each for each in errors if "/nowhere" not in each], [])
        self.driver.find_element("css selector", "#my-rooms a").click()
        self.wait_for("offline")
        wait_until(lambda: self.messages == ["hello"], "the copy")

    def test_a_late_page_does_not_revert_a_removal(self):
        self.say("on the page")
        self.enter()
        self.wait_until_kept("rooms", "on the page")
        self.wait_until_kept("said", "on the page")
        self.end_server()
        self.driver.refresh()
        self.wait_for("offline")
        wait_until(lambda: self.messages == ["on the page"], "the stored copy")
        self.driver.execute_script(HOLD)
        self.start_again()
        wait_until(lambda: self.driver.execute_script("return Boolean(window.release)"), "the answer")
        self.ada.visit(self.room).post(f"{self.room}/messages/1/remove")
        wait_until(lambda: self.messages == ["removed by the owner"], "the removal")
        self.say("said meanwhile")
        self.driver.execute_script("release()")
        self.wait_until_kept("rooms", "said meanwhile")
        self.assertEqual(self.messages, ["removed by the owner", "said meanwhile"])

    def act(self, seq, what, browser=None, **fields):
        answer = (browser or self.ada).visit(self.room).post(f"{self.room}/messages/{seq}/{what}", **fields)
        self.assertEqual(answer.status, 303)

    def assertNowhere(self, text):
        """Assert that no page, cache, storage or notification on the device contains `text`."""

        def places():
            stored = self.driver.execute_script("return JSON.stringify({...localStorage, ...sessionStorage})")
            kept = [f"{name} {path}" for name, path, body in self.driver.execute_async_script(KEPT) if text in body]
            shown = self.driver.execute_async_script(SHOWN)
            return [*kept, *(["storage"] if text in stored else []), *(["notification"] if text in shown else [])] + (
                ["page"] if text in self.driver.page_source else []
            )

        wait_until(lambda: places() == [], f"the deletion of {text!r} from {places()}")

    def test_changed_messages_are_deleted_from_copies_of_open_pages(self):
        for text in ("an erased secret", "a removed secret", "an edited secret", "removed, then erased", "stays"):
            self.say(text)
        self.enter()
        self.say("erased since the page")
        for text in ("an erased secret", "removed, then erased"):
            self.wait_until_kept("rooms", text)
        self.wait_until_kept("said", "erased since the page")
        self.act(1, "erase")
        self.act(2, "remove")
        self.act(3, "edit", text="corrected")
        self.act(6, "erase")
        self.act(4, "remove")
        for text in ("an erased secret", "a removed secret", "an edited secret", "removed, then", "erased since"):
            self.assertNowhere(text)
        self.wait_until_kept("rooms", "corrected")
        self.act(4, "erase")
        wait_until(
            lambda: 'data-erased="yes"' in self.kept("rooms").partition('id="m4"')[2][:600], "the message in the copy"
        )
        self.wait_until_kept("rooms", "stays")

    def test_an_erasure_deletes_text_visible_to_its_author(self):
        bo = self.visitor(self.room, "Bo")
        bo.close()
        self.say("stays")
        self.driver.get(self.layer.url + self.room)
        self.enter()
        self.driver.find_element("id", "text").send_keys("my password")
        self.driver.find_element("id", "name").send_keys("Cy")
        self.driver.find_element("css selector", "#saying button").click()
        wait_until(lambda: "my password" in self.messages, "the message")
        self.enter()
        self.wait_until_kept("rooms", "my password")
        self.act(2, "remove")
        wait_until(lambda: 'data-by="owner"' in self.kept("rooms"), "the copy of a page on which it is removed")
        self.act(2, "erase")
        self.assertNowhere("my password")

    def test_a_returning_device_deletes_changed_messages(self):
        self.say("an erased secret")
        self.say("a removed secret")
        self.say("stays")
        self.act(3, "react", emoji="\U0001f44d")
        self.enter()
        self.wait_until_kept("rooms", "an erased secret")
        self.wait_until_kept("said", "a removed secret")
        self.end_server()
        self.driver.refresh()
        self.wait_for("offline")
        wait_until(lambda: self.messages == ["an erased secret", "a removed secret", "stays"], "the copy")
        self.start()
        self.act(1, "erase")
        self.act(2, "remove")
        self.driver.execute_script("dispatchEvent(new Event('online'))")
        self.wait_for("connected")
        for text in ("an erased secret", "a removed secret"):
            self.assertNowhere(text)
        self.assertEqual(self.messages[-1], "stays")

    def test_quotes_of_removed_messages_are_deleted(self):
        self.say("an erased secret")
        for number in range(60):
            self.say(f"number {number}")
        answer = self.ada.visit(self.room).post(f"{self.room}/messages", text="an answer", reply_to="1")
        self.assertEqual(answer.status, 303)
        self.enter()
        self.assertNotIn("an erased secret", self.messages)
        self.assertIn("an erased secret", self.driver.page_source)
        self.act(1, "erase")
        wait_until(lambda: "an erased secret" not in self.driver.page_source, "the removal of the quotation")

    def test_a_notification_is_withdrawn_when_its_message_is_erased(self):
        self.driver.execute_cdp_cmd(
            "Browser.grantPermissions", {"origin": self.layer.url, "permissions": ["notifications"]}
        )
        self.addCleanup(self.driver.execute_cdp_cmd, "Browser.resetPermissions", {})
        self.enter()
        self.driver.execute_script(HIDDEN)
        self.say("an erased secret")
        wait_until(lambda: "an erased secret" in self.driver.execute_async_script(SHOWN), "the notification")
        self.act(1, "erase")
        self.assertNowhere("an erased secret")

    def test_a_frozen_page_receives_removals(self):
        self.say("taken back")
        self.say("stays")
        self.enter()
        self.driver.execute_cdp_cmd("Network.enable", {})
        offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.end_server()
        wait_until(lambda: self.driver.execute_script(STATE) != "connected", "the loss")
        # While it is frozen, it does not notice the network.
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **offline})
        self.addCleanup(self.driver.execute_cdp_cmd, "Network.emulateNetworkConditions", {"offline": False, **offline})
        self.start()
        self.ada.visit(self.room).post(f"{self.room}/messages/1/remove")
        self.say("said meanwhile")
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **offline})
        self.driver.execute_script("dispatchEvent(new Event('online'))")
        self.wait_for("connected")
        wait_until(lambda: self.messages == ["removed by the owner", "stays", "said meanwhile"], "the changes")

    def test_leaving_a_room_deletes_its_data(self):
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

    def test_the_home_page_shows_the_left_room_once_with_a_link(self):
        self.enter()
        self.leave()
        notice = self.driver.find_element("id", "left-room")
        self.assertIn(f"You left {self.title}.", notice.text)
        self.assertEqual(self.rooms(), [])
        notice.find_element("css selector", "a").click()
        self.wait_for("connected")
        self.driver.get(f"{self.layer.url}/")
        wait_until(lambda: self.rooms() == [[self.title, ""]], "the room")
        self.assertFalse(self.driver.find_element("id", "left-room").is_displayed())

    def test_the_home_page_lists_rooms_with_new_messages(self):
        _, other = self.open_room()
        self.enter(other)
        self.say("seen")
        self.enter()
        wait_until(lambda: self.messages == ["seen"], "the message")
        room = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        self.addCleanup(self.close_tabs, room)
        self.driver.get(f"{self.layer.url}/")
        wait_until(lambda: [title for title, _ in self.rooms()] == [self.title, self.title_of(other)], "both rooms")
        self.say("new")
        wait_until(lambda: self.rooms()[0] == [self.title, "1 new"], "the number of new messages")
        self.driver.find_element("css selector", "#my-rooms .forget").click()
        self.assertIn(f"drafts of {self.title} from this device?", self.driver.find_element("id", "my-rooms").text)
        self.driver.find_element("css selector", "#my-rooms li button").click()
        wait_until(lambda: [title for title, _ in self.rooms()] == [self.title_of(other)], "one room is left")
        self.assertEqual(self.kept("rooms"), "")
        self.driver.switch_to.window(room)
        wait_until(lambda: self.driver.current_url == f"{self.layer.url}/", "the window that showed it")
        stored = self.driver.execute_script("return JSON.stringify({...localStorage})")
        self.assertNotIn(self.room.rpartition("/")[2], stored)

    def close_tabs(self, kept):
        for handle in self.driver.window_handles:
            if handle != kept:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(kept)

    def test_another_visitor_of_the_browser_finds_no_data(self):
        self.say("between us")
        self.enter()
        self.wait_until_kept("rooms", "between us")
        self.driver.find_element("id", "text").send_keys("a draft")
        _, other = self.open_room()
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.enter(other)
        wait_until(lambda: self.kept("rooms", other) and not self.kept("rooms"), "only the new visitor's room is kept")
        self.assertEqual(self.kept("said"), "")
        self.driver.get(f"{self.layer.url}/")
        wait_until(lambda: len(self.rooms()) == 1, "only the new visitor's room is listed")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.refresh()
        self.assertFalse(self.driver.find_element("id", "my-rooms").is_displayed())
        self.enter()
        self.assertEqual(self.driver.find_element("id", "text").get_attribute("value"), "")

    def test_only_the_last_rooms_are_stored(self):
        self.enter()
        self.wait_until_kept("rooms", "data-room")
        for _ in range(10):
            _, room = self.open_room()
            self.driver.get(self.layer.url + room)
            wait_until(lambda room=room: self.kept("rooms", room), "kept")
        self.assertEqual(self.kept("rooms"), "")
        found = self.driver.execute_async_script(KEPT)
        self.assertEqual(len([path for name, path, _ in found if name.startswith("rooms-")]), 10)

    def test_nothing_else_is_stored(self):
        BROWSER.console.expect("status of 40[14]")
        self.enter()
        self.wait_until_kept("rooms", "data-room")
        for path in ("/", f"{self.room}/export.json", f"{self.room}/messages", "/operator", "/rooms/nowhere"):
            self.driver.get(self.layer.url + path)
        paths = {path for _, path, _ in self.driver.execute_async_script(KEPT)}
        self.assertEqual(
            {path for path in paths if not path.startswith(("/static/v-", "/theme/"))}, {"/offline", self.room}
        )
