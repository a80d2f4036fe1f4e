"""Reading a room, and posting without JavaScript."""

import hashlib

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import CommandRejected
from piratechat.http.frame import is_framed
from piratechat.http.security import introduce, remember_language
from piratechat.model.commands import React, Say
from piratechat.model.events import Message
from piratechat.model.reactions import checked_emoji
from piratechat.model.room import READ, MessageResource, Messages, Room
from piratechat.model.text import checked_lang, checked_message, checked_name, checked_nonce
from piratechat.texts import text as error_text
from piratechat.views.days import beginning_of_day
from piratechat.views.params import number
from piratechat.views.room_page import room_url, view_of
from piratechat.views.room_response import room_page_with_error, room_response


@view_config(context=Room, request_method=("GET", "HEAD"), permission=READ)
def room_page(room: Room, request: Request) -> Response:
    """Show the end of the log, the messages around `before` or `after`, or those since the day `on`."""
    length = request.services.settings.page_length
    after, day = number(request, "after", 0), beginning_of_day(request)
    if day is not None:
        return _since(room, request, day)
    if after is not None:
        return room_response(request, room, room.messages(after, length))
    return room_response(request, room, room.latest(length, number(request, "before", 1)))


def _since(room: Room, request: Request, day: int) -> Response:
    """Show the messages since `day` with the first one highlighted, or else the last message."""
    after = min(room.before(day), max(room.log.last - 1, 0))
    messages = room.messages(after, request.services.settings.page_length)
    return room_response(request, room, messages, highlight=messages[0].seq if messages else None)


@view_config(context=MessageResource, request_method=("GET", "HEAD"), permission=READ, accept="text/html")
def message_page(message: MessageResource, request: Request) -> Response:
    """Show the log around one message."""
    room, length = message.room, request.services.settings.page_length
    before = room.latest(length // 2, message.seq)
    return room_response(
        request, room, [*before, *room.messages(message.seq - 1, length - len(before))], highlight=message.seq
    )


#: Maximum number of digits in a message number.
SEQ_DIGITS = 18


def nonce_of(once: str, text: str) -> str:
    """Return the nonce of a `text` that was sent from a page with the mark `once`, or "" without a mark.

    Pressing the button twice sends the message once; another text from the same page has another nonce.
    """
    return hashlib.sha256(f"{once} {text}".encode()).hexdigest()[:32] if once else ""


def _answered(field: str | None) -> int | None:
    """Return the number in the form field `field`, or None if it is missing or empty.  Raises CommandRejected."""
    if not field:
        return None
    if not (field.isascii() and field.isdigit() and len(field) <= SEQ_DIGITS):
        raise CommandRejected("bad-message", error_text("error.seq_invalid"))
    return int(field)


@view_config(context=MessageResource, name="react", request_method="POST", permission=READ)
def react(message: MessageResource, request: Request) -> Response:
    """Add a reaction with the form's `emoji`, or remove it if `on` is 0 or the emoji is in `off`."""
    room, seq = message.room, message.seq
    visitor = introduce(request)
    try:
        form = request.POST
        emoji = checked_emoji(form.get("off", form.get("emoji")))
        request.services.limits.react(visitor, request.network, room.__name__)
        on = "off" not in form and form.get("on") != "0"
        request.services.committer.perform(React(room.__name__, visitor, seq, emoji, on))
    except CommandRejected as rejected:
        return room_page_with_error(request, room, rejected)
    return HTTPSeeOther(room_url(request, room, anchor=f"m{seq}"))


@view_config(context=Messages, request_method="POST", permission=READ)
def say(messages: Messages, request: Request) -> Response:
    """Post the message in the form, and show the room again."""
    room = messages.__parent__
    visitor = introduce(request)
    form = request.POST
    draft = form.get("text", "")
    try:
        name = checked_name(form["name"]) if "name" in form else None
        text = checked_message(draft, request.services.settings.message_length)
        nonce = checked_nonce(form.get("nonce")) or nonce_of(form.get("once", ""), text)
        lang, reply_to = checked_lang(form.get("lang")), _answered(form.get("reply_to"))
        if name is not None and name != room.name_of(visitor):
            request.services.must_not_be_reserved(name)
            request.services.limits.names.take(request.network)
        request.services.limits.say(visitor, request.network, len(text))
        done = request.services.committer.perform(Say(room.__name__, visitor, text, nonce, name, lang, reply_to))
    except CommandRejected as rejected:
        draft, draft_name = (value if isinstance(value, str) else "" for value in (draft, form.get("name", "")))
        return room_page_with_error(request, room, rejected, draft=draft, draft_name=draft_name)
    said = done.repeated or next(event for event in done.events if isinstance(event, Message))
    url = room_url(request, room, query={"as": view_of(request, room)}, anchor=f"m{said.seq}")
    response = HTTPSeeOther(url)
    if "lang" in form and not is_framed(request):
        remember_language(response, lang)
    return response
