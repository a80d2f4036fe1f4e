"""EventSource (section "EventSource"); its messages come by xhr_send."""

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.protocol.frames import Frame
from pyramid_sockjs.service import Service
from pyramid_sockjs.transports.transport import Transport


def as_event(frame: Frame) -> bytes:
    """Wrap `frame` for EventSource.

    sockjs-client runs `decodeURI` on each event, which fails for a `%` that
    begins no escape and changes one that does; so `%` goes out as `%25`, as
    other SockJS servers send it.
    """
    # There is no line break inside, which would end the event: JSON has them escaped.
    return b"data: %b\r\n\r\n" % frame.payload().replace(b"%", b"%25")


def eventsource(service: Service, request: Request) -> Response:
    """Answer with a stream of events."""
    return service.receive(request, as_event, "text/event-stream", prelude=b"\r\n")


TRANSPORTS = [Transport("eventsource", "GET", eventsource)]
