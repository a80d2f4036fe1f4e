"""An open response of an HTTP transport: the body that a WSGI server iterates over."""

import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

import gevent
from gevent.event import Event

from pyramid_sockjs.protocol.core import SessionCore
from pyramid_sockjs.protocol.frames import Frame
from pyramid_sockjs.servers.socket_options import cut, has_hung_up, limit_silence, limit_unsent

READ = 1  # the event of gevent's io watchers


class Conversation(Protocol):
    """What a receiver needs of its session."""

    core: SessionCore
    receiver: object

    def attach(self, receiver: "Receiver", now: float) -> Frame | None:
        """A receiver arrives.  Returns the frame to send it away with, or None."""

    def detach(self, now: float) -> None:
        """The receiver has ended as it should."""

    def interrupt(self, now: float) -> None:
        """The receiver was cut off."""

    def close_sent(self) -> None:
        """The close frame is on its way."""


class Receiver:
    """Asks the session for frames and hands each to the server as soon as it is there.

    Under HTTP/1.1 each becomes a chunk of its own.
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
        """`wrap`: see `Frame.wrapped`; `around`: what is this client's before and behind that.

        `limit`: bytes of frames after which the response ends; `sock`: the client's, where it is known.
        """
        self._session = session
        self._wrap = wrap
        self._prelude = prelude
        self._around = around
        self._room = limit
        self._sock = sock
        self._news = Event()
        self._refusal = b""  # what is said instead of frames to a receiver that the session does not take
        self._started = False
        self._attached = False  # whether the session counts on this receiver
        self._writing = False  # whether the server is writing what it was given last
        self._last_given = False  # whether the server was given the last frame of this response
        self._written = False  # whether it has come back for more, so that all is written

    # What the session calls

    @property
    def unsent(self) -> int:
        """0: what the server writes at the moment, it does not tell."""
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

    # What the server calls

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
        """The server is done: all has been written, or writing failed."""
        if self._attached:
            self._attached = False
            self._session.interrupt(time.monotonic())
        elif self._last_given and not self._written and self._session.receiver is None:
            self._session.interrupt(time.monotonic())

    # Inside

    def _start(self) -> None:
        """The server asks for the first time.

        Not earlier: an answer may be thrown away on its way to the server,
        and the session would wait for its end in vain.
        """
        self._started = True
        refusal = self._session.attach(self, time.monotonic())
        if refusal is None:
            self._attached = True
            if self._sock is not None:
                # A client that is cut off without a word is noticed by what it does not acknowledge.
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
                # Before the last byte is written: the client's next request comes right behind it.
                self._attached = False
                self._last_given = True
                session.detach(now)
            return data
        self._written = True
        raise StopIteration

    def _wait(self) -> None:
        """Wait for news from the session, or for the client to hang up."""
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
        """The client hung up, or has sent its next request early; after that no hanging up can be seen."""
        watcher.stop()
        if self._attached and self._sock is not None and has_hung_up(self._sock.fileno()):
            self._attached = False
            self._session.interrupt(time.monotonic())
            self._news.set()
