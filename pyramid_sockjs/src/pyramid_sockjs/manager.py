"""The session manager of one service."""

import logging
import sys
import time
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import gevent
from pyramid.registry import Registry
from pyramid.request import Request
from zope.interface import implementer

from pyramid_sockjs.errors import RequestRejected
from pyramid_sockjs.group import Audience, Group, deliver
from pyramid_sockjs.interfaces import ISessionManager
from pyramid_sockjs.lifecycle import get_engine
from pyramid_sockjs.protocol.core import State
from pyramid_sockjs.protocol.frames import quote
from pyramid_sockjs.scheduler import Engine
from pyramid_sockjs.servers.client_networks import Holdings, network
from pyramid_sockjs.session import Session
from pyramid_sockjs.settings import Settings, from_ini

log = logging.getLogger(__name__)

#: Sessions to iterate over before yielding to other greenlets.
SESSIONS_A_TURN = 512
#: Sessions to close before yielding to other greenlets, and per second if `close_time` allows it.
CLOSED_A_TURN, CLOSED_A_SECOND = 50, 1_000

#: The response to clients that arrive while the server stops, and when they may retry: with the next server.
GOING_AWAY = "The server is going away. Try again in a moment."
COME_AGAIN = [("Retry-After", "1")]

_REQUIRED: Any = object()


@implementer(ISessionManager)
class SessionManager:
    """The sessions of one SockJS service in this process."""

    #: The default class of sessions.
    factory: type[Session] = Session

    def __init__(
        self,
        name: str,
        registry: Registry,
        session: type[Session] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.name = name
        self.registry = registry
        self.settings = from_ini(registry.settings or {}) if settings is None else settings
        if session is not None:
            self.factory = session
        self._sessions: dict[Hashable, Session] = {}
        self._held = Holdings()
        self._engine: Engine | None = None
        self._everybody: Audience | None = None
        #: Whether the server is stopping, so that no more sessions are opened.
        self.stopped = False

    # Called by the application

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, id: Hashable, create: bool = False, request: Request | None = None, default: Any = _REQUIRED) -> Any:
        """Return the session `id`.  With `create`, a missing session is opened for `request`.

        Raises KeyError if there is no such session and no `default` is given.
        """
        session = self._sessions.get(id)
        if session is not None:
            return session
        if create:
            return self.open(request, id)
        if default is _REQUIRED:
            raise KeyError(id)
        return default

    def active_sessions(self) -> Iterator[Session]:
        """Yield the sessions that are open at the time of the call."""
        for session in list(self._sessions.values()):
            if session.state is State.OPEN:
                yield session

    def broadcast(self, message: str, sessions: Iterable[Session] | None = None) -> None:
        """Send `message` to `sessions`, by default to every session of the service.

        The message is encoded once, and readers that wait for the same messages share one frame.  Raises TypeError if
        `message` is not text.
        """
        if sessions is None:
            if self._everybody is None:
                self._everybody = Audience(self.engine, self._sessions.values())
            sessions = self._everybody
        if isinstance(sessions, Audience):
            sessions.broadcast(message)
        else:
            quoted = quote(message)
            self.engine.deliver_broadcasts()
            deliver([(message, quoted)], sessions)

    def group(self) -> Group:
        """Return a new, empty group of sessions: the fastest way to broadcast repeatedly to the same sessions."""
        return Group(self.engine)

    def all_sessions(self) -> Iterator[Session]:
        """Yield all sessions at the time of the call, in any state; yields to other greenlets now and then."""
        for number, session in enumerate(list(self._sessions.values()), 1):
            yield session
            if number % SESSIONS_A_TURN == 0:
                gevent.sleep(0)

    def clear(self) -> None:
        """Expire every session."""
        for session in list(self._sessions.values()):
            session.expire()

    def route_url(self, request: Request, *elements: str, **values: Any) -> str:
        """Return the base URL of the service, for clients; `values` fill the placeholders of its prefix."""
        return request.route_url(f"sockjs-url-{self.name}", *elements, **values)

    def client_address(self, request: Request) -> str:
        """Return the key that limits per client use; override it behind a proxy.

        By default it is REMOTE_ADDR, and for IPv6 its /64 network, since a client may use any address in that.
        """
        return network(request.environ.get("REMOTE_ADDR", ""))

    # Called by the transports and the server

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        if self._engine is None:
            self._engine = get_engine(self.registry)
        return self._engine

    def open(self, request: Request | None, id: Hashable = None) -> Session:
        """Create and open a session; without an `id` only its own connection can reach it.

        Raises RequestRejected.
        """
        address = sys.intern(self.client_address(request)) if request is not None else ""
        self._admit(address)
        session = self.factory(self, request)
        session.key = session if id is None else id
        session.address = address
        session.transport = _transport_of(request)
        self._held.add(address)
        self.engine.deliver_broadcasts()
        self._sessions[session.key] = session
        session.open(time.monotonic())
        return session

    def forget(self, session: Session) -> None:
        """Remove `session` from the service.  Has no effect if it was removed before."""
        if session.key not in self._sessions:
            return
        self.engine.deliver_broadcasts()
        del self._sessions[session.key]
        session.key = None  # it may be the session itself: without this cycle no garbage collection is needed
        self.engine.clear_deadline(session)
        self._held.drop(session.address)
        session.forgotten()

    def refuse(self) -> None:
        """Stop opening sessions; existing sessions continue."""
        self.stopped = True

    def stop(self) -> None:
        """Stop opening sessions, and close every session because the server is going away.

        With a `close_time` greater than 0 the sessions are closed gradually, so that their clients do not all reconnect
        at the same moment; the remaining sessions continue meanwhile.
        """
        self.refuse()
        sessions = list(self._sessions.values())
        seconds = min(self.settings.close_time, len(sessions) / CLOSED_A_SECOND)
        pause = seconds * CLOSED_A_TURN / max(CLOSED_A_TURN, len(sessions))
        for number, session in enumerate(sessions, 1):
            session.go_away(time.monotonic())
            if number % CLOSED_A_TURN == 0:
                gevent.sleep(pause)

    def _admit(self, address: str) -> None:
        settings = self.settings
        if self.stopped:
            raise RequestRejected(503, GOING_AWAY, COME_AGAIN)
        if len(self._sessions) >= settings.max_sessions:
            self._warn("max_sessions", settings.max_sessions)
            raise RequestRejected(503, "Too many sessions are open. Try again later.")
        if self._held.full(address, settings.max_sessions_per_address):
            self._warn("max_sessions_per_address", settings.max_sessions_per_address)
            raise RequestRejected(429, "Too many sessions are open from your address. Close some and try again.")

    def _warn(self, setting: str, value: int) -> None:
        log.warning("Service %r refuses a session: %s is %d", self.name, setting, value)


def _transport_of(request: Request | None) -> str:
    """Return the name of the transport that `request` uses."""
    parts = getattr(request, "matchdict", None) or {}
    return parts.get("transport", "rawwebsocket")
