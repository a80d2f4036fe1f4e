"""The way in."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.interfaces import ISecurityPolicy
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.http.security import VisitorPolicy
from piratechat.model.chat import Chat, Rooms
from piratechat.model.room import Room
from piratechat.model.text import slug
from piratechat.views.errors import rejected as refused_page
from piratechat.views.params import STATUS, wants_json
from piratechat.views.room_page import room_url
from piratechat.views.typed import text_of

TEMPLATE = "piratechat:templates/home.pt"


def introduced(request: Request) -> str:
    """Return the id of the visitor, who gets a cookie if there is none."""
    policy: VisitorPolicy = request.registry.getUtility(ISecurityPolicy)
    return policy.introduce(request).id


def _values(name: str = "", error: str | None = None, taken: dict[str, str] | None = None) -> dict[str, Any]:
    return {"name": name, "error": error, "taken": taken}


@view_config(context=Chat, request_method=("GET", "HEAD"), renderer=TEMPLATE)
def home(_chat: Chat, request: Request) -> dict[str, Any]:
    """Ask for a name."""
    return _values(request.params.get("name", ""))


@view_config(context=Chat, request_method="POST")
def open_room(chat: Chat, request: Request) -> Response:
    """Make the visitor the owner of a room, and send them there."""
    name = text_of(request, "name")
    visitor = introduced(request)
    try:
        if slug(name) not in chat.rooms:
            request.services.limits.rooms.take(request.network)
        room = chat.rooms.open(name, visitor, request.services.settings.third_party_translation)
    except CommandRejected as rejected:
        if wants_json(request):
            return refused_page(rejected, request)
        taken = chat.rooms.alike(slug(name)) if rejected.code == "name-taken" else None
        return asked_again(request, name, rejected, taken)
    return HTTPSeeOther(room_url(request, room))


def asked_again(request: Request, name: str, rejected: CommandRejected, taken: Room | None = None) -> Response:
    """Return the page that asks for a name and says why `name` was refused; `taken`: the room that has it."""
    link = {"url": room_url(request, taken), "name": taken.title} if taken is not None else None
    response = render_to_response(TEMPLATE, _values(name, request.localized(rejected.message), link), request)
    response.status_int = STATUS[rejected.code]
    response.retry_after = retry_after_header(rejected.retry_after)
    return response


@view_config(context=Rooms, request_method=("GET", "HEAD"))
def rooms(_rooms: Rooms, request: Request) -> HTTPSeeOther:
    """There is no list of rooms: a room is known to those who have its link."""
    return HTTPSeeOther("/")
