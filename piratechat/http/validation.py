"""Rejection of malformed requests."""

from collections.abc import Callable

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.request_bodies import BODILESS, PROBLEM
from piratechat.http.routing import RequestKind, request_kind
from piratechat.texts import text


def readable_forms(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """A tween that rejects forms that were too large, too slow, or malformed."""

    def tween(request: Request) -> Response:
        if PROBLEM in request.environ:
            raise request.environ[PROBLEM]
        if request.method not in BODILESS and request_kind(request.environ) is not RequestKind.SOCKJS:
            _must_be_readable(request, "POST")
            if not all(isinstance(value, str) for value in request.POST.values()):
                raise HTTPBadRequest(text("error.no_files"))
        return handler(request)

    return tween


def readable_addresses(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """A tween that rejects paths that are not UTF-8, or contain dot segments.

    Clients resolve dot segments before they send a URL (RFC 3986 section 5.2.4), and other tweens, transactions and
    themes depend on how a path begins.
    """

    def tween(request: Request) -> Response:
        _must_be_readable(request, "path_info", *(("GET",) if request.environ.get("QUERY_STRING") else ()))
        if not {".", ".."}.isdisjoint(request.environ["PATH_INFO"].split("/")):
            raise HTTPNotFound(text("error.invalid_path"))
        return handler(request)

    return tween


def _must_be_readable(request: Request, *names: str) -> None:
    try:
        for name in names:
            getattr(request, name)
    except ValueError:  # UnicodeDecodeError, or a multipart form without a boundary
        raise HTTPBadRequest(text("error.unreadable")) from None
