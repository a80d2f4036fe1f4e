"""Choosing a theme."""

import re

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.http.assets import YEAR
from piratechat.texts import text
from piratechat.themes.choices import CHOICES, COOKIE, Choices
from piratechat.views.typed import text_of

#: A path of this site, as a request line has it: no host, and nothing that a browser would take for the start of one.
LOCAL_PATH = re.compile(r"/(?!/)[!-\[\]-~]{0,2000}|/")


# Without a token, as it changes nothing but how this browser shows pages: they may be cached, with the form in them.
@view_config(route_name="theme", request_method="POST", require_csrf=False)
def choose_theme(request: Request) -> Response:
    """Remember the theme that a form names, and show the page again that it came from."""
    offered: Choices | None = request.environ.get(CHOICES)
    if offered is None:
        raise HTTPNotFound(text("error.one_theme"))
    name, back = text_of(request, "name"), text_of(request, "back")
    names = [choice["name"] for choice in offered["choices"]]
    if name not in names:
        raise HTTPBadRequest(text("error.no_such_theme", names=", ".join(names)))
    response = Response(status=303, location=back if LOCAL_PATH.fullmatch(back) else "/", cache_control="no-store")
    response.set_cookie(
        COOKIE,
        name,
        max_age=YEAR,
        path=request.script_name or "/",
        secure=request.scheme == "https",
        httponly=True,
        samesite="Lax",
    )
    return response
