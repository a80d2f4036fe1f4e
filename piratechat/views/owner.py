"""Actions of a room's owner without JavaScript, and requests of the owner's panel."""

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import CommandRejected
from piratechat.model.commands import Change, Command, Mute, Unmute, checked_changes
from piratechat.model.room import OWN, Room
from piratechat.model.text import checked_name
from piratechat.views.formats import as_json
from piratechat.views.owner_panel import SAVED, SETTINGS, entries_of, visitors_of
from piratechat.views.room_page import room_url
from piratechat.views.room_response import room_page_with_error


@view_config(context=Room, name=SETTINGS, request_method="POST", permission=OWN)
def change(room: Room, request: Request) -> Response:
    """Change title, default translator, read-only and slow mode, and whether third parties may translate."""

    def command() -> Command:
        changes = checked_changes(_settings(room, request), request.services.translators.choices())
        return Change(room.__name__, request.identity.id, changes)

    return _performed(room, request, command)


def _settings(room: Room, request: Request) -> dict[str, Any]:
    form, translators = request.POST, request.services.translators
    slow = _text(form.get("slow"))
    values: dict[str, Any] = {
        "title": form.get("title", ""),
        "translator": form.get("translator"),
        "read_only": "read_only" in form,
        "slow": int(slow) if slow.isascii() and slow.isdigit() and len(slow) < 9 else -1,
    }
    if "topic" in form:
        values["topic"] = form["topic"]
    if values["translator"] == translators.choose(room):
        del values["translator"]  # the form contains one even if the owner has not chosen any
    if translators.recipients():
        values["third_party_translation"] = "third_party_translation" in form
    return values


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""  # a file is not


@view_config(context=Room, name="mute", request_method="POST", permission=OWN)
def mute(room: Room, request: Request) -> Response:
    """Mute the visitor with a name."""
    return _performed(room, request, lambda: Mute(room.__name__, request.identity.id, _name(request)))


@view_config(context=Room, name="unmute", request_method="POST", permission=OWN)
def unmute(room: Room, request: Request) -> Response:
    """Unmute the visitor with a name."""
    return _performed(room, request, lambda: Unmute(room.__name__, request.identity.id, _name(request)))


def _name(request: Request) -> str:
    """Return the name in the form.  Raises CommandRejected."""
    return checked_name(request.POST.get("name"))


def _performed(room: Room, request: Request, command: Callable[[], Command]) -> Response:
    """Perform the command that `command` creates, and show the panel again, with an error if it is rejected."""
    try:
        request.services.limits.change(request.identity.id)
        request.services.committer.perform(command())
    except CommandRejected as rejected:
        return room_page_with_error(request, room, rejected, panel=True)
    return HTTPSeeOther(room_url(request, room, query=SAVED, anchor="owner"))


@view_config(context=Room, name="log", request_method=("GET", "HEAD"), permission=OWN)
def moderation_log(room: Room, request: Request) -> Response:
    """Return the moderation log, and the visitors of the room."""
    return as_json({"moderation_log": entries_of(request, room), **visitors_of(room)})
