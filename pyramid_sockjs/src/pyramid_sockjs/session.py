"""Sessions: the API for applications."""

import logging
import time
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Protocol

import gevent
from gevent.event import Event
from pyramid.registry import Registry
from pyramid.request import Request

from pyramid_sockjs.errors import RequestRejected
from pyramid_sockjs.protocol.core import SessionCore, State
from pyramid_sockjs.protocol.frames import Batch, CloseFrame, Frame, quote
from pyramid_sockjs.request_snapshot import recall, remember
from pyramid_sockjs.scheduler import Engine
from pyramid_sockjs.settings import Settings

log = logging.getLogger(__name__)

STATE_NEW = State.NEW
STATE_OPEN = State.OPEN
STATE_CLOSING = State.CLOSING
STATE_CLOSED = State.CLOSED

#: Messages to pass to the application before yielding to other greenlets.
MESSAGES_A_TURN = 64

GO_AWAY = CloseFrame(3000, "Go away!")
#: Closes every session when the server stops (RFC 6455 section 7.4.1).
GOING_AWAY = CloseFrame(1001, "The server is going away")


class Receiver(Protocol):
    """An open response or WebSocket of a session."""

    @property
    def unsent(self) -> int:
        """Bytes that have yet to be written."""

    def wake(self) -> None:
        """There is something to send."""

    def beat(self) -> None:
        """A heartbeat is due: wake up, or end a connection that is silent."""

    def abort(self) -> None:
        """End immediately."""


class Manager(Protocol):
    """The part of a manager that a session uses."""

    registry: Registry
    settings: Settings

    @property
    def engine(self) -> Engine:
        """The engine of this process."""

    def forget(self, session: "Session") -> None:
        """Remove `session` from the service."""


