"""A WebSocket that was taken over from the server: a file descriptor and one watcher of the loop."""

import logging
import os
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Protocol

from websockets.frames import CloseCode

from pyramid_sockjs.lingering_close import READ, LingeringClose, received
from pyramid_sockjs.protocol.core import SessionCore, State
from pyramid_sockjs.protocol.frames import BrokenJSON, CloseFrame, Frame, TooLarge
from pyramid_sockjs.protocol.websocket_frames import Stream, whole_messages
from pyramid_sockjs.scheduler import Engine
from pyramid_sockjs.servers.socket_options import reset_on_close

log = logging.getLogger(__name__)

#: Bytes that a client may have been sending when it was closed.  If it sends more, reading stops until the deadline.
MAX_LINGERING_BYTES = 256 * 1024

WRITE = 2  # an event mask of gevent's io watchers


class Conversation(Protocol):
    """The part of a session that a connection uses."""

    core: SessionCore

    def deliver(self, messages: Sequence[str]) -> None:
        """Pass messages to the application; may block."""

    def close_sent(self) -> None:
        """The close frame has been handed to the connection."""

    def lost(self) -> None:
        """The connection is gone."""


class Framing(Protocol):
    """Converts between SockJS frames and WebSocket messages for a transport."""

    @property
    def wrap(self) -> Callable[[Frame], bytes]:
        """The function that returns the bytes for a frame: whole WebSocket frames, or b"".  See `Frame.wrapped`."""

    def unwrap(self, payload: bytes) -> Sequence[str]:
        """Return the messages in one WebSocket message.

        Raises UnicodeDecodeError, BrokenJSON or TooLarge.
        """


class Phase(Enum):
    """The phases of a connection; it only moves forward."""

    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


_OPEN, _CLOSING, _CLOSED = Phase


