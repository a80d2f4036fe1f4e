"""Ending a server while many people talk, mostly without notice, and what must be true of it afterwards."""

import json
import os
import random
import select
import signal
import subprocess
import threading
import time
from collections import Counter
from statistics import median

from sockjs_support.clients import HandshakeRejected
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.paths import TOP

#: Messages that a talker has on their way.
UNDER_WAY = 4
#: Seconds in which a message stays the same message when it is sent again: half of what the server promises.
SURE_OF_NONCES = 30
#: Seconds in which the server has to be back.
TIMEOUT = 120
#: Rounds between two lines of progress.
STEP = 10


class Talker(threading.Thread):
    """Says numbered messages as fast as they are acknowledged, over as many connections as that takes."""

    def __init__(self, port, room, name, pause=0.0):
        """`pause`: seconds between hearing an acknowledgement and saying the next."""
        super().__init__(daemon=True)
        self.room, self.name_here, self.pause = room, name, pause
        self.browser = Browser(port).visit(room)
        self.stopping = threading.Event()
        self.said = 0
        self.pending = {}  # nonce -> text, and when it was said first
        self.acknowledged = {}  # text -> seq
        self.heard = []  # seqs, as they arrived
        #: When the connection was opened by which the last acknowledgement came.
        self.heard_since = 0.0
        self.fault = self.away = None

    def __repr__(self):
        state = f"{len(self.acknowledged)} of {self.said} acknowledged"
        return f"<{self.name_here}: {state}, {self.pending}, {self.fault!r}, {self.away!r}>"

    def run(self):
        try:
            while not (self.stopping.is_set() and not self.pending):
                try:
                    self._talk()
                except (OSError, EOFError, HandshakeRejected, AssertionError) as away:
                    self.away = away
                    time.sleep(0.1)
        except Exception as fault:  # noqa: BLE001 -- the test shows it
            self.fault = fault

    def _talk(self):
        begun = time.monotonic()
        window = Window(self.browser.port, self.room, self.browser)
        try:
            window.send(
                {"type": "join", "name": self.name_here, "after": self.heard[-1] if self.heard else 0, "as": "original"}
            )
            if any(time.monotonic() - since > SURE_OF_NONCES for _text, since in self.pending.values()):
                self._hear_up_to(window, window.hear("welcome")["last"])
            for nonce, (text, _since) in self.pending.items():
                window.say(text, nonce=nonce)
            while self.pending or not self.stopping.is_set():
                while len(self.pending) < UNDER_WAY and not self.stopping.is_set():
                    self._say(window)
                event = window.next()
                if event is None:
                    return
                if self._hear(event):
                    self.heard_since = begun
                    time.sleep(self.pause)
        finally:
            window.close()

    def _say(self, window):
        self.said += 1
        nonce, text = f"n{self.said}", f"{self.name_here} {self.said}"
        self.pending[nonce] = text, time.monotonic()
        window.say(text, nonce=nonce)

    def _hear_up_to(self, window, last):
        """Hear what was missed, before anything is said again that may have been kept long ago."""
        while not self.heard or self.heard[-1] < last:
            event = window.next()
            if event is None:
                return
            self._hear(event)

    def _hear(self, event):
        """Take an event down; return whether it acknowledges something."""
        if event["type"] == "error":
            raise RuntimeError(event)
        if event["type"] == "gap":
            self._fill_gap(event["before"])
        return event["type"] == "message" and self._take(event)

    def _fill_gap(self, before):
        """Get by HTTP what was not told."""
        while (last := self.heard[-1] if self.heard else 0) < before - 1:
            page = self.browser.get(f"{self.room}/messages?after={last}&before={before}&limit=200", "application/json")
            if page.status != 200:
                raise ConnectionError(page.status)
            for message in json.loads(page.body)["messages"]:
                self._take(message)

    def _take(self, message):
        """Take a message down; return whether it is one of ours that waited for that."""
        if not self.heard or message["seq"] > self.heard[-1]:
            self.heard.append(message["seq"])
        if message["author"] != self.name_here:
            return False
        known = self.acknowledged.setdefault(message["text"], message["seq"])
        if known != message["seq"]:
            raise RuntimeError(f"{message} was acknowledged as {known} before")
        return self.pending.pop(f"n{message['text'].rpartition(' ')[2]}", None) is not None


