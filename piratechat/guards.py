"""What every request and every response goes through."""

from collections.abc import Callable

import gevent
from pyramid.config import Configurator
from pyramid.events import NewResponse
from pyramid.httpexceptions import HTTPBadRequest, HTTPLengthRequired, HTTPNotFound, HTTPRequestEntityTooLarge
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from webob.request import DisconnectionError

from piratechat.roots import is_sockjs

#: Bytes of the largest form: a message of 4,000 characters, each of which may take twelve in a form.
LARGEST_FORM = 64 * 1024
#: Bytes of a body that may be left unread, where a connection goes on: more than anything here takes.
LARGEST_BODY = 256 * 1024
#: Methods whose requests have no body that anybody reads.
READING = ("GET", "HEAD", "OPTIONS")
#: Seconds that a form may take to arrive.
FORM_TIMEOUT = 10.0

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        # 'self' covers the WebSocket of the same host only in newer browsers
        "connect-src 'self' {websocket}",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


def attempts(request: Request) -> int | None:
    """How often `request` may be tried where others write at the same time: 1, or None for as often as is set.

    For another attempt pyramid_retry copies the body before any guard has seen
    it, whatever its size: so a request has one attempt unless its body is a
    form that has arrived.  A hook of pyramid_retry.
    """
    if is_sockjs(request.environ["PATH_INFO"]) or request.method in READING:
        return 1
    if request.content_length is None or request.content_length > LARGEST_FORM:
        return 1
    try:
        with gevent.Timeout(FORM_TIMEOUT):
            request.make_body_seekable()
    except (DisconnectionError, gevent.Timeout):
        return 1  # `bounded_forms` says so
    return None


def bounded_forms(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse bodies that are too large before anything reads them; SockJS has its own bounds."""

    def tween(request: Request) -> Response:
        if is_sockjs(request.environ["PATH_INFO"]):
            pass
        elif request.method in READING:
            _without_body(request)
        else:
            length = request.content_length
            if length is None and request.environ.get("wsgi.input_terminated"):
                raise HTTPLengthRequired("Send the form with its Content-Length.")
            if length is not None and length > LARGEST_FORM:
                raise HTTPRequestEntityTooLarge(f"A form has at most {LARGEST_FORM} bytes here: send less.")
            _must_be_readable(request, "POST")
            if not all(isinstance(value, str) for value in request.POST.values()):
                raise HTTPBadRequest("Nobody asked for a file: send the form without.")
        return handler(request)

    return tween


def readable_addresses(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse addresses that are not UTF-8, or that lead through others.

    Clients resolve dots before they send an address (RFC 3986 section 5.2.4),
    and guards, transactions and themes go by how it begins.
    """

    def tween(request: Request) -> Response:
        _must_be_readable(request, "path_info", "GET")
        if not {".", ".."}.isdisjoint(request.environ["PATH_INFO"].split("/")):
            raise HTTPNotFound("An address has no dots between its slashes.")
        # Every file is small, and WebOb fails on some ranges that are none.
        request.environ.pop("HTTP_RANGE", None)
        return handler(request)

    return tween


def _without_body(request: Request) -> None:
    """Have nobody look for a form where none belongs, whatever its size."""
    if request.content_length or "HTTP_TRANSFER_ENCODING" in request.environ:
        _end_connection(request)
    request.environ["CONTENT_LENGTH"] = "0"


def _end_connection(request: Request) -> None:
    """Have gunicorn close the connection behind its answer.

    It would read on to the end of the body, however far that is, and let
    nobody else have a turn while bytes come in faster than it reads them.
    """
    body = request.environ["wsgi.input"]
    if hasattr(body, "failed"):
        body.failed = True


def _must_be_readable(request: Request, *names: str) -> None:
    try:
        for name in names:
            getattr(request, name)
    except DisconnectionError:
        raise HTTPBadRequest("The form has not arrived as a whole: send it again.") from None
    except ValueError:  # UnicodeDecodeError, or a form in parts that does not say where they end
        raise HTTPBadRequest("What was sent cannot be read: it is no UTF-8, or no form.") from None


def protect(event: NewResponse) -> None:
    """Have browsers run and load nothing but our own, and show our pages in no frame of others."""
    request, headers = event.request, event.response.headers
    if "HTTP_TRANSFER_ENCODING" in request.environ or (request.content_length or 0) > LARGEST_BODY:
        _end_connection(request)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if "X-Diazo-Off" in headers:
        return  # a document of SockJS, which is framed by design and says by whom
    if event.response.content_type == "text/html":
        scheme = "wss" if request.scheme == "https" else "ws"
        headers["Content-Security-Policy"] = POLICY.format(websocket=f"{scheme}://{request.host}")
        headers["Referrer-Policy"] = "same-origin"
        headers.setdefault("Cache-Control", "no-store")


def includeme(config: Configurator) -> None:
    """Add the tweens and the subscriber."""
    config.add_tween("piratechat.guards.bounded_forms", under="pyramid.tweens.excview_tween_factory")
    config.add_tween("piratechat.guards.readable_addresses", under="pyramid.tweens.excview_tween_factory")
    config.add_subscriber(protect, NewResponse)
