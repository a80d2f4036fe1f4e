"""WebSockets with and without SockJS framing (sections "WebSocket" and "RawWebsocket")."""

import binascii
import hashlib
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.connection import Connection, Framing
from pyramid_sockjs.errors import RequestRejected
from pyramid_sockjs.protocol.frames import HEARTBEAT, Frame, TooLarge
from pyramid_sockjs.protocol.websocket_frames import PING, text_frame
from pyramid_sockjs.servers.takeover import Taken, can_be_taken, take
from pyramid_sockjs.service import Service
from pyramid_sockjs.session import Session
from pyramid_sockjs.transports.transport import Transport

VERSION = "13"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
UPGRADES = [("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION)]
# A surrogate pair is a single character in Python.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_IN_AN_UPGRADE = ("Content-Type", "Content-Length")


def accept_key(key: str) -> str:
    """Return the Sec-WebSocket-Accept value for the client's `key` (RFC 6455 section 4.2.2)."""
    return b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


def as_message(frame: Frame) -> bytes:
    """Encode `frame` for a WebSocket; a heartbeat is also a ping, which the client must answer."""
    data = text_frame(frame.payload())
    return data + PING if frame is HEARTBEAT else data


def as_raw_messages(frame: Frame) -> bytes:
    """Encode the messages of `frame` for a WebSocket without SockJS framing; a heartbeat is only a ping."""
    if frame is HEARTBEAT:
        return PING
    # Lone surrogates have no UTF-8 form (RFC 6455 section 5.6), and here JSON does not escape them.  They are replaced
    # as browsers do when a page sends them (a USVString of Web IDL).
    return b"".join(text_frame(_LONE_SURROGATE.sub("\ufffd", text).encode()) for text in frame.texts())


class SockJSFraming:
    """Each WebSocket message is one SockJS frame."""

    wrap = staticmethod(as_message)

    def __init__(self, service: Service) -> None:
        self.unwrap_messages = service.parse

    def unwrap(self, payload: bytes) -> Sequence[str]:
        return self.unwrap_messages(payload) if payload else ()


class RawFraming:
    """Each WebSocket message is one message of the application or the client."""

    wrap = staticmethod(as_raw_messages)

    def __init__(self, service: Service) -> None:
        self.max_size = service.settings.max_message_size

    def unwrap(self, payload: bytes) -> Sequence[str]:
        if len(payload) > self.max_size:
            raise TooLarge(f"at most {self.max_size} bytes a message")
        return (payload.decode(),)


class Upgrade(Response):
    """The response that turns a connection into a WebSocket, and takes it from the server."""

    def __init__(self, session: Session, framing: Framing, key: str, messages: Sequence[str]) -> None:
        headers = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept_key(key))]
        super().__init__(status=101, headerlist=headers, app_iter=())
        self._session = session
        self._framing = framing
        self._messages = messages

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Raises Taken.  The view does not do this itself, because code that runs after it may still fail or retry."""
        fd, early = take(environ)
        connection = Connection(fd, self._session, self._framing, self._session.manager.engine)
        if self._session.attach(connection, time.monotonic()) is not None:
            connection.abort()
        else:
            connection.start(self._head(), early, self._messages)
        raise Taken

    def _head(self) -> bytes:
        lines = [f"{name}: {value}\r\n" for name, value in self.headerlist if name not in _NOT_IN_AN_UPGRADE]
        return f"HTTP/1.1 {self.status}\r\n{''.join(lines)}\r\n".encode("latin-1")


def websocket(service: Service, request: Request) -> Response:
    """Open a WebSocket that carries SockJS frames."""
    return _upgrade(service, request, SockJSFraming(service))


def raw_websocket(service: Service, request: Request) -> Response:
    """Open a WebSocket that carries unframed messages."""
    return _upgrade(service, request, RawFraming(service))


def _upgrade(service: Service, request: Request, framing: Framing) -> Response:
    """Check the handshake (RFC 6455 section 4.2.1), and open a session for this connection."""
    environ = request.environ
    if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
        raise RequestRejected(400, 'Can "Upgrade" only to "WebSocket".')
    if "upgrade" not in [token.strip() for token in environ.get("HTTP_CONNECTION", "").lower().split(",")]:
        raise RequestRejected(400, '"Connection" must be "Upgrade".')
    if environ.get("SERVER_PROTOCOL") != "HTTP/1.1" or request.content_length or "HTTP_TRANSFER_ENCODING" in environ:
        raise RequestRejected(400, "A WebSocket is opened by an HTTP/1.1 request without a body.")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        raise RequestRejected(426, f"Only version {VERSION} of the WebSocket protocol is spoken.", UPGRADES)
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
    if not _is_key(key):
        raise RequestRejected(400, "Sec-WebSocket-Key must be 16 bytes in base64.")
    if not can_be_taken(environ):
        raise RequestRejected(
            501, "This server cannot do WebSockets: run it with gunicorn's gevent worker, without TLS."
        )
    session = service.manager.open(request)
    return Upgrade(session, framing, key, session.messages_of(request))


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


RAW = Transport("rawwebsocket", "GET", raw_websocket)
TRANSPORTS = [Transport("websocket", "GET", websocket)]
