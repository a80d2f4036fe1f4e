"""The chat below a path behind a real nginx with the lines of docs/deploying.md, in browsers."""

import shutil
import tempfile
import unittest

import pytest
from selenium.webdriver.common.keys import Keys

from sockjs_support.browsers import is_chromium_there, start_browser
from sockjs_support.layers import BROWSER
from sockjs_support.nginx import MISSING, PROGRAM
from sockjs_support.waiting import wait_until
from tests.support.below_a_path import ini_below, nginx_below
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.device import KEPT, MESSAGES, STATE

pytestmark = pytest.mark.slow

HEADER = "proxy_set_header X-Forwarded-Prefix /chat;"
#: Failed requests of the page.
MISSED = """
    return performance.getEntriesByType('resource').filter(({ responseStatus }) => responseStatus >= 400)
        .map(({ name, responseStatus }) => `${responseStatus} ${name}`)
"""
SCOPE = """
    const done = arguments[0]
    navigator.serviceWorker.ready.then((found) => done(found.scope))
"""
STORED = "return Object.keys(localStorage).filter((key) => !key.startsWith('/chatpiratechat:'))"


@unittest.skipUnless(PROGRAM, MISSING)
class PrefixOfAVisitor(unittest.TestCase):
    def test_a_visitors_prefix_header_is_removed(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="piratechat-", ignore_cleanup_errors=True))
        server = ChatServer(folder, ini=ini_below(folder))
        self.addCleanup(server.stop)
        room = Browser(server.port).open_room("Ada")
        named = {"X-Forwarded-Prefix": "/chat"}
        self.assertIn(f'"/chat{room}/', self.page(server.port, room, named), "the chat believes a proxy")
        for section, guide, location in (
            ("Below a path", "deploying", "location /chat/"),
            ("One host", "plone", "location ^~ /chat/"),
        ):
            with self.subTest(guide):
                change = (location, "location /rooms/")
                nginx = nginx_below(server, change, section=section, guide=guide)
                self.addCleanup(nginx.stop)
                page = self.page(nginx.port, room, named)
                self.assertIn(f'"{room}/', page)
                self.assertNotIn("/chat/", page)

    def page(self, port, room, headers):
        return Browser(port, headers=headers).get(room).body.decode()


@unittest.skipUnless(PROGRAM, MISSING)
@unittest.skipUnless(is_chromium_there(), BROWSER.MISSING)
class BelowAPath(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = ChatServer(self.folder, ini=ini_below(self.folder))
        self.addCleanup(self.server.stop)

    def serve(self, *changes):
        """Start nginx with the documented block after `changes`, and two browsers."""
        self.nginx = nginx_below(self.server, *changes)
        self.addCleanup(self.nginx.stop)
        self.url = f"http://127.0.0.1:{self.nginx.port}"
        self.ada, self.bo = start_browser(), start_browser()
        self.addCleanup(self.ada.quit)
        self.addCleanup(self.bo.quit)

    def open_room(self):
        self.ada.get(f"{self.url}/chat")
        self.ada.find_element("id", "name").send_keys("Ada", Keys.ENTER)
        wait_until(lambda: self.ada.execute_script(STATE) == "connected", "Ada's room")
        self.assertEqual(self.ada.current_url, f"{self.url}/chat/rooms/ada")

    def check_two_people(self):
        self.open_room()
        self.bo.get(self.ada.find_element("id", "link").get_attribute("value") + "?as=original")
        wait_until(lambda: self.bo.execute_script(STATE) == "connected", "Bo's room")
        self.ada.find_element("id", "text").send_keys("Ahoy from below", Keys.ENTER)
        wait_until(lambda: "Ahoy from below" in self.bo.execute_script(MESSAGES), "Ada's message")
        for driver in (self.ada, self.bo):
            self.assertEqual(driver.execute_script(MISSED), [])
            self.assertEqual(driver.execute_script(STORED), [])
            self.assertEqual([one for one in driver.get_cookies() if one["path"] != "/chat"], [])
        self.assertEqual(self.ada.execute_async_script(SCOPE), f"{self.url}/chat/")

    def test_paths_are_passed_on(self):
        self.serve()
        self.check_two_people()
        self.check_translator_and_search()
        self.check_offline()

    def test_the_prefix_is_removed(self):
        self.serve(
            (f"{self.server.url};", f"{self.server.url}/;\n    {HEADER}"),
        )
        self.check_two_people()

    def check_translator_and_search(self):
        self.bo.get(f"{self.url}/chat/rooms/ada?as=pirate")
        wait_until(lambda: self.bo.execute_script(STATE) == "connected", "pirate speak")
        self.assertEqual({cookie["path"] for cookie in self.bo.get_cookies()}, {"/chat"}, "all cookies have the path")
        self.bo.get(f"{self.url}/chat/rooms/ada/search?as=original")
        self.bo.find_element("css selector", "#search input[name=q]").send_keys("below", Keys.ENTER)
        wait_until(lambda: "q=below" in self.bo.current_url, "an answer")
        self.assertTrue(self.bo.current_url.startswith(f"{self.url}/chat/rooms/ada/search?"))

    def check_offline(self):
        def kept():
            return {(name, path) for name, path, _text in self.ada.execute_async_script(KEPT)}

        self.ada.refresh()
        wait_until(lambda: any(path == "/chat/rooms/ada" for _name, path in kept()), "a copy of the room")
        wait_until(lambda: ("/chat/offline", "/chat/offline") in kept(), "the page for no network")
        self.assertEqual([one for one in kept() if not one[0].startswith("/chat")], [])
        self.assertEqual([one for one in kept() if not one[1].startswith("/chat/")], [])
        self.nginx.stop()
        self.ada.get(f"{self.url}/chat/rooms/ada")
        wait_until(lambda: "Ahoy from below" in self.ada.execute_script(MESSAGES), "the copy")
        self.ada.get(f"{self.url}/chat/")
        wait_until(lambda: self.ada.find_elements("css selector", "#my-rooms a"), "the stored rooms")
        link = self.ada.find_element("css selector", "#my-rooms a").get_attribute("href")
        self.assertEqual(link, f"{self.url}/chat/rooms/ada")
