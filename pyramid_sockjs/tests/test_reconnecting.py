"""WebSocket handshakes that arrive at the same moment, as after a restart, and handshakes on a port with TLS."""

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from sockjs_support.clients import session_url
from sockjs_support.servers import START_TIMEOUT, Server
from sockjs_support.waiting import TIMEOUT, wait_until
from test_servers import GUNICORN, ServersTest


class Reconnecting(ServersTest):
    """When a server is back, it receives the handshakes of all its clients at the same time."""

    HANDSHAKES = 200

    def test_a_page_waits_for_few_handshakes(self):
        options = (*GUNICORN["options"], "--connections-per-second", "0")
        with Server(**{**GUNICORN, "options": options}) as server:
            with self.paused(server):
                handshakes = [self.send(server, self.handshake()) for _ in range(self.HANDSHAKES)]
                page = self.send(server, b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b" 200 OK", page.recv(65_536))
            answered, _, _ = select.select(handshakes, [], [], 0)
            self.assertLess(len(answered), self.HANDSHAKES / 2)
            for sock in handshakes:
                self.assertIn(b" 101 ", sock.recv(65_536))

    @contextlib.contextmanager
    def paused(self, server):
        """What happens meanwhile reaches the server's worker at the same moment."""
        os.kill(server.worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(server.worker, signal.SIGCONT)

    def test_a_stopping_server_answers_all(self):
        options = (*GUNICORN["options"], "--connections-per-second", "0", "--connections-per-address", "0")
        with Server(**{**GUNICORN, "options": options}) as server:
            with self.paused(server):
                handshakes = [self.send(server, self.handshake("/close")) for _ in range(5 * self.HANDSHAKES)]
                server.signal(signal.SIGTERM)
            for sock in handshakes:
                self.assertIn(self.whole_answer(sock)[:13], (b"HTTP/1.1 101 ", b"HTTP/1.1 503 "))
            server.process.wait(TIMEOUT)
            self.assertNotIn("graceful timeout", server.output())

    def test_they_count_as_connections_of_their_address(self):
        options = (*GUNICORN["options"], "--connections-per-address", "10")
        with Server(**{**GUNICORN, "options": options}) as server:
            with self.paused(server):
                handshakes = [self.send(server, self.handshake()) for _ in range(50)]
            answered = 0
            for sock in handshakes:
                with contextlib.suppress(ConnectionResetError):
                    answered += b" 101 " in sock.recv(65_536)
            self.assertGreaterEqual(answered, 10)
            self.assertLess(answered, 50)
            for _ in range(50):  # sessions do not count
                self.assertEqual(self.connect_to(server).recv(), "o")

    def test_connections_beyond_the_rate_of_their_address_wait(self):
        options = (*GUNICORN["options"], "--connections-per-second", "20")
        with Server(**{**GUNICORN, "options": options}) as server:
            with self.paused(server):
                handshakes = [self.send(server, self.handshake()) for _ in range(40)]
            begin = time.monotonic()
            for sock in handshakes:
                self.assertIn(b" 101 ", sock.recv(65_536))
            self.assertGreater(time.monotonic() - begin, 0.5)
            self.assertIn("Connections delayed", server.output())

    def test_half_a_handshake_holds_up_nobody(self):
        with Server(**GUNICORN) as server:
            half = self.send(server, self.handshake()[:-2])
            whole = self.send(server, self.handshake())
            self.assertIn(b" 101 ", whole.recv(65_536))
            half.sendall(b"\r\n")
            self.assertIn(b" 101 ", half.recv(65_536))

    def test_rejected_handshakes_end_their_connections(self):
        shaken = self.handshake()
        with Server(**GUNICORN) as server:
            for status, request in (
                (b"400", shaken.replace(b"HTTP/1.1", b"HTTP/one")),
                (b"400", shaken.replace(b"Host: x", b"Host : x")),
                (b"400", shaken.replace(b"\r\nUpgrade", b"\nUpgrade")),
                (b"400", shaken.replace(b"Host: x\r\n", b"Host: x\r\n folded: y\r\n")),
                (b"400", shaken.replace(b"dGhl", b"!")),
                (b"400", shaken.replace(b"\r\n\r\n", b"\r\nContent-Length: 30\r\n\r\n") + b"not all of it"),
                (b"404", shaken.replace(b"/echo/", b"/nothing/")),
                (b"426", shaken.replace(b"Version: 13", b"Version: 7")),
            ):
                with self.subTest(request):
                    answer = self.whole_answer(self.send(server, request + shaken))
                    self.assertIn(b" %s " % status, answer[:13])
                    self.assertEqual(len(re.findall(rb"HTTP/1\.1 \d", answer)), 1, answer)
            self.assertNotIn("Traceback", server.output())
            self.assertEqual(self.connect_to(server).recv(), "o")

    @staticmethod
    def whole_answer(sock):
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while data := sock.recv(65_536):
                answer += data
        return answer

    def send(self, server, request):
        """Send `request` over a new connection, and return that."""
        sock = socket.create_connection(("127.0.0.1", server.port), TIMEOUT)
        self.addCleanup(sock.close)
        sock.sendall(request)
        return sock

    @staticmethod
    def handshake(service="/echo"):
        return (
            f"GET {session_url(service)}/websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()


class TLSServer(Server):
    """A server with a certificate of its own."""

    def __init__(self, folder):
        pair = ("--keyfile", os.path.join(folder, "key.pem"), "--certfile", os.path.join(folder, "certificate.pem"))
        names = ("-subj", "/CN=localhost", "-keyout", pair[1], "-out", pair[3])
        command = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        subprocess.run([*command, *names], check=True, capture_output=True)
        super().__init__(**{**GUNICORN, "options": (*GUNICORN["options"], *pair)})

    def _wait(self, path):
        wait_until(lambda: "Booting worker" in self.output(), "the start", START_TIMEOUT)
        self.get(path)

    def get(self, path):
        """Return a response over TLS."""
        trusting = ssl._create_unverified_context()
        with (
            socket.create_connection(("127.0.0.1", self.port), TIMEOUT) as plain,
            trusting.wrap_socket(plain) as sock,
        ):
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: sock.recv(65_536), b""))


@unittest.skipUnless(shutil.which("openssl"), "no openssl on this machine; on Debian: apt-get install openssl")
class HandshakesWithTLS(ServersTest):
    def test_a_handshake_without_tls_is_not_answered(self):
        with tempfile.TemporaryDirectory() as folder, TLSServer(folder) as server:
            with socket.create_connection(("127.0.0.1", server.port), TIMEOUT) as sock:
                sock.sendall(Reconnecting.handshake())
                self.assertNotIn(b"HTTP", Reconnecting.whole_answer(sock))
            self.assertIn(b'"websocket": false', server.get("/echo/info"))


if __name__ == "__main__":
    unittest.main()
