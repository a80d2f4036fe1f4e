"""Clients that flood: they send as much as the server reads, or request as much as it answers."""

import selectors
import socket
import time
from contextlib import suppress

from client import Session, frame

#: Their address, which is different from others so that they do not share limits.
SOURCE = "127.0.0.2"
#: Messages sent together.
AT_ONCE = 20
#: Received when the server has closed the session.
CLOSED = b"c[4429"


class Flooder:
    """A client.  It never waits: its messages immediately follow its handshake."""

    def __init__(self, address, path, number, hello):
        self._where = (address, path, number)
        self._hello = frame(hello)
        self._flood = frame("flood " * 10) * AT_ONCE
        self._sock = None
        self._unsent = b""

    def go_on(self):
        """Send what the socket accepts, and discard what it returns; return whether it has just connected."""
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
            pass  # disconnected or rejected
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


def flood(pipe, address, path, clients, hello):
    """Flood `path` until `pipe` receives something; then send through it the number of connections per second."""
    flooders = [Flooder(address, path, 10_000 + number, hello) for number in range(clients)]
    pipe.send(None)
    begin, coming = time.monotonic(), 0
    while not pipe.poll(0.001):
        coming += sum(flooder.go_on() for flooder in flooders)
    pipe.send(coming / (time.monotonic() - begin))


#: A file of the chat: the number of requests for files is not limited.
FILE = b"GET /static/sockjs.min.js HTTP/1.1\r\nHost: x\r\n\r\n"
#: Pipelined requests of one connection.
ASKED = 4


def ask(pipe, address, connections):
    """Request files until `pipe` receives something; then send through it their number per second."""
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        _begin_to_ask(selector, address)
    pipe.send(None)
    begin, answered = time.monotonic(), 0
    while not pipe.poll(0):
        for key, _events in selector.select(0.01):
            try:
                data = key.fileobj.recv(1 << 18)
                answers = data.count(b"HTTP/1.1 ")
                if answers:
                    key.fileobj.send(FILE * answers)
            except OSError:
                data, answers = b"", 0
            answered += answers
            if not data:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                _begin_to_ask(selector, address)
    pipe.send(answered / (time.monotonic() - begin))


def _begin_to_ask(selector, address):
    sock = socket.create_connection(address, source_address=(SOURCE, 0))
    sock.sendall(FILE * ASKED)
    sock.setblocking(False)
    selector.register(sock, selectors.EVENT_READ)
