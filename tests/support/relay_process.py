"""A process with a relay of the chat, started by `RelayProcess`, and controlled by lines of JSON.

The standard library in it is monkey-patched by gevent, as in a server.
"""

import json
import logging
import subprocess
import sys
import threading
from collections import deque

from sockjs_support.waiting import TIMEOUT, wait_until


class RelayProcess:
    """A relay configured by the `settings` of an ini file."""

    def __init__(self, path="", log=None, **settings):
        """`path`: a folder with modules; `log`: a file for its log."""
        self.heard = deque()
        self.subscribed = set()
        self.missed = 0
        self.answers = deque()
        code = f"import sys; sys.path[:] = {[*sys.path, path]!r}; from tests.support.relay_process import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, json.dumps(settings), *([] if log is None else [log])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.reading = threading.Thread(target=self._read, daemon=True)
        self.reading.start()

    def _read(self):
        for line in self.process.stdout:
            name, *values = json.loads(line)
            if name == "heard":
                self.heard.append(tuple(values))
            elif name == "missed":
                self.missed += 1
            else:
                self.answers.append((name, *values))

    def ask(self, *command):
        """Run a command, and return its result."""
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        wait_until(lambda: self.answers, f"an answer to {command}")
        return self.answers.popleft()

    def publish(self, channel, *texts):
        self.ask("publish", channel, texts)

    def subscribe(self, channel):
        """Subscribe; return whether everything published from now on arrives."""
        self.subscribed.add(channel)
        return self.ask("subscribe", channel)[1]

    def connected(self):
        return self.ask("connected")[1]

    def wait_until_connected(self, connected=True):
        wait_until(lambda: self.connected() == connected, "a connected relay" if connected else "a disconnected relay")

    def hear(self, *expected):
        """Wait until these texts have been received in this order."""
        wait_until(lambda: len(self.heard) >= len(expected), f"{len(expected)} texts")
        found = [self.heard.popleft() for _ in expected]
        assert found == list(expected), f"received {found}, expected {expected}"

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(TIMEOUT)
        self.reading.join(TIMEOUT)
        self.process.stdout.close()


def main():
    from gevent import monkey

    monkey.patch_all()
    from gevent.fileobject import FileObject
    from pyramid.config import Configurator

    from piratechat.relays.choice import chosen_relay

    settings = json.loads(sys.argv[1])
    for log in sys.argv[2:]:
        logging.basicConfig(filename=log, level=logging.DEBUG)
    config = Configurator()
    config.include("piratechat.relays.choice")
    if "pyramid.includes" in settings:
        config.include(settings["pyramid.includes"])
    relay = chosen_relay(config, settings.get("piratechat.relay", "local"), settings)
    turns = Turns()
    relay.start(turns.hear, lambda: _tell("missed"))
    _obey(relay, turns, FileObject(sys.stdin.buffer, "rb"))
    relay.stop(1.0)


class Turns:
    """Counts the texts that the relay delivers before it yields to other greenlets."""

    def __init__(self):
        import gevent

        self.texts = self.most = 0
        gevent.spawn(self.take)

    def hear(self, channel, text):
        self.texts += 1
        self.most = max(self.most, self.texts)
        _tell("heard", channel, text)

    def take(self):
        import gevent

        while True:
            self.texts = 0
            gevent.sleep(0.001)


def _obey(relay, turns, lines):
    import gevent

    from piratechat.plugin import NotConnected

    def subscribe(channel):
        try:
            relay.subscribe(channel)
        except NotConnected:
            return False
        return True

    actions = {
        "publish": lambda channel, texts: [relay.publish(channel, text) for text in texts] and None,
        "subscribe": subscribe,
        "unsubscribe": relay.unsubscribe,
        "connected": lambda: relay.connected,
        "most_at_once": lambda: turns.most,
    }

    def act(name, *values):
        _tell(name, actions[name](*values))

    for line in lines:
        gevent.spawn(act, *json.loads(line))


def _tell(*words):
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
