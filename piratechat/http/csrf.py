"""Forms that pages of other sites send in a visitor's name, and how they are told from ours.

A form of ours carries a token that its visitor's cookie repeats.  Whoever can
set cookies for our name, such as a neighbour under the same domain, could make
both; so browsers are asked as well where a form comes from.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from pyramid.exceptions import BadCSRFOrigin
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.allowed_hosts import is_page_of
from piratechat.http.request_bodies import BODILESS
from piratechat.http.routing import RequestKind, request_kind
from piratechat.texts import text


def comes_from_elsewhere(request: Request) -> bool:
    """Whether the browser says that a page of another site makes `request`.

    Over https, and on localhost, browsers send `Sec-Fetch-Site` (Fetch
    Metadata); elsewhere `Origin` tells (RFC 6454).  Programs send neither, and
    carry nobody's cookies but their own.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and not is_page_of(request.host, origin)


def comes_from_here(request: Request) -> bool:
    """Whether the browser says that a page of ours makes `request`; old browsers say so by `Referer` alone."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return not comes_from_elsewhere(request)
    try:
        source = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    except ValueError:
        return False
    return is_page_of(request.host, f"{source.scheme}://{source.netloc}")


def own_forms(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Refuse forms of other sites; SockJS has its own setting for whose pages may connect."""

    def tween(request: Request) -> Response:
        is_form = request.method not in BODILESS and request_kind(request.environ) is not RequestKind.SOCKJS
        if is_form and comes_from_elsewhere(request):
            raise BadCSRFOrigin(text("error.other_site"))
        return handler(request)

    return tween
