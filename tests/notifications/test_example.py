"""The shop from the examples, as its README describes: its orders appear in pirate speak."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.paths import CONFIG, TOP
from tests.support.rabbitmq_server import MISSING, PROGRAM, RabbitMQServer

FOLDER = os.path.join(TOP, "examples", "shop")


def example(language):
    """Return the only block in `language` of the README."""
    with open(os.path.join(FOLDER, "README.md")) as file:
        (block,) = re.findall(rf"```{language}\n(.*?)```", file.read(), re.DOTALL)
    return block


@unittest.skipIf(PROGRAM is None, MISSING)
class ShopTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        broker_folder = os.path.join(self.folder, "rabbitmq")
        os.mkdir(broker_folder)
        self.broker = RabbitMQServer(broker_folder)
        self.addCleanup(self.broker.close)

    def here(self, text):
        """Return an example with the URL of the test's broker."""
        return text.replace("amqp://guest:guest@127.0.0.1:5672/", self.broker.url)

    def test_orders_are_translated_into_pirate_speak(self):
        ini = os.path.join(self.folder, "chat.ini")
        with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(ini, "w") as file:
            text = shipped.read().replace("config:../../", f"config:{TOP}/")
            settings = self.here(example("ini")).replace("[app:chat]\n", "")
            file.write(text.replace("[server:main]", f"{settings}\n[server:main]"))
        server = ChatServer(self.folder, ini=ini)
        self.addCleanup(server.stop)
        owner = Browser(server.port)
        room = owner.open_room("Shop")
        window = Window(server.port, room, owner)
        window.join(after=0, **{"as": "pirate"})
        self.addCleanup(window.close)
        wait_until(lambda: owner.get("/healthz").body == b"ok\n", "a queue that is read")
        program, *words = shlex.split(self.here(example("shell")))
        self.assertEqual(program, "bin/python")
        subprocess.run([sys.executable, *words], cwd=TOP, env=self.environ(), timeout=TIMEOUT, check=True)
        heard = [window.hear("message") for _ in range(9)]
        self.assertEqual({message["author"] for message in heard}, {"Till"})
        self.assertIn("Order 2 is paid.", [message["text"] for message in heard])
        (read,) = [each["view"]["text"] for each in heard if each["text"].startswith("Order 3 is on its way")]
        self.assertIn("to ye, me ", read)

    @staticmethod
    def environ():
        """The import path, for an interpreter without these packages."""
        return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
