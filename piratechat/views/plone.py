"""Single sign-on for members of a Plone site.

1. A link or a frame of the site leads to `/plone/enter?next=PATH`.  The chat sets a cookie that identifies the browser,
   and redirects the browser to the site's view `@@chat-ticket`, with a digest of that cookie.
2. The view redirects it back with a ticket, which states who is logged in, and for which browser it is valid.
3. The chat sets the cookie of the member's session, and redirects the browser to PATH.

The digest prevents login CSRF: a ticket is valid only in the browser that requested it.
"""

import hmac
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import gevent
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.http.security import VisitorPolicy
from piratechat.model.chat import Chat
from piratechat.model.members import Member, Members
from piratechat.model.visitors import member_id
from piratechat.plone.places import PLONE
from piratechat.plone.tickets import Ticket, TicketExpired, TicketInvalid, read_ticket, state_of
from piratechat.rate_limits import raise_if_limited
from piratechat.settings import Settings
from piratechat.texts import text
from piratechat.views.theme import LOCAL_PATH
from piratechat.views.typed import text_of

#: The cookie that identifies a browser on its way to Plone and back, and the number of random bytes in it.
BROWSER_COOKIE, BROWSER_SIZE = "piratechat-browser", 18


@view_config(route_name="plone_enter", request_method="GET")
def enter(chat: Chat, request: Request) -> Response:
    """Log a member in who has a ticket; redirect others to Plone, to get one."""
    settings = _settings(request)
    following = _following(request)
    signed = request.params.get("ticket")
    browser = request.cookies.get(BROWSER_COOKIE, "")
    if signed is None:
        return _to_plone(request, settings, browser or secrets.token_urlsafe(BROWSER_SIZE), following)
    if not browser:
        return _see(following)  # the browser rejects cookies, so a member cannot be logged in
    ticket = _ticket(request, signed, settings, "enter")
    if not hmac.compare_digest(ticket.state, state_of(browser)):
        raise HTTPForbidden(text("error.ticket_invalid"))
    response, policy = _see(following), request.registry.getUtility(ISecurityPolicy)
    if ticket.user:
        _let_in(chat, request, settings, ticket, response, policy)
    else:
        response.headerlist.extend(policy.forget_member(request))
    return response


# Plone's server sends these requests.  They are authenticated by a signed ticket, and have no cookies.
@view_config(route_name="plone_leave", request_method="POST", require_csrf=False, renderer="json")
def leave(chat: Chat, request: Request) -> dict[str, Any]:
    """End the sessions of a member who has logged out of Plone."""
    ticket = _ticket(request, text_of(request, "ticket"), _settings(request), "leave")
    members = _members(chat)
    members.use_ticket(ticket.once, ticket.forgotten_at, int(time.time()))
    visitor = member_id(ticket.user)
    left = members.leave(visitor)
    request.tm.get().addAfterCommitHook(_close_windows, args=(request.services.rooms, visitor))
    return {"left": left}


@view_config(route_name="plone_rooms", request_method="POST", require_csrf=False, renderer="json")
def open_room(chat: Chat, request: Request) -> dict[str, Any]:
    """Create a room for an editor of the site, unless it exists already."""
    settings = _settings(request)
    ticket = _ticket(request, text_of(request, "ticket"), settings, "room")
    if not ticket.user:
        raise HTTPForbidden(text("error.ticket_invalid"))
    members = _members(chat)
    members.use_ticket(ticket.once, ticket.forgotten_at, int(time.time()))
    visitor, member = _admitted(members, request, settings, ticket)
    room = chat.rooms.open_for_member(ticket.title, visitor, request.services.settings.third_party_translation)
    if room.owner == visitor:
        room.claim(member.name, visitor)
    return {"room": room.__name__}


def _settings(request: Request) -> Settings:
    settings: Settings = request.services.settings
    if not settings.plone_url:
        raise HTTPNotFound(text("error.no_plone"))
    return settings


def _following(request: Request) -> str:
    """Return the path in this chat to redirect to: the requested one if it is valid, else the home page."""
    asked = request.params.get("next", "/")
    fits = LOCAL_PATH.fullmatch(asked) and not asked.startswith(PLONE)
    return request.script_name + (asked if fits else "/")


def _see(url: str) -> HTTPSeeOther:
    return HTTPSeeOther(url, cache_control="no-store")


def _to_plone(request: Request, settings: Settings, browser: str, following: str) -> HTTPSeeOther:
    query = {"state": state_of(browser), "next": following.removeprefix(request.script_name)}
    if request.params.get("login") == "yes":
        query["login"] = "yes"
    response = _see(f"{settings.plone_url.rstrip('/')}/@@chat-ticket?{urlencode(query)}")
    path = request.script_name or "/"
    response.set_cookie(
        BROWSER_COOKIE, browser, path=path, httponly=True, samesite="Lax", secure=request.scheme == "https"
    )
    return response


def _ticket(request: Request, signed: str, settings: Settings, purpose: str) -> Ticket:
    """Return the ticket in `signed`.  Raises HTTPForbidden, or CommandRejected after too many invalid tickets."""
    failures = request.services.limits.failures
    raise_if_limited(failures.wait(request.network))
    try:
        return read_ticket(signed, settings.plone_secret, purpose, time.time())
    except TicketInvalid:
        failures.spend(request.network)
        raise HTTPForbidden(text("error.ticket_invalid")) from None
    except TicketExpired:
        raise HTTPForbidden(text("error.ticket_expired")) from None


def _let_in(
    chat: Chat, request: Request, settings: Settings, ticket: Ticket, response: Response, policy: VisitorPolicy
) -> None:
    members = _members(chat)
    members.use_ticket(ticket.once, ticket.forgotten_at, int(time.time()))
    visitor, member = _admitted(members, request, settings, ticket)
    response.headerlist.extend(policy.remember_member(request, visitor, member.session, settings.plone_session))


def _admitted(members: Members, request: Request, settings: Settings, ticket: Ticket) -> tuple[str, Member]:
    owns_rooms = not ticket.roles.isdisjoint(settings.plone_owners)
    return members.admit(ticket.user, ticket.name, owns_rooms, request.services.reserved_names)


def _members(chat: Chat) -> Members:
    """Return the members of `chat`; creates the container for the first one."""
    if chat.members is None:
        chat.members = Members()
    members: Members = chat.members
    return members


def _close_windows(committed: bool, rooms: Any, visitor: str) -> None:
    if committed:
        gevent.spawn(rooms.log_out, visitor)  # it may take a while, and Plone's server waits for the response
