"""Clients that say as much as the server takes, and come back when they are thrown out."""

import json
import struct
from contextlib import suppress

from client import Session

#: Where they come from, so that nobody else shares their limits.
SOURCE = "127.0.0.2"
#: Messages sent in one go.
AT_ONCE = 20


class Flooder:
    """One of them."""

    def __init__(self, address, path, number, hello):
        self._where = (address, path, number)
        self._hello = hello
        self._session = None
        self._unsent = b""
        payload = json.dumps(["flood " * 10]).encode()
        self._flood = (struct.pack("!BB4x", 0x81, 0x80 | len(payload)) + payload) * AT_ONCE

    def go_on(self):
        """Send what the socket takes, and throw away what it gives."""
        try:
            if self._session is None:
                self._session = Session(*self._where, source=SOURCE)
                self._session.wait_open(self._hello)
                self._unsent = b""
            self._unsent = self._unsent or self._flood
            sock = self._session.sock
            with suppress(BlockingIOError):
                self._unsent = self._unsent[sock.send(self._unsent) :]
            while sock.recv(1 << 20):
                pass
        except BlockingIOError:
            return
        except (OSError, RuntimeError):
            pass  # thrown out, or not let in
        self._end()

    def _end(self):
        if self._session is not None:
            self._session.sock.close()
        self._session = None


def flood(pipe, address, path, clients, hello):
    """Flood `path` until something comes through `pipe`."""
    flooders = [Flooder(address, path, 10_000 + number, hello) for number in range(clients)]
    for flooder in flooders:
        flooder.go_on()
    pipe.send(None)
    while not pipe.poll(0.001):
        for flooder in flooders:
            flooder.go_on()
