"""The database is restored from a back-up: later data stored on devices is neither shown nor kept."""

import os
import shutil
from contextlib import contextmanager

import pytest

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.device import KEPT, DeviceTest
from tests.support.operating import piratechat

pytestmark = pytest.mark.slow

CHAT = ChatLayer("RESTORED_CHAT_AND_BROWSER", BROWSER)
#: All stored data as one text.
STORED = "return JSON.stringify({...localStorage, ...sessionStorage})"
EPOCH = "return document.querySelector('main').dataset.epoch"
#: Prevents reloads, which are scheduled within 5 s.  Scripts get their `Math.random` when they start.
WAIT = """
    const real = window.setTimeout
    Math.random = () => 0.999
    window.setTimeout = (then, after, ...values) => after > 4900 && after < 5000 ? 0 : real(then, after, ...values)
"""


class Restored(DeviceTest):
    layer = CHAT

    def setUp(self):
        super().setUp()
        self.backups = os.path.join(self.layer.folder, "backups")
        self.addCleanup(shutil.rmtree, self.backups, ignore_errors=True)
        self.say("stays")

    def operate(self, *words):
        outcome = piratechat(self.layer.folder, *words)
        self.assertEqual(outcome.status, 0, outcome)

    def back_up(self):
        self.operate("backup", self.backups)

    def restore(self):
        self.operate("restore", self.backups, "--yes")

    def send(self, text):
        self.driver.find_element("id", "text").send_keys(text)
        self.driver.find_element("css selector", "#saying button").click()

    @contextmanager
    def pages_that_wait(self):
        """Prevent pages that are opened from now on from reloading after a restoration."""
        added = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WAIT})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)

    def enter_and_speak(self):
        """Join as Bo, and receive a message that was posted after the back-up."""
        self.enter()
        self.driver.find_element("id", "text").send_keys("Bo is here")
        self.driver.find_element("id", "name").send_keys("Bo")
        self.send("")
        wait_until(lambda: self.messages == ["stays", "Bo is here"], "the message")
        self.enter()
        self.back_up()
        self.say("soon lost")
        wait_until(lambda: self.messages == ["stays", "Bo is here", "soon lost"], "the message that will be lost")
        self.wait_until_kept("said", "soon lost")
        self.driver.execute_script("window.isOld = true")

    def wait_for_restored(self, *messages):
        # There is a page load in between.
        wait_until(lambda: not self.driver.execute_script("return window.isOld"), "a page of the restored room")
        self.wait_for("connected")
        wait_until(lambda: self.messages == list(messages), f"{messages}, not {self.messages}")

    def assertNothingIsLeft(self, epoch):
        """Assert that nothing of the old database, with this epoch, is stored."""
        self.assertNotIn("soon lost", self.driver.page_source)
        kept = self.driver.execute_async_script(KEPT)
        self.assertEqual([(name, path) for name, path, text in kept if "soon lost" in text], [])
        self.assertEqual({name.partition("-")[2] for name, path, _text in kept if path == self.room}, {self.epoch})
        stored = self.driver.execute_script(STORED)
        self.assertNotIn(epoch, stored)
        self.assertNotIn("soon lost", stored)
        self.assertIn(self.epoch, stored)

    @property
    def epoch(self):
        return self.driver.execute_script(EPOCH)

    @property
    def texts(self):
        return [message["text"] for message in self.ada.json(f"{self.room}/messages")["messages"]]

    def test_an_open_page_shows_the_restored_room_and_sends_pending_messages(self):
        self.enter_and_speak()
        epoch = self.epoch
        self.stop_server()
        self.send("not sent yet")
        wait_until(lambda: "not sent yet" in self.driver.find_element("id", "outbox").text, "the outbox")
        self.driver.find_element("id", "text").send_keys("half a thought")
        self.restore()
        self.start_again()
        self.wait_for_restored("stays", "Bo is here", "not sent yet")
        self.assertEqual(self.driver.find_element("id", "text").get_attribute("value"), "half a thought")
        hints = self.driver.find_element("id", "hints").text
        self.assertIn("restored from a back-up", hints)
        wait_until(lambda: "not sent yet" in self.kept("said"), "the new copy")
        self.assertNothingIsLeft(epoch)
        self.assertEqual(self.texts, ["stays", "Bo is here", "not sent yet"])
        self.driver.refresh()
        self.wait_for("connected")
        self.assertEqual(self.driver.find_element("id", "hints").text, "")
        self.assertEqual(self.texts, ["stays", "Bo is here", "not sent yet"])

    def test_a_returning_phone_shows_only_restored_rooms(self):
        _, other = self.open_room()
        self.enter(other)
        wait_until(lambda: self.kept("rooms", other), "the copy of another room")
        self.enter_and_speak()
        epoch = self.epoch
        self.driver.get("about:blank")
        self.stop_server()
        self.restore()
        self.start()
        for text in ("new", "newer"):
            self.say(text)
        self.driver.get(self.layer.url)
        self.assertIsNone(
            self.driver.execute_script("return localStorage.getItem('piratechat:seen')"),
            "the numbers are those of another database",
        )
        self.enter()
        self.wait_for_restored("stays", "Bo is here", "new", "newer")
        # It has seen three other messages.
        self.assertEqual(self.driver.find_elements("id", "new"), [])
        wait_until(lambda: "newer" in self.kept("said"), "the new copy")
        self.assertNothingIsLeft(epoch)
        self.assertEqual(self.kept("rooms", other), "")
        self.end_server()
        self.driver.refresh()
        self.wait_for("offline")
        wait_until(lambda: self.messages == ["stays", "Bo is here", "new", "newer"], "the copy of the restored room")
        self.driver.get(self.layer.url + other)
        self.assertEqual(self.driver.find_element("css selector", "main h1").text, "You are offline")

    def test_an_open_offline_copy_is_replaced(self):
        self.enter_and_speak()
        epoch = self.epoch
        self.stop_server()
        self.driver.refresh()
        self.wait_for("offline")
        self.driver.execute_script("window.isOld = true")
        wait_until(lambda: self.messages == ["stays", "Bo is here", "soon lost"], "the copy")
        self.send("typed offline")
        self.restore()
        self.start_again()
        self.wait_for_restored("stays", "Bo is here", "typed offline")
        wait_until(lambda: "typed offline" in self.kept("said"), "the new copy")
        self.assertNothingIsLeft(epoch)
        self.assertEqual(self.texts, ["stays", "Bo is here", "typed offline"])

    def test_the_old_offline_copy_is_deleted(self):
        with self.pages_that_wait():
            self.enter_and_speak()
        self.stop_server()
        self.restore()
        self.start_again()
        wait_until(lambda: not self.kept("rooms") + self.kept("said"), "the end of the copy")
        self.end_server()
        self.driver.refresh()
        self.assertEqual(self.driver.find_element("css selector", "main h1").text, "You are offline")
        self.start_again()
        self.enter()
        self.wait_for_restored("stays", "Bo is here")
