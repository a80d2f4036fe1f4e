"""Time until a message is on disk and delivered, with each store.

    bin/python bench/stores.py [--seconds 10]

One client posts 20 messages per second; then two post 50 each, in one room, at two processes if the store allows
that: their commits may conflict.
"""

import argparse
import os
import selectors
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(sys.path[0], "pyramid_sockjs", "tests"))
sys.path.insert(0, os.path.join(sys.path[1], "bench"))

from client import MARK, Session, marked

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.operating import stored
from tests.support.paths import CONFIG
from tests.support.postgres import PostgresServer
from tests.support.zeo import ZEOServer

HELLO = '{{"type": "join", "name": "Bench {}", "as": "original"}}'
HEAD = ["store", "who speaks", "a second", "p50 ms", "p99 ms", "of messages", "missed"]
#: Seconds until the last messages have arrived.
LATE = 10
STORES = {
    "file": None,
    "ZEO": ZEOServer,
    "PostgreSQL, keep_history=true": PostgresServer,
    "PostgreSQL, keep_history=false": lambda folder: PostgresServer(folder, "keep_history=false"),
}


class Speaker:
    """Posts messages, and receives its own."""

    def __init__(self, port, room, number):
        self.session = Session(("127.0.0.1", port), f"{room}/sockjs", number)
        self.session.wait_open(HELLO.format(number))
        self.waiting = {}  # mark -> time at which it was posted
        self.delays = []  # milliseconds

    def say(self):
        text = marked()
        self.waiting[int(MARK.search(text.encode())[1])] = time.perf_counter_ns()
        self.session.send_text(text)

    def hear(self):
        now = time.perf_counter_ns()
        for mark in self.session.receive():
            said = self.waiting.pop(mark, None)
            if said is not None:
                self.delays.append((now - said) / 1e6)


def spoken(speakers, rate, seconds):
    """Have each of `speakers` post `rate` messages per second; return the delays in ms, and the other results."""
    selector = selectors.DefaultSelector()
    for speaker in speakers:
        selector.register(speaker.session.sock, selectors.EVENT_READ, speaker)
    begun, said = time.perf_counter(), 0
    while True:
        now = time.perf_counter() - begun
        if said < rate * seconds and now >= said / rate:
            said += 1
            for speaker in speakers:
                speaker.say()
        for key, _events in selector.select(max(0, min(0.05, said / rate - now))):
            key.data.hear()
        if now > seconds + LATE or (said >= rate * seconds and not any(speaker.waiting for speaker in speakers)):
            return sorted(ms for each in speakers for ms in each.delays), sum(len(each.waiting) for each in speakers)


def rows(name, make, seconds):
    folder = tempfile.mkdtemp(prefix="piratechat-bench-")
    store, servers = None, []
    try:
        store = None if make is None else make(folder)
        ini = os.path.join(CONFIG, "chat.ini") if store is None else stored(folder, store)
        servers += [ChatServer(folder, ini=ini) for _ in range(1 if store is None else 2)]
        room = Browser(servers[0].port).open_room("Bench")
        for server in servers:
            wait_until(lambda server=server: Browser(server.port).get(room).status == 200, "the room")
        ports = [servers[0].port, servers[-1].port]
        numbers = iter(range(100))
        for count, rate in ((1, 20), (2, 50)):
            speakers = [Speaker(port, room, next(numbers)) for port in ports[:count]]
            spoken(speakers, rate, 1)  # warm up caches
            for speaker in speakers:
                speaker.delays.clear()
            found, missed = spoken(speakers, rate, seconds)
            where = "one" if count == 1 else "two, at one process" if store is None else "two, at two processes"
            late = found[int(len(found) * 0.99)]
            yield [name, where, rate, f"{found[len(found) // 2]:.1f}", f"{late:.1f}", len(found), missed]
            for speaker in speakers:
                speaker.session.sock.close()
    finally:
        for server in servers:
            server.stop()
        if store is not None:
            store.close()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10, help="for each row")
    options = parser.parse_args()
    for row in (HEAD, ["---"] * len(HEAD)):
        print(f"| {' | '.join(row)} |")
    for name, make in STORES.items():
        for row in rows(name, make, options.seconds):
            print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
