"""Delay of messages to readers at another process, with each relay, and without it."""

import contextlib
import itertools
import os
import selectors
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

from client import Session

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HELLO = '{"type": "join", "name": "Bench", "as": "original"}'
HEAD = ["said at A", "a second", "heard at", "p50 ms", "p99 ms", "missed"]
#: Timeouts in seconds: for servers to start, and for the last messages to arrive.
STARTING, LATE = 60, 5
#: The relays, and their names in the table.
RELAYS = {"redis": "by Redis", "amqp": "by RabbitMQ"}
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Cluster(contextlib.ExitStack):
    """Servers with the relay `relay` and its broker, and `rooms` rooms."""

    def __init__(self, relay, rooms=1, servers=2):
        super().__init__()
        try:
            self.start_all(relay, rooms, servers)
        except BaseException:
            self.close()
            raise

    def start_all(self, relay, rooms, servers):
        self.folder = self.enter_context(tempfile.TemporaryDirectory(prefix="piratechat-bench-"))
        self.zeo, self.port, self.ports = free_port(), free_port(), [free_port() for _ in range(servers)]
        self.store = self.start("bin/piratechat-zeo", "-a", f"127.0.0.1:{self.zeo}", "-f", f"{self.folder}/chat.fs")
        self.broker = {"redis": self.start_redis, "amqp": self.start_rabbitmq}[relay]()
        for port in (self.zeo, self.port):
            wait_for(lambda port=port: socket.create_connection(("127.0.0.1", port), 1).close() is None)
        values = [f"var={self.folder}", f"zeo={self.zeo}", f"relay={relay}", f"broker={self.port}"]
        options = [word for value in values for word in ("--paste-global", value)]
        self.servers = [
            self.start("bin/gunicorn", "--paste", "bench/cluster.ini", "-b", f"127.0.0.1:{port}", *options)
            for port in self.ports
        ]
        for port in self.ports:
            wait_for(lambda port=port: self.get(port, "/healthz") == b"ok\n")
        self.open_rooms(rooms)

    def start_redis(self):
        return self.start("redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "")

    def start_rabbitmq(self):
        """Start RabbitMQ with all of its files in the folder, and with its own port mapper daemon."""
        names = free_port()
        self.start("epmd", "-address", "127.0.0.1", "-port", str(names))
        folder = os.path.join(self.folder, "rabbitmq")
        environ = {
            "HOME": self.folder,
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RUNNING_UNDER_SYSTEMD": "true",  # the script is replaced by the server, and does not wait for it
            "RABBITMQ_NODENAME": f"bench-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": folder,
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": os.path.join(self.folder, "plugins"),
        }
        return self.start(RABBITMQ, **environ)

    def start(self, *command, **environ):
        process = subprocess.Popen(
            command, cwd=TOP, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.callback(process.wait)
        self.callback(process.terminate)
        return process

    def get(self, port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read()

    def open_rooms(self, count):
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        home = opener.open(f"http://127.0.0.1:{self.ports[0]}/").read().decode()
        token = home.partition('name="csrf_token" value="')[2].partition('"')[0]
        for number in range(count):
            form = urllib.parse.urlencode({"csrf_token": token, "name": f"room {number}"}).encode()
            opener.open(f"http://127.0.0.1:{self.ports[0]}/", form).read()
        wait_for(lambda: self.get(self.ports[1], f"/rooms/room-{count - 1}"))

    def session(self, port, number):
        found = Session(("127.0.0.1", port), "/rooms/room-0/sockjs", number)
        self.callback(found.sock.close)
        found.wait_open(HELLO)
        return found


def wait_for(condition):
    end = time.monotonic() + STARTING
    while True:
        with contextlib.suppress(OSError):
            if condition():
                return
        if time.monotonic() > end:
            raise SystemExit("The servers did not start. On Debian: apt-get install redis-server rabbitmq-server")
        time.sleep(0.1)


def delays(sessions, speaker, rate, seconds):
    """Have `speaker` post `rate` messages per second; return the delay in ms of each message for each of `sessions`."""
    selector = selectors.DefaultSelector()
    heard = {session: [] for session in [*sessions, speaker]}
    for session in heard:
        selector.register(session.sock, selectors.EVENT_READ, session)
    begun = time.perf_counter()
    said = 0
    while True:
        now = time.perf_counter() - begun
        if said < rate * seconds and now >= said / rate:
            speaker.send()
            said += 1
        for key, _events in selector.select(max(0, min(0.05, said / rate - now))):
            times = key.data.receive()
            heard[key.data] += [(time.perf_counter_ns() - sent) / 1e6 for sent in times]
        if now > seconds + LATE or (said >= rate * seconds and all(len(found) == said for found in heard.values())):
            return said, [heard[session] for session in sessions]


def row(name, rate, where, said, found):
    found = sorted(found)
    middle, late = found[len(found) // 2], found[int(len(found) * 0.99)]
    return [name, str(rate), where, f"{middle:.1f}", f"{late:.1f}", str(said - len(found))]


def measured(seconds):
    """Yield rows; sessions are new for each load, since they answer no heartbeat and last less than a minute."""
    for relay, name in RELAYS.items():
        yield from measured_with(relay, name, seconds)


def measured_with(relay, name, seconds):
    with Cluster(relay) as cluster:
        numbers = itertools.count()

        def rows(name, rate):
            speaker, *readers = (cluster.session(port, next(numbers)) for port in (cluster.ports[0], *cluster.ports))
            said, found = delays(readers, speaker, rate, seconds)
            for where, times in zip("AB", found, strict=True):
                yield row(name, rate, where, said, times)

        for rate in (20, 100):
            yield from rows(name, rate)
        cluster.broker.terminate()
        cluster.broker.wait()
        time.sleep(LATE)
        yield from rows(f"{name}, which is away", 20)
