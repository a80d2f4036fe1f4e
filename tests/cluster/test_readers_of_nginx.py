"""nginx, as configured by `make cluster`, accepts as many readers as its limit of open files allows."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
from contextlib import ExitStack

from sockjs_support.nginx import MISSING, PROGRAM
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.paths import TOP
from tools.cluster import connections, filled

#: nginx's limit of open files, and the number of readers for which it suffices.
FILES = 300
READERS = (FILES - 100) // 2 - 10
NAMED = b"X-Forwarded-Prefix: /evil\r\n"
REQUEST = b"GET %s000/x/websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n%s\r\n"
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"


class Upgrading(threading.Thread):
    """A server that accepts each connection as a WebSocket."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=READERS)
        self.port = self.listening.getsockname()[1]
        self.accepted, self.heads = [], []

    def run(self):
        while True:
            try:
                sock = self.listening.accept()[0]
            except OSError:
                return  # the test is over
            self.accepted.append(sock)
            sock.settimeout(TIMEOUT)
            self.heads.append(sock.recv(4096))
            if self.heads[-1]:
                sock.sendall(ANSWER)

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.join(TIMEOUT)
        for sock in [self.listening, *self.accepted]:
            sock.close()


@unittest.skipUnless(PROGRAM, MISSING)
class Readers(unittest.TestCase):
    def setUp(self):
        self.stack = ExitStack()
        self.addCleanup(self.stack.close)
        self.folder = tempfile.mkdtemp(prefix="nginx-")
        self.stack.callback(shutil.rmtree, self.folder)
        self.server = Upgrading()
        self.stack.callback(self.server.close)
        self.server.start()
        self.port = free_port()

    def start(self, lines=""):
        """Start nginx with one process limited to FILES files, and with more `lines` in its location."""
        values = {
            "USER": "user root root;" if os.geteuid() == 0 else "",
            "RUN": self.folder,
            "CONNECTIONS": str(connections(FILES)),
            "WORKERS": f"server 127.0.0.1:{self.server.port};",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }
        text = filled("nginx.conf", values).replace("worker_processes auto", "worker_processes 1")
        text = text.replace("location / {", f"location / {{\n{lines}")
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w") as file:
            file.write(text)
        self.log = os.path.join(self.folder, "error.log")
        command = f'ulimit -n {FILES}; exec "$0" -p "$1" -c "$1/nginx.conf" -e stderr'
        with open(self.log, "w") as log:
            process = subprocess.Popen(["sh", "-c", command, PROGRAM, self.folder], stderr=log)
        self.stack.callback(process.wait, TIMEOUT)
        self.stack.callback(process.terminate)
        wait_until(self.listens, "nginx")

    def listens(self):
        with ExitStack() as stack:
            try:
                stack.enter_context(socket.create_connection(("127.0.0.1", self.port), TIMEOUT))
            except OSError:
                return False
        return True

    def open_reader(self, headers=b"", path=b"/rooms/a/sockjs/"):
        """Open a WebSocket, which stays open; return the response."""
        sock = self.stack.enter_context(socket.create_connection(("127.0.0.1", self.port), TIMEOUT))
        sock.sendall(REQUEST % (path, headers))
        return sock.recv(4096)

    def test_each_reader_takes_two_files(self):
        self.start()
        for number in range(READERS):
            self.assertTrue(self.open_reader().startswith(b"HTTP/1.1 101"), f"reader {number}")
        with open(self.log) as log:
            self.assertNotIn("exceed open file", log.read())

    def test_the_documented_buffers_for_websockets(self):
        """They are in the location for all requests, which sets the other buffers."""
        with open(os.path.join(TOP, "docs", "scaling.md")) as guide:
            (lines,) = re.findall(r"```nginx\n(.*?)```", guide.read(), re.DOTALL)
        self.start(lines)
        self.assertTrue(self.open_reader().startswith(b"HTTP/1.1 101"))
        self.assertIn(b"X-Forwarded-For: 127.0.0.1", self.server.heads[-1])

    def test_visitors_cannot_set_the_prefix(self):
        """Neither in the location for SockJS, nor in that for all other requests."""
        self.start()
        for path in (b"/rooms/a/sockjs/", b"/rooms/a/pages/"):
            with self.subTest(path):
                self.open_reader(NAMED, path)
                self.assertIn(b"GET " + path, self.server.heads[-1])
                self.assertIn(b"X-Forwarded-Proto: http", self.server.heads[-1])
                self.assertNotIn(b"X-Forwarded-Prefix", self.server.heads[-1])

    def test_memory_for_connections_is_bounded(self):
        self.assertEqual(connections(1_048_576), 65_536)
