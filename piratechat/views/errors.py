"""Error pages: what went wrong, and what to do about it."""

import errno
import logging
import math
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from pyramid.exceptions import PredicateMismatch
from pyramid.httpexceptions import HTTPError
from pyramid.location import lineage
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import exception_view_config, forbidden_view_config, notfound_view_config, view_config
from transaction.interfaces import TransientError
from ZODB.POSException import ReadOnlyError, StorageError

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.http.frame import is_framed
from piratechat.model.bidi import isolated
from piratechat.model.chat import Chat, Rooms
from piratechat.model.room import TAKE_BACK, Messages, Room
from piratechat.model.text import NAME_LENGTH, slug
from piratechat.storage.database import DatabaseInUse
from piratechat.storage.postgresql import DRIVER_ERRORS
from piratechat.storage.recovery import DatabaseDamaged
from piratechat.storage.upgrade import DatabaseTooNew
from piratechat.texts import Text, plural, text, text_id
from piratechat.views.formats import wants_json
from piratechat.views.params import STATUS
from piratechat.views.room_page import home_path
from piratechat.views.typed import typed

log = logging.getLogger(__name__)

TEMPLATE = "piratechat:templates/problem.pt"
#: The ids of default titles, by status.
TITLES = {
    400: text_id("error_page.title_400"),
    401: text_id("error_page.title_401"),
    403: text_id("error_page.title_403"),
    405: text_id("error_page.title_405"),
    406: text_id("error_page.title_406"),
    408: text_id("error_page.title_408"),
    409: text_id("error_page.title_409"),
    411: text_id("error_page.title_411"),
    413: text_id("error_page.title_413"),
    429: text_id("error_page.title_429"),
    503: text_id("error_page.title_503"),
}
#: Statuses below 500 after which the form may be accepted later, or when it is shorter.
MAY_WORK = (408, 413, 429)
#: Headers that error pages copy from the raised response.
HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
#: The errors of a full or failing disk.
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


def problem(
    request: Request,
    status: int,
    title: str,
    explanation: str,
    links: list[dict[str, str]] | None = None,
    open_name: str | None = None,
    retry_after: float | None = None,
    offline: bool = False,
    may_work: bool | None = None,
) -> Response:
    """Return an error page that says what is wrong and where to go, or JSON for clients that accept it.

    Without `links` it links to the home page, and to the room where it happened.  `offline`: it lists the rooms that
    can be read offline.  `may_work`: whether the same form may be accepted later; if it is None, the status decides.
    `retry_after`: seconds before the next attempt.  The submitted text is returned, and can be sent again where that
    may help.  If the page cannot be rendered, the response is plain text.
    """
    seconds = retry_after_header(retry_after)
    try:
        response = _answer(request, status, title, explanation, links, open_name, seconds, offline, may_work)
    except Exception:  # rendering may fail for the same reason
        log.exception("Rendering an error page failed")
        response = Response(
            f"{request.localized(title)}\n\n{request.localized(explanation)}\n",
            content_type="text/plain",
            charset="UTF-8",
        )
    response.status_int = status
    response.retry_after = seconds
    return response


def _answer(
    request: Request,
    status: int,
    title: str,
    explanation: str,
    links: list[dict[str, str]] | None,
    open_name: str | None,
    seconds: int | None,
    offline: bool,
    may_work: bool | None,
) -> Response:
    if wants_json(request):
        wait = {} if seconds is None else {"retry_after": seconds}
        return Response(json_body={"error": explanation, **wait}, cache_control="no-store")
    values: dict[str, Any] = {
        "title": request.localized(title),
        "explanation": request.localized(explanation),
        "wait": None if seconds is None else request.localized(_in_words(seconds)),
        "links": _ways_on(request) if links is None else links,
        "open_name": open_name,
        "offline": offline,
        "typed": typed(request),
        "may_work": status >= 500 or status in MAY_WORK if may_work is None else may_work,
    }
    return render_to_response(TEMPLATE, values, request)


def _ways_on(request: Request) -> list[dict[str, str]]:
    context = getattr(request, "context", None)  # there is none before traversal
    room = next((one for one in lineage(context) if isinstance(one, Room)), None) if context is not None else None
    home = (
        []
        if is_framed(request)
        else [{"url": home_path(request), "label": request.localized(text("site.open_a_room"))}]
    )
    if room is None:
        return home
    back = request.localized(text("error_page.back_to_room", title=isolated(room.title)))
    return [{"url": request.resource_path(room).rstrip("/"), "label": back}, *home]


def _in_words(seconds: int) -> str:
    """Return a duration in words, rounded up."""
    if seconds < 60:
        return plural("duration.seconds", seconds)
    return plural("duration.minutes", math.ceil(seconds / 60))


def _title(status: int) -> str:
    return Text(TITLES[status])


@view_config(context=Chat, name="offline", request_method=("GET", "HEAD"))
def offline(_chat: Chat, request: Request) -> Response:
    """Return the page that the service worker shows offline if it has no copy."""
    return problem(
        request,
        200,
        text("offline.title"),
        text("offline.explained"),
        links=[{"url": "", "label": request.localized(text("offline.try_again"))}],
        offline=True,
    )


