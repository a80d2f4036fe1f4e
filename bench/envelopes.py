"""CPU time of a message with each relay: in the sending process, in the receiving one, and in the broker.

`measured` starts a process that publishes and one that receives, each with a relay like
the chat's, and measures their CPU time and that of the broker.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import gevent
from processes import cpu, family
from prometheus_client import CollectorRegistry
from pyramid.config import Configurator

from piratechat.model.events import Envelope, Message, Numbers
from piratechat.peers.decoding import decoded
from piratechat.peers.outgoing import ROOM, Outgoing
from piratechat.peers.seal import Seal
from piratechat.relays.choice import chosen_relay
from tests.support.rabbitmq_server import RabbitMQServer
from tests.support.redis_server import RedisServer

RELAYS = {"REDIS": RedisServer, "RABBITMQ": RabbitMQServer}
TEXT = "is the time, my friend, and it is good to see that you are here"
#: The number of rooms, which the messages are published for in turn.
ROOMS = [f"room-{number}" for number in range(50)]
SEAL = Seal("of the benchmark")
#: Seconds until published messages have arrived.
LATE = 2
#: Patches for gevent before other imports, as a server does.
CODE = """
import sys
sys.path[:] = {path!r}
from gevent.monkey import patch_all
patch_all()
import envelopes
envelopes.main()
"""


def measured(relay, hearers, rate, seconds):
    """Return the CPU seconds of the sender, of a receiver and of the broker per envelope, at `rate` per second.

    `relay` is the name of one of the `RELAYS`; `hearers` is the number of receivers.
    """
    with tempfile.TemporaryDirectory(prefix="piratechat-bench-") as folder:
        server = RELAYS[relay](folder)
        try:
            settings = dict(line.split(" = ", 1) for line in server.settings.splitlines())
            roles = ["send", *["hear"] * hearers]
            started = [_start(role, rate, seconds, settings) for role in roles]
            for process in started:
                process.stdout.readline()  # it has connected
            before = cpu(family(server.process.pid))
            for process in started:
                process.stdin.write("go\n")
                process.stdin.flush()
            (sent, sending), *heard = (json.loads(process.stdout.readline()) for process in started)
            serving = cpu(family(server.process.pid)) - before
            for process in started:
                process.communicate()
            if any(count != sent for count, _seconds in heard):
                raise SystemExit(f"Of {sent} envelopes came {[count for count, _seconds in heard]}: try a lower rate")
            return sending / sent, sum(used for _count, used in heard) / sent / hearers, serving / sent
        finally:
            getattr(server, "close", server.end)()


def _start(role, rate, seconds, settings):
    path = [*sys.path, os.path.dirname(os.path.abspath(__file__))]
    command = [sys.executable, "-c", CODE.format(path=path), role, str(rate), str(seconds), json.dumps(settings)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class Heard:
    """Counts valid envelopes."""

    def __init__(self):
        self.count = 0

    def receive(self, channel, text):
        """Process a message of another process like `Peers.receive`."""
        decoded(SEAL.opened(channel, text))
        self.count += 1


def main():
    """Run the sender or a receiver."""
    role, rate, seconds, settings = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), json.loads(sys.argv[4])
    config = Configurator()
    config.include("piratechat.relays.choice")
    heard = Heard()
    relay = chosen_relay(config, settings["piratechat.relay"], settings)
    relay.start(heard.receive, lambda: None)
    while not relay.connected:
        gevent.sleep(0.01)
    if role == "hear":
        for room in ROOMS:
            relay.subscribe(ROOM + room)
    print("ready", flush=True)
    sys.stdin.readline()
    used = time.process_time()
    if role == "send":
        count = send(relay, rate, seconds)
    else:
        gevent.sleep(seconds + LATE)
        count = heard.count
    print(json.dumps([count, time.process_time() - used]), flush=True)
    sys.stdin.read()


def send(relay, rate, seconds):
    """Publish `rate` envelopes per second, with one message each; return their number."""
    outgoing = Outgoing(relay, "sender", SEAL, CollectorRegistry())
    begin, sent = time.monotonic(), 0
    while sent < rate * seconds:
        for _ in range(int((time.monotonic() - begin) * rate) - sent):
            sent += 1
            said = Message(sent, 1_800_000_000_000 + sent, "Bench", TEXT, f"nonce-{sent}")
            outgoing.publish(ROOMS[sent % len(ROOMS)], Envelope([said], Numbers(sent, 0, "epoch")))
        gevent.sleep(0.005)
    return sent
