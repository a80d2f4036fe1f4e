"""Measure this machine: the chat, and SockJS alone, in one table.

Starts the chat and the services of the tests, loads them from another process, and prints
the results.  Nothing here is asserted: compare numbers only with others from the
same machine and the same run.
"""

import argparse
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import changing
import cluster
import herd
import page
import processes
import restart
from client import Crowd
from flood import ask, flood

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PORT = 8087
ADDRESS = ("127.0.0.1", PORT)


def joining(view):
    """Return the first message of a reader, and how often it receives each mark: with a translation, twice."""
    once = view in ("original", "dead")
    return json.dumps({"type": "join", "name": "Bench", "as": view}), 1 if once else 2


def reading(*views):
    """Return the options of a crowd that is distributed over `views`."""
    return {"hellos": [joining(view) for view in views]}


CHAT = reading("pirate")

EDITING = {"address": ADDRESS, **reading("original")}

#: Messages per second to slow readers, and their bytes: the backlogs are full after a few seconds.
PACE, LONG = 30, 3_900
#: Duration in seconds.
SLOW_SECONDS = 20
TOO_SLOW = b"Reading too slowly"


HEAD = ["load", "a second", "p50 ms", "p99 ms", "server CPU us each", "bytes each"]
SLOW_HEAD = ["load", "p50 ms", "p99 ms", "MB before", "MB at most", "MB after", "kernel's MB", "who had stopped"]


class Server:
    """A server with its processes' memory and time."""

    def __init__(self, *options):
        self.command = [os.path.join(TOP, "bin", "gunicorn"), "-b", f"127.0.0.1:{PORT}", *options]
        self.process = self._started()
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}{self.READY}", timeout=5).read()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        self.process.terminate()
        raise SystemExit(f"The server did not start. Is something else on port {PORT}?")

    def _started(self):
        return subprocess.Popen(self.command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.process.terminate()
        self.process.wait()

    def kill_and_start(self):
        """Kill all of the server's processes, and start it again, without waiting until it is ready."""
        pids = self.pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        while any(os.path.exists(f"/proc/{pid}") for pid in pids):
            time.sleep(0.01)
        self.process = self._started()

    def paths(self):
        """The paths for the loads."""
        return self.PATHS

    def pids(self):
        return processes.family(self.process.pid)

    def memory(self):
        """Memory of the server's processes in bytes; shared pages are counted once."""
        return processes.memory(self.pids())

    def cpu(self):
        """CPU time of the server's processes in seconds."""
        return processes.cpu(self.pids())


#: The worker of the chat, without its limits for each client: the load comes from one address.
UNLIMITED = [
    *("-k", "pyramid_sockjs.servers.gunicorn_worker.Worker"),
    *("--connections-per-second", "0", "--connections-per-address", "0"),
]


class Echo(Server):
    """SockJS alone: a message returns to its sender."""

    READY = "/echo"
    PATHS = ("/echo",)

    def __init__(self):
        super().__init__("--paste", "tests/services.ini", *UNLIMITED)


class Broadcast(Echo):
    """SockJS alone: a message reaches everybody."""

    PATHS = ("/broadcast",)


class Room(Server):
    """The chat, with its own database, and a room."""

    READY = "/healthz"
    ROOMS = 1
    INI = "bench/chat.ini"

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="piratechat-bench-")
        super().__init__("--paste", self.INI, "--paste-global", f"var={self.folder.name}")
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        try:
            self.open_rooms()
        except BaseException:
            self.__exit__()
            raise

    def open_rooms(self):
        home = self.opener.open(f"http://127.0.0.1:{PORT}/").read().decode()
        self.token = re.search('name="csrf_token" value="([^"]*)"', home)[1]
        for number in range(self.ROOMS):
            self.send("/", name=f"room {number}")

    def __exit__(self, *_exc):
        super().__exit__()
        self.folder.cleanup()

    def send(self, path, **fields):
        form = urllib.parse.urlencode({"csrf_token": self.token, **fields}).encode()
        self.opener.open(f"http://127.0.0.1:{PORT}{path}", form).read()

    def paths(self):
        return [f"/rooms/room-{number}/sockjs" for number in range(self.ROOMS)]


class Rooms(Room):
    """The chat, with several rooms."""

    ROOMS = 20


class TwoRooms(Room):
    """The chat without limits, with two rooms."""

    ROOMS = 2


class Shipped(TwoRooms):
    """The chat with its default limits."""

    INI = "bench/limited.ini"


