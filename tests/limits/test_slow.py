"""Clients that take their time, on the shipped server: they are let go, and nobody waits for them."""

import select
import socket
import time

from websockets.frames import Frame, Opcode

from tests.chatting import ChatTest
from tests.layers import LIMITED
from tests.wire import HTTP, PATIENCE, wait_until

#: How many there are at the same time; limits.ini lets one address have four hundred.
CROWD = 300
#: Seconds between two bytes of theirs.
PAUSE = 0.2

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
FORM = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"
SEND = b"POST %s/sockjs/000/slow/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
CHOICE = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"


class SlowTest(ChatTest):
    layer = LIMITED
    addresses = 0

    def setUp(self):
        SlowTest.addresses += 1
        self.source = f"127.4.0.{SlowTest.addresses}"
        self.browser_of_all = self.browser()

    def connect(self, source=None):
        sock = socket.create_connection(("127.0.0.1", LIMITED.port), PATIENCE, (source or self.source, 0))
        self.addCleanup(sock.close)
        return sock

    def assertEnds(self, crowd, dribble=b""):
        """The server ends every connection of `crowd`, which sends a byte of `dribble` now and then; return how many."""
        deadline = time.monotonic() + 3 * PATIENCE
        left = set(crowd)
        while left:
            self.assertLess(time.monotonic(), deadline, f"{len(left)} of {len(crowd)} are still open")
            for sock in list(left):
                try:
                    if dribble:
                        sock.send(dribble)
                except OSError:
                    left.discard(sock)
            ready, _, _ = select.select(left, [], [], PAUSE)
            for sock in ready:
                try:
                    if not sock.recv(65536):
                        left.discard(sock)
                except OSError:
                    left.discard(sock)

    def chatting(self, name):
        """Return somebody who chats from elsewhere."""
        room = self.browser_from("127.4.1.1").open_room(f"{name} {self.source}")
        window = self.window(room, self.browser_from("127.4.1.2").visit(room), source="127.4.1.2")
        window.join(name="Bo")
        return window

    def browser_from(self, source):
        browser = self.browser()
        browser.source = source
        return browser
