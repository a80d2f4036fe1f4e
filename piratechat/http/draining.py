"""Requests that a draining process leaves to the other processes."""

from collections.abc import Callable

from pyramid.httpexceptions import HTTPServiceUnavailable
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.request_bodies import BODILESS
from piratechat.http.routing import RequestKind, request_kind
from piratechat.texts import text


def sent_elsewhere(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """A tween that rejects pages and data with 503 while the process drains; a load balancer then uses another.

    Forms and API requests are still answered: a balancer must not repeat them, because they may have had an effect, so
    the client would see the 503.  Files are served because no other process may have their version.  SockJS opens no
    new sessions meanwhile, and open sessions continue.
    """

    def tween(request: Request) -> Response:
        if (
            request.services.health.draining
            and request.method in BODILESS
            and request_kind(request.environ) is RequestKind.PAGE
        ):
            raise HTTPServiceUnavailable(text("error_page.restarting"), headers=[("Retry-After", "1")])
        return handler(request)

    return tween
