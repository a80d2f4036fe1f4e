"""Time until all readers of a room have reconnected after a crash, and time of a page meanwhile."""

import asyncio
import itertools
import os
import random
import time
import urllib.request

from client import HANDSHAKE, PONG

#: Delays in seconds before a browser's attempts to reconnect: the first, the maximum of the first ATTEMPTS_SOON, and
#: that of later ones.
FIRST, SOON, LONGEST = 0.5, 2.0, 15.0
ATTEMPTS_SOON = 8
#: Sessions from one address; there are as many addresses as needed.
OF_ADDRESS = 50
#: Seconds between requests for a page, and the timeout of a request.
PACE, PATIENCE = 0.1, 60
#: Timeout in seconds for all readers to reconnect.
LIMIT = 180
#: What a page adds to the URL of its WebSocket.
JOIN = "?join&as=original"

HEAD = [
    "herd",
    "first back s",
    "half back s",
    "all back s",
    "attempts",
    "pages",
    "page p50 ms",
    "page p99 ms",
    "server CPU s",
]


class Reader:
    """A window: joins, and reconnects with a browser's delays."""

    def __init__(self, herd, number):
        self.herd = herd
        self.number = number
        self.attempts = itertools.count()

    async def live(self):
        failures = 0
        while True:
            if await self._session():
                failures = 0
            soon = min(SOON, FIRST * 2**failures)
            whole = min(LONGEST, soon * 2 ** max(0, failures - ATTEMPTS_SOON + 1))
            failures += 1
            await asyncio.sleep(whole * (0.5 + random.random() / 2))

    async def _session(self):
        """Join, and read until the connection is lost; return whether joining succeeded."""
        self.herd.attempts += 1
        source = f"127.1.{self.number // OF_ADDRESS // 250}.{self.number // OF_ADDRESS % 250 + 1}"
        try:
            reader, writer = await asyncio.open_connection(*self.herd.address, local_addr=(source, 0), limit=1 << 20)
        except OSError:
            return False
        joined = False
        try:
            session = f"{os.getpid()}x{self.number}x{next(self.attempts)}"
            host = "{}:{}".format(*self.herd.address)
            fields = {"path": self.herd.path, "session": session, "host": host, "cookie": "", "query": JOIN}
            writer.write(HANDSHAKE.format(**fields).encode())
            await self._wait_for(reader, b"welcome")
            joined = True
            self.herd.joined(self)
            while data := await reader.read(1 << 16):
                if b"\x89\x00" in data:
                    writer.write(PONG)
        except (OSError, EOFError):
            pass
        finally:
            if joined:
                self.herd.left(self)
            writer.close()
        return joined

    async def _wait_for(self, reader, mark):
        seen = b""
        while mark not in seen:
            data = await reader.read(1 << 16)
            if not data:
                raise EOFError
            seen = (seen + data)[-4096:]


class Herd:
    """`count` readers of one room."""

    def __init__(self, address, path, count):
        self.address = address
        self.path = path
        self.count = count
        self.attempts = 0
        self.here = set()
        self.came = []  # seconds from `begun` until each reader has joined
        self.begun = 0.0

    def joined(self, reader):
        self.here.add(reader)
        self.came.append(time.monotonic() - self.begun)

    def left(self, reader):
        self.here.discard(reader)

    async def run(self, pipe):
        """Let all readers join, and report it over `pipe`; after an answer, report when the first and all are back."""
        tasks = [asyncio.create_task(Reader(self, number).live()) for number in range(self.count)]
        await self._here(self.count)
        pipe.send(None)
        await asyncio.to_thread(pipe.recv)  # the server is about to be killed
        self.begun, self.came, self.attempts = time.monotonic(), [], 0
        while self.here:
            await asyncio.sleep(0.005)
        self.begun, self.came = time.monotonic(), []
        await self._here(1)
        pipe.send(None)
        await self._here(self.count)
        came = sorted(self.came)
        pipe.send(([came[0], came[len(came) // 2], came[-1]], self.attempts))
        for task in tasks:
            task.cancel()

    async def _here(self, count):
        end = time.monotonic() + LIMIT
        while len(self.here) < count:
            if time.monotonic() > end:
                raise RuntimeError(f"After {LIMIT} s {len(self.here):,} of {count:,} are there")
            await asyncio.sleep(0.02)


def come_and_come_back(pipe, address, path, count):
    """Run `count` readers, in a separate process."""
    asyncio.run(Herd(address, path, count).run(pipe))


def visit_pages(pipe, url):
    """Request a page every PACE seconds until told to stop; send the durations in milliseconds."""
    taken = []
    while not pipe.poll(PACE):
        begin = time.perf_counter()
        urllib.request.urlopen(url, timeout=PATIENCE).read()
        taken.append(1000 * (time.perf_counter() - begin))
    pipe.recv()
    pipe.send(sorted(taken))


def measured(server_class, in_another_process, address, count):
    """Yield a row: `count` readers of one room reconnect after their server was killed and restarted."""
    with server_class() as server:
        path = server.paths()[0]
        herd, theirs = in_another_process(come_and_come_back, address, path, count)
        theirs.recv()
        theirs.send(None)
        time.sleep(0.1)
        server.kill_and_start()
        theirs.recv()  # it responds, and the first reader has reconnected
        visitor, stop = in_another_process(visit_pages, "http://{}:{}/rooms/room-1".format(*address))
        came, attempts = theirs.recv()
        cpu = server.cpu()
        stop.send(None)
        taken = stop.recv()
        herd.join()
        visitor.join()
    p50, p99 = (taken[int(len(taken) * q)] for q in (0.5, 0.99))
    yield [
        f"{count:,} come back after kill -9",
        *(f"{seconds:.1f}" for seconds in came),
        f"{attempts:,}",
        str(len(taken)),
        f"{p50:.0f}",
        f"{p99:.0f}",
        f"{cpu:.1f}",
    ]
