"""Detection of requests from rooms in frames of other sites.

A site embeds `/rooms/ada?frame=yes`.  All URLs in such a page begin with `/frame`, or with `/frame-THEME`
if the embedding page has chosen a theme: links, forms, data and SockJS.  This part is moved to SCRIPT_NAME, from which
the page builds its URLs, so it is part of every request of the page, and the theme needs no cookie.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from pyramid.httpexceptions import HTTPNotFound
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.routing import ROOMS, WORKER, RequestKind, request_kind

#: The key of the WSGI environment of requests that come from a frame.
FRAME = "piratechat.frame"
#: The first part of the paths of a framed page, with the theme if one is chosen.
_START = re.compile(r"/frame(?:-([A-Za-z0-9_-]{1,64}))?(?=/)")
#: The end of SCRIPT_NAME in a frame.
_END = re.compile(r"/frame(?:-[A-Za-z0-9_-]{1,64})?$")
_ROOM = re.compile(r"/rooms/[^/]+/?")
_THEME = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Hosts on the browser's own machine, from which it accepts `Secure` cookies over plain HTTP.
_LOOPBACK = re.compile(r"(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\]")


def enter_frame(environ: dict[str, Any]) -> None:
    """Mark the WSGI environment of a request from a frame, and move the frame's part of the path."""
    if FRAME in environ:
        return
    path = environ.get("PATH_INFO", "")
    found = _START.match(path)
    if found is not None:
        environ["PATH_INFO"] = path[found.end() :]
        _mark(environ, found[0])
    elif "frame=yes" in environ.get("QUERY_STRING", "") and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        query = parse_qs(environ["QUERY_STRING"], encoding="latin-1")
        if query.get("frame") == ["yes"] and _ROOM.fullmatch(path):
            theme = query.get("theme", [""])[-1]
            _mark(environ, f"/frame-{theme}" if _THEME.fullmatch(theme) else "/frame")


def _mark(environ: dict[str, Any], part: str) -> None:
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + part
    environ[FRAME] = "yes"


def theme_of(environ: dict[str, Any]) -> str:
    """Return the theme that the embedding page has chosen, "" if none."""
    return str(environ["SCRIPT_NAME"]).rpartition("/frame")[2].removeprefix("-")


def is_framed(request: Request) -> bool:
    """Whether `request` comes from a frame."""
    return FRAME in request.environ


def site_path(request: Request) -> str:
    """Return the path below which the chat is served outside frames, or ""."""
    name: str = request.script_name
    return _END.sub("", name) if is_framed(request) else name


def takes_secure_cookies(request: Request) -> bool:
    """Whether the browser accepts `Secure` cookies in this `request`; otherwise it rejects `SameSite=None` cookies."""
    return request.scheme == "https" or _LOOPBACK.fullmatch(request.domain) is not None


def framed_rooms(handler: Callable[[Request], Response], _registry: Registry) -> Callable[[Request], Response]:
    """Reject requests from frames, except for rooms and their files if other sites may embed rooms."""

    def tween(request: Request) -> Response:
        if is_framed(request) and not (request.services.settings.frame_ancestors and _is_of_room(request)):
            raise HTTPNotFound
        return handler(request)

    return tween


def _is_of_room(request: Request) -> bool:
    path = request.environ["PATH_INFO"]
    return path != WORKER and (path.startswith(ROOMS) or request_kind(request.environ) is RequestKind.ASSET)
