"""xhr-polling and xhr-streaming, and the sending endpoint that EventSource and HtmlFile share.

Sections "XhrPolling" and "XhrStreaming".
"""

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.http import NOT_CACHED, empty, read_body
from pyramid_sockjs.protocol.frames import Frame
from pyramid_sockjs.service import Service
from pyramid_sockjs.transports.transport import Transport

JAVASCRIPT = "application/javascript; charset=UTF-8"

#: Makes browsers deliver what follows as it arrives.
PRELUDE = b"h" * 2048 + b"\n"


def with_newline(frame: Frame) -> bytes:
    """Encode `frame` for XMLHttpRequest."""
    return frame.payload() + b"\n"


def xhr(service: Service, request: Request) -> Response:
    """Return one frame."""
    return service.receive(request, with_newline, JAVASCRIPT, limit=1)


def xhr_streaming(service: Service, request: Request) -> Response:
    """Return a stream of frames."""
    return service.receive(request, with_newline, JAVASCRIPT, prelude=PRELUDE)


def xhr_send(service: Service, request: Request) -> Response:
    """Take messages from the body."""
    service.take(request, read_body(request, service.settings))
    return empty(204, [("Content-Type", "text/plain; charset=UTF-8"), *NOT_CACHED])


TRANSPORTS = [
    Transport("xhr", "POST", xhr, cors=True),
    Transport("xhr_streaming", "POST", xhr_streaming, cors=True),
    Transport("xhr_send", "POST", xhr_send, cors=True),
]
