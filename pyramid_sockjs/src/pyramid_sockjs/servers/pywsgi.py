"""gevent's WSGI server for PasteDeploy, with support for WebSockets.

[server:main]
use = egg:pyramid_sockjs#server
host = 127.0.0.1
port = 8080
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent import monkey
from gevent.event import Event
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from pyramid_sockjs.lifecycle import on_termination
from pyramid_sockjs.servers.client_networks import network, shares
from pyramid_sockjs.servers.open_connections import Lines, see_off, stop_accepting
from pyramid_sockjs.servers.plug_in_lookup import metadata_read_once
from pyramid_sockjs.servers.takeover import READ_AHEAD, SOCKET, Taken
from pyramid_sockjs.servers.throttling import Turnstile

log = logging.getLogger(__name__)

#: Seconds in which the head of a request must arrive, also after a previous request.
HEAD_TIMEOUT = 10.0
#: Seconds that open responses may take when the server stops.
STOP_TIMEOUT = 10.0


class Server(WSGIServer):
    """A WSGI server that keeps track of its connections."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, handler_class=Handler, spawn=Pool(), **options)
        self.lines = Lines()
        self.turnstile = Turnstile()
        self.ending = False

    def handle(self, sock: Any, address: Any) -> None:
        with self.lines.connected(sock) as line:
            super().handle(line, address)


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
            return b""  # nothing was buffered, and the socket is no longer ours to read

    def run_application(self) -> None:
        address = network(self.client_address[0])
        self.server.turnstile.pass_through(shares(address)[-1][0], lane="HTTP_UPGRADE" in self.environ)
        try:
            super().run_application()
        except Taken:
            self.close_connection = True

    def read_requestline(self) -> str:
        try:
            with self.server.lines.asking(), gevent.Timeout(HEAD_TIMEOUT):
                return super().read_requestline()
        except gevent.Timeout:
            return ""

    def read_request(self, raw_requestline: str) -> bool:
        too_long = ValueError("The request took too long to arrive.")
        with self.server.lines.asking(begun=True) as line, gevent.Timeout(HEAD_TIMEOUT, too_long):
            read = super().read_request(raw_requestline)
        if line.at_end:
            raise ValueError("The request did not arrive whole.")  # gevent would accept the incomplete body
        # An HTTP/1.0 client recognizes the end of a streamed response by the end of the connection.
        self.close_connection = self.close_connection or self.request_version != "HTTP/1.1"
        return read

    def finalize_headers(self) -> None:
        if self.server.ending:
            self.close_connection = True
            headers: list[tuple[bytes, bytes]] = self.response_headers
            headers[:] = [field for field in headers if field[0].lower() != b"connection"] + [(b"Connection", b"close")]
        super().finalize_headers()


def server_factory(
    global_conf: Mapping[str, str], host: str = "127.0.0.1", port: str | int = 8080
) -> Callable[[Callable[..., Any]], None]:
    """Return a function that serves a WSGI application until SIGTERM.

    The standard library is patched here, before PasteDeploy loads the application.
    """
    with metadata_read_once():
        monkey.patch_all()

    def serve(application: Callable[..., Any]) -> None:
        server = Server((host, int(port)), application)
        asked = Event()
        termination = on_termination(lambda _number, _frame: asked.set())
        server.start()
        log.info("Serving on http://%s:%s", host, port)
        asked.wait()
        server.ending = True
        stop_accepting(server, server.backlog)
        see_off([server.pool], server.lines, termination, STOP_TIMEOUT)

    return serve
