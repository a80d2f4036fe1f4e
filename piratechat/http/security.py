"""Identification of visitors: browsers by a signed cookie, other programs by their address.

Nobody signs in.  A browser is identified by a random id in its cookie; the names that it takes in rooms, and the rooms
that it creates, belong to that id.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from pyramid.authorization import ACLDenied, ACLHelper, Authenticated, Everyone
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from webob.cookies import JSONSerializer, SignedCookieProfile
from zope.interface import implementer

from piratechat.http.frame import is_framed, site_path, takes_secure_cookies
from piratechat.model.room import OWN, OWNERS
from piratechat.model.text import checked_tag
from piratechat.model.visitors import address_id

COOKIE = "piratechat"
#: The cookie in frames, where the other one is ignored.
FRAME_COOKIE = "piratechat-frame"
#: The cookie of a member of another site, which takes precedence.
MEMBER_COOKIE = "piratechat-member"
VIEW_COOKIE = "piratechat-as"
LANGUAGE_COOKIE = "piratechat-lang"
#: The reader's recent languages: views separated by dots.
RECENT_COOKIE = "piratechat-recent"
#: The number of recent languages, and the maximum length of the cookie.
MAX_RECENT, MAX_RECENT_LENGTH = 4, 300

DAY = 24 * 3600
#: Lifetime of the id cookie in seconds, ...
MAX_AGE = 400 * DAY
#: ... and the age after which it is renewed.
RENEW = 30 * DAY
#: Number of addresses whose visitors are cached: after a restart, thousands of windows reconnect from a few.
RECENT_ADDRESSES = 1_024
#: Size of a visitor's id in bytes.
ID_SIZE = 18


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor who reads and posts."""

    id: str
    #: Whether a browser's cookie identifies the visitor.
    by_cookie: bool
    #: Whether they have the permissions of an owner in every room.
    owns_rooms: bool = False
    #: The number of a member's session, and when it ends, in seconds since 1970; None for other visitors.
    session: int | None = None
    until: int | None = None


def mark_of(visitor: str) -> str:
    """Return a public form of a visitor's id, which only allows to compare two of them."""
    return hashlib.sha256(f"mark of {visitor}".encode()).hexdigest()[:16]


def _signed_cookie(secret: str, salt: str, name: str) -> SignedCookieProfile:
    cookie = SignedCookieProfile(
        secret, salt, name, max_age=MAX_AGE, httponly=True, samesite="Lax", serializer=JSONSerializer()
    )
    # Resolves the digest once: WebOb's own function looks it up by name each time, which takes longer than the
    # digest.
    cookie.serializer.digestmod = cookie.hashalg
    return cookie


