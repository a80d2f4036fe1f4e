"""What is done to a request before anything looks at it."""

from collections.abc import Callable
from typing import Any

from pyramid.response import Response
from pyramid.router import default_execution_policy

from piratechat.http.cookies import keep_cookies
from piratechat.http.request_bodies import bound_body
from piratechat.http.routing import RequestKind, request_kind
from piratechat.settings import Settings

#: Pyramid's IExecutionPolicy: answers a request, by its WSGI environment and the router.
ExecutionPolicy = Callable[[dict[str, Any], Any], Response]


def prepared(settings: Settings, policy: ExecutionPolicy) -> ExecutionPolicy:
    """Return an execution policy that hands requests to `policy` with few and well-formed cookies, and a bounded body.

    Those of SockJS are tried once: their views only read the database, and their bodies are read as they come.

    Nothing else comes as early: pyramid_retry, which is such a policy, would
    copy a body of any size, in any time, before the first tween is called.
    """

    def answer(environ: dict[str, Any], router: Any) -> Response:
        keep_cookies(environ)
        bound_body(environ, settings)
        if request_kind(environ) is RequestKind.SOCKJS:
            return default_execution_policy(environ, router)
        return policy(environ, router)

    return answer
