"""The access log: a line for each page, with an id that other log lines of the request share."""

import logging
import secrets
import time
from collections.abc import Callable

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.routing import RequestKind, request_kind
from piratechat.log_format import about

log = logging.getLogger(__name__)

#: Size of a request's id in bytes.
ID_SIZE = 6
#: The response header with the id, for reports to the operator.
HEADER = "X-Request-ID"


def logged(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Log each page and data request with its duration and request ID.

    SockJS requests are too many; their sessions have their own log lines.  Queries are omitted because they may contain
    names.
    """

    def tween(request: Request) -> Response:
        if request_kind(request.environ) is not RequestKind.PAGE:
            return handler(request)
        number = secrets.token_hex(ID_SIZE)
        started = time.monotonic()
        with about("request", number):
            response = handler(request)
            took = time.monotonic() - started
            log.info("answered", extra=_fields(request, response, took))
        response.headers[HEADER] = number
        request.services.metrics.answered(response.status_int, took)
        return response

    return tween


def _fields(request: Request, response: Response, took: float) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.environ["PATH_INFO"]
        .encode("latin-1")
        .decode(errors="replace"),  # PATH_INFO is decoded as Latin-1 (PEP 3333)
        "status": response.status_int,
        "ms": round(took * 1000, 1),
        "address": request.environ.get("REMOTE_ADDR", ""),
    }
