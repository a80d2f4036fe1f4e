"""Print the cost of one more reader, message, commit or envelope: the constants of tools/scaling.py.

    bin/python bench/slopes.py [--only sessions] [--sessions 2000 8000]

Costs are CPU seconds of processes, and bytes that they and the kernel use, so other programs on
the machine have little effect.  Each is a slope: the difference between many and few, divided by that of the numbers.
It needs root for the memory of the kernel, nginx, Redis, RabbitMQ and PostgreSQL.
"""

import argparse
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(sys.path[0], "pyramid_sockjs", "tests"))
sys.path.insert(0, os.path.join(sys.path[1], "bench"))

import commits
import envelopes
from cluster import Cluster
from idle_crowd import IdleCrowd
from processes import cpu, family, kernel_memory, memory
from run import ADDRESS, PORT, Room

from piratechat.peers.peers import PATROL
from tools.cluster import filled, found
from tools.scaling import asked as calculated_for

#: Readers of a room, and of a large one.
ROOM, LARGE_ROOM = 50, 1_000
#: Numbers of readers for the memory of nginx, few and many.
SOME_READERS = (400, 1_600)
#: Messages per second in each room, and the duration in seconds.
RATES, SPEAKING = {ROOM: 100, LARGE_ROOM: 20}, 15
#: Seconds until everything has settled, and of idle readers: longer than one heartbeat interval.
SETTLING, IDLE = 3, 50
#: Committing processes, messages per commit, and the duration in seconds.
WRITERS, TOGETHER, WRITING = 2, 20, 10
#: Numbers of processes that receive each envelope, few and many; envelopes per second, and the duration in seconds.
HEARERS, ENVELOPES, TELLING = (1, 3), 400, 10
#: Numbers of processes whose heartbeats are counted, few and many, and of rooms with readers.
PROCESSES, BEATING_ROOMS = (2, 4), 8
#: nginx's port, the number of its processes, and of connections for each.
PROXY_PORT, PROXY_PROCESSES, PROXY_CONNECTIONS = PORT + 1, 4, 18_000


class LargeHouse(Room):
    """The chat with rooms for eight thousand readers."""

    ROOMS = 160


class TwoRooms(Room):
    """The chat with a separate room for each number of readers."""

    ROOMS = 2


