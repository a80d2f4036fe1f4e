"""Kinds of requests, root factories, and the choice of requests that run in transactions."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid_zodbconn import get_connection

from piratechat.model.chat import Chat, chat_of
from piratechat.model.room import Room
from piratechat.texts import text

#: Static files of the chat and of sockjs-client.
STATIC = "/static/"
#: Rooms, and everything below them.
ROOMS = "/rooms/"
#: The service worker, at the top level because its scope is the folder of its URL.
WORKER = "/sw.js"
#: The manifest for installing the chat, at the top level because the URLs in it are relative to its own.
MANIFEST = "/manifest.webmanifest"
#: The icon that browsers request for pages without a link to one, such as a viewed download.
ICON = "/favicon.ico"
#: The health check, and metrics for Prometheus.
HEALTH, METRICS = "/healthz", "/metrics"

#: Number of paths whose kinds are cached: several functions look up the kind of each request.
RECENT_PATHS = 64


class RequestKind(Enum):
    """The kind of a request, determined by the beginning of its path; no other code looks at that."""

    #: Pages, their forms, and data for programs.
    PAGE = auto()
    #: Files that are served from memory.
    ASSET = auto()
    #: SockJS requests, below the URL of a room.
    SOCKJS = auto()
    #: Frequent requests of monitoring programs.
    MONITORING = auto()


def request_kind(environ: Mapping[str, Any]) -> RequestKind:
    """Return the kind of a request from its WSGI environ; the path need not be valid UTF-8."""
    return _kind_of(environ.get("PATH_INFO", ""))


@lru_cache(RECENT_PATHS)
def _kind_of(path: str) -> RequestKind:
    if path.startswith(STATIC) or path in (WORKER, MANIFEST, ICON):
        return RequestKind.ASSET
    if path in (HEALTH, METRICS):
        return RequestKind.MONITORING
    parts = path.split("/", 4)
    if len(parts) > 3 and parts[1] == "rooms" and parts[3] == "sockjs":
        return RequestKind.SOCKJS
    return RequestKind.PAGE


def chat_root(request: Request) -> Chat:
    """Return the chat, within the request's transaction.

    For data of a room it includes everything that was committed anywhere before the request: an open page combines data
    with events over SockJS, perhaps from another process, and would otherwise miss a change forever.  A page itself may
    be older: it contains the numbers of its state, and its session begins there.  Raises ClientDisconnected, as reading
    does.
    """
    if is_data(request.environ):
        request.services.database.ask()
    return chat_of(get_connection(request))


def live_room(request: Request) -> Room:
    """Return the room of a SockJS request, which becomes the context.

    It can be read until the view returns, but not during the response, which may last for hours.  What is read is the
    state at the commit `request.commit`, or a later one.  Raises HTTPNotFound if there is no such room.
    """
    moment = ExitStack()
    request.add_finished_callback(lambda _request: moment.close())
    return room_of(request, moment.enter_context(chat_now(request)))


@contextmanager
def chat_now(request: Request) -> Iterator[Chat]:
    """Yield the chat at the commit `request.commit`, or a later one, for reading."""
    database = request.services.database
    request.commit = database.last_commit()
    with database.reading(request.commit) as chat:
        yield chat


def room_of(request: Request, chat: Chat) -> Room:
    """Return the room in `chat` of a SockJS request.  Raises HTTPNotFound."""
    room: Room | None = chat.rooms.get(request.matchdict["room"])
    if room is None:
        raise HTTPNotFound(text("error.no_such_room"))
    return room


def no_root(_request: Request) -> None:
    """Return None: static files, health checks and metrics use no database."""


def is_transaction(request: Request) -> bool:
    """Whether pyramid_tm wraps `request` in a transaction: the hook tm.activate_hook."""
    return request_kind(request.environ) is RequestKind.PAGE


def is_data(environ: Mapping[str, Any]) -> bool:
    """Whether a request reads data of a room, rather than a page to be displayed."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and environ.get("PATH_INFO", "").startswith(ROOMS)
        and request_kind(environ) is RequestKind.PAGE
        and "text/html" not in environ.get("HTTP_ACCEPT", "")
    )


def is_utf8(path: str) -> bool:
    """Whether `path`, a WSGI PATH_INFO, is valid UTF-8."""
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True
