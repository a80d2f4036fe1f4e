"""Clients that say as much as the server takes, and come back as soon as they are thrown out."""

import json
import struct
import time
from contextlib import suppress

from client import Session

#: Where they come from, so that nobody else shares their limits.
SOURCE = "127.0.0.2"
#: Messages sent in one go.
AT_ONCE = 20
#: What is heard by whom the server has closed.
CLOSED = b"c[4429"


class Flooder:
    """One of them.  It never waits: what it has to say follows its handshake at once."""

    def __init__(self, address, path, number, hello):
        self._where = (address, path, number)
        self._hello = frame(hello)
        self._flood = frame("flood " * 10) * AT_ONCE
        self._sock = None
        self._unsent = b""

    def go_on(self):
        """Send what the socket takes, and throw away what it gives; return whether it has just come."""
        try:
            if self._sock is None:
                self._come()
                return True
            self._speak()
            heard = b"anything"
            while heard and CLOSED not in heard:
                heard = self._sock.recv(1 << 20)
        except BlockingIOError:
            return False
        except OSError:
            pass  # thrown out, or not let in
        self._leave()
        return False

    def _come(self):
        self._sock = Session(*self._where, source=SOURCE).sock
        self._sock.setblocking(False)
        self._unsent = self._hello

    def _speak(self):
        with suppress(BlockingIOError):
            self._unsent = self._unsent[self._sock.send(self._unsent) :] or self._flood

    def _leave(self):
        if self._sock is not None:
            self._sock.close()
        self._sock = None


def frame(text):
    payload = json.dumps([text]).encode()
    return struct.pack("!BB4x", 0x81, 0x80 | len(payload)) + payload


def flood(pipe, address, path, clients, hello):
    """Flood `path` until something comes through `pipe`; then say through it how often one has come in a second."""
    flooders = [Flooder(address, path, 10_000 + number, hello) for number in range(clients)]
    pipe.send(None)
    begin, coming = time.monotonic(), 0
    while not pipe.poll(0.001):
        coming += sum(flooder.go_on() for flooder in flooders)
    pipe.send(coming / (time.monotonic() - begin))
