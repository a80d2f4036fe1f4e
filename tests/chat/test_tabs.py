"""Several tabs of one browser: no text is lost, and no message is posted twice."""

import json
import time

from selenium.webdriver.common.keys import Keys

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import ChatTest
from tests.support.stage import Camera

CHAT = ChatLayer("CHAT_AND_TABS", BROWSER)

STATE = "return document.getElementById('connection')?.dataset.state"
#: Drops all data that this tab sends from now on, like a network that has changed.
DEAD = "WebSocket.prototype.send = () => {}"
#: Delays and resumes it.
HELD_UP = """
    window.send = WebSocket.prototype.send
    window.held = []
    WebSocket.prototype.send = function (data) { held.push(() => send.call(this, data)) }
"""
ON = "WebSocket.prototype.send = send; held.forEach((go) => go())"
#: Disconnects, and prevents reconnects.
LOST = """
    window.SockJS = function () { return {close() {}, send() {}} }
    dispatchEvent(new Event('online'))
"""
#: Drops all received data except heartbeats.
DEAF = "Object.defineProperty(MessageEvent.prototype, 'data', {get: () => 'h'})"
#: The ends of requested URLs.
ASKED = (
    "return performance.getEntriesByType('resource').map(({name}) => name.replace(/[?].*/, '').match(/[/][^/]*$/)[0])"
)
#: Dispatches the events of an input method at the field: [type, properties of the event].
KEYS = """
    const field = document.getElementById('text')
    for (const [type, values] of arguments[0]) {
        const Kind = type.startsWith('key') ? KeyboardEvent : CompositionEvent
        field.dispatchEvent(new Kind(type, {bubbles: true, cancelable: true, ...values}))
    }
"""
#: Pastes a text into the field.
PASTE = """
    const field = document.getElementById('text')
    field.focus()
    field.setRangeText(arguments[0], 0, field.value.length, 'end')
    field.dispatchEvent(new InputEvent('input', {bubbles: true, inputType: 'insertFromPaste'}))
"""


class Tabs(ChatTest):
    layer = CHAT

    def setUp(self):
        self.driver = BROWSER.driver
        if self.driver is None:
            self.skipTest(BROWSER.MISSING)
        Camera(self.driver).frame(1280, 900)
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})
        self.driver.get("about:blank")
        self.first = self.driver.current_window_handle
        self.addCleanup(self.close_others)
        self.lose_cookies()
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.layer.url, "storageTypes": "all"})
        self.ada, self.room = self.open_room()

    def close_others(self):
        for handle in self.driver.window_handles:
            if handle != self.first:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(self.first)

    def lose_cookies(self):
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    # Tabs

    def enter(self, query="?as=original", state="connected"):
        """Open the room in this tab."""
        self.driver.get(f"{self.layer.url}{self.room}{query}")
        self.wait_for(state)

    def new_tab(self):
        self.driver.switch_to.new_window("tab")
        Camera(self.driver).frame(1280, 900)
        self.enter()
        return self.driver.current_window_handle

    def show(self, tab):
        self.driver.switch_to.window(tab)

    def reload(self):
        self.driver.refresh()
        self.wait_for("connected")

    def wait_for(self, state):
        wait_until(lambda: self.driver.execute_script(STATE) == state, state)

    def reconnect(self):
        """Disconnect this tab, and let it reconnect."""
        self.driver.execute_script("dispatchEvent(new Event('offline'))")
        self.wait_for("offline")
        self.driver.execute_script("dispatchEvent(new Event('online'))")

    # Contents of tabs

    def one(self, css):
        return self.driver.find_element("css selector", css)

    def all(self, css):
        return self.driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", css
        )

    @property
    def messages(self):
        return self.all("#messages .message .text")

    @property
    def unsent(self):
        return self.all("#outbox .text")

    @property
    def typed(self):
        return self.one("#text").get_attribute("value")

    @property
    def error(self):
        return self.one("#say-error").text

    def type(self, text):
        self.one("#text").send_keys(text)

    def paste(self, text):
        self.driver.execute_script(PASTE, text)

    def send(self):
        self.one("#saying button").click()

    def say(self, text, name=None):
        """Post a message, and wait for its acknowledgement."""
        self.type(text)
        if name is not None:
            self.one("#name").send_keys(name)
        self.send()
        self.wait_until_said(text)

    def wait_until_said(self, *texts):
        wait_until(lambda: self.messages[-len(texts) :] == list(texts), f"{texts}, not {self.messages}")
        wait_until(lambda: not self.unsent, "nothing is unsent")

    def talk(self, count):
        """Post `count` messages as the owner."""
        window = self.window(self.room, self.ada)
        window.join()
        for _ in range(count):
            window.say("a word")
        for _ in range(count):
            window.hear("message")

    def said(self):
        """Return the messages of the room."""
        return [each["text"] for each in self.ada.json(f"{self.room}/messages?limit=200")["messages"]]