@implementer(ISecurityPolicy)
class VisitorPolicy:
    """Pyramid's security policy: everybody has an identity, and resources define the permissions."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._mac = hmac.new(self._secret, digestmod=hashlib.sha256)  # a copy of it is made faster than a new one
        self._at_address = lru_cache(RECENT_ADDRESSES)(self._visitor_at)
        self._acl = ACLHelper()
        self._cookie = _signed_cookie(secret, "visitor", COOKIE)
        self._frame_cookie = _signed_cookie(secret, "framed visitor", FRAME_COOKIE)
        self._member_cookie = _signed_cookie(secret, "member", MEMBER_COOKIE)

    def identity(self, request: Request) -> Visitor:
        visitor = getattr(request, "_visitor", None)
        if visitor is None:
            visitor = request._visitor = self._found(request)
        return visitor

    def authenticated_userid(self, request: Request) -> str:
        return self.identity(request).id

    def permits(self, request: Request, context: Any, permission: str) -> Any:
        if permission == OWN and is_framed(request):
            return ACLDenied("<no owner>", None, permission, [], context)  # its buttons could be clicked unseen
        visitor = self.identity(request)
        groups = [OWNERS] if visitor.owns_rooms else []
        return self._acl.permits(context, [Everyone, Authenticated, visitor.id, *groups], permission)

    def remember(self, request: Request, userid: str, **_options: Any) -> list[tuple[str, str]]:
        return self._headers(request, {"id": userid, "at": int(time.time())})

    def forget(self, request: Request, **_options: Any) -> list[tuple[str, str]]:
        return self._headers(request, None)

    def form_token(self, request: Request) -> str:
        """Return the CSRF token of forms in a frame.

        It is derived from the visitor's id, because a cookie for it would have the same restrictions in frames as the
        visitor's own cookie.
        """
        return hmac.new(self._secret, f"form of {self.identity(request).id}".encode(), hashlib.sha256).hexdigest()

    def _headers(self, request: Request, values: dict[str, Any] | None) -> list[tuple[str, str]]:
        """Return the headers that set the cookie to `values`.

        Over plain HTTP, browsers drop `SameSite=None` cookies, except of servers on their own machine.  There a frame's
        cookie works only if the embedding page is of the same site.
        """
        cookie = self._bound(request)
        if not is_framed(request):
            return list(cookie.get_headers(values, secure=request.scheme == "https"))
        path = site_path(request) or "/"
        if not takes_secure_cookies(request):
            return list(cookie.get_headers(values, path=path))
        headers = cookie.get_headers(values, path=path, secure=True, samesite="None")
        return [(name, f"{value}; Partitioned") for name, value in headers]

    def _counting(self, request: Request) -> SignedCookieProfile:
        """Return the cookie that counts for `request`: in a frame another one than elsewhere."""
        return self._frame_cookie if is_framed(request) else self._cookie

    def _bound(self, request: Request) -> SignedCookieProfile:
        """Return the cookie that counts for `request`, ready to be read from it."""
        return self._counting(request).bind(request)

    def introduce(self, request: Request) -> Visitor:
        """Return the visitor; the response sets a cookie if there is none, or renews an old one."""
        visitor, values = self.identity(request), self._values(request)
        if visitor.session is not None:
            return visitor  # by a cookie of its own, which ends with the session
        if not visitor.by_cookie:
            visitor = request._visitor = Visitor(secrets.token_urlsafe(ID_SIZE), True)
        if values is None or time.time() - values["at"] > RENEW:
            self._remember(request, visitor)
        return visitor

    def _remember(self, request: Request, visitor: Visitor) -> None:
        def add_cookie(request: Request, response: Response) -> None:
            response.headerlist.extend(self.remember(request, visitor.id))

        request.add_response_callback(add_cookie)

    def remember_member(self, request: Request, visitor: str, session: int, max_age: float) -> list[tuple[str, str]]:
        """Return the headers of a cookie that identifies a member for `max_age` seconds."""
        cookie = self._member_cookie.bind(request)
        values = {"id": visitor, "session": session, "until": int(time.time() + max_age)}
        return cookie.get_headers(values, secure=request.scheme == "https", max_age=int(max_age))

    def forget_member(self, request: Request) -> list[tuple[str, str]]:
        """Return the headers that delete a member's cookie."""
        return self._member_cookie.bind(request).get_headers(None)

    def _member(self, request: Request) -> Visitor | None:
        """Return the member whose cookie the browser has, if their session has not ended."""
        if MEMBER_COOKIE not in request.cookies:
            return None
        values = self._member_cookie.bind(request).get_value()
        if not isinstance(values, dict) or not values.get("until", 0) > time.time():
            return None
        with request.services.database.reading() as chat:
            member = None if chat.members is None else chat.members.get(values["id"])
        if member is None or member.session != values["session"]:
            return None
        return Visitor(values["id"], True, member.owns_rooms, member.session, values["until"])

    def _found(self, request: Request) -> Visitor:
        if "HTTP_COOKIE" in request.environ:
            member = self._member(request)
            if member is not None:
                return member
            values = self._values(request)
            if values is not None:
                return Visitor(values["id"], True)
        return self._at_address(request.network)

    def _visitor_at(self, network: str) -> Visitor:
        mac = self._mac.copy()
        mac.update(f"address {network}".encode())
        return Visitor(address_id(mac.hexdigest()[:24]), False)

    def _values(self, request: Request) -> dict[str, Any] | None:
        if self._counting(request).cookie_name not in request.cookies:
            return None
        values = self._bound(request).get_value()
        good = isinstance(values, dict) and isinstance(values.get("id"), str) and isinstance(values.get("at"), int)
        return values if good else None


def chosen_view(request: Request) -> str | None:
    """Return the translator that the reader has chosen, or None; in a frame only the URL tells."""
    if "HTTP_COOKIE" not in request.environ or is_framed(request):
        return None  # there is nothing to parse
    typed = request.cookies.get(VIEW_COOKIE)
    return None if typed is None else unquote(typed)


def recent_views(request: Request) -> list[str]:
    """Return the reader's recent languages as views, latest first; the cookie may have any content."""
    typed = "" if is_framed(request) else unquote(request.cookies.get(RECENT_COOKIE, "")[:MAX_RECENT_LENGTH])
    return [view for view in typed.split(".") if view][:MAX_RECENT]


def chosen_language(request: Request) -> str:
    """Return the language that the visitor has declared: a BCP 47 tag, or ""."""
    return "" if is_framed(request) else checked_tag(request.cookies.get(LANGUAGE_COOKIE, "")) or ""


def remember_view(response: Response, view: str) -> None:
    """Store the reader's choice of a translator in a cookie."""
    _remember(response, VIEW_COOKIE, quote(view, safe=""))


def remember_recent(response: Response, request: Request, view: str) -> None:
    """Add the language `view` to the recent languages in the cookie."""
    views = [view, *(each for each in recent_views(request) if each != view)]
    _remember(response, RECENT_COOKIE, quote(".".join(views[:MAX_RECENT]), safe=""))


def remember_language(response: Response, language: str) -> None:
    """Store the visitor's declared language in a cookie."""
    _remember(response, LANGUAGE_COOKIE, language)


def _remember(response: Response, cookie: str, value: str) -> None:
    # The page's own scripts set it, too.
    response.set_cookie(cookie, value, max_age=MAX_AGE, samesite="Lax")


def introduce(request: Request) -> str:
    """Return the visitor's id; the response sets a cookie if there is none."""
    policy: VisitorPolicy = request.registry.getUtility(ISecurityPolicy)
    return policy.introduce(request).id