def in_another_process(load, *arguments):
    """Run `load(pipe, *arguments)` in a separate process; return it and our end of the pipe."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=load, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def idle(pipe, paths, sessions, options):
    crowd = Crowd(ADDRESS, paths, sessions, **options)
    pipe.send(crowd.opening)
    pipe.recv()  # until the memory has been measured


def one_speaks_now_and_then(pipe, paths, sessions, options, window, seconds):
    """Post four messages per second: less than the long-term limit of a visitor, and more than the first burst."""
    crowd = Crowd(ADDRESS, paths, sessions, **options)
    pipe.send(None)
    pipe.recv()  # until the flood has started
    latencies = []
    for _ in range(int(4 * seconds)):
        begin = time.perf_counter()
        crowd.sessions[0].send()
        found, _rate = crowd.run(0.25, lambda _session, _count: None, warm_up=0.0)
        latencies += found
        time.sleep(max(0.0, 0.25 - (time.perf_counter() - begin)))
    pipe.send((sorted(latencies), len(latencies) / seconds))


def one_speaks(pipe, paths, sessions, options, window, seconds):
    crowd = Crowd(ADDRESS, paths, sessions, **options)
    pipe.send(None)
    sender = crowd.sessions[0]
    for _ in range(window):
        sender.send()

    def heard(session, count):
        if session is sender:
            for _ in range(count):
                session.send()

    pipe.send(crowd.run(seconds, heard))


def all_speak(pipe, paths, sessions, options, window, seconds, hearers=1):
    """Keep `window` messages of each session in flight; each message reaches `hearers`."""
    crowd = Crowd(ADDRESS, paths, sessions, **options)
    pipe.send(None)
    heard_of = dict.fromkeys(crowd.sessions, 0)
    for session in crowd.sessions:
        for _ in range(window):
            session.send()

    def heard(session, count):
        heard_of[session] += count
        while heard_of[session] >= hearers:
            heard_of[session] -= hearers
            session.send()

    latencies, rate = crowd.run(seconds, heard)
    pipe.send((latencies, rate / hearers))  # messages, not deliveries


def some_stop(pipe, paths, readers, slow, seconds):
    """One client posts evenly to `readers`; `slow` more read nothing until the end, and then everything."""
    crowd = Crowd(ADDRESS, paths, readers + slow, **reading("original"))
    stopped = crowd.sessions[readers:]
    crowd.ignore(stopped)
    pipe.send(None)
    sender, begin = crowd.sessions[0], time.perf_counter()

    def speak(now):
        if now >= begin + sender.sent / PACE:
            sender.send(LONG)

    latencies, _rate = crowd.run(seconds, lambda _session, _count: None, tick=speak)
    pipe.send((latencies, [ending(session) for session in stopped]))


def ending(session):
    """Return how the connection of a client that stopped reading has ended."""
    try:
        last = session.ending()
    except ConnectionResetError:
        return "cut"
    if last is None:
        return "open"
    return "told" if TOO_SLOW in last else "closed"


def measure_slow(readers, slow, seconds):
    """Return a row about the other clients while `slow` more stop reading."""
    with Room() as server:
        process, pipe = in_another_process(some_stop, server.paths(), readers, slow, seconds)
        pipe.recv()
        before, kernel = server.memory(), kernel_memory()
        most, most_kernel = before, kernel
        while not pipe.poll(0.25):
            most, most_kernel = max(most, server.memory()), max(most_kernel, kernel_memory())
        latencies, endings = pipe.recv()
        process.join()
        after = server.memory()
    p50, p99 = (f"{latencies[int(len(latencies) * q)] / 1e6:.1f}" for q in (0.5, 0.99))
    name = f"chat: 1 speaks, {readers:,} read" + (f", {slow:,} more have stopped" if slow else "")
    sizes = [f"{size / 1e6:,.1f}" for size in (before, most, after, most_kernel - kernel)]
    return [name, p50, p99, *sizes, " ".join(f"{n} {how}" for how, n in sorted(Counter(endings).items()))]


def kernel_memory():
    """Bytes that the kernel uses for all TCP connections of this machine."""
    with open("/proc/net/sockstat") as sockstat:
        pages = re.search(r"^TCP:.* mem (\d+)", sockstat.read(), re.MULTILINE)[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def measure_idle(name, server_class, sessions, options):
    with server_class() as server:
        before, cpu = server.memory(), server.cpu()
        process, pipe = in_another_process(idle, server.paths(), sessions, options)
        seconds = pipe.recv()
        cpu = server.cpu() - cpu
        grown = server.memory() - before
        pipe.send(None)
        process.join()
    return [f"{name}: {sessions:,} idle", f"{sessions / seconds:,.0f} opened", "", "", f"{1e6 * cpu / sessions:.0f}",
            f"{grown / sessions:,.0f}"]  # fmt: skip


def measure(name, server_class, load, sessions, options, window, seconds, *more):
    with server_class() as server:
        process, pipe = in_another_process(load, server.paths(), sessions, options, window, seconds, *more)
        pipe.recv()
        begin, cpu = time.perf_counter(), server.cpu()
        latencies, rate = pipe.recv()
        cpu = (server.cpu() - cpu) / (time.perf_counter() - begin)
        process.join()
    p50, p99 = (latencies[int(len(latencies) * q)] / 1e6 for q in (0.5, 0.99))
    return [f"{name}, window {window}", f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{1e6 * cpu / rate:.2f}", ""]


def measure_reactions(people, seconds):
    """Measure 20 rooms, in each of which `people` visitors react as often as allowed."""
    with Rooms() as server:
        process, pipe = in_another_process(changing.all_react, ADDRESS, server.paths(), people, seconds)
        pipe.recv()
        cpu = server.cpu()
        latencies, rate = pipe.recv()
        cpu = (server.cpu() - cpu) / seconds
        process.join()
    p50, p99 = (latencies[int(len(latencies) * q)] / 1e6 for q in (0.5, 0.99))
    return [f"chat: {people} react in each of 20 rooms", f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}",
            f"{1e6 * cpu / rate:.2f}", ""]  # fmt: skip


def measure_flood(name, server_class, clients, seconds):
    """Measure messages in a room of ten while `clients` flood another room."""
    with server_class() as server:
        noisy, quiet = server.paths()
        process, pipe = in_another_process(one_speaks_now_and_then, [quiet], 10, CHAT, 1, seconds)
        pipe.recv()
        if clients:
            flooding, stop = in_another_process(flood, ADDRESS, noisy, clients, joining("pirate")[0])
            stop.recv()
        cpu = server.cpu()
        pipe.send(None)
        latencies, rate = pipe.recv()
        cpu = (server.cpu() - cpu) / seconds
        process.join()
        if clients:
            stop.send(None)
            name += f" ({stop.recv():,.0f} come a second)"
            flooding.join()
    p50, p99 = (latencies[int(len(latencies) * q)] / 1e6 for q in (0.5, 0.99))
    return [name, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{100 * cpu:.0f} % CPU", ""]


def measure_asking(name, connections, seconds):
    """Measure the page of a room, ten times a second on new connections, while others request files."""
    latencies = []
    with Shipped() as server:
        url = f"http://127.0.0.1:{PORT}/rooms/room-0"
        if connections:
            asking, stop = in_another_process(ask, ADDRESS, connections)
            stop.recv()
        cpu = server.cpu()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.perf_counter()
            urllib.request.urlopen(url, timeout=60).read()
            latencies.append(1000 * (time.perf_counter() - begin))
            time.sleep(0.1)
        cpu = (server.cpu() - cpu) / seconds
        if connections:
            stop.send(None)
            name += f" ({stop.recv():,.0f} answered a second)"
            asking.join()
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * q)] for q in (0.5, 0.99))
    rate = len(latencies) / seconds
    return [name, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{100 * cpu:.0f} % CPU", ""]


def measure_translators():
    """Return rows with measurements inside the server, which are of its CPU time only."""
    with Room():
        found = json.load(urllib.request.urlopen(f"http://127.0.0.1:{PORT}/measure", timeout=300))
    return [[name, f"{1 / seconds:,.0f}", "", "", f"{1e6 * seconds:.2f}", ""] for name, seconds in found]


def measure_page(requests):
    """Return rows with the cost of a room's page in pirate speak."""
    with Room() as server:
        room = "/rooms/room-0"
        for number in range(50):
            server.send(f"{room}/messages", text=page.MESSAGES[number % len(page.MESSAGES)])
        return list(page.measured(server, PORT, room, requests))


