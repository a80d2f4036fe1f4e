"""Who reads too slowly is closed with a reason of its own, and nobody else pays for it."""

import json
import os
import socket

from websockets.frames import Close

from sockjs_support.cases import ApplicationTest
from sockjs_support.clients import HTTP, session_url
from sockjs_support.layers import APPLICATION
from sockjs_support.waiting import wait_until

#: Kilobytes that the sockets on the way do not take, on top of the backlog of 100 kB: the server's are limited.
FLOOD = 2_000
#: Kilobytes that a reader may be behind.
WAVE = 50
TOO_SLOW = 'c[3008,"Reading too slowly"]'


class FloodTest(ApplicationTest):
    def flood(self, kilobytes=FLOOD):
        talker = self.open("/crowd")
        talker.send(json.dumps([f"flood {kilobytes}"]))
        self.assertEqual(talker.recv(), 'a["done"]')
        talker.sock.close()

    def assertEnded(self, sock):
        """The server has ended the connection, as the kernel sees it."""
        established = 1
        wait_until(lambda: sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != established, "the end")


class SlowReaders(FloodTest):
    def hear(self, ws, count):
        """Return the numbers of the next messages."""
        numbers = []
        while len(numbers) < count and isinstance(message := ws.recv(), str):
            if message.startswith("a["):
                numbers += [int(text[:6]) for text in json.loads(message[1:])]
        return numbers

    def test_a_websocket_learns_why_and_others_lose_nothing(self):
        slow, quick = self.open("/crowd", receive_buffer=4096), self.open("/crowd")
        for _ in range(FLOOD // WAVE):
            self.flood(WAVE)
            self.assertEqual(self.hear(quick, WAVE), list(range(WAVE)))
        message = ""
        while isinstance(message, str) and message != TOO_SLOW:
            message = slow.recv()
        self.assertEqual(message, TOO_SLOW)
        self.assertEqual(slow.recv(), Close(3008, "Reading too slowly"))

    def test_a_websocket_that_never_reads_is_cut(self):
        slow = self.open("/crowd", receive_buffer=4096)
        self.flood()
        self.assertEnded(slow.sock)

    def test_a_stream_that_never_reads_is_cut(self):
        with HTTP(APPLICATION.port) as http:
            http.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            http.open("GET", f"{session_url('/crowd')}/eventsource")
            self.flood()
            self.assertEnded(http.sock)

    def test_a_poll_learns_why(self):
        url = session_url("/crowd")
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b"o\n")
        self.flood(200)
        self.assertEqual(self.request("POST", f"{url}/xhr").body.decode(), TOO_SLOW + "\n")


class Silence(FloodTest):
    """Clients that are there and do nothing: what they held is free again when they have been given up."""

    #: Of each kind.
    CLIENTS = 6
    #: Times that so many come, and bytes by which the process may have grown in all the later ones.
    TIMES, GROWTH = 3, 4_000_000

    def held(self):
        """Return how many descriptors and sessions the server has."""
        descriptors = len(os.listdir(f"/proc/{APPLICATION.server.worker}/fd"))
        with HTTP(APPLICATION.port) as http:
            return descriptors, json.loads(http.request("GET", "/stats").body)["sessions"]

    def is_free(self, before):
        """Return whether no more is held than `before`."""
        return all(now <= then for now, then in zip(self.held(), before, strict=True))

    def memory(self):
        """Return the bytes of memory that are the server's own."""
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
        """Have clients come and read no more; return their sockets."""
        sockets = []
        for _ in range(self.CLIENTS):
            sockets.append(self.open("/crowd", receive_buffer=4096).sock)
            sockets += [self.silent_stream(transport) for transport in ("xhr_streaming", "eventsource", "htmlfile?c=x")]
            # One that asked once, and does not come back.
            self.assertEqual(self.request("POST", f"{session_url('/crowd')}/xhr").body, b"o\n")
        return sockets

    def test_all_that_silent_clients_held_is_free_again(self):
        wait_until(lambda: self.held()[1] == 0, "the end of other tests' sessions")
        # Connections of other tests may still be closing: there will be no more than these.
        before, memory = self.held(), []
        for _ in range(self.TIMES):
            sockets = self.silent_clients()
            self.assertEqual(self.held()[1], 5 * self.CLIENTS)
            self.flood()
            wait_until(lambda: self.is_free(before), "that all is free")
            for sock in sockets:
                self.assertEnded(sock)
                sock.close()
            memory.append(self.memory())
        self.assertLess(memory[-1] - memory[0], self.GROWTH, memory)
