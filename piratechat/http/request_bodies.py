"""Limits for the bodies of requests, before anything reads them."""

from io import BytesIO
from typing import Any

import gevent
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPClientError,
    HTTPLengthRequired,
    HTTPRequestEntityTooLarge,
    HTTPRequestTimeout,
)
from pyramid.request import Request

from piratechat.http.routing import RequestKind, request_kind
from piratechat.settings import Settings
from piratechat.texts import text

#: Maximum bytes for a character of a message in a form: four bytes of UTF-8, each percent-encoded.
BYTES_OF_CHARACTER = 12
#: Bytes for the other fields of a form.
OTHER_FIELDS = 16 * 1024
#: Lower bound for the size limit of forms, so that a text that is too long can be returned to its author.
MAX_FORM_SIZE = 64 * 1024
#: Bytes of an unread body after which a connection cannot be kept open; more than any form here may have.
MAX_BODY_SIZE = 256 * 1024
#: Methods whose bodies have no meaning (RFC 9110 section 9.3).
BODILESS = ("GET", "HEAD", "OPTIONS")
#: The environ key for a problem with a request, an exception with an error page; an HTTPClientError if it concerns the
#: body.
PROBLEM = "piratechat.problem"


def bound_body(environ: dict[str, Any], settings: Settings) -> None:
    """Read the body of a request into memory, within limits of size and time.

    A problem with it is stored under PROBLEM, and the body is then empty.  Bodies of SockJS requests are not read,
    because SockJS has its own limits.
    """
    request = Request(environ)
    if _is_more_than_is_read(request):
        _end_connection(environ)
    if request_kind(environ) is RequestKind.SOCKJS:
        return
    largest = max(MAX_FORM_SIZE, BYTES_OF_CHARACTER * settings.message_length + OTHER_FIELDS)
    body = b""
    if request.method not in BODILESS:
        try:
            body = _read(environ, request.content_length, largest, settings.form_timeout)
        except HTTPClientError as problem:
            environ[PROBLEM] = problem
            _end_connection(environ)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)


def _is_more_than_is_read(request: Request) -> bool:
    length = request.content_length or 0
    unknown = "HTTP_TRANSFER_ENCODING" in request.environ
    return unknown or length > (0 if request.method in BODILESS else MAX_BODY_SIZE)


def _end_connection(environ: dict[str, Any]) -> None:
    """Make gunicorn close the connection after its response.

    Otherwise it would read on to the end of the body, and block other greenlets as long as bytes arrive faster than it
    reads them.
    """
    body = environ["wsgi.input"]
    if hasattr(body, "failed"):
        body.failed = True


def _read(environ: dict[str, Any], length: int | None, largest: int, timeout: float) -> bytes:
    """Return the body.  Raises HTTPClientError."""
    if length is None:
        if "HTTP_TRANSFER_ENCODING" in environ:
            raise HTTPLengthRequired(text("error.length_required"))
        return b""
    if length > largest:
        raise HTTPRequestEntityTooLarge(text("error.form_too_large", limit=largest))
    try:
        with gevent.Timeout(timeout, HTTPRequestTimeout(text("error.form_too_slow"))):
            body = environ["wsgi.input"].read(length)
    except OSError:
        body = b""
    if len(body) < length:
        raise HTTPBadRequest(text("error.form_incomplete"))
    return body
