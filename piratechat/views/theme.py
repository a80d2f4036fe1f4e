"""Choosing a theme."""

import re

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.http.assets import YEAR
from piratechat.texts import text
from piratechat.themes.choices import CHOICES, COOKIE, Choices
from piratechat.views.room_page import home_path
from piratechat.views.typed import text_of

#: A path on this site, as in a request line: without a host, or anything that a browser would take for one.
LOCAL_PATH = re.compile(r"/(?!/)[!-\[\]-~]{0,2000}|/")


# Without a CSRF token, because it only changes how this browser shows pages, which may be cached with their form.
@view_config(route_name="theme", request_method="POST", require_csrf=False)
def choose_theme(request: Request) -> Response:
    """Store the theme chosen in a form, and return to the page of the form."""
    offered: Choices | None = request.environ.get(CHOICES)
    if offered is None:
        raise HTTPNotFound(text("error.one_theme"))
    name, back = text_of(request, "name"), text_of(request, "back")
    names = [choice["name"] for choice in offered["choices"]]
    if name not in names:
        raise HTTPBadRequest(text("error.no_such_theme", names=", ".join(names)))
    response = Response(
        status=303, location=back if LOCAL_PATH.fullmatch(back) else home_path(request), cache_control="no-store"
    )
    response.set_cookie(
        COOKIE,
        name,
        max_age=YEAR,
        secure=request.scheme == "https",
        httponly=True,
        samesite="Lax",
    )
    return response
