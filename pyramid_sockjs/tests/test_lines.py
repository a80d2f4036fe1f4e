"""Closing of connections when a server ends: idle ones immediately, others after their response."""

import unittest

import gevent
from gevent import monkey, socket
from gevent.pool import Pool
from gevent.server import StreamServer

from pyramid_sockjs.lifecycle import Termination
from pyramid_sockjs.servers.open_connections import Lines, see_off, stop_accepting

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
        server = StreamServer(("127.0.0.1", 0), self.serve, spawn=Pool(size))
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

    def test_pending_connections_are_served(self):
        server = self.server()
        crowd = self.crowd(server, 5)
        stop_accepting(server, 100)
        for sock in crowd:
            self.ask(sock)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.address[1]), TIMEOUT)

    def test_it_accepts_up_to_the_requested_number(self):
        for server, most in [(self.server(), 3), (self.server(size=3), 100)]:
            self.crowd(server, 5)
            stop_accepting(server, most)
            self.assertEqual(len(server.pool), 3)


if __name__ == "__main__":
    unittest.main()
