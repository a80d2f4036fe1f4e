"""The bodies of requests, bounded before anything reads them."""

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

#: Bytes of a character of a message in a form, at most: four bytes of UTF-8, each of them escaped.
BYTES_OF_CHARACTER = 12
#: Bytes of the other fields of a form.
OTHER_FIELDS = 16 * 1024
#: Bytes of the largest form, at least: a text that is too long is to come back to its author, as far as possible.
MAX_FORM_SIZE = 64 * 1024
#: Bytes of a body that may be left unread, where a connection goes on: more than anything here takes.
MAX_BODY_SIZE = 256 * 1024
#: Methods whose bodies mean nothing (RFC 9110 section 9.3).
BODILESS = ("GET", "HEAD", "OPTIONS")
#: The key of the environ for what is wrong with a request, an exception that has a page: an HTTPClientError if
#: it is the body.
PROBLEM = "piratechat.problem"


def bound_body(environ: dict[str, Any], settings: Settings) -> None:
    """Read the body of a request into memory, within its limits of size and time.

    What is wrong with it is noted under PROBLEM, and the body is empty then.
    Those of SockJS stay where they are: they have limits of their own.
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
    """Have gunicorn close the connection behind its answer.

    It would read on to the end of the body, however far that is, and let
    nobody else have a turn while bytes come in faster than it reads them.
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
