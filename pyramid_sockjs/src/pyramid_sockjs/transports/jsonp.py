"""JSONP: receive by scripts, send by forms (section "JsonPolling")."""

from urllib.parse import parse_qsl

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.http import NOT_CACHED, read_body
from pyramid_sockjs.service import Service
from pyramid_sockjs.transports.callback import as_literal, callback
from pyramid_sockjs.transports.transport import Transport
from pyramid_sockjs.transports.xhr import JAVASCRIPT

FORM = "application/x-www-form-urlencoded"


def jsonp(service: Service, request: Request) -> Response:
    """Return a script that calls a function with one frame."""
    # The comment prevents content sniffing from taking the bytes for another file type.
    around = (b"/**/%b(" % callback(request).encode(), b");\r\n")
    return service.receive(request, as_literal, JAVASCRIPT, around=around, limit=1)


def jsonp_send(service: Service, request: Request) -> Response:
    """Take messages from the form field `d`, or from the raw body."""
    body = read_body(request, service.settings)
    if request.content_type == FORM:
        fields = dict(parse_qsl(body.decode("latin-1"), encoding="latin-1"))
        body = fields.get("d", "").encode("latin-1")
    service.take(request, body)
    return Response(b"ok", headerlist=[("Content-Type", "text/plain; charset=UTF-8"), *NOT_CACHED])


TRANSPORTS = [Transport("jsonp", "GET", jsonp), Transport("jsonp_send", "POST", jsonp_send)]
