"""Clients that stop reading: others receive everything in time, and they receive it when they reconnect."""

import os
import shutil
import tempfile
import threading
from unittest import TestCase

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.paths import CONFIG, TOP

READERS, SLOW = 48, 12
#: The number and length of messages posted meanwhile: many times more than the limits below.
MESSAGES, LENGTH = 300, 3_900
#: The maximum backlog in bytes, and the seconds in which a disconnected client can read the reason.
MAX_BACKLOG, DISCONNECT_DELAY = 300_000, 60
#: Bytes that the buffers of the sockets may hold in addition.
SOCKETS = 600_000
LIMITS = f"""\
pyramid_sockjs.max_backlog = {MAX_BACKLOG}
pyramid_sockjs.disconnect_delay = {DISCONNECT_DELAY}
"""
WAVE = 20


class Reader(threading.Thread):
    """A thread that reads a number of messages in a window."""

    def __init__(self, window):
        super().__init__(daemon=True)
        self.window, self.seqs = window, []
        self.start()

    def run(self):
        while len(self.seqs) < MESSAGES:
            self.seqs.append(self.window.hear("message")["seq"])


class SlowReaders(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = ChatServer(self.folder, ini=self._ini())
        self.addCleanup(self.server.kill)
        self.browser = Browser(self.server.port)
        self.room = self.browser.open_room("Ada")

    def _ini(self):
        path = os.path.join(self.folder, "slow.ini")
        with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(path, "w") as file:
            text = shipped.read().replace("config:../../", f"config:{TOP}/")
            file.write(text.replace("piratechat.var =", f"{LIMITS}piratechat.var =", 1))
        return path

    def window(self, **options):
        window = Window(self.server.port, self.room, self.browser, **options)
        self.addCleanup(window.close)
        window.join(**{"as": "original"})
        return window

    def say_all(self, readers):
        """Post all messages, as fast as the other readers receive them."""
        speaker = self.window()
        for number in range(MESSAGES):
            speaker.say(f"{number} ".ljust(LENGTH, "x"), nonce=str(number))
            self.assertEqual(speaker.hear("message")["seq"], number + 1)
            if number % WAVE == 0:
                wait_until(
                    lambda n=number: all(len(reader.seqs) >= n for reader in readers), "the message at all readers"
                )

    def read_to_the_end(self, window):
        """Return the numbers of the messages that a slow reader has received."""
        seqs = []
        while (event := window.next()) is not None:
            if event["type"] == "message":
                seqs.append(event["seq"])
        return seqs

    def missed(self, window, after, last):
        """Reconnect in `window`, and return the numbers of missed messages, which are fetched as the page does."""
        window.send({"type": "join", "after": after, "as": "original"})
        self.assertEqual(window.hear("welcome")["last"], last)
        event, seqs = window.next(), []
        if event["type"] == "gap":
            while not seqs or seqs[-1] < event["before"] - 1:
                known = seqs[-1] if seqs else after
                page = self.browser.json(f"{self.room}/messages?after={known}&before={event['before']}&limit=200")
                seqs += [message["seq"] for message in page["messages"]]
            event = window.next()
        while True:
            if event["type"] == "message":
                seqs.append(event["seq"])
            if seqs and seqs[-1] == last:
                return seqs
            event = window.next()

    def test_slow_readers_are_disconnected_with_a_reason_and_catch_up_later(self):
        readers = [Reader(self.window()) for _ in range(READERS)]
        slow = [self.window(receive_buffer=4096) for _ in range(SLOW)]
        self.say_all(readers)
        for reader in readers:
            reader.join(TIMEOUT)
            self.assertEqual(reader.seqs, list(range(1, MESSAGES + 1)))
        for window in slow:
            seqs = self.read_to_the_end(window)
            self.assertEqual(window.closed, [3008, "Reading too slowly"])
            self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
            # The backlog was discarded: only the contents of the sockets' buffers arrive.
            self.assertLess(len(seqs) * LENGTH, SOCKETS)
            window.close()
            again = Window(self.server.port, self.room, self.browser)
            self.addCleanup(again.close)
            self.assertEqual(seqs + self.missed(again, len(seqs), MESSAGES), list(range(1, MESSAGES + 1)))
            slow[slow.index(window)] = again
        readers[0].window.say("and what is new")
        for window in slow:
            self.assertEqual(window.hear("message")["seq"], MESSAGES + 1)
