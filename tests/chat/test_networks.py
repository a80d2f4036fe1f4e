"""Networks that refuse, drop and disconnect: a page reconnects, and always shows its state."""

import itertools
import os
import re
import shutil
import subprocess
import tempfile

import pytest
from selenium.webdriver.common.keys import Keys

from piratechat.themes.middleware import COOKIE
from sockjs_support.browsers import is_chromium_there, start_browser
from sockjs_support.console import Console
from sockjs_support.layers import BROWSER
from sockjs_support.nginx import MISSING, PROGRAM, Nginx
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import ChatTest
from tests.support.networks import Network
from tests.support.updates import Update

pytestmark = pytest.mark.slow

#: A host name of this machine: its pages over HTTP are not a secure context, and those at 127.0.0.1 are.
INSECURE = "chat.example"

STATE = "return document.getElementById('connection')?.dataset.state"
#: Simulates a computer that slept for a minute, and whose page becomes visible.
WAKE = """
    const now = Date.now
    Date.now = () => now() + 60000
    document.dispatchEvent(new Event('visibilitychange'))
    window.dispatchEvent(new Event('focus'))
"""
#: Records the states of the connection in window.states.
WATCH = """
    window.states = []
    const place = document.getElementById('connection')
    new MutationObserver(() => states.push(place.dataset.state)).observe(place, {attributes: true})
"""
#: nginx with HTTPS and HTTP/2, without WebSockets.
HTTPS = """
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {folder}/crt;
        ssl_certificate_key {folder}/key;
        location / {{
            proxy_pass {url};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header Connection "";
        }}
    }}
"""


def https(folder, port, url):
    """Return a configuration of nginx, with a certificate in `folder`."""
    names = ["-keyout", f"{folder}/key", "-out", f"{folder}/crt", "-subj", "/CN=127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *names]
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)
    return HTTPS.format(port=port, folder=folder, url=url)


class WindowsLayer(ChatLayer):
    """A chat, and a Chromium that can reach it by two host names."""

    def setUp(self):
        super().setUp()
        arguments = [f"--host-resolver-rules=MAP {INSECURE} 127.0.0.1", "--ignore-certificate-errors"]
        self.driver = start_browser(arguments) if is_chromium_there() else None

    def tearDown(self):
        if self.driver is not None:
            self.driver.quit()
        super().tearDown()


CHAT = WindowsLayer("CHAT_AND_WINDOWS")


class NetworkTest(ChatTest):
    layer = CHAT

    def setUp(self):
        self.driver = CHAT.driver
        if self.driver is None:
            self.skipTest(BROWSER.MISSING)
        self.driver.set_page_load_timeout(TIMEOUT)
        self.first = self.driver.current_window_handle
        self.console = Console(self.driver)
        self.console.expect()
        self.network = Network(CHAT.port)
        self.addCleanup(self.forget)
        _ada, self.room = self.open_room()
        self.url = f"{self.network.url}{self.room}?as=original"

    def close_tabs(self):
        for window in self.driver.window_handles:
            if window != self.first:
                self.driver.switch_to.window(window)
                self.driver.close()
        self.driver.switch_to.window(self.first)

    def forget(self):
        self.close_tabs()
        self.driver.get("about:blank")
        self.network.close()
        self.console.check()

    def open_tab(self, url=None):
        """Open the room in a new tab, and return its handle."""
        self.driver.switch_to.new_window("tab")
        self.driver.get(url or self.url)
        return self.driver.current_window_handle

    def wait_for(self, state):
        wait_until(lambda: self.driver.execute_script(STATE) == state, state)

    def say(self, text):
        field = self.driver.find_element("id", "text")
        field.send_keys(text)
        if self.driver.find_elements("id", "name"):
            self.driver.find_element("id", "name").send_keys("Bo")
        field.send_keys(Keys.ENTER)

    def wait_for_message(self, text):
        def is_there():
            return text in [one.text for one in self.driver.find_elements("css selector", "#messages .text")]

        wait_until(is_there, f"{text!r} is there")

    def hint(self):
        """Return the page's hint about delayed messages."""
        return self.driver.execute_script("return document.getElementById('hint-delay')?.textContent ?? ''")

    def asked(self, word):
        """Return the number of requests with `word` in their first line."""
        return sum(word in line for line in self.network.requests)

    def streams(self):
        return sum("/xhr_streaming" in line for line in self.network.open)


