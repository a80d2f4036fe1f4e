"""Kinds of requests, where traversal begins, and which requests are transactions."""

from collections.abc import Mapping
from contextlib import ExitStack
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid_zodbconn import get_connection

from piratechat.model.chat import Chat, chat_of
from piratechat.model.room import Room
from piratechat.texts import text

#: Static files, of the chat and of sockjs-client.
STATIC = "/static/"
#: Rooms, and what is below them.
ROOMS = "/rooms/"
#: The service worker: at the top, because it may look after nothing above itself.
WORKER = "/sw.js"
#: The icon that browsers ask for where a page names none: beside data, such as a download that is looked at.
ICON = "/favicon.ico"
#: Whether the server is well, and metrics for Prometheus.
HEALTH, METRICS = "/healthz", "/metrics"

#: Paths whose kinds are cached: each request is asked for its kind by several.
RECENT_PATHS = 64


class RequestKind(Enum):
    """What a request is for, by its path: all that is decided by the beginning of a path is decided here."""

    #: Pages, their forms, and data for programs.
    PAGE = auto()
    #: Files that are sent from memory.
    ASSET = auto()
    #: What SockJS needs, below the address of a room.
    SOCKJS = auto()
    #: What programs ask that watch the server, again and again.
    MONITORING = auto()


def request_kind(environ: Mapping[str, Any]) -> RequestKind:
    """Return the kind of a request from its WSGI environment; the path need not be UTF-8."""
    return _kind_of(environ.get("PATH_INFO", ""))


@lru_cache(RECENT_PATHS)
def _kind_of(path: str) -> RequestKind:
    if path.startswith(STATIC) or path in (WORKER, ICON):
        return RequestKind.ASSET
    if path in (HEALTH, METRICS):
        return RequestKind.MONITORING
    parts = path.split("/", 4)
    if len(parts) > 3 and parts[1] == "rooms" and parts[3] == "sockjs":
        return RequestKind.SOCKJS
    return RequestKind.PAGE


def chat_root(request: Request) -> Chat:
    """Return the chat, within the request's transaction.

    For data of a room it has all that was committed anywhere before it was asked for: an open page adds data to what
    it was told over SockJS, perhaps by another process, and would never hear of a change that is missing in it.  A page
    may be older: it says how far it goes, and its session begins there.  Raises ClientDisconnected, as reading does.
    """
    if is_data(request.environ):
        request.services.database.ask()
    return chat_of(get_connection(request))


def live_room(request: Request) -> Room:
    """Return the room of a SockJS request, which is the context.

    It can be read until the view has ended, and not as long as the response, which may last for hours.  Raises
    HTTPNotFound if there is no such room.
    """
    moment = ExitStack()
    request.add_finished_callback(lambda _request: moment.close())
    room: Room | None = moment.enter_context(request.services.database.reading()).rooms.get(request.matchdict["room"])
    if room is None:
        raise HTTPNotFound(text("error.no_such_room"))
    return room


def no_root(_request: Request) -> None:
    """Return no root: static files, health checks and metrics use no database."""


def is_transaction(request: Request) -> bool:
    """Whether pyramid_tm wraps `request` in a transaction: the hook tm.activate_hook."""
    return request_kind(request.environ) is RequestKind.PAGE


def is_data(environ: Mapping[str, Any]) -> bool:
    """Whether a request reads something of a room as data, and not as a page that a browser shows."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and environ.get("PATH_INFO", "").startswith(ROOMS)
        and request_kind(environ) is RequestKind.PAGE
        and "text/html" not in environ.get("HTTP_ACCEPT", "")
    )


def is_utf8(path: str) -> bool:
    """Whether `path`, a PATH_INFO as WSGI has it, is UTF-8."""
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True