class SendingTest(Tabs):
    def test_only_the_nonce_identifies_stored_messages(self):
        for lost, stored in (("yes", "yes"), (" ok", "ok ")):
            with self.subTest(lost):
                self.enter()
                if self.driver.find_elements("id", "name"):
                    self.say("here I am", "Bo")
                self.driver.execute_script(DEAD)
                self.type(lost)
                self.send()
                wait_until(lambda lost=lost: self.unsent == [lost], "the message being sent")
                self.new_tab()
                self.type(stored)
                self.send()
                wait_until(lambda stored=stored: self.messages[-1] == stored, "the message in the other tab")
                self.show(self.first)
                self.reload()
                self.wait_until_said(stored, lost)
                self.close_others()
        self.assertEqual(self.said(), ["here I am", "yes", "yes", "ok ", " ok"])

    def test_stored_messages_without_acknowledgement_are_not_sent_again(self):
        self.enter()
        self.say("here I am", "Bo")
        self.driver.execute_script(DEAF)
        self.type("once")
        self.send()
        wait_until(lambda: self.said()[-1] == "once", "the stored message")
        self.assertEqual(self.unsent, ["once"])
        self.talk(60)
        self.reload()
        wait_until(lambda: not self.unsent, "the confirmation that the message is stored")
        self.say("twice")
        self.assertEqual([text for text in self.said() if text != "a word"], ["here I am", "once", "twice"])

    def test_a_duplicated_tab_sends_nothing_twice(self):
        self.enter()
        self.say("here I am", "Bo")
        self.driver.execute_script(LOST)
        self.type("once")
        self.send()
        wait_until(lambda: self.unsent == ["once"], "it waits")
        # A window opened by a page gets a copy of its session storage, like a duplicated tab.
        self.driver.execute_script("window.open(location.href)")
        wait_until(lambda: len(self.driver.window_handles) == 2, "the other window")
        self.show(next(tab for tab in self.driver.window_handles if tab != self.first))
        self.wait_for("connected")
        wait_until(lambda: self.messages[-1] == "once" and not self.unsent, "the message in the other window")
        self.show(self.first)
        self.reload()
        wait_until(lambda: not self.unsent, "the confirmation in this window")
        self.say("twice")
        self.assertEqual(self.said(), ["here I am", "once", "twice"])

    def test_a_page_of_the_past_posts_at_the_end(self):
        self.enter()
        self.say("here I am", "Bo")
        self.talk(120)
        for query in ("?before=40&as=original", "/messages/30?as=original"):
            self.enter(query)
            self.type("from the past")
            self.send()
            wait_until(lambda: not self.driver.find_elements("id", "newer"), "the present")
            self.wait_for("connected")
            self.wait_until_said("from the past")
        self.assertEqual(self.said().count("from the past"), 2)


