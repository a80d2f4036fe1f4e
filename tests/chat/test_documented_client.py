"""The client of docs/talking.md is run as documented."""

import os
import shutil
import subprocess
import tempfile
from unittest import TestCase

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import Browser, Window
from tests.support.guide import documented
from tests.support.paths import TOP

ROOM = ChatLayer("ROOM")


class Client(TestCase):
    layer = ROOM

    def setUp(self):
        self.browser = Browser(self.layer.port)
        self.room = self.browser.open_room(f"Grace {self._testMethodName[-5:]}")
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *texts):
        """Start the client as Ada."""
        with open(self.path("client.py"), "w") as file:
            file.write(documented("Connect", "python", "talking"))
        address = f"ws://127.0.0.1:{self.layer.port}{self.room}"
        with open(self.path("output"), "w") as output, open(self.path("errors"), "w") as errors:
            words = [os.path.join(TOP, "bin", "python"), self.path("client.py"), address, "Ada", *texts]
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        self.addCleanup(process.wait, TIMEOUT)
        self.addCleanup(process.kill)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def stored(self):
        return [(each["author"], each["text"]) for each in self.browser.json(f"{self.room}/messages")["messages"]]

    def test_the_client_continues_after_the_server_was_killed(self):
        self.start("Hello, my friend", "Where is the money?")
        wait_until(lambda: self.read("output").count("\n") == 2, "both messages")
        self.assertIn("1  Ada  Ahoy, me hearty\n", self.read("output"))
        self.layer.restart("kill")
        window = Window(self.layer.port, self.room, self.browser.visit(self.room))
        self.addCleanup(window.close)
        window.join(name="Bo")
        window.say("Yes, my friend")
        wait_until(lambda: self.read("output").count("\n") == 3, "the message after the restart")
        self.assertRegex(self.read("output"), r"\n3  Bo  \S+, me hearty\n$")
        self.assertEqual(
            self.stored(), [("Ada", "Hello, my friend"), ("Ada", "Where is the money?"), ("Bo", "Yes, my friend")]
        )

    def test_the_client_prints_errors(self):
        window = Window(self.layer.port, self.room, self.browser.visit(self.room))
        self.addCleanup(window.close)
        window.join(name="Ada")
        self.start("It is me")
        wait_until(lambda: self.read("errors"), "the error")
        self.assertIn("The name Ada", self.read("errors"))
        self.assertEqual(self.stored(), [])
