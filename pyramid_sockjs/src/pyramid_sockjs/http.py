"""The HTTP parts of the protocol: headers, cookies, origins, bodies.

The headers follow the sections "Info test", "XhrPolling" and "JsessionidCookie" of the SockJS protocol 0.3.3 and its
later edits.
"""

import re
import time
from email.utils import formatdate
from urllib.parse import urlsplit

import gevent
from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.errors import RequestRejected
from pyramid_sockjs.settings import ANY_ORIGIN, SAME_ORIGIN, Settings, plain_origin

YEAR = 365 * 24 * 60 * 60  # seconds

NOT_CACHED = [("Cache-Control", "no-store, no-cache, no-transform, must-revalidate, max-age=0")]

#: Asks nginx, and proxies that understand its header, not to buffer a response.
NOT_BUFFERED = [("X-Accel-Buffering", "no")]

#: Asks the theming middleware not to buffer an HTML response.
UNTHEMED = [("X-Diazo-Off", "yes")]

_COOKIE_VALUE = re.compile(r"[\w!#$%&'()*+./:<=>?@\[\]^`{|}~-]{1,128}", re.ASCII)


def cached() -> list[tuple[str, str]]:
    """Return the headers of a response that may be cached for a year."""
    return [
        ("Cache-Control", f"public, max-age={YEAR}"),
        ("Expires", formatdate(time.time() + YEAR, usegmt=True)),
    ]


def cors(request: Request) -> list[tuple[str, str]]:
    """Return the headers that allow pages of other origins to read a response."""
    origin = request.headers.get("Origin")
    headers = [("Access-Control-Allow-Origin", origin or "*")]
    if origin:
        headers += [("Access-Control-Allow-Credentials", "true"), ("Vary", "Origin")]
    wanted = request.headers.get("Access-Control-Request-Headers")
    if wanted:
        headers.append(("Access-Control-Allow-Headers", wanted))
    return headers


def preflight(request: Request, methods: str) -> Response:
    """Answer an OPTIONS request: pages of other origins may use `methods`."""
    headers = [("Access-Control-Allow-Methods", methods), ("Access-Control-Max-Age", str(YEAR))]
    return empty(204, cors(request) + cached() + headers)


def empty(status: int, headers: list[tuple[str, str]]) -> Response:
    """Return a response without a body and without a Content-Type."""
    return Response(status=status, headerlist=list(headers))


def plain(status: int, text: str) -> Response:
    """Return a plain-text response."""
    return Response(text, status=status, content_type="text/plain", charset="UTF-8")


def sticky_cookie(request: Request) -> tuple[str, str]:
    """Return the cookie for sticky sessions in load balancers: the client's own value, or a dummy."""
    value = request.cookies.get("JSESSIONID", "dummy")
    if not _COOKIE_VALUE.fullmatch(value):
        value = "dummy"
    return ("Set-Cookie", f"JSESSIONID={value}; path=/")


def may_connect(request: Request, settings: Settings) -> bool:
    """Return whether the page that makes `request` may open a session.

    Browsers send the page's origin in `Origin`, except when they load a script or a frame (JSONP, HtmlFile); then
    `Referer` and `Sec-Fetch-Site` are checked.  Clients that are not browsers may connect: they send only their own
    cookies.
    """
    if settings.origins == ANY_ORIGIN:
        return True
    origin = request.headers.get("Origin") or _origin_of(request.headers.get("Referer", ""))
    if not origin:
        return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
    origin = plain_origin(origin)
    # The schemes are not compared: behind a proxy that terminates TLS the server does not know its own.
    ours = plain_origin(f"{origin.partition('://')[0]}://{request.host}")
    return origin == ours or (settings.origins != SAME_ORIGIN and origin in settings.origins)


def may_be_framed(settings: Settings) -> list[tuple[str, str]]:
    """Return the headers for a document that talks to its parent page: only pages that may connect may frame it."""
    if settings.origins == ANY_ORIGIN:
        return []
    others = () if settings.origins == SAME_ORIGIN else settings.origins
    return [("Content-Security-Policy", " ".join(["frame-ancestors 'self'", *others]))]


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "null"
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def read_body(request: Request, settings: Settings) -> bytes:
    """Return the body of `request`.

    Raises RequestRejected: 413 if the body exceeds `max_body_size` (without reading more), 408 if it takes longer than
    `request_timeout`, and 400 if it is incomplete.
    """
    limit = settings.max_body_size
    too_large = RequestRejected(413, f"At most {limit} bytes are taken at once.")
    if (request.content_length or 0) > limit:
        raise too_large
    with gevent.Timeout(settings.request_timeout, RequestRejected(408, "The request took too long to arrive.")):
        try:
            body = request.body_file_raw.read(limit + 1)
        except RequestRejected:
            raise
        except Exception:  # noqa: BLE001 -- servers have their own errors for chunks that are none, and for a body cut off
            raise RequestRejected(400, "The body has not arrived as it should.") from None
    if len(body) > limit:
        raise too_large
    return body
