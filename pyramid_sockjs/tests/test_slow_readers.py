"""Clients that read too slowly are disconnected with a reason, and others are not affected."""

import json
import os
import socket

from websockets.frames import Close

from sockjs_support.cases import ApplicationTest
from sockjs_support.clients import HTTP, session_url
from sockjs_support.layers import APPLICATION
from sockjs_support.waiting import wait_until

#: Kilobytes in addition to the backlog of 100 kB that exceed the buffers of the sockets, which the server limits.
FLOOD = 2_000
#: Kilobytes of unread messages allowed for a reader.
WAVE = 50
TOO_SLOW = 'c[3008,"Reading too slowly"]'


class FloodTest(ApplicationTest):
    def flood(self, kilobytes=FLOOD):
        talker = self.open("/crowd")
        talker.send(json.dumps([f"flood {kilobytes}"]))
        self.assertEqual(talker.recv(), 'a["done"]')
        talker.sock.close()

    def assertEnded(self, sock):
        """Assert that the server has ended the connection, as seen by the kernel."""
        established = 1
        wait_until(lambda: sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != established, "the end")


class SlowReaders(FloodTest):
    def hear(self, ws, count):
        """Return the numbers in the next messages."""
        numbers = []
        while len(numbers) < count and isinstance(message := ws.recv(), str):
            if message.startswith("a["):
                numbers += [int(text[:6]) for text in json.loads(message[1:])]
        return numbers

    def test_a_websocket_gets_the_reason_and_others_lose_nothing(self):
        slow, quick = self.open("/crowd", receive_buffer=4096), self.open("/crowd")
        for _ in range(FLOOD // WAVE):
            self.flood(WAVE)
            self.assertEqual(self.hear(quick, WAVE), list(range(WAVE)))
        message = ""
        while isinstance(message, str) and message != TOO_SLOW:
            message = slow.recv()
        self.assertEqual(message, TOO_SLOW)
        self.assertEqual(slow.recv(), Close(3008, "Reading too slowly"))

    def test_a_websocket_that_never_reads_is_disconnected(self):
        slow = self.open("/crowd", receive_buffer=4096)
        self.flood()
        self.assertEnded(slow.sock)

    def test_a_stream_that_never_reads_is_disconnected(self):
        with HTTP(APPLICATION.port) as http:
            http.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            http.open("GET", f"{session_url('/crowd')}/eventsource")
            self.flood()
            self.assertEnded(http.sock)

    def test_a_poll_gets_the_reason(self):
        url = session_url("/crowd")
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b"o\n")
        self.flood(200)
        self.assertEqual(self.request("POST", f"{url}/xhr").body.decode(), TOO_SLOW + "\n")


class Silence(FloodTest):
    """Idle clients: all resources are freed after they have been disconnected."""

    #: The number of clients of each kind.
    CLIENTS = 6
    #: The number of rounds, and the maximum growth of the process in all rounds but the first, in bytes.
    TIMES, GROWTH = 3, 4_000_000

    def held(self):
        """Return the numbers of the server's file descriptors and sessions."""
        descriptors = len(os.listdir(f"/proc/{APPLICATION.server.worker}/fd"))
        with HTTP(APPLICATION.port) as http:
            return descriptors, json.loads(http.request("GET", "/stats").body)["sessions"]

    def is_free(self, before):
        """Return whether no more is held than `before`."""
        return all(now <= then for now, then in zip(self.held(), before, strict=True))

    def memory(self):
        """Return the private memory of the server in bytes."""
        with open(f"/proc/{APPLICATION.server.worker}/smaps_rollup") as rollup:
            sizes = [int(line.split()[1]) for line in rollup if line.startswith("Private_")]
        return 1024 * sum(sizes)

    def silent_stream(self, transport):
        http = HTTP(APPLICATION.port)
        self.addCleanup(http.close)
        http.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        http.open("POST" if transport == "xhr_streaming" else "GET", f"{session_url('/crowd')}/{transport}")
        return http.sock

    def silent_clients(self):
        """Connect clients that stop reading; return their sockets."""
        sockets = []
        for _ in range(self.CLIENTS):
            sockets.append(self.open("/crowd", receive_buffer=4096).sock)
            sockets += [self.silent_stream(transport) for transport in ("xhr_streaming", "eventsource", "htmlfile?c=x")]
            # A client that polled once, and does not return.
            self.assertEqual(self.request("POST", f"{session_url('/crowd')}/xhr").body, b"o\n")
        return sockets

    def test_resources_of_idle_clients_are_freed(self):
        wait_until(lambda: self.held()[1] == 0, "the end of other tests' sessions")
        # Connections of other tests may still be closing, so that this is an upper limit.
        before, memory = self.held(), []
        for _ in range(self.TIMES):
            sockets = self.silent_clients()
            self.assertEqual(self.held()[1], 5 * self.CLIENTS)
            self.flood()
            wait_until(lambda: self.is_free(before), "freeing of all buffers")
            for sock in sockets:
                self.assertEnded(sock)
                sock.close()
            memory.append(self.memory())
        self.assertLess(memory[-1] - memory[0], self.GROWTH, memory)
