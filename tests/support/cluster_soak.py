"""Ending what `make cluster` has started, part by part, while many people talk who come in by nginx."""

import time
from functools import partial

from sockjs_support.waiting import wait_until
from tests.support.chatting import Browser
from tests.support.made_cluster import MadeCluster
from tests.support.room_picture import RoomPicture
from tests.support.soak import TIMEOUT, Listening, PatientAuthor, PatientOwner, Soak

#: Readers of each room who are never asked anything.
LISTENERS = 2


class ClusterSoak(Soak):
    """Three processes behind nginx, of which each part is killed in turn; supervisor starts it again.

    Every second room has its readers at all processes, the others at one process each.
    """

    WAYS = ("worker", "store", "relay", "nginx")
    KEEPING_CONNECTIONS = WAYS
    OWNER, AUTHOR = PatientOwner, PatientAuthor
    WORKERS = 3

    def __init__(self, folder, *arguments, store="zeo", relay="redis", **options):
        self.cluster = MadeCluster(folder, self.WORKERS, STORE=store, RELAY=relay)
        super().__init__(folder, *arguments, **options)
        self.ini = self.cluster.settings
        self.listeners = [
            Listening(Browser(self.cluster.port), owner.room, f"Listener {number} of {owner.name_here}")
            for owner in self.owners
            for number in range(LISTENERS)
        ]
        for listener in self.listeners:
            listener.start()

    def _start(self):
        self.server = self.cluster
        self.cluster.spread(*(f"room-{number}" for number in range(0, 100, 2)))

    # Ways to end it, all by SIGKILL

    def worker(self):
        """One of the processes that answer."""
        self.cluster.kill(f"chat:chat-{self.random.choice(self.cluster.ports)}")

    def store(self):
        """The server that has the database."""
        self.cluster.kill("store")

    def relay(self):
        """The server between the processes."""
        self.cluster.kill("relay")

    def nginx(self):
        """What everybody comes in by."""
        self.cluster.kill("nginx")

    def _come_back(self, begun, back_since=None):
        """Wait until something is acknowledged to each of those who talk; return the seconds."""
        since = begun if back_since is None else back_since
        end = time.monotonic() + TIMEOUT
        while missing := [talker for talker in self._well() if talker.heard_at <= since]:
            assert time.monotonic() < end, f"{missing} have not reconnected\n{self._output()}"
            time.sleep(0.01)
        return time.monotonic() - begun

    def _well(self):
        """Return those who talk.  None of them, and none who listens, may have heard what cannot be."""
        faults = [each for each in (*self.talkers, *self.listeners) if each.fault is not None]
        if faults:
            raise AssertionError(f"{faults}\n{self._output()}")
        return self.talkers

    def _output(self):
        return self.cluster.logs()

    def compare(self):
        """The same, and those who only listen must have heard of everything without asking."""
        for port in (self.cluster.port, *self.cluster.ports):  # nginx may ask any of them
            wait_until(partial(self._can_read, port), f"the database at {port}", TIMEOUT)
        super().compare()
        for listener in self.listeners:
            self._compare_heard(listener)

    def _can_read(self, port):
        health = self.cluster.health(port)
        return bool(health) and b"database:" not in health

    def _compare_heard(self, listener):
        kept = RoomPicture(lambda path: self.owners[0].browser.json(listener.room + path))
        kept.read()
        end = time.monotonic() + TIMEOUT
        while listener.picture.differences(kept) and time.monotonic() < end:
            self._well()
            time.sleep(0.01)
        differences = listener.picture.explained(kept)
        self.found.update(unheard=bool(differences))
        self.differences += [(listener.name_here, *each) for each in differences]

    def end(self):
        for each in (*self.talkers, *self.listeners):
            each.stopping.set()
        self.cluster.end()
