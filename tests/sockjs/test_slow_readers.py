"""Who reads too slowly is closed with a reason of its own, and nobody else pays for it."""

import json
import socket
import threading

from websockets.frames import Close

from tests.layers import APPLICATION
from tests.sockjs.test_application import ApplicationTest
from tests.wire import HTTP, session_url, wait_until

#: Kilobytes that no socket buffers on the way take, on top of the backlog of 100 kB.
FLOOD = 12_000
TOO_SLOW = 'c[3008,"Reading too slowly"]'


class SlowReaders(ApplicationTest):
    def flood(self, kilobytes=FLOOD):
        talker = self.open("/crowd")
        talker.send(json.dumps([f"flood {kilobytes}"]))
        self.assertEqual(talker.recv(), 'a["done"]')

    def read_all(self, ws, numbers):
        while len(numbers) < FLOOD and isinstance(message := ws.recv(), str):
            if message.startswith("a["):
                numbers += [int(text[:6]) for text in json.loads(message[1:])]

    def assertEnded(self, sock):
        """The server has ended the connection, as the kernel sees it."""
        established = 1
        wait_until(lambda: sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != established, "the end")

    def test_a_websocket_learns_why_and_others_lose_nothing(self):
        slow, quick = self.open("/crowd", receive_buffer=4096), self.open("/crowd")
        numbers = []
        reader = threading.Thread(target=self.read_all, args=(quick, numbers))
        reader.start()
        self.flood()
        reader.join()
        self.assertEqual(numbers, list(range(FLOOD)))
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
