"""The manager that keeps the sessions of one service."""

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

#: Sessions looked through before other greenlets may run.
SESSIONS_A_TURN = 512
#: Sessions told of the server's end before other greenlets may run, and in a second where there is time.
CLOSED_A_TURN, CLOSED_A_SECOND = 50, 1_000

#: What is said to clients that come while the server stops, and when they may come again: to the next server.
GOING_AWAY = "The server is going away. Try again in a moment."
COME_AGAIN = [("Retry-After", "1")]

_REQUIRED: Any = object()


@implementer(ISessionManager)
class SessionManager:
    """The sessions of one service, in this process."""

    #: The class of sessions, unless one is given.
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
        #: Whether the server is going away: no more sessions are opened.
        self.stopped = False

    # What the application calls

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, id: Hashable, create: bool = False, request: Request | None = None, default: Any = _REQUIRED) -> Any:
        """Return the session `id`; made and opened for `request` if there is none and `create` is true.

        Raises KeyError when there is none and no `default` is given.
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
        """Yield the sessions that are open; those of one moment."""
        for session in list(self._sessions.values()):
            if session.state is State.OPEN:
                yield session

    def broadcast(self, message: str, sessions: Iterable[Session] | None = None) -> None:
        """Send `message` to `sessions`, or else to every session of the service.

        The message is encoded once, and readers who wait for the same
        messages share one frame.  Raises TypeError for anything but text.
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
        """Return a new, empty group of sessions: the fastest way to broadcast to the same ones again and again."""
        return Group(self.engine)

    def all_sessions(self) -> Iterator[Session]:
        """Yield the sessions of one moment, whatever their state; between some of them others may run."""
        for number, session in enumerate(list(self._sessions.values()), 1):
            yield session
            if number % SESSIONS_A_TURN == 0:
                gevent.sleep(0)

    def clear(self) -> None:
        """Expire every session."""
        for session in list(self._sessions.values()):
            session.expire()

    def route_url(self, request: Request, *elements: str, **values: Any) -> str:
        """Return the base URL of the service, for clients; `values` are the placeholders of its prefix."""
        return request.route_url(f"sockjs-url-{self.name}", *elements, **values)

    def client_address(self, request: Request) -> str:
        """Return what the sessions of one client are counted by; override it behind a proxy.

        It is REMOTE_ADDR, of IPv6 the network of 64 bits: a client can have any address in it.
        """
        return network(request.environ.get("REMOTE_ADDR", ""))

    # What the transports and the server call

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        if self._engine is None:
            self._engine = get_engine(self.registry)
        return self._engine

    def open(self, request: Request | None, id: Hashable = None) -> Session:
        """Make and open a session; one without an `id` is known to nobody but its own connection.

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
        """Take `session` out of the service, once; nothing finds it any more."""
        if session.key not in self._sessions:
            return
        self.engine.deliver_broadcasts()
        del self._sessions[session.key]
        self.engine.clear_deadline(session)
        self._held.drop(session.address)
        session.forgotten()

    def refuse(self) -> None:
        """Open no more sessions; those that there are go on."""
        self.stopped = True

    def stop(self) -> None:
        """Tell every session that the server is going away, and open no more.

        With a `close_time` they are told one after the other, so that their clients do not all come back at once;
        those that were not told yet go on.
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
    """Return the name of the transport that `request` is for."""
    parts = getattr(request, "matchdict", None) or {}
    return parts.get("transport", "rawwebsocket")
