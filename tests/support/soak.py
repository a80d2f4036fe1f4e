"""Kills a server repeatedly while many clients post and change rooms, and compares the data afterwards."""

import json
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
from tests.support.chat_servers import ChatServer, children_of
from tests.support.chatting import Browser
from tests.support.paths import TOP
from tests.support.redis_server import RedisServer
from tests.support.room_picture import RoomPicture
from tests.support.room_record import RoomRecord
from tests.support.talkers import Author, Owner, Talker
from tests.support.zeo import ZEOServer, shared_ini

#: Timeout in seconds for the server to be back.
TIMEOUT = 120
#: Rounds between two lines of progress.
STEP = 10


class AbortedStart(ChatServer):
    """A server that is killed some seconds after it was started."""

    def __init__(self, folder, seconds, **options):
        self.seconds = seconds
        super().__init__(folder, **options)
        self.kill()

    def _wait(self, _path):
        time.sleep(self.seconds)


class Soak:
    """A server with its data in `folder`, its clients, and ways to end it, in a random order determined by `seed`."""

    #: Ways by SIGKILL.
    WAYS = ("worker", "master", "group", "start", "back_up", "pack")
    #: Ways that may leave the connections of all clients open.
    KEEPING_CONNECTIONS = ()
    #: The classes of the clients.
    OWNER, AUTHOR = Owner, Author
    #: Options of the server, and its ini file.
    OPTIONS, INI = (), f"{TOP}/tests/config/chat.ini"

    def __init__(self, folder, seed, talkers, rooms, pause=0.0, ways=None):
        self.folder = folder
        self.ini = self.INI
        self.all_ways = [getattr(self, way) for way in ways or self.WAYS]
        self.random = random.Random(seed)
        self.ways = []  # the next ones
        self.server = None
        self._start()
        browser = Browser(self.server.port)
        self.rooms = [browser.open_room(f"Room {number}") for number in range(rooms)]
        self.owners = [
            self.OWNER(browser, room, f"Room {number}", pause, seed) for number, room in enumerate(self.rooms)
        ]
        self.talkers = self.owners + [
            self.AUTHOR(Browser(self.server.port), self.rooms[number % rooms], f"Talker {number}", pause, seed)
            for number in range(talkers)
        ]
        self.records = [RoomRecord(owner, self._those_in(owner.room)) for owner in self.owners]
        self.found = Counter()  # number of errors by kind
        self.differences = []  # ... and their descriptions
        self.comparisons = []  # seconds
        self.survived = Counter()
        self.away = {}  # way -> seconds until the first acknowledgement
        for talker in self.talkers:
            talker.start()

    # Ways to end it by SIGKILL

    def worker(self):
        """Kill the worker; the master starts another one."""
        self.server.kill_worker()

    def master(self):
        """Kill the master; the worker notices that, and exits."""
        workers = [os.pidfd_open(pid) for pid in self._workers()]
        try:
            self.server.process.kill()
            self.server.process.wait()
            for worker in workers:
                if not select.select([worker], [], [], TIMEOUT)[0]:
                    raise AssertionError("A worker continued without its parent process")
        finally:
            for worker in workers:
                os.close(worker)
        self.server.log.close()
        self._start()

    def _workers(self):
        """Return the pids of the processes that answer."""
        return [self.server.worker]

    def group(self):
        """Kill all processes."""
        self.server.kill()
        self._start()

    def start(self):
        """Kill all processes, and then the next server while it starts."""
        self.server.kill()
        AbortedStart(self.folder, self._moment(), port=self.server.port, ini=self.ini, options=self.OPTIONS)
        self._start()

    def back_up(self):
        """Kill all processes during a back-up, and the back-up as well."""
        command = self._command("backup", os.path.join(self.folder, "backups"))
        time.sleep(self._moment())
        self.server.kill()
        self._end(command)
        self._start()

    def pack(self):
        """Kill all processes, and then pack."""
        self.server.kill()
        command = self._command("pack", "--days", "0", "--yes")
        time.sleep(self._moment())
        self._end(command)
        self._start()

    # Ways of operators

    def reload(self):
        """Reload: the worker exits when the next one is ready."""
        self.server.signal(signal.SIGHUP)

    def reload_twice(self):
        """Reload, and again as soon as the next worker has begun to start."""
        worker = self.server.worker
        self.server.signal(signal.SIGHUP)
        wait_until(lambda: self.server.worker != worker, "the next process")
        self.server.signal(signal.SIGHUP)

    def stop(self):
        """Stop gracefully."""
        self.server.signal(signal.SIGTERM)
        self.server.process.wait(TIMEOUT)
        self.server.stop()
        self._start()

    def _moment(self):
        """Return a random delay in seconds, up to the time in which the server starts or a command runs."""
        return self.random.uniform(0, 1.5 * self.starting)

    def _start(self):
        begun = time.monotonic()
        self.server = ChatServer(self.folder, port=self.server and self.server.port, ini=self.ini, options=self.OPTIONS)
        self.starting = time.monotonic() - begun

    def _command(self, *words):
        options = ["--config", self.ini, "--paste-global", f"var={self.folder}"]
        return subprocess.Popen([f"{TOP}/bin/piratechat", *options, *words], cwd=TOP, stdout=subprocess.DEVNULL)

    def _end(self, command):
        command.send_signal(signal.SIGKILL)
        command.wait()

    def end(self):
        """Stop all clients and processes."""
        self.server.stop()

    def _output(self):
        """Return the server's output."""
        return self.server.output()

    # Rounds

    def run(self, rounds, minutes, tell=lambda line: None):
        """End the server `rounds` times or for `minutes`, and compare each time; `tell` gets the progress."""
        end = time.monotonic() + 60 * minutes
        try:
            self._come_back(0.0)
            for number in range(1, rounds + 1):
                self.crash(self._next_way())
                self._pause()
                self.compare()
                if +self.found or time.monotonic() > end:
                    break
                self._go_on()
                if number % STEP == 0:
                    tell(f"{number} of {rounds} rounds, {self._so_far}")
        finally:
            for talker in self.talkers:
                talker.stopping.set()
        for talker in self.talkers:
            talker.join(TIMEOUT)
            if talker.is_alive() or talker.fault is not None:
                raise AssertionError(f"{talker} did not come to an end")
        if not +self.found:
            self.compare()  # including messages since the last round

    def _pause(self):
        """Pause all clients, and wait until everything is acknowledged."""
        for talker in self.talkers:
            talker.pausing.set()
        end = time.monotonic() + TIMEOUT
        while busy := [talker for talker in self.talkers if not talker.at_rest.is_set()]:
            if time.monotonic() > end or any(talker.fault for talker in busy):
                raise AssertionError(f"The clients did not finish: {busy}\n{self._output()}")
            time.sleep(0.01)

    def _go_on(self):
        for talker in self.talkers:
            talker.pausing.clear()

    def _next_way(self):
        """Return a random way; each is used before one is repeated."""
        if not self.ways:
            self.ways = list(self.all_ways)
            self.random.shuffle(self.ways)
        return self.ways.pop()

    def crash(self, way):
        """End the server in one `way` at a random time, and wait until it is back."""
        time.sleep(self.random.uniform(0, 0.5))
        begun = time.monotonic()
        way()
        # If perhaps no connection was closed, any acknowledgement from now on counts.
        back_since = time.monotonic() if way.__name__ in self.KEEPING_CONNECTIONS else None
        self.away.setdefault(way.__name__, []).append(self._come_back(begun, back_since))
        self.survived[way.__name__] += 1

    def _come_back(self, begun, back_since=None):
        """Wait for an acknowledgement on a connection opened after `begun`; return the seconds.

        If `back_since` is not None, an acknowledgement after that time on any connection suffices.
        """
        end = time.monotonic() + TIMEOUT
        while not any(self._is_back(talker, begun, back_since) for talker in self.talkers):
            faults = [talker for talker in self.talkers if talker.fault is not None]
            if faults or time.monotonic() > end:
                raise AssertionError(f"No messages were acknowledged: {faults or self.talkers}\n{self._output()}")
            time.sleep(0.01)
        return time.monotonic() - begun

    @staticmethod
    def _is_back(talker, begun, back_since):
        return talker.heard_since > begun if back_since is None else talker.heard_at > back_since

    # Results

    @property
    def acknowledged(self):
        """The number of acknowledged messages."""
        return sum(len(talker.acknowledged) for talker in self.talkers)

    @property
    def changes(self):
        """The number of acknowledged changes, by kind."""
        return Counter(kind for request in self._requested if not request.is_refused for kind in request.kinds)

    @property
    def replies(self):
        """The number of replies."""
        return sum(len(talker.replies) for talker in self.talkers)

    @property
    def _requested(self):
        return [request for talker in self.talkers for request in talker.requested if request.is_settled]

    @property
    def _so_far(self):
        return f"{self.acknowledged:,} messages and {len(self._requested):,} changes acknowledged"

    @property
    def torn(self):
        """The number of incomplete transactions that were set aside."""
        return sum(".fs.tr" in name for name in os.listdir(self.folder))

    def _those_in(self, room):
        return [talker for talker in self.talkers if talker.room == room]

    def compare(self):
        """Compare the rooms with acknowledgements and with the knowledge of readers, after all have caught up.

        Nothing may be pending.  Errors are counted in `found` by kind.
        """
        begun = time.monotonic()
        with Site(self.ini, {"var": self.folder}).chat() as chat:
            for record in self.records:
                self.found.update(record.faults(chat.rooms[record.owner.room.rpartition("/")[2]]))
                self.differences += record.differences
        for record in self.records:
            self._compare_told(record)
        self.comparisons.append(time.monotonic() - begun)

    def _compare_told(self, record):
        """Compare the knowledge of returning readers, and that of one who reads the room from its beginning."""
        told = OwnersView(self.server.port, record.owner)
        kept = RoomPicture(told.fetch)
        kept.read()
        for talker in self._those_in(record.owner.room):
            talker.catch_up(kept.last, kept.rev)
            differences = talker.picture.explained(kept)
            self.found.update(pictures=bool(differences))
            self.differences += [(talker.name_here, *each) for each in differences]
        told.export()
        leaks = record.erased_words & told.strings
        self.found.update(leaks=len(leaks))
        self.differences += [("told although erased", text) for text in leaks]

    def summary(self):
        """Return a summary in lines."""
        yield f"{sum(self.survived.values())} rounds survived, {self._so_far}"
        yield ", ".join(f"{number:,} {kind}" for kind, number in sorted(self.changes.items()))
        yield f"{self.replies:,} replies, {sum(request.is_refused for request in self._requested):,} changes refused"
        yield f"{sum(talker.resets for talker in self.talkers)} times a room was read again from its beginning"
        yield f"{len(self.comparisons)} comparisons, each {median(self.comparisons):.1f} s"
        yield ", ".join(f"{number} {kind}" for kind, number in self.found.items()) + f", {self.torn} torn ends cut"
        for way, seconds in sorted(self.away.items()):
            times = f"back after {median(seconds):.1f} s, at most {max(seconds):.1f} s"
            yield f"{way.replace('_', '-'):8}{self.survived[way]:4} rounds, {times}"


