"""HtmlFile: a document that never ends (section "HtmlFile"); clients send by xhr_send."""

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.http import UNTHEMED, may_be_framed
from pyramid_sockjs.protocol.frames import Frame
from pyramid_sockjs.service import Service
from pyramid_sockjs.transports.callback import as_literal, callback
from pyramid_sockjs.transports.transport import Transport

HEAD = """<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.%s;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>"""

#: Browsers render nothing of a document before they have received this many bytes.
MIN_HEAD_SIZE = 1024


def as_script(frame: Frame) -> bytes:
    """Encode `frame` for HtmlFile."""
    # The browser looks for the end of the script before it parses the string inside.
    literal = as_literal(frame).replace(b"<", b"\\u003c")
    return b"<script>\np(%b);\n</script>\r\n" % literal


def htmlfile(service: Service, request: Request) -> Response:
    """Return a document of scripts."""
    head = (HEAD % callback(request)).encode()
    prelude = head + b" " * (MIN_HEAD_SIZE - len(head) + 1) + b"\r\n\r\n"
    headers = [*UNTHEMED, *may_be_framed(service.settings)]
    return service.receive(request, as_script, "text/html; charset=UTF-8", prelude=prelude, headers=headers)


TRANSPORTS = [Transport("htmlfile", "GET", htmlfile)]
