"""Timeouts and limits: heartbeats, inactivity, sizes, counts and slow readers, with a server with low limits."""

import json
import socket
import struct
import time

from websockets.frames import Frame, Opcode

from sockjs_support.cases import ServerTest
from sockjs_support.clients import HTTP, HandshakeRejected, session_url
from sockjs_support.layers import IMPATIENT
from sockjs_support.waiting import QUICK, wait_until

# The values in impatient.ini, in seconds and bytes.
HEARTBEAT_DELAY = 1.0
DISCONNECT_DELAY = 1.0
MAX_MESSAGE_SIZE = 1000
MAX_BODY_SIZE = 4000
MAX_MESSAGES = 50
MAX_SESSIONS_PER_ADDRESS = 20
#: More bytes than the server reads from a client after closing, including the kernel's buffers.
MOST_TAKEN = 32 * 1024 * 1024

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class LimitTest(ServerTest):
    layer = IMPATIENT


class Heartbeats(LimitTest):
    def test_streams_get_heartbeats(self):
        for transport, prelude, heartbeat in [
            ("xhr_streaming", b"h" * 2048 + b"\n", b"h\n"),
            ("eventsource", b"\r\n", b"data: h\r\n\r\n"),
        ]:
            with HTTP(IMPATIENT.port) as http:
                http.open("POST" if transport == "xhr_streaming" else "GET", f"{session_url('/echo')}/{transport}")
                self.assertEqual(http.chunk(), prelude)
                http.chunk()
                begin = time.monotonic()
                self.assertEqual([http.chunk(), http.chunk()], [heartbeat] * 2)
                self.assertGreater(time.monotonic() - begin, 1.5 * HEARTBEAT_DELAY)

    def test_a_poll_ends_with_a_heartbeat(self):
        url = session_url("/echo")
        self.request("POST", f"{url}/xhr")
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b"h\n")
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b"h\n")

    def test_a_websocket_gets_a_heartbeat_and_a_ping(self):
        ws = self.open()
        self.assertEqual([ws.recv(), ws.recv(), ws.recv()], ["h", "h", "h"])
        self.assertGreaterEqual(ws.pings, 2)

    def test_a_raw_websocket_gets_only_the_ping(self):
        ws = self.connect(path="/echo/websocket")
        time.sleep(1.5 * HEARTBEAT_DELAY)
        ws.send("x")
        self.assertEqual(ws.recv(), "x")
        self.assertGreaterEqual(ws.pings, 1)


class Silence(LimitTest):
    """Clients that send nothing, or incomplete data, are disconnected."""

    def test_a_websocket_that_answers_no_ping_is_closed(self):
        ws = self.open()
        ws._flush = lambda: None  # the client's pongs
        begin = time.monotonic()
        self.assertTrue(ws.at_end())
        self.assertLess(time.monotonic() - begin, QUICK)

    def test_an_incomplete_message_is_abandoned(self):
        for start in (
            Frame(Opcode.TEXT, b'["never ends"]').serialize(mask=True)[:-1],
            Frame(Opcode.TEXT, b'["never', fin=False).serialize(mask=True),
        ):
            ws = self.open()
            ws.send_bytes(start)
            self.assertTrue(ws.at_end())

    def test_a_message_completed_in_time_is_received(self):
        ws = self.open()
        frame = Frame(Opcode.TEXT, b'["slow"]').serialize(mask=True)
        ws._flush = lambda: None  # a pong would be in the middle of the frame
        ws.send_bytes(frame[:5])
        self.assertEqual(ws.recv(), "h")
        ws.send_bytes(frame[5:])
        self.assertEqual(ws.recv(), 'a["slow"]')

    def test_an_incomplete_body_is_abandoned(self):
        url = session_url("/echo")
        with HTTP(IMPATIENT.port) as receiver:
            receiver.open("POST", f"{url}/xhr_streaming")
            for transport in ("xhr_send", "jsonp_send"):
                with HTTP(IMPATIENT.port) as http:
                    head = f"POST {url}/{transport} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
                    http.sock.sendall(head.encode() + b'["slow')
                    answer = http.head()
                    self.assertEqual(
                        (answer.status, http.body(answer)), (408, b"The request took too long to arrive.\n")
                    )

    def test_a_client_that_does_not_answer_a_close_is_disconnected(self):
        ws = self.open("/close")
        ws._flush = lambda: None  # the client's close frame, and the end of its side
        self.assertTrue(ws.at_end())

    def test_messages_after_a_close_are_ignored(self):
        ws = self.open("/close")
        sent, talk = 0, Frame(Opcode.TEXT, b'["x"]').serialize(mask=True) * 10_000
        with self.assertRaises(ConnectionError):
            while sent < MOST_TAKEN:
                sent += ws.sock.send(talk)

    def test_a_session_without_receivers_is_removed(self):
        url = session_url("/echo")
        self.request("POST", f"{url}/xhr")
        time.sleep(2.5 * DISCONNECT_DELAY)
        self.assertEqual(self.request("POST", f"{url}/xhr_send", body=b'["x"]').status, 404)
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b"o\n")

    def test_a_closed_session_is_kept_for_a_while(self):
        url = session_url("/close")
        self.request("POST", f"{url}/xhr")
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b'c[3000,"Go away!"]\n')
        time.sleep(0.5 * DISCONNECT_DELAY)
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b'c[3000,"Go away!"]\n')
        time.sleep(2.5 * DISCONNECT_DELAY)
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b"o\n")


