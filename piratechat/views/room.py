"""A room: reading it, and saying something without JavaScript."""

import hashlib
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.http.security import remember_language, remember_view
from piratechat.model.commands import Say
from piratechat.model.events import Message
from piratechat.model.room import READ, MessageResource, Messages, Room
from piratechat.model.text import checked_lang, checked_message, checked_name, checked_nonce
from piratechat.views.errors import rejected as refused_page
from piratechat.views.home import introduced
from piratechat.views.owner_panel import panel_values
from piratechat.views.params import STATUS, number, wants_json
from piratechat.views.room_page import RoomPage, room_url, view_of

TEMPLATE = "piratechat:templates/room.pt"


def page(
    request: Request, room: Room, messages: list[Message], *, panel_error: CommandRejected | None = None, **more: Any
) -> Response:
    """Return the page of `room` with `messages`."""
    introduced(request)
    values = RoomPage(request, room).values(messages, **more)
    values["panel"] = panel_values(request, room, panel_error) if values["you"]["owner"] else None
    response = render_to_response(TEMPLATE, values, request)
    wanted = request.GET.get("as")
    if wanted is not None and wanted == values["view"]:
        remember_view(response, wanted)
    return response


def refusal(request: Request, room: Room, rejected: CommandRejected, draft: str, draft_name: str = "") -> Response:
    """Return the page of `room` that says why something was refused, and keeps what was typed; or JSON."""
    return refusing(request, room, rejected, error=rejected, draft=draft, draft_name=draft_name)


def refusing(request: Request, room: Room, rejected: CommandRejected, **more: Any) -> Response:
    """Return the page of `room` as the answer to what was refused; JSON to those who would rather have that."""
    if wants_json(request):
        return refused_page(rejected, request)
    latest = room.latest(request.services.settings.page_length)
    response = page(request, room, latest, **more)
    response.status_int = STATUS[rejected.code]
    response.retry_after = retry_after_header(rejected.retry_after)
    return response


@view_config(context=Room, request_method=("GET", "HEAD"), permission=READ)
def room_page(room: Room, request: Request) -> Response:
    """Show the end of the log, or what is around `before` or `after`."""
    length = request.services.settings.page_length
    after = number(request, "after", 0)
    if after is not None:
        return page(request, room, room.messages(after, length))
    return page(request, room, room.latest(length, number(request, "before", 1)))


@view_config(context=MessageResource, request_method=("GET", "HEAD"), permission=READ, accept="text/html")
def message_page(message: MessageResource, request: Request) -> Response:
    """Show the log around one message."""
    room, length = message.room, request.services.settings.page_length
    before = room.latest(length // 2, message.seq)
    return page(request, room, [*before, *room.messages(message.seq - 1, length - len(before))], highlight=message.seq)


def nonce_of(once: str, text: str) -> str:
    """Return the nonce of a `text` that was sent from a page which is marked `once`, "" for a page without a mark.

    Who presses the button twice says it once; another text from the same page, to which browsers go back, is another.
    """
    return hashlib.sha256(f"{once} {text}".encode()).hexdigest()[:32] if once else ""


@view_config(context=Messages, request_method="POST", permission=READ)
def say(messages: Messages, request: Request) -> Response:
    """Say what the form holds, and show the room again."""
    room = messages.__parent__
    visitor = introduced(request)
    form = request.POST
    draft = form.get("text", "")
    try:
        name = checked_name(form["name"]) if "name" in form else None
        text = checked_message(draft, request.services.settings.message_length)
        nonce = checked_nonce(form.get("nonce")) or nonce_of(form.get("once", ""), text)
        lang = checked_lang(form.get("lang"))
        if name is not None and name != room.names.of(visitor):
            request.services.limits.names.take(request.network)
        request.services.limits.say(visitor, request.network, len(text))
        done = request.services.committer.perform(Say(room.__name__, visitor, text, nonce, name, lang))
    except CommandRejected as rejected:
        typed = (value if isinstance(value, str) else "" for value in (draft, form.get("name", "")))
        return refusal(request, room, rejected, *typed)
    said = done.repeated or next(event for event in done.events if isinstance(event, Message))
    url = room_url(request, room, query={"as": view_of(request, room)}, anchor=f"m{said.seq}")
    response = HTTPSeeOther(url)
    if "lang" in form:
        remember_language(response, lang)
    return response
