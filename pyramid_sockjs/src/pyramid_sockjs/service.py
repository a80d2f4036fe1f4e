"""One SockJS service: its sessions, its settings, and the code that transports share."""

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
    """The service as configured with `add_sockjs_route`.  Its methods raise RequestRejected."""

    manager: SessionManager
    cookie_needed: bool
    per_user: bool
    #: Names of disabled transports.
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
        """Return a response with the frames of the session in the URL; opens the session if it does not exist.

        `wrap` encodes a frame; `around` is written before and after each encoded frame; `prelude` is written first.
        `limit`: bytes of frames after which the response ends, or None for a stream, which ends after `response_limit`
        bytes and asks proxies not to buffer it.
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
        """Return the messages in `payload`.  Raises the exceptions of `parse_messages`."""
        settings = self.settings
        return parse_messages(payload, settings.max_messages, settings.max_message_size)

    def _session_id(self, request: Request) -> Hashable:
        """Return the key of the session: its id, the placeholders of the base URL, and the user id if `per_user`."""
        matched = dict(request.matchdict)
        session = matched.pop("session")
        place = tuple(value for name, value in matched.items() if name not in ("server", "transport"))
        user = (request.authenticated_userid,) if self.per_user else ()
        return (*user, *place, session) if user or place else session
