"""The page of a room as a response, with an error if there is one."""

from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.http.frame import is_framed
from piratechat.http.security import introduce, remember_recent, remember_view
from piratechat.model.events import Message
from piratechat.model.room import Room
from piratechat.translators.views import resolved
from piratechat.views.errors import rejected_page
from piratechat.views.formats import wants_json
from piratechat.views.link_preview import room_preview
from piratechat.views.owner_panel import panel_values
from piratechat.views.params import STATUS
from piratechat.views.room_page import RoomPage

TEMPLATE = "piratechat:templates/room.pt"


def room_response(
    request: Request, room: Room, messages: list[Message], *, panel_error: CommandRejected | None = None, **more: Any
) -> Response:
    """Return the page of `room` with `messages`."""
    introduce(request)
    values = RoomPage(request, room).values(messages, **more)
    framed = is_framed(request)
    values["preview"] = None if framed else room_preview(request, room)
    values["panel"] = panel_values(request, room, panel_error) if values["you"]["owner"] else None
    response = render_to_response(TEMPLATE, values, request)
    wanted = request.GET.get("as")
    if wanted is not None and not framed and resolved(request.services.translators.of(room), wanted) == values["view"]:
        remember_view(response, values["view"])
        if ":" in values["view"]:
            remember_recent(response, request, values["view"])
    return response


def room_page_with_error(
    request: Request, room: Room, error: CommandRejected, *, draft: str = "", draft_name: str = "", panel: bool = False
) -> Response:
    """Return the page of `room` with the reason for a rejection: in the owner's panel if `panel`.

    The page keeps the submitted `draft` and `draft_name`.  Clients that prefer JSON get JSON.
    """
    if wants_json(request):
        return rejected_page(error, request)
    latest = room.latest(request.services.settings.page_length)
    if panel:
        response = room_response(request, room, latest, panel_error=error)
    else:
        response = room_response(request, room, latest, error=error, draft=draft, draft_name=draft_name)
    response.status_int = STATUS[error.code]
    response.retry_after = retry_after_header(error.retry_after)
    return response
