"""Closing of connections when a server ends: idle ones immediately, others after their response."""

import struct
import unittest
import weakref

import gevent
from gevent import monkey, socket
from gevent.pool import Pool

from pyramid_sockjs.lifecycle import Termination
from pyramid_sockjs.servers.open_connections import (
    PEEKED_SIZE,
    Acceptor,
    Lines,
    ListeningSocket,
    see_off,
    stop_accepting,
)
from pyramid_sockjs.servers.socket_options import limit_silence
from sockjs_support.cases import garbage_kept

#: Timeout in seconds for operations without delay.
TIMEOUT = 10.0


class LinesTest(unittest.TestCase):
    """A server in this process that echoes lines."""

    def setUp(self):
        self.lines, self.pool = Lines(), Pool()
        self.addCleanup(self.pool.kill)
        self.termination = Termination(lambda _number, _frame: None)
        self.read = gevent.event.Event()

    def serve(self, sock, _address=None):
        with self.lines.connected(sock) as line, line:
            data = b""
            while True:
                with self.lines.asking():
                    while not data.endswith(b"\n"):
                        more = line.recv(4096)
                        if not more:
                            return
                        data += more
                        self.read.set()
                line.sendall(data)
                data = b""

    def connect(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        ours.settimeout(TIMEOUT)
        self.pool.spawn(self.serve, theirs)
        return ours

    def say(self, sock, data):
        """Send an incomplete request, and wait until it has been read."""
        self.read.clear()
        sock.sendall(data)
        self.assertTrue(self.read.wait(TIMEOUT))

    def ask(self, sock, data=b"x\n"):
        sock.sendall(data)
        self.assertEqual(sock.recv(100), data)

    def assertOpen(self, sock):
        gevent.sleep(0)
        gevent.sleep(0)
        self.ask(sock, b"y\n")

    def assertEnded(self, sock):
        self.assertEqual(sock.recv(100), b"")


class ClosingIdleConnections(LinesTest):
    def test_idle_connections_are_closed(self):
        idle, busy = self.connect(), self.connect()
        self.ask(idle)
        self.ask(busy)
        self.say(busy, b"half a ")
        self.lines.end_idle()
        self.assertEnded(idle)
        busy.sendall(b"request\n")
        self.assertEqual(busy.recv(100), b"half a request\n")
        self.assertEnded(busy)

    def test_connections_without_a_request_are_closed_after_a_delay(self):
        new = self.connect()
        gevent.sleep(0)
        self.lines.end_idle()
        self.assertOpen(new)
        self.assertEnded(new)
        late = self.connect()
        gevent.sleep(0)
        self.lines.end_waiting()
        self.assertEnded(late)

    def test_received_requests_are_answered(self):
        idle = self.connect()
        self.ask(idle)
        idle.sendall(b"one\n")  # not read yet
        self.lines.end_waiting()
        self.assertEqual(idle.recv(100), b"one\n")
        self.assertEnded(idle)

    def test_later_connections_are_closed_too(self):
        self.lines.end_waiting()
        sock = self.connect()
        sock.sendall(b"one\n")
        self.assertEqual(sock.recv(100), b"one\n")
        self.assertEnded(sock)

    def test_closed_connections_leave_nothing_in_memory(self):
        sock = self.connect()
        self.ask(sock)
        sock.close()
        self.pool.join(TIMEOUT)
        self.assertEqual(len(self.lines._lines), 0)

    def test_closed_connections_need_no_garbage_collection(self):
        ours, theirs = socket.socketpair()
        with ours, garbage_kept():
            with self.lines.connected(theirs) as sock, sock:
                remaining = weakref.ref(sock)
            del sock
            self.assertIsNone(remaining())


class Peeking(unittest.TestCase):
    """A handshake is recognized before it is parsed."""

    HANDSHAKE = b"GET /chat/websocket HTTP/1.1\r\nHost: x\r\nuPGRADE: websocket\r\n\r\n"

    def has_handshake(self, sent):
        ours, theirs = socket.socketpair()
        with ours, Lines().connected(theirs) as sock, sock:
            ours.sendall(sent)
            found = sock.has_handshake()
            ours.shutdown(socket.SHUT_WR)
            self.assertEqual(self.received(sock), sent, "nothing is consumed")
        return found

    @staticmethod
    def received(sock):
        data = b""
        while more := sock.recv(65_536):
            data += more
        return data

    def test_complete_heads(self):
        self.assertTrue(self.has_handshake(self.HANDSHAKE))
        self.assertTrue(self.has_handshake(self.HANDSHAKE + b"a first frame"))

    def test_incomplete_heads_and_other_requests(self):
        for sent in (
            b"",
            self.HANDSHAKE[:-2],
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n\nUpgrade: ",
            self.HANDSHAKE[:-4] + b"\r\nCookie: " + b"x" * PEEKED_SIZE + b"\r\n\r\n",
            b"\x16\x03\x01" + bytes(500),  # TLS
        ):
            with self.subTest(sent[:60]):
                self.assertFalse(self.has_handshake(sent))

    def test_closed_and_reset_connections(self):
        for linger in (b"", struct.pack("ii", 1, 0)):
            with self.subTest(linger), socket.create_server(("127.0.0.1", 0)) as server:
                client = socket.create_connection(server.getsockname())
                theirs = ListeningSocket(fileno=server.accept()[0].detach())
                if linger:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                client.close()
                with theirs:
                    self.assertFalse(theirs.has_handshake())


class FinishingRequests(LinesTest):
    def test_requests_in_progress_finish_before_the_last_functions(self):
        done = []
        self.termination.add(lambda: done.append(len(self.pool)), last=False)
        self.termination.add(lambda: done.append(len(self.pool)), last=True)
        sock = self.connect()
        self.say(sock, b"half ")
        seeing = gevent.spawn(see_off, [self.pool], self.lines, self.termination, TIMEOUT)
        while not done:
            gevent.sleep(0)
        sock.sendall(b"one\n")
        self.assertEqual(sock.recv(100), b"half one\n")
        self.assertTrue(seeing.get(timeout=TIMEOUT))
        self.assertEqual(done, [1, 0])

    def test_the_last_functions_are_called_in_time_and_endless_requests_killed(self):
        done, ticks = [], []
        self.termination.add(lambda: done.append(len(self.pool)), last=True)
        self.pool.spawn(gevent.sleep, 10 * TIMEOUT)
        self.assertFalse(see_off([self.pool], self.lines, self.termination, 2.0, lambda: ticks.append(1)))
        self.assertEqual(done, [1])
        self.assertEqual(len(self.pool), 0)
        self.assertTrue(ticks)


class Accepting(LinesTest):
    def server(self, size=None):
        server = Acceptor(("127.0.0.1", 0), self.serve, spawn=Pool(size))
        server.start()
        self.addCleanup(server.stop)
        return server

    def crowd(self, server, count):
        """Return connections that the server has not accepted yet, because no other greenlet runs meanwhile."""
        found = []
        for _ in range(count):
            plain = monkey.get_original("socket", "socket")()
            plain.connect(("127.0.0.1", server.server_port))
            sock = socket.socket(fileno=plain.detach())
            self.addCleanup(sock.close)
            sock.settimeout(TIMEOUT)
            found.append(sock)
        return found

    def test_accepted_sockets_notify_their_lines(self):
        found = gevent.event.AsyncResult()

        def serve(sock, address):
            with self.lines.connected(sock) as same, same, self.lines.asking() as line:
                same.recv(1)
                found.set((same is sock, line.begun, address))

        server = Acceptor(("127.0.0.1", 0), serve)
        server.start()
        self.addCleanup(server.stop)
        with socket.create_connection(("127.0.0.1", server.server_port), TIMEOUT) as ours:
            ours.sendall(b"x")
            self.assertEqual(found.get(timeout=TIMEOUT), (True, True, ours.getsockname()))

    def test_accepted_sockets_inherit_the_write_timeout(self):
        found = gevent.event.AsyncResult()
        option = socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT
        server = Acceptor(("127.0.0.1", 0), lambda sock, _address: found.set(sock.getsockopt(*option)))
        server.init_socket()
        limit_silence(server.socket, 60.0)
        server.start()
        self.addCleanup(server.stop)
        with socket.create_connection(("127.0.0.1", server.server_port), TIMEOUT):
            self.assertEqual(found.get(timeout=TIMEOUT), 60_000)

    def test_pending_connections_are_served(self):
        server = self.server()
        crowd = self.crowd(server, 5)
        stop_accepting(server, 100)
        for sock in crowd:
            self.ask(sock)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.address[1]), TIMEOUT)

    def test_connections_that_are_taken_need_no_greenlet(self):
        taken = gevent.event.AsyncResult()
        pool = Pool()
        server = Acceptor(("127.0.0.1", 0), self.serve, lambda *connection: taken.set(connection) is None, spawn=pool)
        server.start()
        self.addCleanup(server.stop)
        with socket.create_connection(("127.0.0.1", server.server_port), TIMEOUT) as ours:
            sock, address = taken.get(timeout=TIMEOUT)
            with sock:
                sock.sendall(b"x")
                self.assertEqual((ours.recv(1), address, len(pool)), (b"x", ours.getsockname(), 0))

    def test_at_most_the_requested_number_is_accepted(self):
        for server, most in [(self.server(), 3), (self.server(size=3), 100)]:
            self.crowd(server, 5)
            stop_accepting(server, most)
            self.assertEqual(len(server.pool), 3)


if __name__ == "__main__":
    unittest.main()
