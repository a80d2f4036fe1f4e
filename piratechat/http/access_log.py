"""A line of the log for each page, with an id by which others are found that belong to it."""

import logging
import secrets
import time
from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.routing import STATIC, WATCHED, is_sockjs
from piratechat.log_format import about

log = logging.getLogger(__name__)

#: Bytes of a request's id.
ID_SIZE = 6
#: The header in which the client gets it, for questions.
HEADER = "X-Request-ID"


def logged(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Mark, time and note requests of pages and data.

    Not those of SockJS, which are many and have lines of their sessions, nor
    of static files, nor of those who watch the server.  Queries are left out: they may hold names.
    """

    def tween(request: Request) -> Response:
        path = request.environ["PATH_INFO"]
        if is_sockjs(path) or path.startswith(STATIC) or path in WATCHED:
            return handler(request)
        number = secrets.token_hex(ID_SIZE)
        started = time.monotonic()
        with about("request", number):
            response = handler(request)
            took = time.monotonic() - started
            log.info("answered", extra=_fields(request, path, response, took))
        response.headers[HEADER] = number
        request.services.metrics.answered(response.status_int, took)
        return response

    return tween


def _fields(request: Request, path: str, response: Response, took: float) -> dict[str, object]:
    return {
        "method": request.method,
        "path": path.encode("latin-1").decode(errors="replace"),  # PATH_INFO is bytes in disguise
        "status": response.status_int,
        "ms": round(took * 1000, 1),
        "address": request.environ.get("REMOTE_ADDR", ""),
    }


def includeme(config: Configurator) -> None:
    """Add the tween, in front of all others that are there."""
    config.add_tween("piratechat.http.access_log.logged")
