"""What every request and every response goes through."""

from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.events import NewResponse
from pyramid.httpexceptions import HTTPBadRequest, HTTPLengthRequired, HTTPRequestEntityTooLarge
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.roots import is_sockjs

#: Bytes of the largest form: a message of 4,000 characters, each of which may take twelve in a form.
LARGEST_FORM = 64 * 1024

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


def bounded_forms(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse bodies that are too large before anything reads them; SockJS has its own bounds."""

    def tween(request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "OPTIONS") and not is_sockjs(request.environ["PATH_INFO"]):
            length = request.content_length
            if length is None and request.environ.get("wsgi.input_terminated"):
                raise HTTPLengthRequired("Send the form with its Content-Length.")
            if length is not None and length > LARGEST_FORM:
                raise HTTPRequestEntityTooLarge(f"A form has at most {LARGEST_FORM} bytes here: send less.")
            _must_be_readable(request, "POST")
        return handler(request)

    return tween


def readable_addresses(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse addresses that are not UTF-8."""

    def tween(request: Request) -> Response:
        _must_be_readable(request, "path_info", "GET")
        return handler(request)

    return tween


def _must_be_readable(request: Request, *names: str) -> None:
    try:
        for name in names:
            getattr(request, name)
    except ValueError:  # UnicodeDecodeError, or a form in parts that does not say where they end
        raise HTTPBadRequest("What was sent cannot be read: it is no UTF-8, or no form.") from None


def protect(event: NewResponse) -> None:
    """Have browsers run and load nothing but our own, and show our pages in no frame of others.

    Pages are not compressed: they carry the token of their forms beside what an
    address makes them say, and how long such a page is when it is compressed
    would tell the token, letter by letter (BREACH).
    """
    request, headers = event.request, event.response.headers
    if is_sockjs(request.environ["PATH_INFO"]):
        return
    headers.setdefault("X-Content-Type-Options", "nosniff")
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
