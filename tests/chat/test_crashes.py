"""A server that is killed loses nothing that it acknowledged."""

import os
import random
import shutil
import signal
import tempfile
import threading
import time
from unittest import TestCase

from tests.chatting import Browser, Window
from tests.layers import ChatServer
from tests.wire import PATIENCE, Refused, wait_until

ROUNDS = int(os.environ.get("PIRATECHAT_ROUNDS", "25"))
#: Of the rounds, so many end the whole server, the others the process that writes.
WHOLE = 5
ROOMS = 3
TALKERS = 6
#: Messages that a talker has on their way.
UNDER_WAY = 4
#: Seconds for which a message stays the same message when it is sent again.
NONCE_MEMORY = 60


class Talker(threading.Thread):
    """Says numbered messages as fast as they are acknowledged, over as many connections as that takes."""

    def __init__(self, port, room, name):
        super().__init__(daemon=True)
        self.room, self.name_here = room, name
        self.browser = Browser(port).visit(room)
        self.stopping = threading.Event()
        self.said = 0
        self.pending = {}  # nonce -> text
        self.acknowledged = {}  # text -> seq
        self.heard = []  # seqs, as they arrived
        self.fault = self.away = None

    def __repr__(self):
        state = f"{len(self.acknowledged)} of {self.said} acknowledged"
        return f"<{self.name_here}: {state}, {self.pending}, {self.fault!r}, {self.away!r}>"

    def run(self):
        try:
            while not (self.stopping.is_set() and not self.pending):
                try:
                    self._talk()
                except (OSError, Refused, AssertionError) as away:
                    self.away = away
                    time.sleep(0.05)
        except Exception as fault:  # noqa: BLE001 -- the test shows it
            self.fault = fault

    def _talk(self):
        window = Window(self.browser.port, self.room, self.browser)
        try:
            window.send(
                {"type": "join", "name": self.name_here, "after": self.heard[-1] if self.heard else 0, "as": "original"}
            )
            for nonce, text in self.pending.items():
                window.say(text, nonce=nonce)
            while self.pending or not self.stopping.is_set():
                while len(self.pending) < UNDER_WAY and not self.stopping.is_set():
                    self._say(window)
                event = window.next()
                if event is None:
                    return
                self._hear(event)
        finally:
            window.close()

    def _say(self, window):
        self.said += 1
        nonce, text = f"n{self.said}", f"{self.name_here} {self.said}"
        self.pending[nonce] = text
        window.say(text, nonce=nonce)

    def _hear(self, event):
        if event["type"] == "error":
            raise RuntimeError(event)
        if event["type"] == "gap":
            self.heard += range(self.heard[-1] + 1 if self.heard else 1, event["before"])
        if event["type"] != "message":
            return
        if not self.heard or event["seq"] > self.heard[-1]:
            self.heard.append(event["seq"])
        if event["author"] == self.name_here:
            known = self.acknowledged.setdefault(event["text"], event["seq"])
            if known != event["seq"]:
                raise RuntimeError(f"{event} was acknowledged as {known} before")
            self.pending.pop(event.get("nonce"), None)


class Crashes(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.random = random.Random()
        self.server = ChatServer(self.folder)
        self.addCleanup(self._stop)

    def _stop(self):
        self.server.stop()

    def test_what_was_acknowledged_is_there_once_and_in_order(self):
        browser = Browser(self.server.port)
        rooms = [browser.open_room(f"Room {number}") for number in range(ROOMS)]
        talkers = [Talker(self.server.port, rooms[n % ROOMS], f"Talker {n}") for n in range(TALKERS)]
        for talker in talkers:
            talker.start()
        try:
            for number in range(1, ROUNDS + 1):
                self._crash(talkers, whole=number % WHOLE == 0)
        finally:
            for talker in talkers:
                talker.stopping.set()
        for talker in talkers:
            talker.join(3 * PATIENCE)
            self.assertIsNone(talker.fault)
            self.assertFalse(talker.is_alive(), "messages were never acknowledged")
        for room in rooms:
            self._check(room, [talker for talker in talkers if talker.room == room])

    def _crash(self, talkers, whole):
        before = sum(len(talker.acknowledged) for talker in talkers)
        wait_until(lambda: sum(len(talker.acknowledged) for talker in talkers) > before, f"any message of {talkers}")
        time.sleep(self.random.uniform(0, 0.2))
        if whole:
            self.server.kill()
            self.server = ChatServer(self.folder, port=self.server.port)
        else:
            self.server.kill_worker()

    def _check(self, room, talkers):
        log = self._log(room)
        self.assertEqual([message["seq"] for message in log], list(range(1, len(log) + 1)))
        for talker in talkers:
            said = [message for message in log if message["author"] == talker.name_here]
            texts = [message["text"] for message in said]
            self.assertEqual(
                texts, sorted(set(texts), key=lambda text: int(text.split()[-1])), "twice, or out of order"
            )
            self.assertEqual(len(texts), talker.said)
            self.assertEqual({message["text"]: message["seq"] for message in said}, talker.acknowledged)
            self.assertEqual(talker.heard, list(range(1, talker.heard[-1] + 1)))

    def _log(self, room):
        browser, log = Browser(self.server.port), []
        while page := browser.json(f"{room}/messages?after={len(log)}&limit=200")["messages"]:
            log += page
        return log


class Stopping(TestCase):
    """TERM and HUP: what was accepted is written, sessions are told, browsers come back."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = ChatServer(self.folder)
        self.addCleanup(self._stop)
        self.browser = Browser(self.server.port)
        self.room = self.browser.open_room("Ada")

    def _stop(self):
        self.server.stop()

    def test_a_reload_tells_the_sessions_and_loses_nothing(self):
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

    def test_the_end_is_quick_with_people_in_the_room(self):
        window = Window(self.server.port, self.room, self.browser)
        window.join()
        started = time.monotonic()
        output = self.server.stop()
        self.assertLess(time.monotonic() - started, PATIENCE)
        self.assertIsNone(window.next())
        self.assertEqual(window.closed[0], 1001)
        self.assertNotIn("Traceback", output)

    def _come_back(self):
        windows = []

        def opened():
            try:
                windows.append(Window(self.server.port, self.room, self.browser))
            except (OSError, Refused, AssertionError):
                return False
            windows[-1].join()
            return True

        wait_until(opened, "coming back")
        return windows[-1]
