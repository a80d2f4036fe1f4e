"""Slow clients on the shipped server are disconnected, and do not delay others."""

import contextlib
import itertools
import select
import shutil
import socket
import tempfile
import time
from contextlib import suppress
from unittest import TestCase

from websockets.frames import Frame, Opcode

from sockjs_support.clients import HTTP
from sockjs_support.waiting import TIMEOUT
from tests.support.chat_servers import LIMITED, ChatServer
from tests.support.chatting import ChatTest

#: The number of concurrent connections; limits.ini allows four hundred from one address.
CROWD = 300
#: The number of simultaneous connects; limits.ini allows one address a hundred per second.
ARRIVING = 250
#: Seconds between two bytes.
PAUSE = 0.2

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
FORM = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"
SEND = b"POST /rooms/%s/sockjs/000/slow/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
NOT_READ = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
ASKING = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
#: A handshake without a key (RFC 6455 section 4.2.1), and data that a client might send after it.
HANDSHAKE = (
    b"GET /rooms/%s/sockjs/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"


class SlowTest(ChatTest):
    layer = LIMITED
    addresses = 0

    def setUp(self):
        SlowTest.addresses += 1
        self.source = f"127.4.0.{SlowTest.addresses}"

    def connect(self, source=None):
        sock = socket.create_connection(("127.0.0.1", LIMITED.port), TIMEOUT, (source or self.source, 0))
        self.addCleanup(sock.close)
        return sock

    def crowd(self, count):
        """Return `count` connections, without those that the server has closed meanwhile."""
        found = []
        for _ in range(count):
            with suppress(ConnectionResetError):
                found.append(self.connect())
        return found

    def assertEnds(self, crowd, dribble=b"", meanwhile=lambda: None):
        """Assert that the server closes all connections of `crowd`, which send `dribble` periodically."""
        began = time.monotonic()
        left, seconds = set(crowd), 0
        while left:
            self.assertLess(time.monotonic(), began + TIMEOUT, f"{len(left)} of {len(crowd)} are still open")
            for sock in list(left):
                try:
                    if dribble:
                        sock.send(dribble)
                except OSError:
                    left.discard(sock)
            time.sleep(PAUSE)
            if time.monotonic() - began > seconds:
                meanwhile()
                seconds += 1
            ready, _, _ = select.select(left, [], [], 0)
            for sock in ready:
                try:
                    if not sock.recv(65536):
                        left.discard(sock)
                except OSError:
                    left.discard(sock)

    def chatting(self):
        """Return a function by which a visitor joins a room, posts a message, and receives it.

        It is a new visitor each time, because a test on a busy machine could not answer a ping each second.
        """
        sources = (f"127.4.2{SlowTest.addresses:02}.{number}" for number in itertools.count(1))
        room = self.browser_from(next(sources)).open_room(f"Chat {self.source}")

        def chat():
            source = next(sources)
            window = self.window(room, self.browser_from(source).visit(room), source=source)
            window.join(name=f"Bo of {source}")
            window.say(source)
            while window.hear("message")["text"] != source:
                pass  # a message of an earlier visitor
            window.close()

        return chat

    def browser_from(self, source):
        browser = self.browser()
        browser.source = source
        return browser


class Requests(SlowTest):
    def test_slow_senders_are_disconnected_while_others_chat(self):
        chat = self.chatting()
        crowd = [self.connect() for _ in range(CROWD)]
        for number, sock in enumerate(crowd):
            sock.send((HEAD, FORM, b"")[number % 3])
        self.assertEnds(crowd, b"x", meanwhile=chat)
        chat()

    def test_idle_clients_are_disconnected(self):
        self.assertEnds([self.connect() for _ in range(CROWD)])

    def test_each_part_of_a_request_has_a_timeout(self):
        room = self.browser_from("127.4.1.3").open_room(f"parts {self.source}").rpartition("/")[2]
        for start, status in [
            (HEAD, None),
            (FORM, b"408"),
            (SEND % room.encode(), b"408"),
            (NOT_READ, b"200"),
            (CHUNKED, b"411"),
        ]:
            sock = self.connect()
            sock.sendall(start)
            with self.subTest(start=start):
                if status is not None:
                    self.assertEqual(sock.recv(65536).split()[1], status)
                self.assertEnds([sock], b"1")

    def test_a_stalled_reader_is_disconnected(self):
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.bind((self.source, 0))
        sock.connect(("127.0.0.1", LIMITED.port))
        asking = b"GET /static/sockjs.min.js HTTP/1.1\r\nHost: x\r\n\r\n" * 200
        sock.settimeout(0.5)
        end = time.monotonic() + TIMEOUT
        with self.assertRaises(ConnectionError):
            while time.monotonic() < end:
                with contextlib.suppress(TimeoutError):
                    sock.send(asking)


class Connections(SlowTest):
    def test_connections_of_an_address_are_limited(self):
        self.assertEnds(self.crowd(430))
        self.assertIn("Connections refused: ", LIMITED.server.output())

    def test_other_addresses_can_connect(self):
        crowd = self.crowd(430)
        with HTTP(LIMITED.port, source="127.4.1.5") as http:
            self.assertEqual(http.request("GET", "/healthz").status, 200)
        self.assertEnds(crowd)
        with HTTP(LIMITED.port, source=self.source) as http:
            self.assertEqual(http.request("GET", "/healthz").status, 200)

    def test_new_connections_of_an_address_are_rate_limited(self):
        begin = time.monotonic()
        crowd = []
        for _ in range(ARRIVING):
            crowd.append(self.connect())
            crowd[-1].sendall(ASKING)
        with HTTP(LIMITED.port, source="127.4.1.7") as http:
            self.assertEqual(http.request("GET", "/healthz").status, 200)
        for sock in crowd:
            self.assertEqual(sock.recv(65536)[:13], b"HTTP/1.1 200 ")
        self.assertGreater(time.monotonic() - begin, ARRIVING / 100 - 1)
        self.assertIn("Connections delayed (connections_per_second): ", LIMITED.server.output())

    def test_a_rejected_handshake_closes_the_connection(self):
        room = self.browser_from("127.4.1.8").open_room(f"handshakes {self.source}").rpartition("/")[2]
        sock = self.connect()
        sock.sendall(HANDSHAKE % room.encode() + Frame(Opcode.TEXT, b'["ahoy"]').serialize(mask=True))
        answer = b""
        with suppress(ConnectionResetError):
            while data := sock.recv(65536):
                answer += data
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
        self.assertNotIn("Invalid request", LIMITED.server.output())


class Stopping(TestCase):
    def test_a_stop_with_waiting_connections_has_no_errors(self):
        folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, folder)
        server = ChatServer(folder, ini="limits.ini")
        self.addCleanup(server.stop)
        crowd = [socket.create_connection(("127.0.0.1", server.port), TIMEOUT) for _ in range(ARRIVING)]
        for sock in crowd:
            self.addCleanup(sock.close)
        self.assertNotIn("Traceback", server.stop())


class WebSockets(SlowTest):
    def test_incomplete_messages_are_abandoned_while_others_chat(self):
        chat = self.chatting()
        room = self.browser_from("127.4.1.6").open_room(f"frames too {self.source}")
        frame = Frame(Opcode.TEXT, b"x" * 60_000).serialize(mask=True)
        fragment = Frame(Opcode.TEXT, b"x", fin=False).serialize(mask=True)
        crowd = []
        for start in [frame[:20], fragment] * 5:
            slow = self.window(room, source=self.source)
            slow.ws.send_bytes(start)
            crowd.append(slow.ws.sock)
        self.assertEnds(crowd[0::2], b"x", meanwhile=chat)
        self.assertEnds(crowd[1::2], Frame(Opcode.CONT, b"x", fin=False).serialize(mask=True), meanwhile=chat)
        chat()
