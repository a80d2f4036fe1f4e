"""EventSource (section "EventSource"); clients send by xhr_send."""

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.protocol.frames import Frame
from pyramid_sockjs.service import Service
from pyramid_sockjs.transports.transport import Transport


def as_event(frame: Frame) -> bytes:
    """Encode `frame` for EventSource.

    sockjs-client runs `decodeURI` on each event, which fails on an invalid escape and changes a valid one; so `%` is
    sent as `%25`, as in other SockJS servers.
    """
    # JSON escapes line breaks, which would end the event.
    return b"data: %b\r\n\r\n" % frame.payload().replace(b"%", b"%25")


def eventsource(service: Service, request: Request) -> Response:
    """Return a stream of events."""
    return service.receive(request, as_event, "text/event-stream", prelude=b"\r\n")


TRANSPORTS = [Transport("eventsource", "GET", eventsource)]
