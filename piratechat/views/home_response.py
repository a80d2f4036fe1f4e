"""The home page as a response, with an error if there is one."""

from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.http.security import mark_of
from piratechat.model.room import Room
from piratechat.views.examples import examples
from piratechat.views.link_preview import home_preview
from piratechat.views.params import STATUS
from piratechat.views.reading_choices import reading_choices
from piratechat.views.room_page import room_url

TEMPLATE = "piratechat:templates/home.pt"


def home_values(
    request: Request, name: str = "", error: str | None = None, taken: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return the values of the template."""
    services = request.services
    translators = services.translators.of_new_room(services.settings.third_party_translation)
    choices = reading_choices(request, translators)
    return {
        "choices": choices,
        "has_choice": len(translators) > 1,
        "examples": examples(request, translators),
        "name": name,
        "error": error,
        "taken": taken,
        "preview": home_preview(request, choices),
        "visitor": mark_of(request.identity.id),
        "epoch": request.root.epoch,
    }


def home_page_with_error(request: Request, name: str, rejected: CommandRejected, taken: Room | None = None) -> Response:
    """Return the home page with the reason why `name` was rejected; `taken`: the room that has it."""
    link = {"url": room_url(request, taken), "name": taken.title} if taken is not None else None
    values = home_values(request, name, request.localized(rejected.message), link)
    response = render_to_response(TEMPLATE, values, request)
    response.status_int = STATUS[rejected.code]
    response.retry_after = retry_after_header(rejected.retry_after)
    return response
