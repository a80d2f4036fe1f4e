"""Several processes with each store and each relay: delay to readers, and conflicts between writers.

    bin/python bench/pairs.py [--seconds 10] [--commits 300] [--stores zeo postgres] [--relays redis amqp]

A client at process A posts 20 and then 100 messages per second, and a reader at process B receives them.  Then two and
three clients post to one room, each at another process: each posts the next message when the last one is on disk.
"""

import argparse
import contextlib
import os
import re
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(sys.path[0], "pyramid_sockjs", "tests"))
sys.path.insert(0, os.path.join(sys.path[1], "bench"))

from client import Session
from cluster import HELLO, delays

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq_server import RabbitMQServer
from tests.support.redis_server import RedisServer
from tests.support.writers import Writer, write
from tests.support.zeo import SECRETS, ZEOServer, shared_ini

PROCESSES = 3
STORES = {"zeo": ZEOServer, "postgres": PostgresServer}
RELAYS = {"redis": RedisServer, "amqp": RabbitMQServer}
HEAD = ["store", "relay", "who speaks", "p50 ms", "p99 ms", "missed"]
HEAD += ["commits a second", "conflicts a commit", "slowest / quickest", "load"]
SECRET = re.search(r"operator_secret = (.*)", SECRETS)[1]
CONFLICTS = re.compile(rb"^piratechat_commit_conflicts_total (\S+)$", re.MULTILINE)


class Pair(contextlib.ExitStack):
    """Three servers with a store and a relay of these names."""

    def __init__(self, store, relay):
        super().__init__()
        folder = self.enter_context(tempfile.TemporaryDirectory(prefix="piratechat-bench-", ignore_cleanup_errors=True))
        database = STORES[store](folder)
        self.callback(database.close)
        broker = RELAYS[relay](folder)
        self.callback(getattr(broker, "close", broker.end))
        ini = shared_ini(folder, database.ini_uri, broker)
        self.servers = [self.enter_context(ChatServer(folder, ini=ini)) for _ in range(PROCESSES)]
        for server in self.servers:
            wait_until(lambda server=server: Browser(server.port).get("/healthz").body == b"ok\n", "the relay", 120)

    def open_room(self, name):
        """Return the path of a new room that all servers can read."""
        room = Browser(self.servers[0].port).open_room(name)
        for server in self.servers:
            wait_until(lambda server=server: Browser(server.port).get(room).status == 200, "the room")
        return room

    @property
    def conflicts(self):
        """Number of commits that were tried again after conflicts."""
        return sum(float(CONFLICTS.search(self._metrics(server))[1]) for server in self.servers)

    @staticmethod
    def _metrics(server):
        request = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {SECRET}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def heard(self, rate, seconds):
        """Return results and sorted delays (ms) for a reader at B, while A posts `rate` messages per second."""
        room = self.open_room(f"Speaking {rate}")
        with contextlib.ExitStack() as sessions:
            speaker, reader = (self._session(sessions, server, room) for server in self.servers[:2])
            delays([reader], speaker, rate, 1)  # warm up caches
            said, (found,) = delays([reader], speaker, rate, seconds)
        found.sort()
        return [*_middle_and_late(found), said - len(found), "", "", ""]

    def _session(self, sessions, server, room):
        session = Session(("127.0.0.1", server.port), f"{room}/sockjs", len(room) + server.port)
        sessions.callback(session.sock.close)
        session.wait_open(HELLO)
        return session

    def written(self, count, commits):
        """Return the results for `count` clients that post to one room."""
        room = self.open_room(f"Writing {count}")
        with contextlib.ExitStack() as windows:
            writers = []
            for server in self.servers[:count]:
                window = Window(server.port, room, Browser(server.port).visit(room))
                windows.callback(window.close)
                writers.append(Writer(window, f"Writer {len(writers)}"))
            before, begun = self.conflicts, time.monotonic()
            write(writers, commits)
            seconds = time.monotonic() - begun
        done = sorted(writer.commits for writer in writers)
        delays_of_all = sorted(ms for writer in writers for ms in writer.delays)
        return [
            *_middle_and_late(delays_of_all),
            0,
            f"{sum(done) / seconds:.0f}",
            f"{(self.conflicts - before) / sum(done):.2f}",
            f"{done[0]} / {done[-1]}",
        ]


def _middle_and_late(found):
    return [f"{found[len(found) // 2]:.1f}", f"{found[int(len(found) * 0.99)]:.1f}"]


def rows(store, relay, options):
    """Yield the rows of a pair."""
    with Pair(store, relay) as pair:
        for rate in (20, 100):
            yield [f"one at A, {rate} a second", *pair.heard(rate, options.seconds)]
        for count in (2, 3):
            yield [f"{count}, at {count} processes", *pair.written(count, options.commits)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10, help="for which one speaks, at each rate")
    parser.add_argument("--commits", type=int, default=300, help="of all who write to one room")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    parser.add_argument("--relays", nargs="+", choices=RELAYS, default=RELAYS)
    options = parser.parse_args()
    for row in (HEAD, ["---"] * len(HEAD)):
        print(f"| {' | '.join(row)} |")
    for store in options.stores:
        for relay in options.relays:
            for row in rows(store, relay, options):
                cells = [store, relay, *map(str, row), f"{os.getloadavg()[0]:.0f}"]
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