class Doomed(ChatServer):
    """A server that is ended some seconds after it began to start."""

    def __init__(self, folder, port, seconds):
        self.seconds = seconds
        super().__init__(folder, port=port)
        self.kill()

    def _wait(self, _path):
        time.sleep(self.seconds)


class Soak:
    """A server with its data in `folder`, those who talk, and ways to end it, in an order that `seed` decides."""

    #: All without notice.
    WAYS = ("worker", "master", "group", "start", "back_up", "pack")

    def __init__(self, folder, seed, talkers, rooms, pause=0.0, ways=WAYS):
        self.folder = folder
        self.all_ways = [getattr(self, way) for way in ways]
        self.random = random.Random(seed)
        self.ways = []  # those to come
        self.server = None
        self._start()
        browser = Browser(self.server.port)
        self.rooms = [browser.open_room(f"Room {number}") for number in range(rooms)]
        self.talkers = [
            Talker(self.server.port, self.rooms[number % rooms], f"Talker {number}", pause) for number in range(talkers)
        ]
        self.survived = Counter()
        self.away = {}  # way -> seconds until something was acknowledged again
        for talker in self.talkers:
            talker.start()

    # Ways to end it: these by SIGKILL

    def worker(self):
        """The process that answers; the one above it starts another."""
        self.server.kill_worker()

    def master(self):
        """The process above; the one that answers notices, and ends."""
        worker = os.pidfd_open(self.server.worker)
        try:
            self.server.process.kill()
            self.server.process.wait()
            if not select.select([worker], [], [], TIMEOUT)[0]:
                raise AssertionError("The process that answers went on without the one above it")
        finally:
            os.close(worker)
        self.server.log.close()
        self._start()

    def group(self):
        """All of it."""
        self.server.kill()
        self._start()

    def start(self):
        """All of it, and then the next server while it starts."""
        self.server.kill()
        Doomed(self.folder, self.server.port, self._moment())
        self._start()

    def back_up(self):
        """All of it during a back-up, which ends as well."""
        command = self._command("backup", os.path.join(self.folder, "backups"))
        time.sleep(self._moment())
        self.server.kill()
        self._end(command)
        self._start()

    def pack(self):
        """All of it, and then packing."""
        self.server.kill()
        command = self._command("pack", "--days", "0", "--yes")
        time.sleep(self._moment())
        self._end(command)
        self._start()

    # ... and these as its operator would

    def reload(self):
        """The process that answers, when the next one is there."""
        self.server.signal(signal.SIGHUP)

    def reload_twice(self):
        """The same, and the next one as soon as it has begun to start."""
        worker = self.server.worker
        self.server.signal(signal.SIGHUP)
        wait_until(lambda: self.server.worker != worker, "the next process")
        self.server.signal(signal.SIGHUP)

    def stop(self):
        """All of it, in good order."""
        self.server.signal(signal.SIGTERM)
        self.server.process.wait(TIMEOUT)
        self.server.stop()
        self._start()

    def _moment(self):
        """Return seconds in which the server would have started half-way, and a command might be at any point."""
        return self.random.uniform(0, 1.5 * self.starting)

    def _start(self):
        begun = time.monotonic()
        self.server = ChatServer(self.folder, port=self.server and self.server.port)
        self.starting = time.monotonic() - begun

    def _command(self, *words):
        options = ["--config", f"{TOP}/tests/config/chat.ini", "--paste-global", f"var={self.folder}"]
        return subprocess.Popen([f"{TOP}/bin/piratechat", *options, *words], cwd=TOP, stdout=subprocess.DEVNULL)

    def _end(self, command):
        command.send_signal(signal.SIGKILL)
        command.wait()

    # Rounds

    def run(self, rounds, minutes, tell=lambda line: None):
        """End the server so often, or for so long; `tell` hears how it goes."""
        end = time.monotonic() + 60 * minutes
        try:
            self._come_back(0.0)
            for number in range(1, rounds + 1):
                self.crash(self._next_way())
                if time.monotonic() > end:
                    break
                if number % STEP == 0:
                    tell(f"{number} of {rounds} rounds, {self.acknowledged:,} messages acknowledged")
        finally:
            for talker in self.talkers:
                talker.stopping.set()
        for talker in self.talkers:
            talker.join(TIMEOUT)
            if talker.is_alive() or talker.fault is not None:
                raise AssertionError(f"{talker} did not come to an end")

    def _next_way(self):
        """Return a way of chance; each comes before any comes again."""
        if not self.ways:
            self.ways = list(self.all_ways)
            self.random.shuffle(self.ways)
        return self.ways.pop()

    def crash(self, way):
        """End the server one `way`, at a moment of chance, and wait until it is back."""
        time.sleep(self.random.uniform(0, 0.2))
        begun = time.monotonic()
        way()
        self.away.setdefault(way.__name__, []).append(self._come_back(begun))
        self.survived[way.__name__] += 1

    def _come_back(self, begun):
        """Wait until something is acknowledged by way of a connection opened after `begun`; return the seconds."""
        end = time.monotonic() + TIMEOUT
        while not any(talker.heard_since > begun for talker in self.talkers):
            faults = [talker for talker in self.talkers if talker.fault is not None]
            if faults or time.monotonic() > end:
                raise AssertionError(f"Nothing is acknowledged: {faults or self.talkers}\n{self.server.output()}")
            time.sleep(0.01)
        return time.monotonic() - begun

    # What came of it

    @property
    def acknowledged(self):
        """How many messages were acknowledged."""
        return sum(len(talker.acknowledged) for talker in self.talkers)

    @property
    def torn(self):
        """How many torn ends were set aside."""
        return sum(".fs.tr" in name for name in os.listdir(self.folder))

    def faults(self):
        """Return what is wrong with the rooms, by kind."""
        found = Counter(losses=0, doubles=0, disorder=0, gaps=0)
        for room in self.rooms:
            found.update(self._faults_of(room))
        return found

    def _faults_of(self, room):
        log = Browser(self.server.port).json(f"{room}/export.json")["messages"]
        found = Counter(gaps=sum(message["seq"] != number for number, message in enumerate(log, 1)))
        for talker in self.talkers:
            if talker.room == room:
                said = [message for message in log if message["author"] == talker.name_here]
                found.update(_faults_of(talker, said))
        return found

    def summary(self):
        """Return lines that say how it went."""
        yield f"{sum(self.survived.values())} rounds survived, {self.acknowledged:,} messages acknowledged"
        yield ", ".join(f"{number} {kind}" for kind, number in self.faults().items()) + f", {self.torn} torn ends cut"
        for way, seconds in sorted(self.away.items()):
            times = f"back after {median(seconds):.1f} s, at most {max(seconds):.1f} s"
            yield f"{way.replace('_', '-'):8}{self.survived[way]:4} rounds, {times}"


def _faults_of(talker, said):
    """Return what is wrong with the messages of `talker`, by kind."""
    seqs = {}
    for message in said:
        seqs.setdefault(message["text"], message["seq"])
    order = [int(text.rpartition(" ")[2]) for text in seqs]
    heard = talker.heard
    return Counter(
        losses=sum(seqs.get(text) != seq for text, seq in talker.acknowledged.items()) + abs(talker.said - len(seqs)),
        doubles=len(said) - len(seqs),
        disorder=order != sorted(order),
        gaps=heard != list(range(1, heard[-1] + 1)),
    )