def measure_restarts(idle=20):
    """Yield rows about restarts."""
    for count in (0, idle):
        with Room() as server:
            yield restart.measure_end(server, PORT, count)
    for path, count in (("/healthz", 0), ("/healthz", idle), ("/rooms/room-0", idle)):
        with Room() as server:
            yield restart.measure_reload(server, PORT, path, count)


def table(rows, head=HEAD):
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=2000, help="idle sessions to open (default 2000)")
    parser.add_argument("--readers", type=int, default=500, help="readers of the fan-out (default 500)")
    parser.add_argument("--herd", type=int, default=5000, help="readers who come back at once (default 5000)")
    parser.add_argument("--crowd", type=int, default=1000, help="readers spread over views (default 1000)")
    parser.add_argument(
        "--only",
        choices=("chat", "changes", "translators", "sockjs", "slow", "flood", "page", "restart", "herd", "cluster"),
        help="measure a part only",
    )
    parser.add_argument("--seconds", type=float, default=3, help="how long each load lasts (default 3)")
    options = parser.parse_args()
    readers, crowd, seconds = options.readers, options.crowd, options.seconds
    parts = {
        "chat": lambda: [
            measure_idle("chat: join by a message", Room, options.sessions, CHAT),
            measure_idle("chat: join by the URL", Room, options.sessions, {"query": "?join&as=pirate"}),
            measure(f"chat: 1 speaks, {readers:,} read", Room, one_speaks, readers, CHAT, 8, seconds),
            measure(f"chat: 1 speaks, {readers:,} read", Room, one_speaks, readers, CHAT, 1, seconds),
            measure("chat: 100 speak in 20 rooms", Rooms, all_speak, 100, CHAT, 4, seconds, 5),
        ],
        "changes": lambda: [
            measure_idle("chat: join", Room, options.sessions, CHAT),
            measure("chat: 1 speaks, 100 read", Room, one_speaks, 100, reading("original"), 1, seconds),
            measure("chat: 1 edits, 100 read", Room, changing.one_edits, 100, EDITING, 1, seconds),
            measure_reactions(10, 10 * seconds),
        ],
        "translators": lambda: [
            *measure_translators(),
            *(
                measure(f"chat: {crowd:,} read in {what}", Room, one_speaks, crowd, reading(*views), 8, seconds)
                for what, views in [("1 view", ["pirate"]), ("4 views", ["pirate", "original", "loud", "soft"])]
            ),
            *(
                measure(
                    f"chat: {readers:,} read, 1 of 10 {what}", Room, one_speaks, readers, reading(*views), 1, seconds
                )
                for what, views in [
                    ("in pirate", [*["original"] * 9, "pirate"]),
                    ("through a dead back end", [*["original"] * 9, "dead"]),
                ]
            ),
        ],
        "flood": lambda: [
            measure_flood("a quiet room", TwoRooms, 0, 5 * seconds),
            measure_flood("... while 50 flood another, without limits", TwoRooms, 50, 5 * seconds),
            measure_flood("... while 50 flood another, as shipped", Shipped, 50, 5 * seconds),
            measure_asking("the page of a room", 0, 5 * seconds),
            measure_asking("... while one address asks over 400 connections", 400, 5 * seconds),
        ],
        "sockjs": lambda: [
            measure_idle("SockJS", Echo, options.sessions, {}),
            measure(f"SockJS: 1 speaks, {readers:,} read", Broadcast, one_speaks, readers, {}, 8, seconds),
            measure(f"SockJS: 1 speaks, {readers:,} read", Broadcast, one_speaks, readers, {}, 1, seconds),
            measure("SockJS: echo to 100", Echo, all_speak, 100, {}, 4, seconds),
            measure("SockJS: echo to 100", Echo, all_speak, 100, {}, 1, seconds),
        ],
    }
    if options.only not in ("slow", "page", "restart", "herd", "cluster"):
        table([row for part, rows in parts.items() if options.only in (None, part) for row in rows()])
    if options.only in (None, "slow"):
        few = crowd // 5
        # Alternating, because the machine may be slower for a while.
        table([measure_slow(crowd - few, slow, SLOW_SECONDS) for slow in (0, few, 0, few)], SLOW_HEAD)
    if options.only in (None, "page"):
        table(measure_page(int(100 * seconds)), page.HEAD)
    if options.only in (None, "restart"):
        table(list(measure_restarts()), restart.HEAD)
    if options.only in (None, "herd"):
        table(list(herd.measured(TwoRooms, in_another_process, ADDRESS, options.herd)), herd.HEAD)
    if options.only in (None, "cluster"):
        table(list(cluster.measured(5 * seconds)), cluster.HEAD)


if __name__ == "__main__":
    main()
