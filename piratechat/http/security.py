"""Who is at the other end: browsers by a signed cookie, other programs by their address.

Nobody signs in.  A browser is known by a random id that it brings back; the
names it takes in rooms, and the rooms it opens, belong to that id.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from pyramid.authorization import ACLHelper, Authenticated, Everyone
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from webob.cookies import JSONSerializer, SignedCookieProfile
from zope.interface import implementer

from piratechat.model.text import checked_tag
from piratechat.model.visitors import address_id

COOKIE = "piratechat"
VIEW_COOKIE = "piratechat-as"
LANGUAGE_COOKIE = "piratechat-lang"
#: The languages that the reader chose lately: views with dots between them.
RECENT_COOKIE = "piratechat-recent"
#: How many those are, and what the browser says of them at most.
MAX_RECENT, MAX_RECENT_LENGTH = 4, 300

DAY = 24 * 3600
#: Seconds for which a browser keeps its id, ...
MAX_AGE = 400 * DAY
#: ... and after which it gets the cookie anew.
RENEW = 30 * DAY
#: Bytes of a visitor's id.
ID_SIZE = 18


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who reads and speaks."""

    id: str
    #: Whether a browser's cookie says so.
    by_cookie: bool


def mark_of(visitor: str) -> str:
    """Return what a page may know a visitor's id by: it tells whether two are the same, and nothing else."""
    return hashlib.sha256(f"mark of {visitor}".encode()).hexdigest()[:16]


@implementer(ISecurityPolicy)
class VisitorPolicy:
    """Pyramid's security policy: everybody has an identity, and resources say who may do what."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._acl = ACLHelper()
        self._cookie = SignedCookieProfile(
            secret, "visitor", COOKIE, max_age=MAX_AGE, httponly=True, samesite="Lax", serializer=JSONSerializer()
        )
        # By its name, which WebOb's own function makes it look up each time: that takes longer than the digest.
        self._cookie.serializer.digestmod = self._cookie.hashalg

    def identity(self, request: Request) -> Visitor:
        visitor = getattr(request, "_visitor", None)
        if visitor is None:
            visitor = request._visitor = self._found(request)
        return visitor

    def authenticated_userid(self, request: Request) -> str:
        return self.identity(request).id

    def permits(self, request: Request, context: Any, permission: str) -> Any:
        return self._acl.permits(context, [Everyone, Authenticated, self.identity(request).id], permission)

    def remember(self, request: Request, userid: str, **_options: Any) -> list[tuple[str, str]]:
        cookie = self._cookie.bind(request)
        return cookie.get_headers({"id": userid, "at": int(time.time())}, secure=request.scheme == "https")

    def forget(self, request: Request, **_options: Any) -> list[tuple[str, str]]:
        return self._cookie.bind(request).get_headers(None)

    def introduce(self, request: Request) -> Visitor:
        """Return the visitor, who gets a cookie with the response if there is none, or an old one."""
        visitor, values = self.identity(request), self._values(request)
        if not visitor.by_cookie:
            visitor = request._visitor = Visitor(secrets.token_urlsafe(ID_SIZE), True)
        if values is None or time.time() - values["at"] > RENEW:
            self._remember(request, visitor)
        return visitor

    def _remember(self, request: Request, visitor: Visitor) -> None:
        def add_cookie(request: Request, response: Response) -> None:
            response.headerlist.extend(self.remember(request, visitor.id))

        request.add_response_callback(add_cookie)

    def _found(self, request: Request) -> Visitor:
        values = self._values(request)
        if values is not None:
            return Visitor(values["id"], True)
        digest = hmac.new(self._secret, f"address {request.network}".encode(), hashlib.sha256)
        return Visitor(address_id(digest.hexdigest()[:24]), False)

    def _values(self, request: Request) -> dict[str, Any] | None:
        if COOKIE not in request.cookies:
            return None
        values = self._cookie.bind(request).get_value()
        good = isinstance(values, dict) and isinstance(values.get("id"), str) and isinstance(values.get("at"), int)
        return values if good else None


def chosen_view(request: Request) -> str | None:
    """Return the translator that the reader chose earlier, or None."""
    typed = request.cookies.get(VIEW_COOKIE)
    return None if typed is None else unquote(typed)


def recent_views(request: Request) -> list[str]:
    """Return the languages that the reader chose lately, the last first, as views; the browser may say anything."""
    typed = unquote(request.cookies.get(RECENT_COOKIE, "")[:MAX_RECENT_LENGTH])
    return [view for view in typed.split(".") if view][:MAX_RECENT]


def chosen_language(request: Request) -> str:
    """Return what the visitor writes in, as they said: a BCP 47 tag, or ""."""
    return checked_tag(request.cookies.get(LANGUAGE_COOKIE, "")) or ""


def remember_view(response: Response, view: str) -> None:
    """Have the reader's browser remember its choice of a translator."""
    _remember(response, VIEW_COOKIE, quote(view, safe=""))


def remember_recent(response: Response, request: Request, view: str) -> None:
    """Have the reader's browser remember the language `view`, and those chosen before."""
    views = [view, *(each for each in recent_views(request) if each != view)]
    _remember(response, RECENT_COOKIE, quote(".".join(views[:MAX_RECENT]), safe=""))


def remember_language(response: Response, language: str) -> None:
    """Have the visitor's browser remember what they write in."""
    _remember(response, LANGUAGE_COOKIE, language)


def _remember(response: Response, cookie: str, value: str) -> None:
    # The page's own scripts set it, too.
    response.set_cookie(cookie, value, max_age=MAX_AGE, samesite="Lax")


def introduce(request: Request) -> str:
    """Return the id of the visitor, who gets a cookie if there is none."""
    policy: VisitorPolicy = request.registry.getUtility(ISecurityPolicy)
    return policy.introduce(request).id
