"""Several processes with one index, and servers with an index each: one process fills each index."""

import os
import re
import shutil
import signal
import sqlite3
import tempfile
from contextlib import closing, suppress
from unittest import TestCase

import pytest

from piratechat.search.searching import SCANNED
from sockjs_support.waiting import wait_until
from tests.search.test_indexing import indexers
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.paths import CONFIG, TOP
from tests.support.redis_server import MISSING, PROGRAM, RedisServer
from tests.support.zeo import ZEOServer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

SECRETS = "piratechat.secret = it is for tests only\npiratechat.operator_secret = it is for tests, too\n"
#: Timeout in seconds to start a process on a busy machine.
SOON = 60


def opened(server):
    return sqlite3.connect(f"file:{server.folder}/search.db?mode=rw", uri=True)


def workers_of(server):
    return {int(pid) for pid in re.findall(r"Booting worker with pid: (\d+)", server.output())}


class SeveralProcesses(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.zeo = ZEOServer(self.folder)
        self.addCleanup(self.zeo.end)
        self.redis = RedisServer(self.folder)
        self.addCleanup(self.redis.end)
        relay = f"{self.redis.settings}{SECRETS}"
        with open(os.path.join(CONFIG, "chat.ini")) as shipped:
            text = re.sub(r"zodbconn.uri = .*\n", f"zodbconn.uri = {self.zeo.uri}\n{relay}", shipped.read())
        text = text.replace("search_index = false", "search_index = true").replace("config:../../", f"config:{TOP}/")
        self.ini = os.path.join(self.folder, "cluster.ini")
        with open(self.ini, "w") as file:
            file.write(text)

    def serve(self, name, *options):
        """Start a server with its data in a folder of this name."""
        var = os.path.join(self.folder, name)
        os.makedirs(var, exist_ok=True)
        server = ChatServer(var, options, ini=self.ini)
        self.addCleanup(server.stop)
        browser = Browser(server.port)
        wait_until(lambda: browser.get("/healthz").body == b"ok\n", "a connected relay", SOON)
        return server

    def indexed(self, server, room):
        """Return the number of the last message of the room in a server's index."""
        with suppress(sqlite3.Error), closing(opened(server)) as db:
            rows = db.execute(
                "SELECT through FROM parts WHERE room = ? AND view = ''", (room.rpartition("/")[2],)
            ).fetchall()
            return rows[0][0] if rows else 0
        return 0

    def wait_for(self, server, room, through):
        wait_until(lambda: self.indexed(server, room) == through, f"{through} messages in the index", SOON)

    def indexer(self, server):
        wait_until(lambda: len(indexers(server.folder)) == 1, "one process that fills the index", SOON)
        return indexers(server.folder)[0]

    def test_two_servers_with_an_index_each(self):
        here, there = self.serve("here"), self.serve("there")
        owner = Browser(here.port)
        room = owner.open_room("Ada")
        owner.post(f"{room}/messages", text="one plank")
        for server in (here, there):
            self.wait_for(server, room, 1)
        fillers = [self.indexer(here), self.indexer(there)]
        self.assertEqual(len(set(fillers)), 2)
        # One index is behind: its searches say so, and find the newest messages anyway.
        os.kill(fillers[1], signal.SIGSTOP)
        try:
            last = self.talk(here, owner, room) + 1
            self.wait_for(here, room, last)
            self.assertEqual(self.indexed(there, room), 1)
            self.assertEqual(self.found(there, room), ([last, 1], 1))
            self.assertEqual(self.found(here, room), ([last, 1], None))
        finally:
            os.kill(fillers[1], signal.SIGCONT)
        self.wait_for(there, room, last)
        self.assertEqual(self.found(there, room), ([last, 1], None))
        # A removed message disappears from both indexes.
        owner.post(f"{room}/messages/{last}/remove")
        for server in (here, there):
            self.assertEqual(self.found(server, room), ([1], None))
            wait_until(lambda server=server: self.rows(server) == 1, "the removal of the words of one message", SOON)

    def talk(self, server, browser, room):
        """Post more messages than are searched without the index, the last one with "plank"; return their number."""
        window = Window(server.port, room, browser)
        window.join()
        for number in range(SCANNED + 10):
            window.say(f"number {number}")
            if number >= 50:
                window.hear("message")
        window.say("another plank")
        for _ in range(51):
            window.hear("message")
        window.close()
        return SCANNED + 11

    def found(self, server, room):
        """Return the messages that a server finds, and the last message in its complete index."""
        wait_until(lambda: Browser(server.port).get(room).status == 200, "the room")
        answer = Browser(server.port).json(f"{room}/search?q=plank&as=original")
        self.assertNotIn("incomplete", answer)
        return [message["seq"] for message in answer["messages"]], answer.get("indexed_through")

    def rows(self, server):
        with closing(opened(server)) as db:
            return db.execute("SELECT count(*) FROM words WHERE words MATCH 'plank'").fetchone()[0]

    def test_two_workers_share_one_index(self):
        server = self.serve("here", "-w", "2")
        wait_until(lambda: len(workers_of(server)) == 2, "two workers", SOON)
        workers = workers_of(server)
        owner = Browser(server.port)
        room = owner.open_room("Ada")
        owner.post(f"{room}/messages", text="one plank")
        self.wait_for(server, room, 1)
        filler = self.indexer(server)
        # The worker that started the indexer exits, and the other one starts a new one.
        with open(f"/proc/{filler}/status") as file:
            parent = int(re.search(r"PPid:\s*(\d+)", file.read())[1])
        self.assertIn(parent, workers)
        os.kill(parent, signal.SIGKILL)
        owner.post(f"{room}/messages", text="another plank")
        self.wait_for(server, room, 2)
        self.assertNotEqual(self.indexer(server), filler)
