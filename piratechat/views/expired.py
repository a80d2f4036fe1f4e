"""Forms with an expired CSRF token: they are shown again, with a new one.

The cookie expires when the browser ends, while a page may stay open longer.
"""

from pyramid.exceptions import BadCSRFToken
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import exception_view_config

from piratechat.errors import CommandRejected
from piratechat.http.csrf import comes_from_here
from piratechat.http.frame import is_framed
from piratechat.model.chat import Chat
from piratechat.model.room import MessageResource, Messages, Room
from piratechat.texts import text
from piratechat.views.errors import problem
from piratechat.views.formats import wants_json
from piratechat.views.home_response import home_page_with_error
from piratechat.views.room_response import room_page_with_error
from piratechat.views.typed import text_of, typed


@exception_view_config(BadCSRFToken)
def expired(_error: BadCSRFToken, request: Request) -> Response:
    """Show the form again with the submitted text, if it is one of ours; otherwise show an error."""
    if comes_from_here(request) and not wants_json(request):
        is_refused = is_framed(request) and not request.identity.by_cookie
        told = text("frame.no_cookies") if is_refused else text("error.form_expired")
        shown = _shown_again(request, CommandRejected("bad-message", told))
        if shown is not None:
            return shown
    return problem(
        request,
        400,
        text("error_page.expired"),
        text("error.form_expired") if typed(request) is not None else text("error_page.expired_explained"),
        may_work=True,
    )


def _shown_again(request: Request, rejected: CommandRejected) -> Response | None:
    context = request.context
    if isinstance(context, Messages):
        return room_page_with_error(
            request,
            context.__parent__,
            rejected,
            draft=text_of(request, "text"),
            draft_name=text_of(request, "name"),
        )
    if isinstance(context, MessageResource) and not text_of(request, "text"):
        return room_page_with_error(request, context.room, rejected)
    if isinstance(context, Room):
        return room_page_with_error(request, context, rejected, panel=True)
    if isinstance(context, Chat) and not request.view_name:
        return home_page_with_error(request, text_of(request, "name"), rejected)
    return None
