"""Clients that disappear: their network is down, and they do not acknowledge data."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.paths import TOP

#: A user namespace with a network, in which interfaces can be taken down without being root.
NAMESPACE = ["unshare", "--map-root-user", "--net"]


def has_namespaces():
    if not all(shutil.which(program) for program in ("unshare", "ip")):
        return False
    command = [*NAMESPACE, "ip", "link", "set", "lo", "up"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@unittest.skipUnless(has_namespaces(), "this machine gives no network namespaces: nobody can vanish here")
class Vanishing(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="piratechat-"))
        self.path = os.path.join(folder, "server.sock")
        self.world = subprocess.Popen(
            [*NAMESPACE, sys.executable, "-m", "tests.support.vanishing", folder, self.path],
            cwd=TOP,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.world.stderr.close)
        self.addCleanup(self.world.stdout.close)
        self.addCleanup(self.world.communicate)

    def metrics(self):
        """Request the metrics by the Unix socket, which needs no network."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(TIMEOUT)
            sock.connect(self.path)
            sock.sendall(b"GET /metrics HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer aye\r\n\r\n")
            return b"".join(iter(lambda: sock.recv(65536), b"")).decode()

    def sessions(self):
        return dict(re.findall(r'^piratechat_sessions\{transport="(\w+)"\} ([\d.]+)', self.metrics(), re.MULTILINE))

    def test_sessions_of_vanished_clients_are_freed(self):
        self.assertEqual(self.world.stdout.readline(), "connected\n")
        self.assertEqual(self.sessions(), {"websocket": "1.0", "xhr_streaming": "1.0"})
        self.world.stdin.write("down\n")
        self.world.stdin.flush()
        wait_until(lambda: not self.sessions(), "the end of all sessions")
        self.assertIn("piratechat_live_rooms 0.0", self.metrics())
        _, output = self.world.communicate()
        self.assertNotIn("Traceback", output)
