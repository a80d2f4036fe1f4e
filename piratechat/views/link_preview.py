"""Link previews: data in the head of a page for other sites."""

from typing import Any

from pyramid.request import Request

from piratechat.http.frame import site_path
from piratechat.http.routing import STATIC
from piratechat.model.room import Room
from piratechat.texts import text
from piratechat.views.reading_choices import reading_choices
from piratechat.views.room_page import home_path, room_link

#: The path of the picture, without a version, because other sites cache it for months.
PICTURE = STATIC + "pictures/link.png"


def home_preview(request: Request, choices: str) -> dict[str, str]:
    """Return the preview of the home page, with the sentence of `reading_choices`."""
    return _preview(request, "piratechat", text("preview.home", choices=choices), request.host_url + home_path(request))


def room_preview(request: Request, room: Room) -> dict[str, str]:
    """Return the preview of `room`, without any of its messages."""
    choices = reading_choices(request, request.services.translators.of(room))
    return _preview(request, room.title, text("preview.room", choices=choices), room_link(request, room))


def _preview(request: Request, title: str, description: str, url: str) -> dict[str, Any]:
    return {
        "title": title,
        "description": request.localized(description),
        "url": url,
        "picture": request.host_url + site_path(request) + PICTURE,
    }