class ManyTabs(NetworkTest):
    """Over HTTP/1.1, a browser opens up to six connections to a server; WebSockets are disabled."""

    TABS = 8
    STREAMING = 4

    def setUp(self):
        super().setUp()
        self.network.upgrades = False
        self.console.expect("Error during WebSocket handshake")

    def check_tabs(self, url):
        tabs = []
        for number in range(1, self.TABS + 1):
            tabs.append(self.open_tab(url))
            self.wait_for("connected")
            is_late = number > self.STREAMING
            wait_until(lambda late=is_late: ("Many tabs" in self.hint()) == late, "the notice about delayed messages")
        self.assertEqual(self.streams(), self.STREAMING)
        self.say("from the last")
        for tab in tabs:
            self.driver.switch_to.window(tab)
            self.wait_for_message("from the last")
        self.open_tab(self.network.url)
        self.assertTrue(self.driver.find_elements("id", "name"), "pages load")
        # A free connection is used again.
        self.driver.switch_to.window(tabs[0])
        self.driver.close()
        late = tabs[self.STREAMING :]

        def hints():
            found = []
            for tab in late:
                self.driver.switch_to.window(tab)
                found.append(self.hint())
            return found

        wait_until(lambda: hints().count("") == 1, "one of them streams", TIMEOUT)
        self.assertEqual(self.streams(), self.STREAMING)
        for tab in late:
            self.driver.switch_to.window(tab)
            self.wait_for("connected")

    def test_on_secure_pages(self):
        self.driver.get(self.url)
        self.assertTrue(self.driver.execute_script("return isSecureContext && !!navigator.locks"))
        self.driver.get("about:blank")
        self.check_tabs(self.url)

    def test_on_insecure_pages(self):
        url = self.url.replace("127.0.0.1", INSECURE)
        self.driver.get(url)
        self.assertFalse(self.driver.execute_script("return isSecureContext || !!navigator.locks"))
        self.driver.get("about:blank")
        self.check_tabs(url)

    def test_over_http_2(self):
        """All tabs share one connection, without a limit."""
        if PROGRAM is None or shutil.which("openssl") is None:
            self.skipTest(f"{MISSING} openssl")
        with tempfile.TemporaryDirectory() as folder, Nginx(https(folder, port := free_port(), CHAT.url), port):
            url = f"https://127.0.0.1:{port}{self.room}?as=original"
            for _again in range(2):  # the second time, the service worker provides the page
                for _number in range(self.STREAMING + 1):
                    self.open_tab(url)
                    self.wait_for("connected")
                    self.assertEqual(self.hint(), "")
                self.close_tabs()


class DroppedData(NetworkTest):
    def test_dropped_upstream_data_from_the_start(self):
        """Data from the browser's WebSocket is dropped."""
        self.network.swallowed = {"up"}
        self.open_tab()
        self.wait_for("connected")
        self.assertEqual(self.asked("/websocket"), 1)
        self.say("by another transport")
        self.wait_for_message("by another transport")
        self.driver.refresh()
        self.wait_for("connected")
        self.assertEqual(self.asked("/websocket"), 1, "the working transport is stored")

    def test_dropped_data_from_the_start(self):
        self.network.swallowed = {"up", "down"}
        self.open_tab()
        self.wait_for("connected")
        self.say("by another transport")
        self.wait_for_message("by another transport")

    def test_a_dead_connection_is_detected_when_the_page_becomes_visible(self):
        self.open_tab()
        self.wait_for("connected")
        self.driver.execute_script(WATCH)
        self.network.swallowed = {"up", "down"}
        self.driver.execute_script(WAKE)
        wait_until(lambda: "reconnecting" in self.driver.execute_script("return states"), "the lost connection")
        self.network.swallowed = set()
        self.wait_for("connected")
        self.say("again")
        self.wait_for_message("again")

    def test_a_working_connection_is_kept(self):
        self.open_tab()
        self.wait_for("connected")
        self.driver.execute_script(WATCH)
        self.driver.execute_script(WAKE)
        self.say("still there")
        self.wait_for_message("still there")
        self.assertEqual((self.driver.execute_script("return states"), self.asked("/websocket")), ([], 1))

    def test_messages_on_a_dead_connection_are_sent_again(self):
        self.open_tab()
        self.wait_for("connected")
        self.say("before")
        self.wait_for_message("before")
        self.network.swallowed = {"up"}
        self.say("swallowed")
        wait_until(lambda: self.asked("/websocket") > 1, "another connection", TIMEOUT)
        self.wait_for_message("swallowed")
        texts = [one.text for one in self.driver.find_elements("css selector", "#messages .text")]
        self.assertEqual(texts, ["before", "swallowed"])


class Restarts(NetworkTest):
    def test_only_possible_transports_are_tried(self):
        """The page's policy forbids all other transports of sockjs-client."""
        self.driver.get(f"{CHAT.url}{self.room}")
        self.wait_for("connected")
        CHAT.server.stop()
        self.wait_for("reconnecting")
        CHAT.start(CHAT.server.port)
        self.wait_for("connected")
        # Only failed connections are logged, and no other errors.
        self.console.check()


