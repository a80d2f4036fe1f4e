"""Three processes receive the same request at the same time, and write to one room concurrently."""

import tempfile
import time
from collections import Counter
from statistics import median
from unittest import TestCase

import pytest

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.redis_server import MISSING, PROGRAM, RedisServer
from tests.support.writers import Writer, write
from tests.support.zeo import ZEOServer, shared_ini

pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

PROCESSES = 3
#: The number of messages sent to all processes at once, and of names taken at all processes at once.
TIMES, NAMES = 200, 20
#: The total number of commits of three writers.
COMMITS = 300
#: The polling interval for missed commits in seconds: what arrives sooner was notified.
PATROL = 1.0


class Races(TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="piratechat-"))
        store = ZEOServer(folder)
        cls.addClassCleanup(store.close)
        relay = RedisServer(folder)
        cls.addClassCleanup(relay.end)
        ini = shared_ini(folder, store.ini_uri, relay)
        cls.servers = [cls.enterClassContext(ChatServer(folder, ini=ini)) for _ in range(PROCESSES)]
        for server in cls.servers:
            browser = Browser(server.port)
            wait_until(lambda browser=browser: browser.get("/healthz").body == b"ok\n", "a connected relay")

    def setUp(self):
        self.owner = Browser(self.servers[0].port)
        self.room = self.owner.open_room(self.id()[-30:])

    def owner_at(self, server):
        """Return the owner's browser, at another process."""
        there = Browser(server.port)
        there.cookies = self.owner.cookies
        return there

    def opened(self, server, browser):
        """Return a window in the room at a process, without joining."""
        wait_until(lambda: browser.get(self.room).status == 200, "the room at the other process")
        window = Window(server.port, self.room, browser)
        self.addCleanup(window.close)
        return window

    def own(self, window, nonce):
        """Return the number of the message with this `nonce`, as received by a window."""
        while True:
            event = window.hear("message")
            if event.get("nonce") == nonce:
                return event["seq"]

    def test_a_message_sent_to_all_processes_is_stored_once(self):
        windows = [self.opened(server, self.owner_at(server)) for server in self.servers]
        for window in windows:
            window.join()
        for number in range(1, TIMES + 1):
            for window in windows:
                window.say(f"message {number}", nonce=f"n{number}")
            for window in windows:
                self.assertEqual(self.own(window, f"n{number}"), number)
        messages = self.owner.json(f"{self.room}/messages?limit={TIMES}")["messages"]
        self.assertEqual([each["text"] for each in messages], [f"message {n}" for n in range(1, TIMES + 1)])

    def test_a_name_claimed_at_all_processes_belongs_to_one_visitor(self):
        for number in range(NAMES):
            name = f"Bo {number}"
            windows = [self.opened(server, Browser(server.port)) for server in self.servers]
            for window in windows:
                window.send({"type": "join", "name": name})
            names = Counter(window.hear("welcome")["you"] for window in windows)
            self.assertEqual(names, {name: 1, None: len(windows) - 1})

    def test_an_event_for_one_visitor_arrives_from_another_process(self):
        ada = self.opened(self.servers[0], self.owner)
        bo = self.opened(self.servers[1], Browser(self.servers[1].port))
        ada.join()
        bo.join(name="Bo")
        delays = []
        for _ in range(NAMES):
            for done in ("mute", "unmute"):
                begun = time.monotonic()
                ada.send({"type": done, "name": "Bo"})
                bo.hear(f"{done}d")
                delays.append(time.monotonic() - begun)
        self.assertLess(median(delays), PATROL / 2, "the change was received from the relay, not by polling")

    def test_no_writer_starves(self):
        writers = [
            Writer(self.opened(server, Browser(server.port)), f"Writer {n}") for n, server in enumerate(self.servers)
        ]
        write(writers, COMMITS)
        commits = sorted(writer.commits for writer in writers)
        self.assertGreaterEqual(2 * commits[0], commits[-1], commits)
