"""A load of WebSocket clients, in plain Python: many sessions in one process, one loop, no framework.

It understands just enough of the protocol to measure a server: it sends marked
messages, finds the marks in what it receives, and measures the time.
"""

import json
import os
import re
import selectors
import socket
import struct
import time

#: Length of each message in bytes, and words to translate.
SIZE = 64
WORDS = " is the time, my friend, and it is good to see that you are here"

#: Timeout of a handshake in seconds.
TIMEOUT = 60

MARK = re.compile(rb"@(\d+)@")
LONGEST_MARK = 32
#: Number of last bytes to return.
LAST = 200
#: Seconds without data after which the connection counts as open.
LONGEST_PAUSE = 0.2

#: A ping from the server, which closes connections that do not answer, and the pong.
PING, PONG = b"\x89\x00", b"\x8a\x80\x00\x00\x00\x00"

HANDSHAKE = (
    "GET {path}/000/{session}/websocket{query} HTTP/1.1\r\nHost: {host}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n{cookie}\r\n"
)


def marked(size=SIZE):
    """Return a text that holds the time, and words up to `size` bytes."""
    words = WORDS * (size // len(WORDS) + 1)
    return f"@{time.perf_counter_ns()}@{words}"[:size]


def frame(text):
    """Return the WebSocket frame in which a client sends `text`; a mask of zeros leaves it as it is."""
    payload = json.dumps([text]).encode()
    if len(payload) < 126:
        return struct.pack("!BB4x", 0x81, 0x80 | len(payload)) + payload
    return struct.pack("!BBH4x", 0x81, 0x80 | 126, len(payload)) + payload


class Session:
    """One SockJS session over a WebSocket."""

    def __init__(self, address, path, number, copies=1, source="", cookie="", query=""):
        """`query`: a query string that joins a room of the chat."""
        self.number = number
        self.copies = copies  # the number of each mark in the received data
        self.sock = socket.create_connection(address, source_address=(source, 0))
        self.sock.settimeout(TIMEOUT)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host = "{}:{}".format(*address)
        fields = {"path": path, "host": host, "session": f"{os.getpid()}x{number}", "query": query}
        fields["cookie"] = f"Cookie: {cookie}\r\n" if cookie else ""
        self.sock.sendall(HANDSHAKE.format(**fields).encode())
        self.buffer = b""
        self.joins = bool(query)
        self.sent = self.received = 0

    def wait_open(self, hello=None):
        """Wait until the session is open, and until the server has answered `hello` or the query, if there is one."""
        self._wait_for(lambda: b"\x81\x01o" in self.buffer)
        if hello is not None:
            self._send(hello)
        if hello is not None or self.joins:
            self._wait_for(lambda: b"welcome" in self.buffer)
        self.buffer = b""
        self.sock.setblocking(False)

    def _wait_for(self, arrived):
        while not arrived():
            data = self.sock.recv(4096)
            if not data or (not self.buffer and not data.startswith(b"HTTP/1.1 101")):
                raise RuntimeError(f"The server refused a session: {data[:300]!r}")
            self.buffer += data

    def send(self, size=SIZE):
        """Send a message that holds the time, and words up to `size` bytes."""
        self.send_text(marked(size))

    def send_text(self, text):
        """Send as much of the buffer as the socket accepts."""
        self._send(text)
        self.sent += 1

    def _send(self, text):
        self.sock.sendall(frame(text))

    def ending(self):
        """Read to the end, without marks.  Return the last bytes, or None if the server does not close.

        Raises ConnectionResetError if the server has reset the connection.
        """
        self.sock.settimeout(LONGEST_PAUSE)
        last = b""
        while True:
            try:
                data = self.sock.recv(1 << 20)
            except TimeoutError:
                return None
            if not data:
                return last
            last = (last + data)[-LAST:]

    def receive(self):
        """Return the times at which the received messages were sent, in nanoseconds."""
        try:
            data = self.sock.recv(1 << 20)
        except BlockingIOError:
            return []
        if not data:
            raise RuntimeError("The server closed a session")
        data = self.buffer + data
        if PING in data:
            self.sock.sendall(PONG)
        marks = list(MARK.finditer(data))
        times = [int(mark[1]) for mark in marks[-self.received % self.copies :: self.copies]]
        # The buffer may end with an incomplete mark.
        self.buffer = data[marks[-1].end() if marks else 0 :][-LONGEST_MARK:]
        self.received += len(marks)
        return times


class Crowd:
    """Sessions in one loop; each first sends one of `hellos` in turn: (text or None, copies of each mark).

    Or all send `query` with their handshakes.
    """

    def __init__(self, address, paths, count, hellos=((None, 1),), query=""):
        self.sessions = []
        begin = time.perf_counter()
        for start in range(0, count, 64):  # the maximum number of concurrent handshakes
            group = []
            for number in range(start, min(start + 64, count)):
                hello, copies = hellos[number % len(hellos)]
                group.append((hello, Session(address, paths[number % len(paths)], number, copies, query=query)))
            for hello, session in group:
                session.wait_open(hello)
                self.sessions.append(session)
        #: Duration of opening all sessions in seconds.
        self.opening = time.perf_counter() - begin
        self.selector = selectors.DefaultSelector()
        for session in self.sessions:
            self.selector.register(session.sock, selectors.EVENT_READ, session)

    def ignore(self, sessions):
        """Stop reading from these sessions."""
        for session in sessions:
            self.selector.unregister(session.sock)

    def run(self, seconds, heard, warm_up=1.0, tick=None):
        """Call `heard(session, count)` for received messages; return latencies (ns) and their number per second.

        Also call `tick(now)` every few milliseconds, if it is given.
        """
        begin = time.perf_counter()
        end = begin + warm_up + seconds
        latencies = []
        count = 0
        while (now := time.perf_counter()) < end:
            if tick is not None:
                tick(now)
            for key, _events in self.selector.select(0.1 if tick is None else 0.002):
                session = key.data
                times = session.receive()
                if times and now > begin + warm_up:
                    count += len(times)
                    latencies.append(time.perf_counter_ns() - times[0])
                if times:
                    heard(session, len(times))
        return sorted(latencies), count / seconds
