"""The open connections of a server, and how they end when the server stops.

Requests that have arrived are answered.  Idle connections are closed immediately, and connections that are new or have
sent part of a request after a moment.  Hanging up means to stop reading: a request that has already arrived is still
read and answered.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gevent import socket
from gevent.pool import Pool
from gevent.server import StreamServer

from pyramid_sockjs.lifecycle import Termination
from pyramid_sockjs.servers.socket_options import end_reading

#: Seconds in which the rest of a request's head must arrive, and for requests before the last actions run.
HEAD_TIMEOUT = 1.0
#: Bytes of a request in which its kind is looked for before it is parsed.
PEEKED_SIZE = 2_048
#: Seconds between two checks whether all requests have been answered.
POLL_INTERVAL = 0.02


class Line:
    """One connection: whether it waits for a request, has received part of one, or has served one before."""

    __slots__ = ("at_end", "begun", "sock", "used", "waiting")

    def __init__(self) -> None:
        self.sock: Any = None
        self.waiting = True
        self.begun = False
        self.used = False
        self.at_end = False  # whether the end of the stream has been reached

    @property
    def idle(self) -> bool:
        """Whether closing the connection would lose no request."""
        return self.waiting and self.used and not self.begun

    def hang_up(self) -> None:
        """Read no more than what has arrived."""
        fd = self.sock.fileno()
        if fd >= 0:  # otherwise the application has taken it
            end_reading(fd)


class ListeningSocket(socket.socket):
    """A socket that notifies its line when data arrives."""

    __slots__ = ("line",)

    line: Line

    def recv(self, *arguments: Any) -> bytes:
        data = super().recv(*arguments)
        self._note(len(data))
        return data

    def has_handshake(self) -> bool:
        """Return whether the whole head of a request for a WebSocket, valid or not, has arrived.

        It is not parsed.  Does not block.
        """
        head, end, _body = self._peek(PEEKED_SIZE).partition(b"\r\n\r\n")
        return bool(end) and b"\nupgrade:" in head.lower()

    def _peek(self, size: int) -> bytes:
        timeout = self.gettimeout()
        self.settimeout(0.0)
        try:
            return super().recv(size, socket.MSG_PEEK)
        except OSError:  # nothing has arrived; other errors appear when the data is read
            return b""
        finally:
            self.settimeout(timeout)

    def recv_into(self, *arguments: Any) -> int:
        size = super().recv_into(*arguments)
        self._note(size)
        return size

    def _note(self, size: int) -> None:
        if size:
            self.line.begun = True
        else:
            self.line.at_end = True


class Lines:
    """The connections of a server, each served by its own greenlet."""

    def __init__(self) -> None:
        self._lines: dict[Any, Line] = {}
        self._ending = False
        self._ended = False

    @contextmanager
    def connected(self, sock: Any) -> Iterator[Any]:
        """Yield the socket to use for `sock`, whose connection this greenlet serves; does not close it."""
        line, greenlet = Line(), gevent.getcurrent()
        if type(sock) is socket.socket:  # not a TLS socket
            sock = ListeningSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
        if isinstance(sock, ListeningSocket):
            sock.line = line
        line.sock = sock
        self._lines[greenlet] = line
        try:
            yield sock
        finally:
            del self._lines[greenlet]
            line.sock = None  # a reference cycle would keep both until the next garbage collection

    @contextmanager
    def asking(self, begun: bool = False) -> Iterator[Line]:
        """Wait in this greenlet for a request, or for the rest of one that has `begun`."""
        line = self._lines[gevent.getcurrent()]
        line.waiting, line.begun = True, begun
        if self._ended or (self._ending and line.idle):
            line.hang_up()
        try:
            yield line
        finally:
            line.waiting, line.used = False, True

    def end_idle(self) -> None:
        """From now on, hang up on idle connections."""
        self._ending = True
        for line in self._lines.values():
            if line.idle:
                line.hang_up()

    def end_waiting(self) -> None:
        """From now on, hang up on all connections whose requests have not arrived."""
        self._ending = self._ended = True
        for line in self._lines.values():
            if line.waiting:
                line.hang_up()


class Acceptor(StreamServer):
    """A gevent server that accepts connections as sockets that notify their lines.

    `take` is called first, with the socket and the client's address; it must not block.  If it returns False, `handle`
    is called in a greenlet.
    """

    def __init__(
        self,
        listener: Any,
        handle: Callable[[Any, Any], None],
        take: Callable[[Any, Any], bool] = lambda _sock, _address: False,
        **options: Any,
    ) -> None:
        super().__init__(listener, handle, **options)
        self._take = take

    def do_read(self) -> tuple[Any, Any] | None:
        """Accept a connection; return its socket and the client's address, or None if another process was faster.

        One socket object for each connection is a part of the cost of a reconnect storm: `Lines` needs no second one.
        """
        listener = self.socket
        try:
            fd, address = listener._accept()
        except BlockingIOError:
            return None
        return ListeningSocket(listener.family, listener.type, listener.proto, fileno=fd), address

    def do_handle(self, sock: Any, address: Any) -> None:
        """Serve an accepted connection."""
        if not self._take(sock, address):
            super().do_handle(sock, address)


def stop_accepting(server: Any, most: int) -> None:
    """Make `server`, a gevent server, accept at most `most` of the pending connections, and no more afterwards."""
    with suppress(OSError):
        for _ in range(most):
            connection = None if server.full() else server.do_read()
            if connection is None:
                break
            server.do_handle(*connection)
    server.close()


def see_off(
    pools: Iterable[Pool],
    lines: Lines,
    termination: Termination,
    seconds: float,
    meanwhile: Callable[[], None] = lambda: None,
) -> bool:
    """Wait at most `seconds` until all requests have been answered, and run the termination's actions.

    `pools` hold the greenlets of `lines`.  Greenlets that have not ended by then are killed.  Returns whether there
    were none.
    """
    pools = list(pools)
    end = time.monotonic() + seconds
    lines.end_idle()
    acting = gevent.spawn(_act, pools, lines, termination)
    while (any(pools) or not acting.ready()) and time.monotonic() < end:
        meanwhile()
        gevent.sleep(POLL_INTERVAL)
    answered = not any(pools)
    for pool in pools:
        pool.kill(timeout=HEAD_TIMEOUT)
    termination.finish()  # there may be new actions since the last call
    return answered


def _act(pools: list[Pool], lines: Lines, termination: Termination) -> None:
    end = time.monotonic() + HEAD_TIMEOUT
    termination.begin()
    while any(pools) and time.monotonic() < end:
        gevent.sleep(POLL_INTERVAL)
    lines.end_waiting()
    termination.finish()
