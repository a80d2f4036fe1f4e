"""What every request and every response goes through."""

from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.events import NewResponse
from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.http.csrf import comes_from_here
from piratechat.http.request_bodies import BODILESS, PROBLEM
from piratechat.http.routing import STATIC, WATCHED, is_sockjs
from piratechat.rate_limits import refuse

#: For browsers that came by HTTPS: never come without it, for a year (RFC 6797).
ONLY_HTTPS = f"max-age={365 * 24 * 3600}"

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


def paced_requests(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse those who ask for more than their address may, before that has cost a look at the database."""

    def tween(request: Request) -> Response:
        path, limits = request.environ["PATH_INFO"], request.services.limits
        try:
            if is_sockjs(path):
                # Other transports may be about a session that there is; where one is opened it is counted.
                if path.endswith("/websocket"):
                    refuse(limits.sessions.wait(request.network))
            elif not (path.startswith(STATIC) or path in WATCHED):
                limits.requests.take(request.network)
        except CommandRejected as rejected:
            request.services.metrics.rejected(rejected.code)
            may_have_page = request.method == "POST" and comes_from_here(request)
            if not may_have_page or not limits.returned_forms.may(request.network):
                return _too_many(rejected)
            request.environ[PROBLEM] = rejected  # a page about it, with what was typed
        return handler(request)

    return tween


def _too_many(rejected: CommandRejected) -> Response:
    response = Response(f"{rejected.message}\n", 429, content_type="text/plain", charset="UTF-8")
    response.cache_control = "no-store"
    response.retry_after = retry_after_header(rejected.retry_after)
    return response


def bounded_forms(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse forms that were too large, too slow, or are no forms."""

    def tween(request: Request) -> Response:
        if PROBLEM in request.environ:
            raise request.environ[PROBLEM]
        if request.method not in BODILESS and not is_sockjs(request.environ["PATH_INFO"]):
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
    if request.scheme == "https":
        headers["Strict-Transport-Security"] = ONLY_HTTPS
        _keep_cookies_to_https(event.response)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if "X-Diazo-Off" in headers:
        return  # a document of SockJS, which is framed by design and says by whom
    if event.response.content_type == "text/html":
        scheme = "wss" if request.scheme == "https" else "ws"
        headers["Content-Security-Policy"] = POLICY.format(websocket=f"{scheme}://{request.host}")
        headers["Referrer-Policy"] = "same-origin"
        headers.setdefault("Cache-Control", "no-store")


def _keep_cookies_to_https(response: Response) -> None:
    cookies = response.headers.getall("Set-Cookie")
    response.headers.pop("Set-Cookie", None)
    for cookie in cookies:
        response.headers.add("Set-Cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; secure")


def includeme(config: Configurator) -> None:
    """Add the tweens and the subscriber."""
    config.add_tween("piratechat.http.validation.paced_requests", over="pyramid_tm.tm_tween_factory")
    config.add_tween("piratechat.http.validation.bounded_forms", under="pyramid.tweens.excview_tween_factory")
    config.add_tween("piratechat.http.validation.readable_addresses", under="pyramid.tweens.excview_tween_factory")
    config.add_subscriber(protect, NewResponse)