class Patient:
    """A client that also continues after the database was unavailable for a moment."""

    def _talk(self):
        try:
            super()._talk()
        finally:
            # A process may have rejected the first message, in a room that was closed for a moment, but not the next.
            # A client that lost its connection before receiving that sends the first one again, to another process.
            self.refused.update(said.text for said in self.pending.values())

    def _refuse(self, error):
        if error["code"] == "not-stored":
            self.refused.update(said.text for said in self.pending.values())  # later messages may be stored first
            raise ConnectionError(error)
        super()._refuse(error)


class PatientAuthor(Patient, Author):
    """Posts, and changes its messages."""


class PatientOwner(Patient, Owner):
    """Posts, and changes the room."""


class Listening(Patient, Talker):
    """A passive client without a name."""

    @property
    def is_done(self):
        return self.stopping.is_set()

    def _say_more(self, _window):
        """Send nothing."""


class SeveralWorkers(Soak):
    """A server with two workers, a ZEO server with the database, and a Redis server as relay."""

    WAYS = ("worker", "master", "group", "start", "database", "relay")
    # A worker may be killed while the other one has all connections.
    KEEPING_CONNECTIONS = ("worker", "database", "relay")
    OWNER, AUTHOR = PatientOwner, PatientAuthor
    COUNT = 2
    OPTIONS = ("-w", str(COUNT))

    def __init__(self, folder, *arguments, **options):
        self.zeo = ZEOServer(folder)
        self.redis = RedisServer(folder)
        self.INI = shared_ini(folder, self.zeo.uri, self.redis)
        super().__init__(folder, *arguments, **options)

    def worker(self):
        """Kill one of the workers; the master starts another one."""
        os.kill(self.random.choice(self._workers()), signal.SIGKILL)

    def database(self):
        """Kill the ZEO server."""
        self.zeo.restart(signal.SIGKILL)

    def relay(self):
        """Kill the Redis server."""
        self.redis.restart()

    def _workers(self):
        wait_until(lambda: len(children_of(self.server.process.pid)) >= self.COUNT, "the processes that answer")
        return children_of(self.server.process.pid)

    def end(self):
        super().end()
        self.redis.end()
        self.zeo.end()


class OwnersView:
    """The data that the server sends to the owner of a room over HTTP."""

    def __init__(self, port, owner):
        self._browser = Browser(port)
        self._browser.cookies = dict(owner.browser.cookies)
        self._room = owner.room
        #: All received data.
        self.strings = set()

    def fetch(self, path):
        """Return the JSON at a path below the room."""
        body = self._browser.get(self._room + path, "application/json").body
        return json.loads(body, object_pairs_hook=self._note)

    def export(self):
        """Read the log as text."""
        lines = self._browser.get(f"{self._room}/export.txt").body.decode().splitlines()
        self.strings.update(line.rpartition(": ")[2].strip("\u2068\u2069") for line in lines)

    def _note(self, pairs):
        self.strings.update(value for _name, value in pairs if isinstance(value, str))
        return dict(pairs)