class Connection:
    """Owns the socket of one session.

    The connection does not read while it has unwritten data, so that a client that does not read cannot create work
    or accumulate responses.

    =======  ==================================  ======================  =====================================
    phase    what is read                        what is written         what ends it
    =======  ==================================  ======================  =====================================
    OPEN     messages, control frames            frames of the session,  our close frame: CLOSING;
                                                 responses               the client's, or its error: CLOSED
    CLOSING  control frames; messages are        responses               the client's close frame, or its
             discarded; MAX_LINGERING_BYTES                              error: CLOSED
             in total
    CLOSED   nothing                             nothing
    =======  ==================================  ======================  =====================================

    If both sides have sent close frames, a LingeringClose takes the socket when the connection becomes CLOSED;
    otherwise the socket is closed.

    A connection also becomes CLOSED if the socket fails, the client disconnects, or `abort` is called.  Three other
    attributes describe what is scheduled: `_unsent` (data waits for the socket), `_dirty` (the engine will flush the
    connection) and `_reading` (a read is queued or under way).
    """

    __slots__ = (
        "_core",
        "_dirty",
        "_engine",
        "_fd",
        "_first",
        "_framing",
        "_head",
        "_heard",
        "_left",
        "_overdue",
        "_reading",
        "_session",
        "_stream",
        "_unsent",
        "_watcher",
        "phase",
    )

    def __init__(self, fd: int, session: Conversation, framing: Framing, engine: Engine) -> None:
        """Take over `fd`, a connected, non-blocking socket."""
        self._fd = fd
        self._session = session
        self._core = session.core
        self._framing = framing
        self._engine = engine
        self._stream: Stream | None = None  # only while data other than complete text messages is being received
        self._head = b""  # the response to the handshake, until it is written
        self._first: tuple[Sequence[str], bytes] | None = None  # what is handled before anything is read
        self._watcher = engine.loop.io(fd, READ)
        self._unsent: memoryview | bytes | None = None
        self._dirty = False  # whether the engine will flush it
        self._reading = False  # whether a read is queued or under way
        self.phase = Phase.OPEN
        self._left = MAX_LINGERING_BYTES  # bytes that the client may still send once it is not OPEN
        self._heard = True  # whether the client has sent anything since the last heartbeat
        self._overdue: object = None  # the message that was unfinished at the last heartbeat

    @property
    def unsent(self) -> int:
        """Bytes that the socket has not accepted yet."""
        return len(self._unsent) if self._unsent is not None else 0

    def start(self, head: bytes, early: bytes, messages: Sequence[str] = ()) -> None:
        """Write `head`, the handshake response, and the session's pending frames; then start reading.

        `messages` came with the handshake.  The engine delivers them first, and writes `head` together with the
        answers, or alone as soon as a handler waits.  `early` is what the client sent after its handshake without
        waiting for the response.
        """
        self._head = head
        if messages:
            self._first = messages, early
            self._reading = True
            self._engine.queue_read(self)
            self.wake()
            return
        self.flush(time.monotonic())
        if early and self.phase is not _CLOSED:
            self._take_in(early)
        if self._unsent is None:
            self._watch(READ)

    def wake(self) -> None:
        """The session has something to send."""
        if not self._dirty and self.phase is not _CLOSED:
            self._dirty = True
            self._engine.queue_write(self)

    def beat(self) -> None:
        """Handle a heartbeat.

        Closes a connection that has been silent, or has left a message unfinished, since the previous one.
        """
        begun = self._stream.unfinished if self._stream is not None else None
        if not self._heard or (begun is not None and begun is self._overdue):
            self.abort()
            return
        self._heard = False
        self._overdue = begun
        if self._stream is not None:
            self._stream.beat()
            if self._stream.idle:
                self._stream = None
        self.wake()

    def abort(self) -> None:
        """Cut the connection; unsent data is lost."""
        if self.phase is not _CLOSED:
            reset_on_close(self._fd)
            self._close()

    def _close(self) -> None:
        """Close the socket; data that was written still reaches the client."""
        if self.phase is _CLOSED:
            return
        self.phase = _CLOSED
        self._watcher.close()
        os.close(self._fd)
        self._fd = -1
        self._unsent = None
        self._engine.closing.discard(self)
        self._session.lost()

    # Writing

    def flush(self, now: float) -> None:
        self._dirty = False
        if self._unsent is None and self.phase is not _CLOSED:
            data = self._next_data(now)
            if self._head:
                data, self._head = self._head + data, b""
            if data:
                self._write(data)

    def _next_data(self, now: float) -> bytes:
        """Return everything that the core has to send."""
        core, wrap = self._core, self._framing.wrap
        if core.state is State.CLOSED:
            return b""  # was sent before
        data = b""
        while (frame := core.next_frame(now)) is not None:
            data = data + frame.wrapped(wrap) if data else frame.wrapped(wrap)
            if not core.more:
                break
            if isinstance(frame, CloseFrame):
                self.phase = _CLOSING
                self._engine.closing.add(self)
                stream = self._framed()
                stream.close(frame.code, frame.reason)
                self._session.close_sent()
                return data + stream.data_to_send()
        return data

    def _write(self, data: bytes | memoryview) -> None:
        if self._unsent is not None:
            self._unsent = bytes(self._unsent) + bytes(data)
            return
        try:
            sent = os.write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close()
            return
        if sent != len(data):
            self._unsent = memoryview(data)[sent:]
            self._watch(WRITE)

    def _drain(self) -> None:
        """The socket is writable again."""
        data, self._unsent = self._unsent, None
        self._heard = True
        if data is not None:
            self._write(data)
        if self._unsent is None and self.phase is not _CLOSED:
            self._watch(READ)
            self.wake()

    # Reading

    def _watch(self, events: int) -> None:
        if self.phase is _CLOSED:
            return
        self._watcher.stop()
        if events == WRITE or self._left > 0:
            self._watcher.events = events
            self._watcher.start(self._on_event)

    def _on_event(self) -> None:
        """The socket is ready for the watched event; runs in the hub."""
        if self._unsent is not None:
            self._drain()
        elif self._reading:
            self._watcher.stop()  # a handler is still running; `read` restarts the watcher
        else:
            self._reading = True
            self._engine.queue_read(self)

    def read(self) -> None:
        try:
            if self._first is None:
                self._receive()
            else:
                self._take_first(*self._first)
        except Exception:
            log.exception("A connection failed")
            self.abort()
        finally:
            self._reading = False
            if self.phase is not _CLOSED and not self._watcher.active:
                self._watch(READ)

    def _take_first(self, messages: Sequence[str], early: bytes) -> None:
        """Handle the messages of the handshake, and what the client sent without waiting for its response."""
        self._first = None
        self._session.deliver(messages)
        self.flush(time.monotonic())
        if early and self.phase is not _CLOSED:
            self._take_in(early)

    def _receive(self) -> None:
        if self.phase is _CLOSED:
            return
        data = received(self._fd)
        if data:
            self._heard = True
            if self.phase is _CLOSING:
                self._left -= len(data)
                if self._left <= 0:
                    self._watcher.stop()
            self._take_in(data)
        elif data is not None:
            self._close()

    def _take_in(self, data: bytes) -> None:
        """Handle the messages in `data`, and answer its control frames."""
        messages: list[str] = []
        broken = False
        try:
            for payload in self._payloads(data):
                messages += self._framing.unwrap(payload)
        except UnicodeDecodeError:
            self._framed().fail(CloseCode.INVALID_DATA, "not UTF-8")
        except TooLarge as error:
            self._framed().fail(CloseCode.MESSAGE_TOO_BIG, str(error))
        except BrokenJSON:
            broken = True
        if messages:
            self._session.deliver(messages)
        if broken:
            self._close()
        elif self._stream is not None and self.phase is not _CLOSED:
            self._answer(self._stream)

    def _payloads(self, data: bytes) -> list[bytes]:
        if self._stream is None:
            payloads = whole_messages(data, self._core.settings.max_body_size)
            if payloads is not None:
                return payloads
        return self._framed().receive(data)

    def _framed(self) -> Stream:
        if self._stream is None:
            self._stream = Stream(self._core.settings.max_body_size)
        return self._stream

    def _answer(self, stream: Stream) -> None:
        output = stream.data_to_send()
        if output:
            self._write(output)
        if stream.idle:
            self._stream = None
        elif stream.ended and self.phase is not _CLOSED:
            self._linger()

    def _linger(self) -> None:
        """Pass the socket to a LingeringClose: both sides have sent everything."""
        if self._unsent is not None:
            self.abort()
            return
        self._session.lost()
        lingering = LingeringClose(self._fd, self._watcher, self._engine, self._left)
        if self.phase is _CLOSING:
            self._engine.closing.remove(self)
            self._engine.closing.add(lingering)
        self.phase, self._fd = _CLOSED, -1
        lingering.start(time.monotonic() + self._core.settings.disconnect_delay)
