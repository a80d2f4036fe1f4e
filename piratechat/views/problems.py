"""What went wrong, in plain words."""

import errno
import logging
from typing import Any

from pyramid.exceptions import BadCSRFToken
from pyramid.httpexceptions import HTTPClientError
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import exception_view_config, forbidden_view_config, notfound_view_config

from piratechat.errors import Refused
from piratechat.model.chat import Rooms
from piratechat.model.text import NAME_LENGTH, slug
from piratechat.storage.database import DatabaseInUse
from piratechat.storage.torn import DatabaseDamaged
from piratechat.views.asking import STATUS, seconds_to_wait

log = logging.getLogger(__name__)

TEMPLATE = "piratechat:templates/problem.pt"
#: What a disk that takes nothing says.
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)

HOME = {"url": "/", "label": "Open a room of your own"}


def problem(
    request: Request,
    status: int,
    title: str,
    explanation: str,
    links: list[dict[str, str]] | None = None,
    open_name: str | None = None,
) -> Response:
    """Return a page that says what is wrong and where to go, or JSON to those who asked for that."""
    if request.accept.acceptable_offers(["text/html", "application/json"])[:1] == [("application/json", 1.0)]:
        return Response(json_body={"error": explanation}, status=status)
    values: dict[str, Any] = {
        "title": title,
        "explanation": explanation,
        "links": [HOME] if links is None else links,
        "open_name": open_name,
    }
    response = render_to_response(TEMPLATE, values, request)
    response.status_int = status
    return response


@notfound_view_config()
def not_found(request: Request) -> Response:
    """There is nothing here; an unknown room can be opened."""
    name = getattr(request, "view_name", "")
    if isinstance(getattr(request, "context", None), Rooms) and name and not request.subpath:
        name = name[:NAME_LENGTH]
        return problem(
            request,
            404,
            "There is no such room yet",
            f"Nobody has opened a room called {name}. Perhaps the link lacks a letter at its end - "
            "or the room is waiting for you.",
            open_name=name if slug(name) else None,
        )
    return problem(request, 404, "There is nothing here", "The link may be mistyped, or cut off at its end.")


@forbidden_view_config()
def forbidden(request: Request) -> Response:
    """Not for this visitor."""
    return problem(
        request,
        403,
        "This is not for you to do",
        "Only the owner of a room can do that, in the browser that opened it.",
    )


@exception_view_config(BadCSRFToken)
def forged(request: Request) -> Response:
    """A form that does not come from our page, or from one that was open for very long."""
    return problem(
        request,
        400,
        "This form is not up to date",
        "It was sent without the token that goes with your browser's cookies. "
        "Allow cookies for this site, reload the page before, and send it again.",
    )


@exception_view_config(Refused)
def refused(error: Refused, request: Request) -> Response:
    """A request that cannot be granted."""
    response = problem(request, STATUS[error.code], "That cannot be done", error.message)
    response.retry_after = seconds_to_wait(error)
    return response


@exception_view_config(HTTPClientError)
def client_error(error: HTTPClientError, request: Request) -> Response:
    """What Pyramid or a view refuses."""
    response = problem(request, error.status_int, error.title, error.detail or error.explanation)
    if "WWW-Authenticate" in error.headers:
        response.headers["WWW-Authenticate"] = error.headers["WWW-Authenticate"]
    return response


@exception_view_config(DatabaseDamaged)
@exception_view_config(DatabaseInUse)
def no_database(error: Exception, request: Request) -> Response:
    """Another server has the file, or nobody can read it."""
    log.error("%s", error)
    explanation = "Its database cannot be used now. Try again in a minute."
    return _later(problem(request, 503, "The chat is not ready yet", explanation, links=[]))


@exception_view_config(OSError)
def no_disk(error: OSError, request: Request) -> Response:
    """The disk is full, or fails; any other is a fault of ours."""
    if error.errno not in DISK_ERRORS:
        return broken(error, request)
    log.error("%s %s failed: %s", request.method, request.path, error)
    explanation = "The disk does not take it now, and nothing was changed. Try again in a minute; reading goes on."
    return _later(problem(request, 503, "This could not be written", explanation))


def _later(response: Response) -> Response:
    response.retry_after = 60
    return response


@exception_view_config(Exception)
def broken(error: Exception, request: Request) -> Response:
    """A fault of ours."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return problem(
        request,
        500,
        "Something broke",
        "It is our fault, and it has been noted. What was said before is safe.",
        links=[],
    )
