"""Readers that join rooms and then only receive: thousands in one process and one loop, a few hundred bytes each.

They answer heartbeats, and count bytes.  `IdleCrowd` runs them in a separate process,
which executes one command after the other, and receives in between.
"""

import itertools
import multiprocessing
import selectors
import socket
import time

from client import HANDSHAKE, PING, PONG, Session

#: What a page adds to the URL of its WebSocket, and the answer.
JOIN, JOINED = "?join&as=original", b'\\"welcome\\"'
#: Readers that connect at the same time, and readers from one address: the shipped nginx.conf limits both.
UNDER_WAY, PER_ADDRESS = 32, 400
#: Timeout in seconds for all readers to join.
TIMEOUT = 300


class Reader:
    """A reader of a room."""

    __slots__ = ("buffer", "sock")

    def __init__(self, address, path, number):
        self.sock = socket.create_connection(address, source_address=(f"127.0.1.{1 + number // PER_ADDRESS}", 0))
        self.sock.setblocking(False)
        handshake = HANDSHAKE.format(
            path=path, host="{}:{}".format(*address), session=f"idle{number}", cookie="", query=JOIN
        )
        self.sock.sendall(handshake.encode())
        self.buffer = b""

    def go_on(self):
        """Receive; return the number of bytes, and whether this reader has just joined."""
        data = self.sock.recv(1 << 16)
        if not data:
            raise RuntimeError(f"The server closed a session: {self.buffer!r}")
        if self.buffer is None:
            if PING in data:
                self.sock.sendall(PONG)
            return len(data), False
        self.buffer += data
        if JOINED in self.buffer:
            self.buffer = None
            return 0, True
        return 0, False


class _Listening:
    """The process of the readers."""

    def __init__(self, pipe, address, paths, first):
        self.pipe, self.address, self.paths = pipe, address, paths
        self.selector = selectors.DefaultSelector()
        self.selector.register(pipe, selectors.EVENT_READ)
        self.numbers = itertools.count(first)
        self.coming = self.bytes = 0

    def run(self):
        while True:
            if self._listen(None):
                command, *arguments = self.pipe.recv()
                if command == "end":
                    return
                self.pipe.send(getattr(self, command)(*arguments))

    def _listen(self, timeout):
        """Receive once; return whether there is a command."""
        asked = False
        for key, _events in self.selector.select(timeout):
            if key.data is None:
                asked = True
                continue
            count, has_joined = key.data.go_on()
            self.bytes += count
            self.coming -= has_joined
        return asked

    def open(self, count):
        """Let `count` more readers join; return the duration in seconds."""
        begin = time.perf_counter()
        for _ in range(count):
            number = next(self.numbers)
            reader = Reader(self.address, self.paths[number % len(self.paths)], number)
            self.selector.register(reader.sock, selectors.EVENT_READ, reader)
            self.coming += 1
            self._wait_until_fewer_come_than(UNDER_WAY, begin)
        self._wait_until_fewer_come_than(1, begin)
        return time.perf_counter() - begin

    def _wait_until_fewer_come_than(self, count, begin):
        while self.coming >= count:
            self._listen(1)
            if time.perf_counter() > begin + TIMEOUT:
                raise RuntimeError(f"{self.coming} readers wait for an answer")

    def count(self):
        """Return the number of readers; the process would have ended if the server had closed one."""
        return len(self.selector.get_map()) - 1

    def speak(self, address, rate, seconds, late=2):
        """Post `rate` messages per second in the first room; return their number, and the bytes received."""
        speaker = Session(address, self.paths[0], next(self.numbers))
        speaker.wait_open('{"type": "join", "name": "Bench", "as": "original"}')
        end = time.perf_counter() + late
        while time.perf_counter() < end:
            self._listen(0.1)
        self.bytes = 0
        begin, said = time.perf_counter(), 0
        while (now := time.perf_counter() - begin) < seconds + late:
            if now >= said / rate and said < rate * seconds:
                speaker.send()
                said += 1
            speaker.receive()
            self._listen(max(0.0, min(0.02, said / rate - now)))
        speaker.sock.close()
        return said, self.bytes


class IdleCrowd:
    """Readers of the rooms at `paths` of the server at `address`: initially none.  A context manager.

    Readers are numbered from `first`; two crowds of one server need different numbers.
    """

    def __init__(self, address, paths, first=0):
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_run, args=(theirs, address, paths, first), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self._process.terminate()
        self._process.join()

    def begin(self, *command):
        """Start a command: `open` or `speak`."""
        self._pipe.send(command)

    def end(self):
        """Return the result of the started command."""
        return self._pipe.recv()

    def do(self, *command):
        """Execute a command, and return its result."""
        self.begin(*command)
        return self.end()


def _run(*arguments):
    _Listening(*arguments).run()
