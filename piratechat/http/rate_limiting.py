"""Rate limits for requests of an address."""

from collections.abc import Callable

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.http.csrf import comes_from_here
from piratechat.http.request_bodies import PROBLEM
from piratechat.http.routing import RequestKind, request_kind
from piratechat.rate_limits import raise_if_limited


def limited_requests(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """A tween that rejects requests beyond the limits of their address, before they use the database."""

    def tween(request: Request) -> Response:
        kind, limits = request_kind(request.environ), request.services.limits
        try:
            if kind is RequestKind.PAGE:
                limits.requests.take(request.network)
            elif kind is RequestKind.SOCKJS and request.environ["PATH_INFO"].endswith("/websocket"):
                # Other transports may use an existing session; new ones are counted when they are opened.
                raise_if_limited(limits.sessions.wait(request.network))
        except CommandRejected as rejected:
            request.services.metrics.rejected(rejected.code)
            may_have_page = request.method == "POST" and comes_from_here(request)
            if not may_have_page or not limits.returned_forms.may(request.network):
                return _too_many(rejected)
            request.environ[PROBLEM] = rejected  # gives an error page with the submitted text
        return handler(request)

    return tween


def _too_many(rejected: CommandRejected) -> Response:
    response = Response(f"{rejected.message}\n", 429, content_type="text/plain", charset="UTF-8")
    response.cache_control = "no-store"
    response.retry_after = retry_after_header(rejected.retry_after)
    return response