@notfound_view_config()
def not_found(request: Request) -> Response:
    """Nothing found; an unknown room can be created."""
    if isinstance(request.exception, PredicateMismatch):
        return _not_in_that_way(request)
    name = getattr(request, "view_name", "")
    if isinstance(getattr(request, "context", None), Rooms) and name:
        name = name[:NAME_LENGTH]
        return problem(
            request,
            404,
            text("error_page.no_room"),
            text("error_page.no_room_explained", name=isolated(name)),
            open_name=name if slug(name) else None,
        )
    if isinstance(getattr(request, "context", None), Messages):
        return problem(request, 404, text("error_page.no_message"), text("error_page.no_message_explained"))
    return problem(request, 404, text("error_page.nothing"), text("error_page.nothing_explained"))


def _not_in_that_way(request: Request) -> Response:
    """The resource does not support this method (405), or has no acceptable format (406)."""
    methods = _methods(request)
    if request.method in methods:
        return problem(request, 406, _title(406), text("error_page.formats"))
    response = problem(request, 405, _title(405), _methods_explained(methods, request.method[:20]))
    response.allow = methods
    return response


def _methods_explained(methods: list[str], method: str) -> str:
    return text("error_page.methods", methods=", ".join(methods), method=method)


def _methods(request: Request) -> list[str]:
    """Return the methods of the views for the request's route, or for its view name and context."""
    views = (entry["introspectable"] for entry in request.registry.introspector.get_category("views"))
    return sorted({method for view in views if _is_for(view, request) for method in _several(view["request_methods"])})


def _is_for(view: Mapping[str, Any], request: Request) -> bool:
    route = getattr(request, "matched_route", None)
    if route is not None or view["route_name"]:
        return route is not None and bool(view["route_name"] == route.name)
    is_named_so = view["name"] == request.view_name and isinstance(view["context"], type)
    return is_named_so and isinstance(request.context, view["context"])


def _several(methods: str | Iterable[str] | None) -> Iterable[str]:
    return (methods,) if isinstance(methods, str) else methods or ()


@forbidden_view_config()
def forbidden(request: Request) -> Response:
    """The visitor has no permission."""
    denied = getattr(request.exception, "result", None)
    of_author = getattr(denied, "permission", None) == TAKE_BACK
    return problem(
        request,
        403,
        _title(403),
        text("error_page.author_or_owner") if of_author else text("error_page.owner_only"),
    )


@exception_view_config(CommandRejected)
def rejected_page(error: CommandRejected, request: Request) -> Response:
    """A rejected request."""
    status = STATUS[error.code]
    return problem(request, status, _title(status), error.message, retry_after=error.retry_after)


@exception_view_config(HTTPError)
def http_error(error: HTTPError, request: Request) -> Response:
    """An HTTP error raised by Pyramid, a view or a plug-in."""
    status = error.status_int
    response = problem(
        request, status, _title(status) if status in TITLES else error.title, error.detail or error.explanation
    )
    for name in HEADERS:
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response


@exception_view_config(DatabaseDamaged)
@exception_view_config(DatabaseInUse)
@exception_view_config(DatabaseTooNew)
@exception_view_config(StorageError)
def no_database(error: Exception, request: Request) -> Response:
    """Another server has the file open, the database is damaged or too new, or its server cannot be reached."""
    log.error("%s", error)
    return problem(
        request, 503, text("error_page.no_database"), text("error_page.no_database_explained"), links=[], retry_after=60
    )


for _error in DRIVER_ERRORS:  # PostgreSQL's, if it is installed
    no_database = exception_view_config(_error)(no_database)


@exception_view_config(ReadOnlyError)
def leaving(_error: ReadOnlyError, request: Request) -> Response:
    """The process is about to end, and has released the database to the next one."""
    return problem(request, 503, _title(503), text("error_page.restarting"), retry_after=1)


@exception_view_config(TransientError)
def too_busy(_error: TransientError, request: Request) -> Response:
    """Too many conflicts: pyramid_retry has given up."""
    return problem(request, 503, _title(503), text("error_page.too_busy"), retry_after=2)


@exception_view_config(OSError)
def no_disk(error: OSError, request: Request) -> Response:
    """The disk is full or fails; any other OSError is an internal error."""
    if error.errno not in DISK_ERRORS:
        return broken(error, request)
    log.error("%s %s failed: %s", request.method, request.environ["PATH_INFO"], error)
    return problem(request, 503, text("error_page.not_saved"), text("error_page.not_saved_explained"), retry_after=60)


@exception_view_config(Exception)
def broken(error: Exception, request: Request) -> Response:
    """An internal error: the log has the details, with the error ID on the page."""
    number = secrets.token_hex(4)
    # !r: a path may contain line breaks and forge log lines
    log.error("Error %s: %s %r failed", number, request.method, request.environ["PATH_INFO"], exc_info=error)
    return problem(
        request,
        500,
        text("error_page.broken"),
        text("error_page.broken_explained", number=number),
    )
