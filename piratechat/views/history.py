"""The versions of a message, for its author and the owner of its room: as JSON, and as a page."""

from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.model.edits import Version
from piratechat.model.room import TAKE_BACK, MessageResource
from piratechat.serialization import iso
from piratechat.texts import Text, text
from piratechat.views.errors import problem
from piratechat.views.formats import as_json
from piratechat.views.message_list import about_removed
from piratechat.views.room_page import room_url

TEMPLATE = "piratechat:templates/history.pt"


@view_config(
    context=MessageResource,
    name="history",
    request_method=("GET", "HEAD"),
    permission=TAKE_BACK,
    accept="application/json",
)
def history_json(message: MessageResource, request: Request) -> Response:
    """Return the versions of a message, oldest first."""
    found = message.room.history(message.seq)
    if not found:
        return as_json({"error": _erased(message)}, 404)
    versions = [{"at": iso(version.at), "text": version.text} for version in found]
    return as_json({"seq": message.seq, "history": versions})


@view_config(
    context=MessageResource, name="history", request_method=("GET", "HEAD"), permission=TAKE_BACK, accept="text/html"
)
def history_page(message: MessageResource, request: Request) -> Response:
    """Show the versions of a message, oldest first."""
    room, seq = message.room, message.seq
    versions = room.history(seq)
    if not versions:
        return problem(request, 404, text("error_page.nothing"), _erased(message))
    said = room.message(seq)
    assert said is not None
    visitor = request.identity.id
    own, owner = room.is_author(visitor, seq), room.is_owned_by(visitor)
    values: dict[str, Any] = {
        "title": room.title,
        "message_url": room_url(request, room, "messages", str(seq)),
        "author": said.author,
        "removed": about_removed(said, own, owner) if said.removed else None,
        "versions": [_shown(version) for version in versions],
    }
    return render_to_response(TEMPLATE, values, request)


def _erased(message: MessageResource) -> Text:
    return text("error.message_erased", seq=message.seq)


def _shown(version: Version) -> dict[str, Any]:
    at = iso(version.at)
    return {"at": at, "date": at[:10], "time": at[11:16], "lang": version.lang or None, "text": version.text}
