"""A killed server loses nothing that it has acknowledged."""

import os
import random
import shutil
import signal
import tempfile
import time
from unittest import TestCase

import pytest

from sockjs_support.clients import HandshakeRejected
from sockjs_support.waiting import QUICK, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.operating import piratechat
from tests.support.redis_server import MISSING, PROGRAM
from tests.support.soak import SeveralWorkers, Soak

pytestmark = pytest.mark.slow

#: Set by "make soak": the number of kills, the time limit in minutes, and the seed for their kinds and times.
ROUNDS = os.environ.get("SOAK_ROUNDS")
MINUTES = float(os.environ.get("SOAK_MINUTES") or 60)
SEED = os.environ.get("SOAK_SEED") or str(random.randrange(10**6))
#: The number of clients, and of their rooms.
MANY, FEW = {"talkers": 50, "rooms": 10, "pause": 0.1}, {"talkers": 6, "rooms": 3}
CHANGES = {"edit", "remove", "restore", "erase", "react", "pin"}
CHANGES |= {"title", "topic", "translator", "read_only", "slow"}
#: The default number of rounds: one for each way to end the server.
SOME = 6


class Crashes(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)

    def tell(self, line):
        if ROUNDS:
            print(line, flush=True)  # noqa: T201 -- shows the progress of a long test

    def test_acknowledged_messages_are_stored_once_and_in_order(self):
        self.tell(f"\nSOAK_SEED={SEED}")
        with self.subTest(f"SOAK_SEED={SEED}"):
            soak = Soak(self.folder, SEED, **(MANY if ROUNDS else FEW))
            self.addCleanup(soak.end)
            soak.run(int(ROUNDS or SOME), MINUTES, self.tell)
            for line in soak.summary():
                self.tell(line)
            self.assertFalse(+soak.found, soak.differences[:10])
            self.assertTrue(soak.replies)
            self.assertLessEqual(CHANGES, soak.changes.keys(), "all kinds of changes have occurred")
            soak.server.kill()
            soak.server = ChatServer(self.folder, port=soak.server.port)
            soak.server.stop()
            backups = os.path.join(self.folder, "backups")
            for words in (["backup", backups], ["verify", "--against", backups]):
                outcome = piratechat(self.folder, *words)
                self.assertEqual(outcome.status, 0, outcome)

    @pytest.mark.skipif(PROGRAM is None, reason=MISSING)
    def test_several_workers_lose_nothing_acknowledged(self):
        self.tell(f"\nSOAK_SEED={SEED}")
        with self.subTest(f"SOAK_SEED={SEED}"):
            soak = SeveralWorkers(self.folder, SEED, **(MANY if ROUNDS else FEW))
            self.addCleanup(soak.end)
            soak.run(int(ROUNDS or SOME), MINUTES, self.tell)
            for line in soak.summary():
                self.tell(line)
            self.assertFalse(+soak.found, soak.differences[:10])


class Stopping(TestCase):
    """TERM and HUP: accepted messages are written, sessions are closed, and browsers reconnect."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = ChatServer(self.folder)
        self.addCleanup(self._stop)
        self.browser = Browser(self.server.port)
        self.room = self.browser.open_room("Ada")

    def _stop(self):
        self.server.stop()

    def test_a_reload_closes_sessions_and_loses_nothing(self):
        window = Window(self.server.port, self.room, self.browser)
        window.join()
        for number in range(100):
            window.say(f"message {number}")
        window.hear("message")
        self.server.signal(signal.SIGHUP)
        heard = 1
        while (event := window.next()) is not None:
            heard += event["type"] == "message"
        self.assertEqual(window.closed[0], 1001)
        again = self._come_back()
        log = self.browser.json(f"{self.room}/messages?limit=200")["messages"]
        self.assertGreaterEqual(len(log), heard)
        self.assertEqual([message["text"] for message in log], [f"message {n}" for n in range(len(log))])
        again.say("after")
        self.assertEqual(again.hear("message")["text"], "after")

    def test_a_stop_is_fast_with_people_in_the_room(self):
        window = Window(self.server.port, self.room, self.browser)
        window.join()
        started = time.monotonic()
        output = self.server.stop()
        self.assertLess(time.monotonic() - started, QUICK)
        self.assertIsNone(window.next())
        self.assertEqual(window.closed[0], 1001)
        self.assertNotIn("Traceback", output)

    def _come_back(self):
        windows = []

        def opened():
            try:
                windows.append(Window(self.server.port, self.room, self.browser))
            except (OSError, HandshakeRejected, AssertionError):
                return False
            windows[-1].join()
            return True

        wait_until(opened, "the reconnection")
        return windows[-1]