class Session:
    """The session of one client.  Applications subclass it and override the `on_` methods.

    For each session these methods run one at a time.  They may block, and they may raise: exceptions are logged, and
    the session continues.
    """

    __slots__ = (
        "__weakref__",
        "_busy",
        "_free",
        "_live",
        "_snapshot",
        "_told",
        "address",
        "core",
        "key",
        "manager",
        "receiver",
        "slot",
        "transport",
    )

    #: Whether `request` is there after `on_open`.  A session without it is smaller, and is opened faster.
    keeps_request = True

    def __init__(self, manager: Manager, request: Request | None = None) -> None:
        #: The :class:`SessionManager` that keeps this session.
        self.manager: Any = manager  # applications know what else their own manager can do
        # Used by the transports, the manager and the engine:
        self.core = SessionCore(manager.settings)
        self.receiver: Receiver | None = None
        self.key: Hashable = None
        self.address = ""
        self.transport = ""
        self.slot: set[Any] | None = None
        self._live = request
        self._snapshot = b""
        self._told = State.NEW  # the last state of the core that the application was notified of
        self._busy = False  # whether a handler is running
        self._free: Event | None = None  # set when the handler returns, if anybody waits

    @property
    def state(self) -> State:
        """STATE_NEW, STATE_OPEN, STATE_CLOSING or STATE_CLOSED."""
        return self.core.state

    @property
    def registry(self) -> Registry:
        """The application's registry."""
        return self.manager.registry

    @property
    def request(self) -> Request | None:
        """The request that opened the session.

        In `on_open` it is the original request, with its context.  Afterwards it is recreated on each access from
        headers, path and address: store it in a variable rather than access it twice.
        It is None where `keeps_request` is false.
        """
        if self._live is not None or not self._snapshot:
            return self._live
        return recall(self._snapshot, self.registry)

    @property
    def backlog(self) -> int:
        """Bytes that are waiting for the client to read."""
        waiting = self.core.pending.size if self.core.pending is not None else 0
        return waiting + (self.receiver.unsent if self.receiver is not None else 0)

    @property
    def ending(self) -> CloseFrame | None:
        """The frame that closed the session; None while it is open, or if the client just disconnected."""
        return self.core.ending

    # Overridden by the application

    def on_open(self) -> None:
        """The session is open."""

    def messages_of(self, request: Request) -> Sequence[str]:
        """Return the messages in `request`, which has opened a WebSocket; `on_message` is called with them first.

        The default is none.  Clients that send messages with their handshake, for example in the URL, receive the
        answers together with the response, one round trip earlier.  Must not raise: the session is open already.
        """
        return ()

    def on_message(self, message: str) -> None:
        """The client sent `message`."""

    def on_close(self) -> None:
        """The session has begun to close: `close` was called, or the client is gone."""

    def on_closed(self) -> None:
        """The client has been notified of the close, or is gone."""

    def on_remove(self) -> None:
        """The manager has removed the session; this is the last call."""

    # Called by the application

    def send(self, message: str) -> None:
        """Send `message` to the client; dropped if the session is not open.

        Does not block: messages that are sent together travel in one frame.  Raises TypeError if `message` is not text.
        """
        quoted = quote(message)
        self.manager.engine.deliver_broadcasts()
        core = self.core
        if core.send(Batch(message, quoted, core.pending), time.monotonic()):
            self.pushed()

    def send_many(self, messages: Iterable[str]) -> None:
        """Send several messages, in one frame if the transport can."""
        for message in messages:
            self.send(message)

    def close(self, code: int = GO_AWAY.code, reason: str = GO_AWAY.reason) -> None:
        """Close the session.  The client first receives the messages already sent, then `code` and `reason`."""
        self.manager.engine.deliver_broadcasts()
        if self.core.close(CloseFrame(code, reason), time.monotonic()):
            self.wake()
            self._schedule()
            self._tell()

    def expire(self) -> None:
        """Remove the session immediately: its connection is cut, and its id becomes unknown."""
        self.manager.forget(self)

    # Called by the transports and the manager

    def wake(self) -> None:
        """Tell the receiver, if there is one, to ask for frames."""
        if self.receiver is not None:
            self.receiver.wake()

    def pushed(self) -> None:
        """The core has accepted a message and its receiver must be woken, or it has exceeded its backlog and closes."""
        self.wake()
        if self.core.state is not State.OPEN:
            self._settle()

    def deliver(self, messages: Sequence[str], timeout: float | None = None) -> None:
        """Pass `messages` to the application, after its running handlers for this session have returned.

        Raises RequestRejected after waiting `timeout` seconds for them; then no message is delivered.
        """
        self._begin(timeout)
        try:
            for number, message in enumerate(messages, 1):
                if self.core.state is not State.OPEN:
                    break
                try:
                    self.on_message(message)
                except Exception:
                    log.exception("on_message of %r failed", type(self))
                if number % MESSAGES_A_TURN == 0:
                    gevent.sleep(0)
        finally:
            self._end()

    def open(self, now: float) -> None:
        """The manager has created the session."""
        self._begin(None)
        try:
            self.core.open(now)
            self.wake()
            self._schedule()
            self._told = State.OPEN
            self._call(self.on_open)
        finally:
            self._end()
        if self._live is not None:
            if self.keeps_request:
                self._snapshot = remember(self._live)
            self._live = None

    def attach(self, receiver: Receiver, now: float) -> Frame | None:
        """Attach `receiver`.  Returns the frame to reject it with, or None."""
        refusal = self.core.attach(now)
        if refusal is None:
            self.receiver = receiver
            self._schedule()
        return refusal

    def detach(self, now: float) -> None:
        """The receiver has ended normally."""
        self.receiver = None
        self.core.detach(now)
        self._schedule()

    def interrupt(self, now: float) -> None:
        """The receiver was interrupted."""
        if self.core.deadline is None:
            return  # removed before
        self.receiver = None
        self.core.interrupt(now)
        self._settle()

    def close_sent(self) -> None:
        """The close frame has been handed to the receiver."""
        self._settle()

    def lost(self) -> None:
        """The connection of a session that depends on it is gone."""
        self.receiver = None
        self.manager.forget(self)

    def go_away(self, now: float) -> None:
        """The server is stopping."""
        if self.core.close(GOING_AWAY, now):
            self.wake()
            self._settle()

    def on_deadline(self, now: float) -> None:
        deadline = self.core.deadline
        if deadline is None:
            return
        if deadline > now:
            self._schedule()
        elif self.core.tick(now):
            self.manager.forget(self)
        else:
            self._schedule()
            if self.receiver is not None:
                self.receiver.beat()

    def forgotten(self) -> None:
        """The manager has removed the session."""
        self.core.end()
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            receiver.abort()
        gevent.spawn(self._tell_when_free, True)

    # Internals

    def _schedule(self) -> None:
        if self.core.deadline is not None:
            self.manager.engine.set_deadline(self, self.core.deadline)

    def _settle(self) -> None:
        """Schedule what follows a state change where the application must not be called.

        This is the case in the hub, and in a loop over sessions.
        """
        self._schedule()
        gevent.spawn(self._tell_when_free)

    def _tell_when_free(self, removed: bool = False) -> None:
        self._begin(None)
        try:
            self._tell()
            if removed:
                self._call(self.on_remove)
        finally:
            self._end()

    def _tell(self) -> None:
        """Notify the application of the core's state."""
        if self._told < State.CLOSING <= self.core.state:
            self._told = State.CLOSING
            self._call(self.on_close)
        if self._told < State.CLOSED <= self.core.state:
            self._told = State.CLOSED
            self._call(self.on_closed)

    def _call(self, handler: Any) -> None:
        try:
            handler()
        except Exception:
            log.exception("%s of %r failed", handler.__name__, type(self))

    def _begin(self, timeout: float | None) -> None:
        """Wait until no handler is running; then ours runs until `_end`."""
        if self._busy:
            too_long = RequestRejected(503, "The session is still busy with earlier messages. Try again later.")
            with gevent.Timeout(timeout, too_long):
                while self._busy:
                    if self._free is None:
                        self._free = Event()
                    self._free.wait()
        self._busy = True

    def _end(self) -> None:
        self._busy = False
        if self._free is not None:
            free, self._free = self._free, None
            free.set()
