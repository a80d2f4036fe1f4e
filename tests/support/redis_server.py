"""A real Redis server without files, which can be killed and restarted on the same port."""

import contextlib
import shutil
import signal
import socket
import subprocess

from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until

PROGRAM = shutil.which("redis-server")
MISSING = "no redis-server on this machine; on Debian: apt-get install redis-server"


class RedisServer:
    """Serves on its own port from the start, with its files in `folder`."""

    def __init__(self, folder, *options, host="127.0.0.1"):
        self.folder = folder
        self.host = host
        self.port = free_port()
        self.options = options
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://{self.host}:{self.port}/0"

    @property
    def settings(self):
        """Lines for the ini file of a chat."""
        return f"piratechat.relay = redis\npiratechat.relay.redis.url = {self.url}\n"

    def start(self):
        words = ["--port", str(self.port), "--bind", self.host, "--save", "", "--appendonly", "no", *self.options]
        with open(f"{self.folder}/redis.log", "a") as log:
            self.process = subprocess.Popen([PROGRAM, *words], cwd=self.folder, stdout=log, stderr=log)
        wait_until(self._answers, "the Redis server")

    def _answers(self):
        with (
            contextlib.suppress(OSError),
            socket.create_connection((self.host, self.port), timeout=TIMEOUT) as connection,
        ):
            connection.sendall(b"PING\r\n")
            return bool(connection.recv(100))
        return False

    def end(self, number=signal.SIGKILL):
        """Send it a signal, and wait for its end; the second call does nothing."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(TIMEOUT)

    def restart(self, number=signal.SIGKILL):
        self.end(number)
        self.start()