class TypingTest(Tabs):
    def test_each_tab_has_its_own_draft(self):
        self.enter()
        self.say("here I am", "Bo")
        self.type("half a thought")
        second = self.new_tab()
        self.assertEqual(self.typed, "half a thought", "the room's copy")
        self.one("#text").clear()
        self.say("something else")
        self.show(self.first)
        self.reload()
        self.assertEqual(self.typed, "half a thought")
        self.show(second)
        self.reload()
        self.assertEqual(self.typed, "", "the draft was sent")

    def test_the_stored_draft_is_for_the_next_tab(self):
        self.enter()
        self.say("here I am", "Bo")
        first = self.new_tab()
        self.type("half a thought")
        self.show(self.first)
        self.say("something else")
        self.show(first)
        self.driver.close()
        self.show(self.first)
        self.new_tab()
        self.assertEqual(self.typed, "half a thought")

    def test_unsent_messages_of_a_closed_window_appear_in_the_next(self):
        self.enter()
        self.say("here I am", "Bo")
        self.new_tab()
        self.driver.execute_script(LOST)
        self.type("not sent")
        self.send()
        wait_until(lambda: self.unsent == ["not sent"], "it waits")
        self.driver.close()
        self.show(self.first)
        self.new_tab()
        wait_until(lambda: self.all("#outbox button.again"), "the question to the author")
        self.assertEqual((self.unsent, self.said()), (["not sent"], ["here I am"]))
        self.one("#outbox button.again").click()
        self.wait_until_said("here I am", "not sent")
        self.new_tab()
        self.assertEqual(self.unsent, [])

    def test_without_storage_the_page_asks_before_leaving(self):
        self.enter()
        self.say("here I am", "Bo")
        leaving = "return dispatchEvent(new Event('beforeunload', {cancelable: true}))"
        self.assertTrue(self.driver.execute_script(leaving))
        self.driver.execute_script("Storage.prototype.setItem = () => { throw new Error('full') }")
        self.type("half a thought")
        self.assertFalse(self.driver.execute_script(leaving), "the page warns of a draft")
        self.driver.execute_script(LOST)
        self.send()
        wait_until(lambda: self.unsent, "it waits")
        self.assertFalse(self.driver.execute_script(leaving), "the page warns of a waiting message")
        self.one("#text").send_keys("x", Keys.BACKSPACE)
        self.assertEqual(self.unsent, ["half a thought"])
        # Selenium accepts the dialog.
        self.driver.execute_script(
            "addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)"
        )

    def test_leaving_deletes_data_in_all_windows(self):
        self.enter()
        self.type("half a thought")
        self.new_tab()
        self.type(" and more")
        self.one("#show-more").click()
        self.one("#leave summary").click()
        self.one("#leave button").click()
        for tab in self.driver.window_handles:
            self.show(tab)
            wait_until(lambda: self.driver.current_url == f"{self.layer.url}/", "the way out")
            kept = self.driver.execute_script("return JSON.stringify({...localStorage, ...sessionStorage})")
            self.assertNotIn(self.room.rpartition("/")[2], kept)
            self.assertNotIn("half a thought", kept)


class NamesTest(Tabs):
    def test_without_its_cookie_a_page_asks_for_a_name_and_keeps_messages(self):
        self.enter()
        self.say("here I am", "Bo")
        self.type("half a thought")
        self.lose_cookies()
        self.reconnect()
        wait_until(lambda: self.driver.find_elements("id", "name"), "the request for a name")
        wait_until(lambda: self.typed == "half a thought", "the typed text")
        self.wait_for("connected")
        self.one("#name").send_keys("Bo II")
        self.send()
        self.wait_until_said("here I am", "half a thought")
        authors = [each["author"] for each in self.ada.json(f"{self.room}/messages")["messages"]]
        self.assertEqual(authors, ["Bo", "Bo II"])
        self.reload()
        self.assertEqual((self.driver.find_elements("id", "name"), self.unsent), ([], []))

    def test_offline_messages_wait_for_the_new_name(self):
        self.enter()
        self.say("here I am", "Bo")
        self.driver.execute_script(LOST)
        self.type("said offline")
        self.send()
        self.lose_cookies()
        self.reload()
        self.assertEqual(self.unsent, ["said offline"])
        self.assertIn("new name", self.one("#outbox .note").text)
        self.one("#outbox button.again").click()
        self.assertEqual(self.error, "Type a name first.")
        self.one("#name").send_keys("Bo II", Keys.ENTER)
        self.wait_until_said("here I am", "said offline")

    def test_a_name_that_is_taken(self):
        self.ada.visit(self.room)
        self.enter()
        owner = self.one("main").get_attribute("data-owner-name")
        self.type("my words")
        self.one("#name").send_keys(owner)
        self.send()
        wait_until(lambda: self.error, "the rejection")
        self.assertEqual((self.typed, self.unsent), ("my words", []))
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "name")
        self.one("#name").clear()
        self.one("#name").send_keys("Bo", Keys.ENTER)
        self.wait_until_said("my words")

    def test_without_a_name_the_page_shows_its_own_error(self):
        self.enter()
        self.type("my words")
        self.type(Keys.ENTER)
        self.assertEqual((self.error, self.typed), ("Type a name first.", "my words"))
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "name")

    def test_text_typed_while_choosing_a_name_is_kept(self):
        self.enter()
        self.driver.execute_script(HELD_UP)
        self.type("first")
        self.one("#name").send_keys("Bo")
        self.send()
        self.type("second")
        self.driver.execute_script(ON)
        self.wait_until_said("first")
        self.assertEqual(self.typed, "second")


