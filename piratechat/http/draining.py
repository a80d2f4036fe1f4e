"""Which requests a process that ends soon leaves to the others."""

from collections.abc import Callable

from pyramid.httpexceptions import HTTPServiceUnavailable
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.request_bodies import BODILESS
from piratechat.http.routing import RequestKind, request_kind
from piratechat.texts import text


def sent_elsewhere(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse pages and data with 503 while the process drains: a balancer then asks another one, and asks it first.

    Forms and what programs send are answered: a balancer does not send those twice, since it cannot know that nothing
    came of them, so that 503 would be the end of it.  Files may be of a version that no other process has.  SockJS
    opens no sessions meanwhile, and those that are open go on.
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
