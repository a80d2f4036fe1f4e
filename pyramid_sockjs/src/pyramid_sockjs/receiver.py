"""An open response of an HTTP transport: the iterable that a WSGI server writes."""

import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

import gevent
from gevent.event import Event

from pyramid_sockjs.protocol.core import SessionCore
from pyramid_sockjs.protocol.frames import Frame
from pyramid_sockjs.servers.socket_options import cut, has_hung_up, limit_silence, limit_unsent

READ = 1  # an event mask of gevent's io watchers


class Conversation(Protocol):
    """The part of a session that a receiver uses."""

    core: SessionCore
    receiver: object

    def attach(self, receiver: "Receiver", now: float) -> Frame | None:
        """Attach a receiver.  Returns the frame to reject it with, or None."""

    def detach(self, now: float) -> None:
        """The receiver has ended normally."""

    def interrupt(self, now: float) -> None:
        """The receiver was interrupted."""

    def close_sent(self) -> None:
        """The close frame has been handed to the receiver."""


class Receiver:
    """Gets frames from the session and passes each to the server immediately.

    Under HTTP/1.1 each frame is a chunk of its own.
    """

    def __init__(
        self,
        session: Conversation,
        wrap: Callable[[Frame], bytes],
        prelude: bytes,
        around: tuple[bytes, bytes],
        limit: int,
        sock: socket.socket | None,
    ) -> None:
        """`wrap`: see `Frame.wrapped`; `around`: client-specific bytes before and after each wrapped frame.

        `limit`: bytes of frames after which the response ends; `sock`: the client's socket, if known.
        """
        self._session = session
        self._wrap = wrap
        self._prelude = prelude
        self._around = around
        self._room = limit
        self._sock = sock
        self._news = Event()
        self._refusal = b""  # sent instead of frames if the session rejects the receiver
        self._started = False
        self._attached = False  # whether the session uses this receiver
        self._writing = False  # whether the server is still writing the last item
        self._last_given = False  # whether the server has been given the last frame
        self._written = False  # whether the server has asked for more since, so that everything is written

    # Called by the session

    @property
    def unsent(self) -> int:
        """Always 0: the server does not report data that it has not written yet."""
        return 0

    def wake(self) -> None:
        self._news.set()

    def beat(self) -> None:
        self._news.set()

    def abort(self) -> None:
        self._attached = False
        self._news.set()
        if self._writing and self._sock is not None:
            cut(self._sock.fileno())  # ends the server's wait for the client to read

    # Called by the server

    def __iter__(self) -> "Receiver":
        return self

    def __next__(self) -> bytes:
        self._writing = False
        if not self._started:
            self._start()
        if self._prelude:
            data, self._prelude = self._prelude, b""
        elif self._refusal:
            data, self._refusal = self._refusal, b""
        else:
            data = self._next_data()
        self._writing = True
        return data

    def close(self) -> None:
        """The server is done: everything has been written, or writing failed."""
        if self._attached:
            self._attached = False
            self._session.interrupt(time.monotonic())
        elif self._last_given and not self._written and self._session.receiver is None:
            self._session.interrupt(time.monotonic())

    # Internals

    def _start(self) -> None:
        """Attach to the session when the server asks for the first item.

        Not earlier: the response may be discarded before it reaches the server, and the session would never be
        detached.
        """
        self._started = True
        refusal = self._session.attach(self, time.monotonic())
        if refusal is None:
            self._attached = True
            if self._sock is not None:
                # A client that vanishes is noticed by missing acknowledgements.
                limit_unsent(self._sock)
                limit_silence(self._sock, 2 * self._session.core.settings.heartbeat_delay)
        else:
            self._refusal = self._wrapped(refusal)

    def _wrapped(self, frame: Frame) -> bytes:
        before, behind = self._around
        return before + frame.wrapped(self._wrap) + behind

    def _next_data(self) -> bytes:
        session = self._session
        while self._attached:
            now = time.monotonic()
            frame = session.core.next_frame(now)
            if frame is None:
                self._wait()
                continue
            data = self._wrapped(frame)
            self._room -= len(data)
            if frame.final:
                session.close_sent()
            if frame.final or self._room <= 0:
                # Before the last byte is written, because the client's next request may follow immediately.
                self._attached = False
                self._last_given = True
                session.detach(now)
            return data
        self._written = True
        raise StopIteration

    def _wait(self) -> None:
        """Wait for news from the session, or until the client disconnects."""
        self._news.clear()
        if self._sock is None:
            self._news.wait()
            return
        watcher = gevent.get_hub().loop.io(self._sock.fileno(), READ)
        watcher.start(self._on_readable, watcher)
        try:
            self._news.wait()
        finally:
            watcher.close()

    def _on_readable(self, watcher: Any) -> None:
        """The client has disconnected, or has sent its next request early.

        In the latter case a later disconnect cannot be detected.
        """
        watcher.stop()
        if self._attached and self._sock is not None and has_hung_up(self._sock.fileno()):
            self._attached = False
            self._session.interrupt(time.monotonic())
            self._news.set()