class LengthTest(Tabs):
    def test_long_text_is_neither_cut_nor_sent(self):
        self.enter()
        self.say("here I am", "Bo")
        for text, left in (
            ("x" * 5003, "1,003 too many"),
            ("🦜" * 4001, "1 too many"),
            ("line\n" * 801, "5 too many"),
        ):
            with self.subTest(text[:1]):
                self.paste(text)
                self.assertEqual(self.one("#left").text, left)
                self.send()
                self.assertIn(f"{left.split()[0]} character", self.error)
                self.assertEqual((self.typed, self.unsent), (text, []))
                self.reload()
                self.assertEqual(self.typed, text)
        self.assertEqual(self.said(), ["here I am"])

    def test_the_longest_messages_are_sent(self):
        self.enter()
        self.say("here I am", "Bo")
        for text in ("🦜" * 4000, "🦜" * 2000, '"\\' * 2000, "é\n" * 2000):
            with self.subTest(text[:1]):
                self.paste(text)
                self.assertRegex(self.one("#left").text, "^(0 left)?$")
                self.send()
                wait_until(lambda text=text: self.said()[-1] == text, "it is stored whole")
                wait_until(lambda: not self.unsent, "and acknowledged")

    def test_the_longest_messages_are_sent_by_each_transport(self):
        for number, transport in enumerate(
            ("websocket", "xhr-streaming", "eventsource", "xhr-polling", "short-polling")
        ):
            with self.subTest(transport):
                self.enter()
                kept = json.dumps({"first": number, "until": time.time() + 300})
                self.driver.execute_script("sessionStorage.setItem('piratechat:transport', arguments[0])", kept)
                self.reload()
                if self.driver.find_elements("id", "name"):
                    self.say("here I am", "Bo")
                self.paste(f"{number}" + "🦜" * 3999)
                self.send()
                self.wait_until_said(f"{number}" + "🦜" * 3999)
                self.assertEqual(self.said()[-1], f"{number}" + "🦜" * 3999)
                self.assertEqual("/xhr_send" in self.driver.execute_script(ASKED), transport != "websocket")


class KeysTest(Tabs):
    COMPOSING = (
        ("compositionstart", {"data": ""}),
        ("keydown", {"key": "に", "keyCode": 229, "isComposing": True}),
        ("compositionupdate", {"data": "日本"}),
        ("keyup", {"key": "に", "keyCode": 229, "isComposing": True}),
    )
    ENTER = ("keydown", {"key": "Enter", "keyCode": 13})
    RELEASED = ("keyup", {"key": "Enter", "keyCode": 13})

    def press(self, *events):
        self.driver.execute_script(KEYS, json.loads(json.dumps(events)))

    def test_ending_a_composition_does_not_send(self):
        self.enter()
        self.say("here I am", "Bo")
        safari = [("compositionend", {"data": "日本"}), ("keydown", {"key": "Enter", "keyCode": 229}), self.RELEASED]
        others = [
            ("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True}),
            ("compositionend", {"data": "日本"}),
            self.RELEASED,
        ]
        late = [("compositionend", {"data": "日本"}), self.ENTER, self.RELEASED]
        for name, end in (("Safari", safari), ("Chromium and Firefox", others), ("Safari, by its order", late)):
            with self.subTest(name):
                self.paste("日本")
                self.press(*self.COMPOSING, *end)
                self.assertEqual((self.typed, self.unsent, self.said()[-1]), ("日本", [], "here I am"))
        self.press(self.ENTER, self.RELEASED)
        self.wait_until_said("here I am", "日本")

    def test_escape_in_a_composition_does_not_leave_the_field(self):
        self.enter()
        self.one("#text").click()
        self.press(*self.COMPOSING, ("keydown", {"key": "Escape", "keyCode": 229}))
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "text")
        self.press(("keyup", {"key": "Escape"}), ("keydown", {"key": "Escape", "keyCode": 27}))
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("id"), "log")
