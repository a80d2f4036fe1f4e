"""Servers that tests run against, as layers for zope.testrunner and pytest."""

import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from tests.wire import PATIENCE, free_port

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = os.path.join(TOP, "tests")


class Server:
    """A server process: `bin/gunicorn --paste INI`, or pserve."""

    def __init__(self, ini, command="gunicorn", ready="/echo", options=(), env=None):
        ini = os.path.join(TESTS, ini)
        self.port = free_port()
        if command == "gunicorn":
            words = ["--paste", ini, "-b", f"127.0.0.1:{self.port}", *options]
        else:
            words = [ini, f"port={self.port}", *options]
        self.log = tempfile.NamedTemporaryFile("w+", prefix="server-", suffix=".log")
        self.process = subprocess.Popen(
            [os.path.join(TOP, "bin", command), *words],
            cwd=TOP,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait(ready)
        except BaseException:
            self.stop()
            raise

    def _wait(self, path):
        end = time.monotonic() + 3 * PATIENCE
        while True:
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE).read()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"The server did not start:\n{self.output()}") from None
                time.sleep(0.05)

    def output(self):
        """Return what the server has printed."""
        with open(self.log.name) as log:
            return log.read()

    @property
    def worker(self):
        """The pid of the process that answers."""
        pids = re.findall(r"Booting worker with pid: (\d+)", self.output())
        return int(pids[-1]) if pids else self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """End the server, and return what it printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
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


class ServerLayer:
    """A server that runs while the tests of this layer do."""

    __bases__ = ()

    def __init__(self, name, *args, **options):
        self.__name__ = name
        self.__module__ = __name__
        self.args = args
        self.options = options
        self.server = None

    def setUp(self):
        self.server = Server(*self.args, **self.options)

    def tearDown(self):
        output = self.server.stop()
        # An error nobody noticed is an error all the same.
        assert "Traceback" not in output, output

    @property
    def port(self):
        return self.server.port


SERVICES = ServerLayer("SERVICES", "services.ini")
