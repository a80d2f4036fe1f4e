"""EventSource (section "EventSource"); its messages come by xhr_send."""

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.frames import Frame
from pyramid_sockjs.service import Service
from pyramid_sockjs.transports.transport import Transport


def as_event(frame: Frame) -> bytes:
    """Wrap `frame` for EventSource."""
    return b"data: %b\r\n\r\n" % frame.payload()  # no line break inside: JSON has them escaped


def eventsource(service: Service, request: Request) -> Response:
    """Answer with a stream of events."""
    return service.receive(request, as_event, "text/event-stream", prelude=b"\r\n")


TRANSPORTS = [Transport("eventsource", "GET", eventsource)]
