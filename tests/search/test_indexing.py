"""The process that fills the index: promptly, one at a time, after being killed, and after the file was deleted."""

import glob
import os
import signal
import sqlite3
from contextlib import closing

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import ChatTest
from tests.support.operating import piratechat

INI = "tests/config/search.ini"
SEARCHED = ChatLayer("SEARCHED", ini="search.ini")


def indexers(folder=None):
    """Return the pids of the processes that hold or wait for the lock of the index in `folder`."""
    found = []
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(path) == os.path.join(folder or SEARCHED.folder, "search.lock"):
                found.append(int(path.split("/")[2]))
        except OSError:
            continue  # it has just exited
    return [pid for pid in dict.fromkeys(found) if is_indexer(pid)]


def is_indexer(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"--served" in file.read()
    except OSError:
        return False


class Indexing(ChatTest):
    layer = SEARCHED

    def setUp(self):
        self.file = os.path.join(SEARCHED.folder, "search.db")
        self.browser_, self.room = self.open_room()
        self.slug = self.room.rpartition("/")[2]

    def say(self, text):
        self.browser_.post(f"{self.room}/messages", text=text)

    def indexed(self):
        """Return the words of this room in the index."""
        try:
            with closing(sqlite3.connect(f"file:{self.file}?mode=rw", uri=True)) as connection:
                part = connection.execute("SELECT id FROM parts WHERE room = ? AND view = ''", (self.slug,)).fetchone()
                first = part[0] << 40
                rows = connection.execute(
                    "SELECT text FROM words WHERE rowid BETWEEN ? AND ?", (first, first + 2**40 - 1)
                )
                return [text for (text,) in rows]
        except (sqlite3.Error, TypeError):
            return None

    def wait_for(self, *texts):
        wait_until(lambda: self.indexed() == list(texts), f"{texts} in the index", seconds=30)

    def indexer(self):
        wait_until(lambda: len(indexers()) == 1, "a process that fills the index", seconds=30)
        return indexers()[0]

    def test_messages_are_indexed_and_removed(self):
        self.say("one plank")
        self.say("two")
        self.wait_for("one plank", "two")
        self.browser_.post(f"{self.room}/messages/1/remove")
        self.wait_for("two")
        self.browser_.post(f"{self.room}/messages/1/restore")
        self.wait_for("one plank", "two")
        self.say("three")
        self.wait_for("one plank", "two", "three")
        answer = self.browser_.json(f"{self.room}/search?q=plank&as=original")
        self.assertEqual([message["seq"] for message in answer["messages"]], [1])

    def test_a_killed_process_is_replaced(self):
        self.say("one")
        self.wait_for("one")
        killed = self.indexer()
        os.kill(killed, signal.SIGKILL)
        self.say("two")
        self.wait_for("one", "two")
        self.assertNotEqual(self.indexer(), killed)

    def test_a_deleted_index_is_filled_again(self):
        self.say("one")
        self.wait_for("one")
        os.remove(self.file)
        self.wait_for("one")
        self.say("two")
        self.wait_for("one", "two")

    def test_a_broken_index_is_filled_again(self):
        self.say("one")
        self.wait_for("one")
        os.kill(self.indexer(), signal.SIGKILL)
        with open(self.file, "r+b") as file:
            file.write(b"no database" * 1000)
        self.wait_for("one")

    def test_only_one_process_fills_the_index(self):
        self.indexer()
        outcome = piratechat(SEARCHED.folder, "index", config=INI)
        self.assertEqual(outcome.status, 1)
        self.assertIn("Another process fills the index", outcome.error)

    def test_the_process_has_a_low_priority_and_ends_with_the_server(self):
        pid = self.indexer()
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), os.getpriority(os.PRIO_PROCESS, 0) + 10)
        SEARCHED.restart("kill")
        wait_until(lambda: not is_indexer(pid), "the end of the process", seconds=30)
        self.indexer()

    def test_packing_replaces_the_file(self):
        self.say("one")
        self.wait_for("one")
        path = os.path.join(SEARCHED.folder, "chat.fs")
        SEARCHED.server.stop()
        outcome = piratechat(SEARCHED.folder, "pack", "--days", "0", "--yes", config=INI)
        self.assertEqual(outcome.status, 0, outcome)
        before = os.stat(path).st_ino
        outcome = piratechat(SEARCHED.folder, "index", "--once", config=INI)
        self.assertEqual(outcome.status, 0, outcome)
        SEARCHED.start(SEARCHED.server.port)
        self.assertEqual(os.stat(path).st_ino, before)
        self.say("two")
        self.wait_for("one", "two")
