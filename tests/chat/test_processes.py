"""Two processes serve one chat, by way of a ZEO server."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from unittest import TestCase

from tests.chatting import Browser, Window
from tests.layers import TOP, ChatServer
from tests.wire import PATIENCE, free_port, wait_until

MESSAGES = 150

#: A ZEO server in the interpreter and with the packages of this test.
ZEO = (
    "import sys; sys.path[:] = {path!r}; from ZEO.runzeo import main; main(['-a', '127.0.0.1:{port}', '-f', {file!r}])"
)


class Processes(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.zeo = free_port()
        self._start_zeo()
        ini = os.path.join(self.folder, "zeo.ini")
        with open(os.path.join(TOP, "tests", "chat.ini")) as shipped, open(ini, "w") as file:
            uri = f"zodbconn.uri = zeo://127.0.0.1:{self.zeo}?wait_timeout=10"
            text = re.sub(r"zodbconn.uri = .*", uri, shipped.read())
            file.write(text.replace("config:../", f"config:{TOP}/"))
        self.servers = [ChatServer(self.folder, ini=ini) for _ in range(2)]
        for server in self.servers:
            self.addCleanup(server.stop)

    def _start_zeo(self):
        log = open(os.path.join(self.folder, "zeo.log"), "w")
        self.addCleanup(log.close)
        code = ZEO.format(path=sys.path, port=self.zeo, file=os.path.join(self.folder, "chat.fs"))
        process = subprocess.Popen([sys.executable, "-c", code], cwd=self.folder, stdout=log, stderr=log)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.terminate)

    def test_two_writers_to_one_room_lose_nothing_and_leave_no_gap(self):
        here, there = (Browser(server.port) for server in self.servers)
        room = here.open_room("Ada")
        wait_until(lambda: there.get(room).status == 200, "the room in the other process")
        heard = {"Ada": [], "Bo": []}
        talkers = [
            threading.Thread(target=self._talk, args=(room, browser, name, heard[name]))
            for name, browser in (("Ada", here), ("Bo", there))
        ]
        for talker in talkers:
            talker.start()
        for talker in talkers:
            talker.join(6 * PATIENCE)
            self.assertFalse(talker.is_alive())
        log = [
            message
            for after in range(0, 2 * MESSAGES, 200)
            for message in here.json(f"{room}/messages?after={after}&limit=200")["messages"]
        ]
        self.assertEqual([message["seq"] for message in log], list(range(1, 2 * MESSAGES + 1)))
        for name, events in heard.items():
            # Each hears all that was said before its own last words: gaps are filled from the database.
            self.assertEqual([event["seq"] for event in events], list(range(1, events[-1]["seq"] + 1)))
            said = [message["text"] for message in log if message["author"] == name]
            self.assertEqual(said, [f"{name} {number}" for number in range(MESSAGES)])

    def _talk(self, room, browser, name, heard):
        window = Window(browser.port, room, browser.visit(room))
        window.join(name=name, after=0)
        for number in range(MESSAGES):
            window.say(f"{name} {number}", nonce=str(number))
            while True:
                event = window.hear("message")
                heard.append(event)
                if event["author"] == name:
                    break
        window.close()