class Sizes(LimitTest):
    def setUp(self):
        self.url = session_url("/echo")
        self.receiver = self.http()
        self.receiver.open("POST", f"{self.url}/xhr_streaming")
        self.receiver.chunk(), self.receiver.chunk()

    def send(self, payload, transport="xhr_send", headers=()):
        return self.request("POST", f"{self.url}/{transport}", headers, payload)

    def assertHears(self, payload):
        """Assert that the session still works."""
        self.assertEqual(self.send(payload).status, 204)
        while (frame := self.receiver.chunk()) == b"h\n":
            pass
        self.assertEqual(frame, b"a" + payload + b"\n")

    def test_the_body(self):
        answer = self.send(b'["' + b"x" * MAX_BODY_SIZE + b'"]')
        self.assertEqual(answer.status, 413)
        self.assertIn(b"At most 4000 bytes", answer.body)
        self.assertHears(b'["x"]')

    def test_a_body_of_unknown_length(self):
        with HTTP(IMPATIENT.port) as http:
            head = f"POST {self.url}/xhr_send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            http.sock.sendall(head.encode() + b"1388\r\n" + b"x" * 5000 + b"\r\n0\r\n\r\n")
            self.assertEqual(http.head().status, 413)

    def test_the_message(self):
        self.assertHears(b'["' + b"x" * MAX_MESSAGE_SIZE + b'"]')
        for transport, payload, headers in [
            ("xhr_send", b'["' + b"x" * (MAX_MESSAGE_SIZE + 1) + b'"]', {}),
            ("jsonp_send", b"d=%5B%22" + b"x" * (MAX_MESSAGE_SIZE + 1) + b"%22%5D", FORM),
        ]:
            answer = self.send(payload, transport, headers)
            self.assertEqual(answer.status, 413)
            self.assertIn(b"at most 1000 bytes a message", answer.body)
        self.assertHears(b'["x"]')

    def test_the_array(self):
        self.assertHears(json.dumps(["x"] * MAX_MESSAGES, separators=(",", ":")).encode())
        answer = self.send(json.dumps(["x"] * (MAX_MESSAGES + 1)).encode())
        self.assertEqual(answer.status, 413)
        self.assertIn(b"at most 50 messages at once", answer.body)

    def test_the_nesting(self):
        self.assertEqual(self.send(b"[" * MAX_BODY_SIZE).status, 500)
        self.assertHears(b'["x"]')

    def test_a_websocket_is_closed_with_1009(self):
        for payload in ("x" * (MAX_BODY_SIZE + 1), json.dumps(["x" * 1001]), json.dumps(["x"] * 51)):
            ws = self.open()
            ws.send(payload)
            while isinstance(message := ws.recv(), str):
                self.assertEqual(message, "h")
            self.assertEqual(message.code, 1009)
        ws = self.connect(path="/echo/websocket")
        ws.send("x" * (MAX_MESSAGE_SIZE + 1))
        self.assertEqual(ws.recv().code, 1009)

    def test_heads(self):
        for request in (
            b"GET /echo/" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /echo HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n",
            b"GET /echo HTTP/1.1\r\n" + b"X-Many: x\r\n" * 1000 + b"\r\n",
        ):
            with HTTP(IMPATIENT.port) as http:
                try:
                    http.sock.sendall(request)
                    self.assertIn(http.head().status, (400, 414, 431))
                except OSError:
                    pass  # closed before everything was sent


class Numbers(LimitTest):
    def test_sessions_of_one_address(self):
        base = "/cookie_needed_echo"  # other tests have no sessions here
        crowd = [self.open(base) for _ in range(MAX_SESSIONS_PER_ADDRESS)]
        with self.assertRaises(HandshakeRejected) as refused:
            self.open(base)
        self.assertEqual(refused.exception.status, 429)
        self.assertEqual(self.request("POST", f"{session_url(base)}/xhr").status, 429)
        for ws in crowd:
            ws.sock.close()
        wait_until(lambda: self.request("POST", f"{session_url(base)}/xhr").status == 200, "room for another")


class HalfOpen(LimitTest):
    def test_a_reset_is_detected_by_the_next_write(self):
        ws = self.open("/ticker")
        ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ws.sock.close()
        other = self.open("/ticker")
        while (heard := other.recv()) == "h":
            pass
        self.assertEqual(heard, 'a["tick!"]')
