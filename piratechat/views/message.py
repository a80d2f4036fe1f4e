"""Actions of authors and owners on a message, without JavaScript."""

from collections.abc import Callable
from functools import partial

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import CommandRejected
from piratechat.model.commands import Command, Edit, Erase, Pin, Remove, Restore
from piratechat.model.room import OWN, READ, TAKE_BACK, MessageResource
from piratechat.model.text import checked_lang, checked_message
from piratechat.views.room_page import room_url
from piratechat.views.room_response import room_page_with_error


@view_config(context=MessageResource, name="edit", request_method="POST", permission=READ)
def edit(message: MessageResource, request: Request) -> Response:
    """Edit a message.  A rejected text is returned on a separate page, to be sent again."""
    services, visitor, form = request.services, request.identity.id, request.POST
    said = checked_message(form.get("text"), services.settings.message_length)
    lang = checked_lang(form["lang"]) if "lang" in form else None
    services.limits.say(visitor, request.network, len(said))
    within = services.settings.edit_time
    services.committer.perform(Edit(message.room.__name__, visitor, message.seq, said, within, lang))
    return _shown(message, request)


@view_config(context=MessageResource, name="remove", request_method="POST", permission=TAKE_BACK)
def remove(message: MessageResource, request: Request) -> Response:
    """Remove a message."""
    return _done(message, request, Remove)


@view_config(context=MessageResource, name="restore", request_method="POST", permission=TAKE_BACK)
def restore(message: MessageResource, request: Request) -> Response:
    """Restore a removed message."""
    return _done(message, request, Restore)


@view_config(context=MessageResource, name="erase", request_method="POST", permission=TAKE_BACK)
def erase(message: MessageResource, request: Request) -> Response:
    """Erase a message."""
    return _done(message, request, Erase)


@view_config(context=MessageResource, name="pin", request_method="POST", permission=OWN)
def pin(message: MessageResource, request: Request) -> Response:
    """Pin a message."""
    return _done(message, request, Pin)


@view_config(context=MessageResource, name="unpin", request_method="POST", permission=OWN)
def unpin(message: MessageResource, request: Request) -> Response:
    """Unpin a message."""
    return _done(message, request, partial(Pin, on=False))


def _done(message: MessageResource, request: Request, command: Callable[[str, str, int], Command]) -> Response:
    visitor = request.identity.id
    try:
        request.services.limits.change(visitor)
        request.services.committer.perform(command(message.room.__name__, visitor, message.seq))
    except CommandRejected as rejected:
        return room_page_with_error(request, message.room, rejected)
    return _shown(message, request)


def _shown(message: MessageResource, request: Request) -> Response:
    return HTTPSeeOther(room_url(request, message.room, anchor=f"m{message.seq}"))
