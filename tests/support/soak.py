"""Ending a server while many people talk, mostly without notice, and what must be true of it afterwards."""

import os
import random
import select
import signal
import subprocess
import time
from collections import Counter
from statistics import median

from piratechat.commands.site import Site
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.paths import TOP
from tests.support.room_picture import RoomPicture
from tests.support.talkers import Owner, Talker

#: Seconds in which the server has to be back.
TIMEOUT = 120
#: Rounds between two lines of progress.
STEP = 10


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
        self.owners = [Owner(browser, room, f"Room {number}", pause, seed) for number, room in enumerate(self.rooms)]
        self.talkers = self.owners + [
            Talker(Browser(self.server.port), self.rooms[number % rooms], f"Talker {number}", pause, seed)
            for number in range(talkers)
        ]
        self.differences = []  # what readers know otherwise than it is in the database
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
                    tell(f"{number} of {rounds} rounds, {self._so_far}")
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
    def changes(self):
        """How many changes were acknowledged, by what was done or set."""
        return Counter(kind for owner in self.owners for kind in owner.kinds)

    @property
    def _so_far(self):
        changes = sum(owner.acknowledged_changes for owner in self.owners)
        return f"{self.acknowledged:,} messages and {changes:,} changes acknowledged"

    @property
    def torn(self):
        """How many torn ends were set aside."""
        return sum(".fs.tr" in name for name in os.listdir(self.folder))

    def faults(self):
        """Return what is wrong with the rooms, by kind; all talkers come back to them once more."""
        found = Counter(losses=0, doubles=0, disorder=0, gaps=0, changes=0, pictures=0)
        self.differences.clear()
        for owner in self.owners:
            here = [talker for talker in self.talkers if talker.room == owner.room]
            found.update(pictures=self._wrong_pictures(owner.room, here))
            found.update(self._faults_on_disk(owner, here))
        return found

    def _wrong_pictures(self, room, talkers):
        """Return how many of `talkers`, who are in `room`, know anything otherwise than it is told over HTTP."""
        browser = Browser(self.server.port)
        kept = RoomPicture(lambda path: browser.json(room + path))
        kept.read()
        wrong = 0
        for talker in talkers:
            talker.catch_up()
            differences = talker.picture.differences(kept)
            wrong += bool(differences)
            self.differences += [(talker.name_here, *each) for each in differences]
        return wrong

    def _faults_on_disk(self, owner, talkers):
        site = Site(f"{TOP}/tests/config/chat.ini", {"var": self.folder})
        with site.room(owner.room.rpartition("/")[2]) as room:
            said = room.log.forward(0, room.log.last)
            messages = [(seq, author, text) for seq, (_at, author, text, *_more) in said]
            found = Counter(gaps=[seq for seq, *_message in messages] != list(range(1, room.log.last + 1)))
            found.update(changes=_changes_are_wrong(owner, room))
        for talker in talkers:
            mine = [(seq, text) for seq, author, text in messages if author == talker.name_here]
            found.update(_faults_of(talker, mine))
        return found

    def summary(self):
        """Return lines that say how it went."""
        yield f"{sum(self.survived.values())} rounds survived, {self._so_far}"
        yield ", ".join(f"{number:,} {kind}" for kind, number in sorted(self.changes.items()))
        yield f"{sum(talker.resets for talker in self.talkers)} times a room was read again from its beginning"
        yield ", ".join(f"{number} {kind}" for kind, number in self.faults().items()) + f", {self.torn} torn ends cut"
        for way, seconds in sorted(self.away.items()):
            times = f"back after {median(seconds):.1f} s, at most {max(seconds):.1f} s"
            yield f"{way.replace('_', '-'):8}{self.survived[way]:4} rounds, {times}"


def _faults_of(talker, said):
    """Return what is wrong with the messages of `talker`, by kind; `said`: their numbers and texts."""
    seqs = {}
    for seq, text in said:
        seqs.setdefault(text, seq)
    order = [int(text.rpartition(" ")[2]) for text in seqs if text not in talker.refused]
    return Counter(
        losses=sum(seqs.get(text) != seq for text, seq in talker.acknowledged.items()) + abs(talker.said - len(seqs)),
        doubles=len(said) - len(seqs),
        disorder=order != sorted(order),
    )


def _changes_are_wrong(owner, room):
    """Whether the changes of a room are others than its owner made, or it is not as they left it."""
    kept = list(room.changes.forward(room.changes.first - 1, room.rev))
    removed, settings = set(), {}
    made = []  # (rev, kind, subject)
    for rev, command in enumerate(owner.changes, 1):
        if command["type"] == "room":
            values = {name: value for name, value in command.items() if name != "type"}
            settings.update(values)
            made.append((rev, "room", tuple(values)))
        else:
            (removed.add if command["type"] == "remove" else removed.discard)(command["seq"])
            made.append((rev, f"{command['type']}d", command["seq"]))
    return (
        [(change.rev, change.kind, change.subject) for change in kept] != made[-len(kept) :]
        or room.rev != len(made)
        or set(room.removed) != removed
        or any(getattr(room, name) != value for name, value in settings.items())
    )
