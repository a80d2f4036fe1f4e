"""One SockJS service: its sessions, its settings, and what transports have in common."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.errors import RequestRejected
from pyramid_sockjs.http import NOT_BUFFERED, NOT_CACHED
from pyramid_sockjs.manager import SessionManager
from pyramid_sockjs.protocol.core import State
from pyramid_sockjs.protocol.frames import BrokenJSON, Frame, TooLarge, parse_messages
from pyramid_sockjs.receiver import Receiver
from pyramid_sockjs.servers.takeover import server_socket
from pyramid_sockjs.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """What `add_sockjs_route` was asked for.  Its methods raise RequestRejected."""

    manager: SessionManager
    cookie_needed: bool
    per_user: bool
    #: Names of the transports that are switched off.
    disabled: frozenset[str]

    @property
    def settings(self) -> Settings:
        return self.manager.settings

    def receive(
        self,
        request: Request,
        wrap: Callable[[Frame], bytes],
        content_type: str,
        *,
        prelude: bytes = b"",
        around: tuple[bytes, bytes] = (b"", b""),
        limit: int | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> Response:
        """Answer with the frames of the session in the URL, which is opened if it is new.

        `around`: what stands before and behind each of them; `limit`: bytes of
        frames after which the response ends, or None for a stream, which ends
        after `response_limit` and which proxies are asked not to hold up.
        """
        session = self.manager.get(self._session_id(request), create=True, request=request)
        if limit is None:
            limit = self.settings.response_limit
            headers = [*NOT_BUFFERED, *headers]
        body = Receiver(session, wrap, prelude, around, limit, server_socket(request.environ))
        return Response(app_iter=body, headerlist=[("Content-Type", content_type), *NOT_CACHED, *headers])

    def take(self, request: Request, payload: bytes) -> None:
        """Deliver the messages in `payload` to the session in the URL."""
        session = self.manager.get(self._session_id(request), default=None)
        if session is None or session.state > State.OPEN:
            raise RequestRejected(404, "There is no such session, or it is closed.")
        if not payload:
            raise RequestRejected(500, "Payload expected.")
        try:
            messages = self.parse(payload)
        except (UnicodeDecodeError, BrokenJSON):
            raise RequestRejected(500, "Broken JSON encoding.") from None
        except TooLarge as error:
            raise RequestRejected(413, f"Too large: {error}.") from None
        session.deliver(messages, self.settings.request_timeout)

    def parse(self, payload: bytes) -> list[str]:
        """Return the messages in `payload`.  Raises what `parse_messages` raises."""
        settings = self.settings
        return parse_messages(payload, settings.max_messages, settings.max_message_size)

    def _session_id(self, request: Request) -> Hashable:
        """The id in the URL: of this base URL alone, and nobody else's where users are told apart."""
        matched = dict(request.matchdict)
        session = matched.pop("session")
        place = tuple(value for name, value in matched.items() if name not in ("server", "transport"))
        user = (request.authenticated_userid,) if self.per_user else ()
        return (*user, *place, session) if user or place else session