class FirstVisit(NetworkTest):
    def test_a_room_is_live_after_seven_requests(self):
        """Images, the manifest, and the service worker's files are loaded in addition."""
        beside = re.compile(r"\.(svg|png|webmanifest) |GET (/sw\.js|/offline) ")
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.driver.execute_cdp_cmd("Network.setCookie", {"name": COOKIE, "value": "plain", "url": self.network.url})
        self.addCleanup(self.driver.execute_cdp_cmd, "Network.clearBrowserCookies", {})
        self.open_tab()
        self.wait_for("connected")
        waited_for = list(itertools.takewhile(lambda line: "/websocket?" not in line, self.network.requests))
        names = [re.split(r"[/?]", line.split()[1]) for line in waited_for if not beside.search(line)]
        self.assertEqual(len(names), 6, names)
        for name in ("as=original", "bones.css", "style.css", "start.js", "room.js", "info"):
            self.assertEqual([name in parts for parts in names].count(True), 1, name)


class Updates(NetworkTest):
    """A new version of the chat is started while a page loads."""

    def setUp(self):
        super().setUp()
        # Errors about deleted files, and the message of start.js about them.
        self.console.expect(r"status of 404|Failed to fetch dynamically imported module|a style sheet is missing")
        self.update = Update()
        self.addCleanup(self.update.close)
        self.addCleanup(self.back)

    def back(self):
        if CHAT.server.process.poll() is None:
            CHAT.server.stop()
        CHAT.start(self.network.server)

    def begin_to_load(self):
        """Request the page, up to a delayed script, and type a message."""
        self.network.held = {"/room.js"}
        self.driver.switch_to.new_window("tab")
        self.driver.execute_script("location.href = arguments[0]", self.url)
        wait_until(lambda: self.asked("/room.js "), "the request")
        wait_until(lambda: len(self.network.open) == 1, "the end of all other requests")
        self.driver.find_element("id", "text").send_keys("typed early")

    def start_update(self):
        CHAT.server.stop()
        CHAT.server = self.update.server(CHAT.folder, CHAT.server.port)

    @property
    def version(self):
        """The version of the page's files."""
        return re.search("/static/(v-[0-9a-f]{12})/", self.driver.page_source)[1]

    @property
    def draft(self):
        return self.driver.find_element("id", "text").get_attribute("value")

    def loads(self):
        return self.asked(f"GET {self.room}?")

    def test_the_page_gets_the_files_of_its_own_version(self):
        self.begin_to_load()
        before = self.version
        self.start_update()
        self.network.release()
        self.wait_for("connected")
        self.assertEqual((self.loads(), self.version, self.draft), (1, before, "typed early"))
        errors = [entry["message"] for entry in self.driver.get_log("browser")]
        self.assertEqual([text for text in errors if "SyntaxError" in text], [])
        # It detects the new version, and offers a reload.
        button = self.driver.find_element("css selector", "#hint-version button")
        self.assertIn("new version", self.driver.find_element("id", "hint-version").text)
        button.click()
        wait_until(lambda: self.loads() == 2, "the reload")
        self.wait_for("connected")
        self.assertNotEqual(self.version, before)
        self.assertEqual(self.draft, "typed early")
        self.assertFalse(self.driver.find_elements("id", "hint-version"))

    def test_a_page_whose_files_are_missing_is_reloaded(self):
        self.begin_to_load()
        before = self.version
        self.start_update()
        shutil.rmtree(os.path.join(CHAT.folder, "assets", "static", before))
        self.network.release()
        self.wait_for("connected")
        self.assertEqual((self.loads(), self.draft), (2, "typed early"))
        self.assertNotEqual(self.version, before)

    def test_a_page_waits_for_an_unavailable_server(self):
        self.begin_to_load()
        port = CHAT.server.port
        CHAT.server.stop()
        self.network.release()
        wait_until(lambda: self.asked("/sockjs/info"), "a connection attempt")
        CHAT.server = self.update.server(CHAT.folder, port)
        self.wait_for("connected")
        self.assertEqual((self.loads(), self.draft), (2, "typed early"))

    def test_a_page_is_reloaded_once(self):
        script = "return document.getElementById('notice')?.textContent ?? ''"
        notice = "This page did not load completely. Reload it to try again."
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.network.missing = {"/room.js"}
        self.open_tab()
        wait_until(lambda: self.driver.execute_script(script) == notice, "the notice")
        self.assertEqual(self.loads(), 2)

    def test_a_missing_style_sheet_reloads_the_page(self):
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.network.missing = {"/style.css"}
        self.open_tab()
        wait_until(lambda: self.loads() == 2, "the reload")
        self.wait_for("connected")
        self.assertEqual(self.loads(), 2)
