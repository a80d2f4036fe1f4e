"""The connections of a server, and what becomes of them when it ends.

Who has asked is answered.  Who only keeps a connection open is hung up on at
once, and who has begun to ask, or has only just come, after a moment.  To hang
up is to read no more: what has arrived is still found, and answered.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gevent import socket
from gevent.pool import Pool

from pyramid_sockjs.lifecycle import Termination
from pyramid_sockjs.servers.socket_options import end_reading

#: Seconds for the head of a request that has begun to arrive, and for requests before the last things are done.
HEAD_TIMEOUT = 1.0
#: Seconds after which it is looked whether all have been answered.
POLL_INTERVAL = 0.02


class Line:
    """One connection: whether a request is waited for, has begun to arrive, or has been there before."""

    __slots__ = ("at_end", "begun", "sock", "used", "waiting")

    def __init__(self) -> None:
        self.sock: Any = None
        self.waiting = True
        self.begun = False
        self.used = False
        self.at_end = False  # whether there is no more to read

    @property
    def idle(self) -> bool:
        """Whether nothing would be lost but the connection itself."""
        return self.waiting and self.used and not self.begun

    def hang_up(self) -> None:
        """Read no more than what has arrived."""
        fd = self.sock.fileno()
        if fd >= 0:  # else the application has taken it
            end_reading(fd)


class _Listening(socket.socket):
    """A socket that tells its line when something arrives."""

    __slots__ = ("line",)

    line: Line

    def recv(self, *arguments: Any) -> bytes:
        data = super().recv(*arguments)
        self._note(len(data))
        return data

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
    """The connections of a server, each of which has a greenlet for itself."""

    def __init__(self) -> None:
        self._lines: dict[Any, Line] = {}
        self._ending = False
        self._ended = False

    @contextmanager
    def connected(self, sock: Any) -> Iterator[Any]:
        """Yield the socket to use for `sock`, whose connection is served in this greenlet; it is not closed."""
        line, greenlet = Line(), gevent.getcurrent()
        if type(sock) is socket.socket:  # and not one that speaks TLS
            listening = _Listening(sock.family, sock.type, sock.proto, fileno=sock.detach())
            listening.line = line
            sock = listening
        line.sock = sock
        self._lines[greenlet] = line
        try:
            yield sock
        finally:
            del self._lines[greenlet]

    @contextmanager
    def asking(self, begun: bool = False) -> Iterator[Line]:
        """Wait for a request in this greenlet, or for the rest of one that has `begun`."""
        line = self._lines[gevent.getcurrent()]
        line.waiting, line.begun = True, begun
        if self._ended or (self._ending and line.idle):
            line.hang_up()
        try:
            yield line
        finally:
            line.waiting, line.used = False, True

    def end_idle(self) -> None:
        """From now on, hang up on those who only keep their connections open."""
        self._ending = True
        for line in self._lines.values():
            if line.idle:
                line.hang_up()

    def end_waiting(self) -> None:
        """From now on, hang up on all whose requests have not arrived."""
        self._ending = self._ended = True
        for line in self._lines.values():
            if line.waiting:
                line.hang_up()


def stop_accepting(server: Any, most: int) -> None:
    """Have `server`, one of gevent's, take the connections that are there already, `most` of them, and no more."""
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
    """Wait until all have been answered, and all has been done before the end; at most `seconds`.

    `pools` hold the greenlets of `lines`.  What has not ended then is killed.
    Returns whether nothing was.
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
    termination.finish()  # there may be more to do since it was done
    return answered


def _act(pools: list[Pool], lines: Lines, termination: Termination) -> None:
    end = time.monotonic() + HEAD_TIMEOUT
    termination.begin()
    while any(pools) and time.monotonic() < end:
        gevent.sleep(POLL_INTERVAL)
    lines.end_waiting()
    termination.finish()
