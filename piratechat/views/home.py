"""The home page."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import CommandRejected
from piratechat.http.security import introduce
from piratechat.model.chat import Chat, Rooms
from piratechat.model.text import slug
from piratechat.storage.transaction_notes import note_doer
from piratechat.views.errors import rejected_page
from piratechat.views.formats import wants_json
from piratechat.views.home_response import TEMPLATE, home_page_with_error, home_values
from piratechat.views.room_page import home_path, room_url
from piratechat.views.typed import text_of


@view_config(context=Chat, request_method=("GET", "HEAD"), renderer=TEMPLATE)
def home(_chat: Chat, request: Request) -> dict[str, Any]:
    """Show the form for a name."""
    return home_values(request, request.params.get("name", ""))


@view_config(context=Chat, request_method="POST")
def open_room(chat: Chat, request: Request) -> Response:
    """Create a room for the visitor, and redirect to it."""
    name = text_of(request, "name")
    visitor = introduce(request)
    try:
        request.services.must_not_be_reserved(name)
        if slug(name) not in chat.rooms:
            request.services.limits.rooms.take(request.network)
        room = chat.rooms.open(name, visitor, request.services.settings.third_party_translation)
    except CommandRejected as rejected:
        if wants_json(request):
            return rejected_page(rejected, request)
        taken = chat.rooms.alike(slug(name)) if rejected.code == "name-taken" else None
        return home_page_with_error(request, name, rejected, taken)
    note_doer(request.tm.get(), room.__name__, room.names.participant(visitor))
    return HTTPSeeOther(room_url(request, room))


@view_config(context=Rooms, request_method=("GET", "HEAD"))
def rooms(_rooms: Rooms, request: Request) -> HTTPSeeOther:
    """Redirect to the home page: there is no list of rooms, which are known by their links."""
    return HTTPSeeOther(home_path(request))
