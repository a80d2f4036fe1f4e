"""The larger recipes of CONTRIBUTING.md are followed in one copy of the chat, which is then started."""

import configparser
import http.client
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import unittest

from sockjs_support.clients import session_url
from sockjs_support.waiting import TIMEOUT
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.guide import documented
from tests.support.recipes import Checkout, blocks

MESSAGE, TRANSPORT, TRANSLATOR, RELAY, THEME = (
    "A message of the protocol",
    "A transport",
    "A translator",
    "A relay",
    "A theme",
)


class Recipes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="piratechat-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.checkout = Checkout(os.path.join(cls.folder, "checkout"))
        cls.relay = os.path.join(cls.folder, "relay")
        os.mkdir(cls.relay)
        relay = documented("An example", "python", "relays").partition("\n\ndef includeme")[0]
        cls.checkout.write("piratechat/relays/folder.py", relay)
        for title in (MESSAGE, TRANSPORT, TRANSLATOR, RELAY):
            cls.checkout.follow(title)
        copy, _samples = blocks(THEME, "shell")[0].splitlines()
        subprocess.run(shlex.split(copy), cwd=cls.checkout.folder, check=True)
        cls.serve()

    @classmethod
    def serve(cls):
        """Start the copy with the settings from the recipes, in a temporary folder."""
        path = cls.checkout.path("tests", "config", "chat.ini")
        ini = configparser.RawConfigParser()
        ini.read(path)
        for title in (TRANSLATOR, RELAY, THEME):
            (block,) = blocks(title, "ini")
            ini.read_string(block)
        for name in ("secret", "operator_secret"):
            ini.set("app:chat", f"piratechat.{name}", "that of all processes")
        ini.set("app:chat", "piratechat.relay.folder.path", cls.relay)
        with open(path, "w") as file:
            ini.write(file)
        cls.server = ChatServer(cls.folder, ini=path, top=cls.checkout.folder)
        cls.addClassCleanup(cls.server.stop)
        cls.browser = Browser(cls.server.port)
        cls.room = cls.browser.open_room("Ada")

    def window(self):
        window = Window(self.server.port, self.room, self.browser)
        self.addCleanup(window.close)
        return window

    def test_a_message(self):
        window = self.window()
        window.send({"type": "time"})
        (event,) = json.loads(window.ws.recv().removeprefix("a"))
        self.assertRegex(event, r'^{"type": "time", "at": "20\d\d-\d\d-\d\dT[\d:.]+Z"}$')

    def test_the_reference_has_the_message(self):
        (command,) = blocks(MESSAGE, "shell")
        subprocess.run(shlex.split(command), cwd=self.checkout.folder, check=True, timeout=TIMEOUT)
        self.assertEqual(self.checkout.read("docs/talking.md").count("\n### `time`\n"), 2)

    def test_a_transport(self):
        url = session_url(f"{self.room}/sockjs")
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=TIMEOUT)
        self.addCleanup(connection.close)
        connection.request("GET", f"{url}/lines")
        answer = connection.getresponse()
        self.addCleanup(answer.close)
        self.assertEqual(answer.headers.get_content_type(), "application/x-ndjson")
        self.assertEqual(answer.readline(), b"o\n")
        sending = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=TIMEOUT)
        self.addCleanup(sending.close)
        sending.request("POST", f"{url}/xhr_send", json.dumps([json.dumps({"type": "join"})]))
        self.assertEqual(sending.getresponse().status, 204)
        line = answer.readline().decode()
        self.assertEqual(json.loads(json.loads(line.removeprefix("a"))[0])["type"], "welcome")

    def test_a_translator(self):
        window = self.window()
        welcome = window.join(**{"as": "loud", "name": "Ada"})
        self.assertEqual([each["name"] for each in welcome["translators"]], ["loud", "pirate", "original"])
        window.say("Ahoy, my friend")
        self.assertEqual(window.hear("message")["view"]["text"], "AHOY, MY FRIEND")

    def test_the_translator_passes_its_tests(self):
        done = subprocess.run(
            [self.checkout.path("bin", "python"), "-m", "unittest", "tests.translators.test_shout"],
            cwd=self.checkout.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=4 * TIMEOUT,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"Ran [1-9]\d+ tests")

    def test_a_relay(self):
        """Another process, which is this one, receives heartbeats of the first one."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(os.path.join(self.relay, "other.sock"))
            other.settimeout(TIMEOUT)
            channel, _, text = other.recv(2_000_000).decode().partition("\n")
        self.assertEqual(channel, "nodes")
        self.assertTrue(text)

    def test_a_theme(self):
        page = self.browser.get("/").body.decode()
        self.assertIn("/theme/mine/", page)
        link = re.search(r'href="(/theme/mine/[^"]*style\.css)"', page)[1]
        self.assertEqual(self.browser.get(link).body.decode(), self.checkout.read("theme/mine/style.css"))
