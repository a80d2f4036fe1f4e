"""Server processes that tests start and stop."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from sockjs_support.waiting import TIMEOUT

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONFIG = os.path.join(TESTS, "config")
TOP = os.path.dirname(TESTS)
#: The environment variable with a folder in which logs of servers are kept.
LOGS = "SERVER_LOGS"
#: Seconds that a server may take to start, on a machine that is busy with other tests.
START_TIMEOUT = 120.0


class Server:
    """A server process: `gunicorn --paste INI`, or pserve."""

    #: The folder of the ini files, and the server's working directory.
    config = CONFIG
    top = TOP

    def __init__(self, ini, command="gunicorn", ready="/echo", options=(), env=None, port=None):
        ini = os.path.join(self.config, ini)
        self.port = port or free_port()
        if command == "gunicorn":
            words = ["--paste", ini, "-b", f"127.0.0.1:{self.port}", *options]
        else:
            words = [ini, f"http_port={self.port}", *options]
        logs = os.environ.get(LOGS)
        self.log = tempfile.NamedTemporaryFile("w+", prefix="server-", suffix=".log", dir=logs, delete=not logs)
        self.process = subprocess.Popen(
            [*self.program(command), *words],
            cwd=self.top,
            env={**os.environ, **self.environ(), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that kill() ends all of its processes
        )
        try:
            self._wait(ready)
        except BaseException:
            self.stop()
            raise

    def program(self, command):
        """Return the command that runs the program `command`."""
        return [sys.executable, os.path.join(PROGRAMS, f"run_{command}.py")]

    def environ(self):
        """Return additional environment variables: the server uses the import path of this process."""
        return {"PYTHONPATH": os.pathsep.join([TESTS, *filter(None, sys.path)])}

    def _wait(self, path):
        end = time.monotonic() + START_TIMEOUT
        while True:
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=TIMEOUT).read()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"The server did not start:\n{self.output()}") from None
                time.sleep(0.05)

    def output(self):
        """Return the server's output."""
        with open(self.log.name) as log:
            return log.read()

    @property
    def worker(self):
        """The pid of the worker process."""
        pids = re.findall(r"Booting worker with pid: (\d+)", self.output())
        return int(pids[-1]) if pids else self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Stop the server, and return its output; the second call does nothing."""
        if self.log.closed:
            return ""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        output = self.output()
        self.log.close()
        return output

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.stop()


def free_port():
    """Return a free port.

    It is below the range of client ports, so that it is still free when a server is started or restarted there.
    """
    return free_ports(1)[0]


def free_ports(count):
    """Return `count` consecutive free ports."""
    while True:
        first = random.randrange(20_000, 32_000)
        ports = range(first, first + count)
        if all(map(_is_free, ports)):
            return ports


def _is_free(port):
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
