"""What the owner of a room does without JavaScript."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import Refused
from piratechat.model.commands import Change, Command, Forgive, Remove, Restore, Silence, checked_changes
from piratechat.model.room import OWN, MessageResource, Room
from piratechat.model.text import checked_name
from piratechat.views.pages import room_url
from piratechat.views.room import refusal


def _do(request: Request, room: Room, command: Command, anchor: str = "") -> Response:
    try:
        request.parts.committer.perform(command)
    except Refused as refused:
        return refusal(request, room, refused, "")
    return HTTPSeeOther(room_url(request, room, anchor=anchor))


@view_config(context=Room, name="settings", request_method="POST", permission=OWN)
def change(room: Room, request: Request) -> Response:
    """Change title, default translator, read-only and slow mode, and whether third parties may translate."""
    form = request.POST
    slow = form.get("slow", "")
    values: dict[str, Any] = {
        "title": form.get("title", ""),
        "translator": form.get("translator"),
        "read_only": "read_only" in form,
        "slow": int(slow) if slow.isascii() and slow.isdigit() and len(slow) < 9 else -1,
    }
    if request.parts.shelf.recipients():
        values["online"] = "online" in form
    try:
        changes = checked_changes(values, request.parts.shelf.names)
    except Refused as refused:
        return refusal(request, room, refused, "")
    return _do(request, room, Change(room.__name__, request.identity.id, changes))


@view_config(context=Room, name="silence", request_method="POST", permission=OWN)
def silence(room: Room, request: Request) -> Response:
    """Let the visitor of a name say no more."""
    return _by_name(room, request, Silence)


@view_config(context=Room, name="forgive", request_method="POST", permission=OWN)
def forgive(room: Room, request: Request) -> Response:
    """Let the visitor of a name speak again."""
    return _by_name(room, request, Forgive)


def _by_name(room: Room, request: Request, command: type[Silence | Forgive]) -> Response:
    try:
        name = checked_name(request.POST.get("name"))
    except Refused as refused:
        return refusal(request, room, refused, "")
    return _do(request, room, command(room.__name__, request.identity.id, name))


@view_config(context=MessageResource, name="remove", request_method="POST", permission=OWN)
def remove(message: MessageResource, request: Request) -> Response:
    """Hide a message."""
    room = message.room
    return _do(request, room, Remove(room.__name__, request.identity.id, message.seq), f"m{message.seq}")


@view_config(context=MessageResource, name="restore", request_method="POST", permission=OWN)
def restore(message: MessageResource, request: Request) -> Response:
    """Show a message that was hidden."""
    room = message.room
    return _do(request, room, Restore(room.__name__, request.identity.id, message.seq), f"m{message.seq}")
