"""Requests that cannot be read."""

from collections.abc import Callable

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.request_bodies import BODILESS, PROBLEM
from piratechat.http.routing import RequestKind, request_kind
from piratechat.texts import text


def readable_forms(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse forms that were too large, too slow, or are not forms."""

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
    """Refuse addresses that are not UTF-8, or that lead through others.

    Clients resolve dots before they send an address (RFC 3986 section 5.2.4),
    and guards, transactions and themes go by how it begins.
    """

    def tween(request: Request) -> Response:
        _must_be_readable(request, "path_info", "GET")
        if not {".", ".."}.isdisjoint(request.environ["PATH_INFO"].split("/")):
            raise HTTPNotFound(text("error.invalid_path"))
        return handler(request)

    return tween


def _must_be_readable(request: Request, *names: str) -> None:
    try:
        for name in names:
            getattr(request, name)
    except ValueError:  # UnicodeDecodeError, or a form in parts that does not say where they end
        raise HTTPBadRequest(text("error.unreadable")) from None
