"""The SockJS service of the chat: opens sessions, and dispatches their messages."""

from collections.abc import Hashable

from pyramid.registry import Registry
from pyramid.request import Request

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.log_format import about
from piratechat.realtime.handlers import handle
from piratechat.realtime.messages import Bounds, values_of
from piratechat.realtime.session import ChatSession
from piratechat.services import Services
from pyramid_sockjs import Session, SessionManager
from pyramid_sockjs.errors import RequestRejected

#: The name of the SockJS service.
NAME = "chat"

#: Closes a session that exceeds the limits of its address.
TOO_MANY = (4429, "You are faster than this chat allows: wait a little")


class ChatSessions(SessionManager):
    """The sessions of the chat, and the services that they use."""

    services: Services
    bounds: Bounds

    def __init__(self, registry: Registry) -> None:
        super().__init__(NAME, registry, session=ChatSession)

    def use(self, services: Services) -> None:
        """Set the `services` of sessions: once, before the first session."""
        self.services = services
        self.bounds = Bounds(services.settings.message_length, services.translators.choices())

    def open(self, request: Request | None, id: Hashable = None) -> Session:
        """Create and open a session.  Raises RequestRejected."""
        if request is not None:
            try:
                self.services.limits.sessions.take(self.client_address(request))
            except CommandRejected as rejected:
                self.services.metrics.rejected(rejected.code)
                retry = ("Retry-After", str(retry_after_header(rejected.retry_after) or 1))
                raise RequestRejected(429, rejected.message, [retry]) from None
        return super().open(request, id)

    def receive(self, session: ChatSession, message: str) -> None:
        """Handle `message` from the client of `session`, or send it an error."""
        with about("session", session.tag):
            if self.services.limits.commands.may(session.address):
                self._take(session, message)
            else:
                session.close(*TOO_MANY)

    def _take(self, session: ChatSession, message: str) -> None:
        values = values_of(message)
        try:
            handle(session, values, self.bounds)
        except CommandRejected as rejected:
            nonce = values.get("nonce")
            session.reject(rejected, nonce if isinstance(nonce, str) else "")
            if session.live is None and rejected.code == "rate-limited":
                session.close(*TOO_MANY)  # it must not even join: clients reconnect, with growing delays

    def collect(self) -> None:
        """Update the metrics of current values."""
        committer, rooms = self.services.committer, self.services.rooms
        self.services.metrics.collect(self.all_sessions(), rooms.readers, committer.waiting)