class Proxy(contextlib.AbstractContextManager):
    """nginx, set up as `make cluster` does and with more `lines`, before servers of the chat at `ports`."""

    def __init__(self, ports, lines=""):
        self.folder = tempfile.mkdtemp(prefix="piratechat-bench-")
        values = {
            "USER": "user root root;" if os.geteuid() == 0 else "",
            "RUN": self.folder,
            "CONNECTIONS": str(PROXY_CONNECTIONS),
            "WORKERS": "\n".join(f"        server 127.0.0.1:{port};" for port in ports),
            "HOST": "127.0.0.1",
            "PORT": f"{PROXY_PORT} reuseport",  # so that each process has enough connections
        }
        text = filled("nginx.conf", values).replace("processes auto", f"processes {PROXY_PROCESSES}")
        text = text.replace("proxy_buffering off;", f"proxy_buffering off; {lines}")
        with open(os.path.join(self.folder, "nginx.conf"), "w") as file:
            file.write(text)
        command = [found("nginx", "nginx-light"), "-p", self.folder, "-c", "nginx.conf", "-e", "stderr"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_port(PROXY_PORT)
        except OSError:
            self.__exit__()
            raise

    def __exit__(self, *_exc):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def pids(self):
        return family(self.process.pid)


def wait_for_port(port, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class Way(contextlib.ExitStack):
    """The chat, readers of its rooms, and nginx with more `lines` between them if it is `proxied`."""

    def __init__(self, house, proxied, lines=""):
        super().__init__()
        self.server = self.enter_context(house())
        try:
            self.proxy = self.enter_context(Proxy([PORT], lines)) if proxied else None
        except BaseException:
            self.close()
            raise
        self.address = ("127.0.0.1", PROXY_PORT) if proxied else ADDRESS
        self.proxied = proxied

    def crowd(self, paths):
        return self.enter_context(IdleCrowd(self.address, paths))

    def costs(self):
        """Return the CPU seconds of the server and of nginx, and the bytes of both and of the kernel."""
        server = self.server.pids()
        proxy = self.proxy.pids() if self.proxied else []
        return [cpu(server), cpu(proxy), memory(server), memory(proxy), kernel_memory()]


def less(many, few):
    return [a - b for a, b in zip(many, few, strict=True)]


def sessions(few, many):
    """Yield the memory and CPU time of joined readers that send nothing."""
    for proxied in (False, True):
        with Way(LargeHouse, proxied) as way:
            crowd = way.crowd(way.server.paths())
            empty = way.costs()
            crowd.do("open", few)
            time.sleep(SETTLING)
            begun = way.costs()
            crowd.do("open", many - few)
            coming = less(way.costs(), begun)
            time.sleep(SETTLING)
            *_cpus, server, proxy, kernel = (each / (many - few) for each in less(way.costs(), begun))
            before = way.costs()
            time.sleep(IDLE)
            idle = [each / many / IDLE for each in less(way.costs(), before)]
        where = " through nginx" if proxied else ""
        if not proxied:
            yield "PROCESS_BYTES", empty[2], "bytes of a process of the chat without readers"
            yield "SESSION_BYTES", server, "bytes of the chat for a reader"
            yield "SOCKET_BYTES", kernel / 2, "bytes of the kernel for one end of a connection"
            yield "JOIN_CPU", coming[0] / (many - few), "seconds of the chat for a reader who comes"
            yield "IDLE_CPU", idle[0], "seconds of the chat for a second of a reader"
            continue
        yield "(the same)", server, f"bytes of the chat for a reader{where}"
        yield "(the same)", kernel / 4, f"bytes of the kernel for one end of a connection{where}"
        yield "(the same)", coming[0] / (many - few), f"seconds of the chat for a reader who comes{where}"
        yield "PROXY_PROCESS_BYTES", empty[3] / (PROXY_PROCESSES + 1), "bytes of a process of nginx without readers"
        yield "PROXY_SESSION_BYTES", proxy, "bytes of nginx for a reader"
        yield "PROXY_JOIN_CPU", coming[1] / (many - few), "seconds of nginx for a reader who comes"
        yield "PROXY_IDLE_CPU", idle[1], "seconds of nginx for a second of a reader"


def buffers():
    """Yield the memory of nginx for a reader, by the size of its buffers for responses."""
    few, many = SOME_READERS
    for kilobytes in (4, 2, 1):
        lines = (
            f"proxy_buffer_size {kilobytes}k; proxy_buffers 4 {kilobytes}k; proxy_busy_buffers_size {2 * kilobytes}k;"
        )
        with Way(LargeHouse, True, lines) as way:
            crowd = way.crowd(way.server.paths())
            crowd.do("open", few)
            begun = memory(way.proxy.pids())
            crowd.do("open", many - few)
            bytes_more = memory(way.proxy.pids()) - begun
        yield (
            f"({kilobytes}k)",
            bytes_more / (many - few),
            f"bytes of nginx for a reader, with proxy_buffer_size {kilobytes}k",
        )


def deliveries():
    """Yield the cost of a message, and of each reader that receives it."""
    for proxied in (False, True):
        costs = {}
        for readers in (ROOM, LARGE_ROOM):
            with Way(TwoRooms, proxied) as way:
                crowd = way.crowd(way.server.paths()[:1])
                crowd.do("open", readers)
                time.sleep(SETTLING)
                before = way.costs()
                said, heard = crowd.do("speak", ADDRESS, RATES[readers], SPEAKING)
                server, proxy, *_bytes = less(way.costs(), before)
                costs[readers] = server / said, proxy / said, heard / said / readers
        more = LARGE_ROOM - ROOM
        server, proxy, _bytes = (each / more for each in less(costs[LARGE_ROOM], costs[ROOM]))
        if not proxied:
            yield "DELIVERY_CPU", server, "seconds of the chat for a message to one reader more"
            yield "SAY_CPU", costs[ROOM][0] - ROOM * server, "seconds of the chat for a message, commit and all"
            yield "DELIVERY_BYTES", costs[LARGE_ROOM][2], "bytes of a message of 64 letters for a reader"
        else:
            yield "(the same)", server, "seconds of the chat for a message to one reader more through nginx"
            yield "PROXY_DELIVERY_CPU", proxy, "seconds of nginx for a message to one reader"


def stored():
    """Yield the cost of a commit, and of each additional message in it."""
    for store in commits.STORES:
        rate, writer, server = commits.measured(store, WRITERS, 1, WRITING)
        many_rate, many_writer, many_server = commits.measured(store, WRITERS, TOGETHER, WRITING)
        _looks, _looker, looking = commits.measured(store, WRITERS, 0, WRITING)
        more = TOGETHER - 1
        writing, storing = (many_writer - writer) / more, (many_server - server) / more
        yield f"{store}_COMMIT_CPU", server - storing, "seconds of the store for a commit"
        yield f"{store}_MESSAGE_CPU", storing, "seconds of the store for a message more in a commit"
        yield f"{store}_LOOK_CPU", looking, "seconds of the store for a process that looks what others have committed"
        yield f"{store}_WRITER_CPU", writer - writing, "seconds of the chat for a commit"
        yield "(message)", writing, "seconds of the chat for a message more in a commit"
        yield "(rate)", rate, f"commits a second of one message by {WRITERS} processes"
        yield "(rate)", many_rate, f"commits a second of {TOGETHER} messages by {WRITERS} processes"


def told():
    """Yield the cost of a text to another process."""
    few, many = HEARERS
    for relay in envelopes.RELAYS:
        sender, hearer, server = envelopes.measured(relay, few, ENVELOPES, TELLING)
        *_others, more = envelopes.measured(relay, many, ENVELOPES, TELLING)
        yield f"{relay}_SEND_CPU", sender, "seconds of the chat for an envelope that it sends"
        yield f"{relay}_HEAR_CPU", hearer, "seconds of the chat for an envelope that it hears"
        yield f"{relay}_CPU", server - few * (more - server) / (many - few), "seconds of the relay for an envelope"
        yield f"{relay}_HEARER_CPU", (more - server) / (many - few), "seconds of the relay for each who hears it"


def beats():
    """Yield the number of texts that processes publish while no reader posts, and that of tools/scaling.py."""
    for processes in PROCESSES:
        paths = [f"/rooms/room-{number}/sockjs" for number in range(BEATING_ROOMS)]
        readers = ROOM * len(paths)
        with contextlib.ExitStack() as stack:
            cluster = stack.enter_context(Cluster("redis", len(paths), processes))
            stack.enter_context(Proxy(cluster.ports))
            stack.enter_context(IdleCrowd(("127.0.0.1", PROXY_PORT), paths)).do("open", readers)
            before = published(cluster.port)
            time.sleep(PATROL)
            texts = (published(cluster.port) - before) / PATROL
        words = [f"--readers={readers}", "--messages=0", "--named=0", f"--processes={processes}"]
        calculated, _heard = calculated_for(words).texts(processes)
        yield (
            "(texts)",
            texts,
            f"a second by {processes} processes, {len(paths)} rooms; calculated {calculated:.3g}",
        )


def published(port):
    """Return the number of texts published by the Redis server at `port`."""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(b"INFO commandstats\r\nQUIT\r\n")
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    found = re.search(rb"cmdstat_publish:calls=(\d+)", answer)
    return int(found[1]) if found else 0


def many(readers):
    """Yield results with very many readers, connected through nginx to two processes."""
    paths = [f"/rooms/room-{number}/sockjs" for number in range(readers // ROOM)]
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(Cluster("redis", len(paths)))
        proxy = stack.enter_context(Proxy(cluster.ports))
        halves = (0, readers // 2)
        crowds = [stack.enter_context(IdleCrowd(("127.0.0.1", PROXY_PORT), paths, first)) for first in halves]

        def costs():
            chat = [pid for server in cluster.servers for pid in family(server.pid)]
            return [cpu(chat), cpu(proxy.pids()), memory(chat), memory(proxy.pids()), kernel_memory()]

        before, begin = costs(), time.monotonic()
        for crowd in crowds:
            crowd.begin("open", readers // 2)
        for crowd in crowds:
            crowd.end()
        yield "(readers)", readers, "readers through nginx to two processes"
        yield "(seconds)", time.monotonic() - begin, "until all had come"
        come, idle = costs(), time.monotonic()
        time.sleep(IDLE)
        chat, nginx, *_bytes = less(costs(), come)
        time_idle = time.monotonic() - idle
        spent = less(costs(), before)
        yield "(the same)", spent[2] / readers, "bytes of the chat for a reader"
        yield "(the same)", spent[3] / readers, "bytes of nginx for a reader"
        yield "(the same)", spent[4] / readers / 4, "bytes of the kernel for one end of a connection"
        yield "(share)", chat / time_idle, "of a core that both processes use for idle readers"
        yield "(share)", nginx / time_idle, "of a core that nginx uses for them"
        there = [crowd.do("count") for crowd in crowds]
        yield "(readers)", sum(there), "still there"


PARTS = {
    "sessions": sessions,
    "buffers": buffers,
    "deliveries": deliveries,
    "stored": stored,
    "told": told,
    "beats": beats,
    "many": many,
}


def load():
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure a part only")
    parser.add_argument("--sessions", type=int, nargs=2, default=(2_000, 8_000), help="few readers, and many")
    parser.add_argument("--many", type=int, default=20_000, help="very many readers")
    options = parser.parse_args()
    arguments_of = {"sessions": options.sessions, "many": [options.many]}
    for name in options.only or PARTS:
        arguments = arguments_of.get(name, ())
        print(f"{name} (load {load()})", flush=True)
        for constant, value, unit in PARTS[name](*arguments):
            print(f"    {constant} = {value:.3g}  # {unit}", flush=True)
        print(f"    (load {load()})", flush=True)


if __name__ == "__main__":
    main()
