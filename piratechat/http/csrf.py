"""Protection against CSRF: forms that pages of other sites submit in a visitor's name.

Our forms carry a token that must match the visitor's cookie.  An attacker who can set cookies for our host, for example
from another host in the same domain, could forge both; so the browser's own headers are checked as well.
"""

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.exceptions import BadCSRFOrigin
from pyramid.interfaces import ICSRFStoragePolicy, ISecurityPolicy
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from zope.interface import implementer

from piratechat.http.allowed_hosts import is_page_of
from piratechat.http.frame import is_framed
from piratechat.http.request_bodies import BODILESS
from piratechat.http.routing import RequestKind, request_kind
from piratechat.texts import text


def comes_from_elsewhere(request: Request) -> bool:
    """Whether the browser reports that a page of another site makes `request`.

    Over HTTPS, and on localhost, browsers send `Sec-Fetch-Site` (Fetch Metadata); otherwise `Origin` is checked (RFC
    6454). Programs send neither, and have only their own cookies.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and not is_page_of(request.host, origin)


def comes_from_here(request: Request) -> bool:
    """Whether the browser reports that one of our pages makes `request`; old browsers send only `Referer`."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return not comes_from_elsewhere(request)
    try:
        source = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    except ValueError:
        return False
    return is_page_of(request.host, f"{source.scheme}://{source.netloc}")


@implementer(ICSRFStoragePolicy)
class FormTokens:
    """Tokens of forms: a cookie repeats them, and in a frame they are computed from the visitor's own cookie.

    Without that cookie no form of a frame is accepted: whoever shares an address would share a token.
    """

    def __init__(self, cookies: CookieCSRFStoragePolicy) -> None:
        self._cookies = cookies

    def get_csrf_token(self, request: Request) -> str:
        token: str = (
            _policy(request).form_token(request) if is_framed(request) else self._cookies.get_csrf_token(request)
        )
        return token

    def new_csrf_token(self, request: Request) -> str:
        token: str = (
            _policy(request).form_token(request) if is_framed(request) else self._cookies.new_csrf_token(request)
        )
        return token

    def check_csrf_token(self, request: Request, supplied_token: str) -> bool:
        if not is_framed(request):
            return bool(self._cookies.check_csrf_token(request, supplied_token))
        expected = _policy(request).form_token(request)
        return request.identity.by_cookie and hmac.compare_digest(expected.encode(), supplied_token.encode())


def _policy(request: Request) -> Any:
    return request.registry.getUtility(ISecurityPolicy)


def own_forms(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """A tween that rejects forms of other sites; SockJS has its own setting for allowed origins."""

    def tween(request: Request) -> Response:
        is_form = request.method not in BODILESS and request_kind(request.environ) is not RequestKind.SOCKJS
        if is_form and comes_from_elsewhere(request):
            raise BadCSRFOrigin(text("error.other_site"))
        return handler(request)

    return tween
