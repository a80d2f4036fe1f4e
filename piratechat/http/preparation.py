"""Preparation of a request before anything else sees it."""

from collections.abc import Callable
from functools import cache
from typing import Any

from pyramid.response import Response
from pyramid.router import default_execution_policy

from piratechat.http.cookies import keep_cookies
from piratechat.http.frame import enter_frame
from piratechat.http.handshakes import ShortWay
from piratechat.http.request_bodies import bound_body
from piratechat.http.routing import RequestKind, request_kind
from piratechat.settings import Settings

#: Pyramid's IExecutionPolicy: answers a request, given its WSGI environ and the router.
ExecutionPolicy = Callable[[dict[str, Any], Any], Response]


def prepared(settings: Settings, policy: ExecutionPolicy, short_way: Callable[[Any], ShortWay]) -> ExecutionPolicy:
    """Wrap `policy` so that it gets requests with valid cookies and a bounded body.

    `short_way` returns that of a router; it is called with the first SockJS request, when the application is complete.

    SockJS requests are not retried: their views only read the database, and their bodies are read as they arrive.

    Nothing else runs as early: pyramid_retry, which is such a policy, would copy a body of any size before the first
    tween is called.
    """
    short_way = cache(short_way)

    def answer(environ: dict[str, Any], router: Any) -> Response:
        enter_frame(environ)
        keep_cookies(environ)
        bound_body(environ, settings)
        if request_kind(environ) is RequestKind.SOCKJS:
            return short_way(router).answer(environ) or default_execution_policy(environ, router)
        return policy(environ, router)

    return answer
