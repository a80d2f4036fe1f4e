"""gevent's own WSGI server for PasteDeploy, WebSockets included.

[server:main]
use = egg:pyramid_sockjs#server
host = 127.0.0.1
port = 8080
"""

import logging
import signal
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent import monkey
from gevent.pywsgi import WSGIHandler, WSGIServer

from pyramid_sockjs.handover import READ_AHEAD, SOCKET, Taken

log = logging.getLogger(__name__)

#: Seconds that a client may take for the head of a request, and between two requests.
HEAD_TIMEOUT = 10.0
#: Seconds that answers under way may take when the server stops.
STOP_TIMEOUT = 10.0


class Handler(WSGIHandler):
    """One connection, which the application may take over."""

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        environ[SOCKET] = self.socket
        environ[READ_AHEAD] = self._read_ahead
        return environ

    def _read_ahead(self) -> bytes:
        try:
            return self.rfile.peek()
        except OSError:
            return b""  # nothing was buffered, and the socket is no longer ours to ask

    def run_application(self) -> None:
        try:
            super().run_application()
        except Taken:
            self.close_connection = True

    def read_requestline(self) -> str:
        try:
            with gevent.Timeout(HEAD_TIMEOUT):
                return super().read_requestline()
        except gevent.Timeout:
            return ""

    def read_request(self, raw_requestline: str) -> bool:
        with gevent.Timeout(HEAD_TIMEOUT, ValueError("The request took too long to arrive.")):
            read = super().read_request(raw_requestline)
        # An HTTP/1.0 client finds the end of a streamed answer by the end of the connection.
        self.close_connection = self.close_connection or self.request_version != "HTTP/1.1"
        return read


def server_factory(
    global_conf: Mapping[str, str], host: str = "127.0.0.1", port: str | int = 8080
) -> Callable[[Callable[..., Any]], None]:
    """Return a function that serves a WSGI application until SIGTERM.

    Standard modules are patched here, before PasteDeploy loads the application.
    """
    monkey.patch_all()

    def serve(application: Callable[..., Any]) -> None:
        server = WSGIServer((host, int(port)), application, handler_class=Handler)
        signal.signal(signal.SIGTERM, lambda _number, _frame: gevent.spawn(server.stop, STOP_TIMEOUT))
        log.info("Serving on http://%s:%s", host, port)
        server.serve_forever()

    return serve
