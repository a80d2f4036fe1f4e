"""Code shared by the transports that call a function in the page."""

import re

from pyramid.request import Request

from pyramid_sockjs.errors import RequestRejected
from pyramid_sockjs.protocol.frames import Frame, quote

_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,128}", re.ASCII)


def callback(request: Request) -> str:
    """Return the name of the function to call.  Raises RequestRejected if it may be more than a name."""
    try:
        name = request.GET.get("c", "")
    except UnicodeDecodeError:
        name = "?"
    if not name:
        raise RequestRejected(500, '"callback" parameter required')
    if not _NAME.fullmatch(name):
        raise RequestRejected(500, 'invalid "callback" parameter')
    return name


def as_literal(frame: Frame) -> bytes:
    """Return `frame` as a JavaScript string literal."""
    return quote(frame.payload().decode())
