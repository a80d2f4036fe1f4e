"""What tests that talk to a server of their layer say to it."""

from unittest import TestCase

from tests.wire import HTTP, WebSocket, session_url


class ServerTest(TestCase):
    """Talks to the server of its layer: subclasses have `layer`."""

    def http(self, **options):
        """Return a connection for requests; it is closed when the test ends."""
        http = HTTP(self.layer.port, **options)
        self.addCleanup(http.close)
        return http

    def request(self, method, path, headers=(), body=b""):
        """Return the answer to one request on a connection of its own."""
        with HTTP(self.layer.port) as http:
            return http.request(method, path, headers, body)

    def get(self, path, **headers):
        return self.request("GET", path, headers)

    def connect(self, base="/echo", path=None, **options):
        """Open a WebSocket, of a new session at `base` or at `path`; it is closed when the test ends."""
        ws = WebSocket(self.layer.port, path or f"{session_url(base)}/websocket", **options)
        self.addCleanup(ws.sock.close)
        return ws

    def open(self, base="/echo", **options):
        """Open a SockJS session by WebSocket."""
        ws = self.connect(base, **options)
        self.assertEqual(ws.recv(), "o")
        return ws
