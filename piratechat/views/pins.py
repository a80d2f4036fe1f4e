"""The page with the pinned messages of a room; api.py has them for programs."""

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from piratechat.model.room import READ, Room
from piratechat.views.message_list import shown
from piratechat.views.room_page import reading_of, room_url, view_of, wanted_view


@view_config(
    context=Room,
    name="pinned",
    request_method=("GET", "HEAD"),
    permission=READ,
    accept="text/html",
    renderer="piratechat:templates/pinned.pt",
)
def pinned_page(room: Room, request: Request) -> dict[str, Any]:
    """Show the pinned messages in translation, in the order of pinning."""
    visitor, view = request.identity.id, view_of(request, room)
    return {
        "title": room.title,
        "room_url": room_url(request, room),
        "busy": view != wanted_view(request, room),
        "view_lang": getattr(request.services.translators.of(room).get(view), "target", None),
        "owner": room.is_owned_by(visitor),
        "messages": shown(
            room.pinned_messages(),
            reading_of(request, room, view),
            removed_text=lambda _message: None,
            by_owner=lambda _name: False,
            own=room.names.used_by(visitor),
        ),
    }
