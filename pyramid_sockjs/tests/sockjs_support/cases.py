"""Base classes of test cases that connect to the server of a layer."""

import gc
import json
from contextlib import contextmanager
from unittest import TestCase

from websockets.frames import Close

from sockjs_support.clients import HTTP, WebSocket, session_url
from sockjs_support.layers import APPLICATION, SERVICES

NOT_CACHED = "no-store, no-cache, no-transform, must-revalidate, max-age=0"


@contextmanager
def garbage_kept():
    """Collect no reference cycles meanwhile: only objects without references are freed."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class ServerTest(TestCase):
    """A test case with helpers for the server of its `layer`, which subclasses set."""

    def http(self, **options):
        """Return an HTTP connection, which is closed when the test ends."""
        http = HTTP(self.layer.port, **options)
        self.addCleanup(http.close)
        return http

    def request(self, method, path, headers=(), body=b""):
        """Return the response to one request on its own connection."""
        with HTTP(self.layer.port) as http:
            return http.request(method, path, headers, body)

    def get(self, path, **headers):
        return self.request("GET", path, headers)

    def connect(self, base="/echo", path=None, **options):
        """Open a WebSocket for a new session at `base`, or at `path`; it is closed when the test ends."""
        ws = WebSocket(self.layer.port, path or f"{session_url(base)}/websocket", **options)
        self.addCleanup(ws.sock.close)
        return ws

    def open(self, base="/echo", **options):
        """Open a SockJS session over a WebSocket, and receive its open frame."""
        ws = self.connect(base, **options)
        self.assertEqual(ws.recv(), "o")
        return ws


class ServicesTest(ServerTest):
    """A test case with assertions about responses of the services."""

    layer = SERVICES

    def assertNotCached(self, answer):
        self.assertEqual(answer["Cache-Control"], NOT_CACHED)
        self.assertIsNone(answer["Expires"])
        self.assertIsNone(answer["Last-Modified"])

    def assertCachedForAYear(self, answer):
        self.assertEqual(answer["Cache-Control"], "public, max-age=31536000")
        self.assertRegex(answer["Expires"], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
        self.assertIsNone(answer["Last-Modified"])

    def assertOpenTo(self, answer, origin):
        """Assert that the CORS headers allow pages of `origin`, or of any origin."""
        self.assertEqual(answer["Access-Control-Allow-Origin"], origin or "*")
        self.assertEqual(answer["Access-Control-Allow-Credentials"], "true" if origin else None)

    def assertPreflight(self, path, methods):
        for origin in (None, "http://example.com", "null"):
            answer = self.request("OPTIONS", path, {"Origin": origin} if origin else {})
            self.assertEqual(answer.status, 204)
            self.assertEqual(answer.body, b"")
            self.assertCachedForAYear(answer)
            self.assertOpenTo(answer, origin)
            self.assertEqual(answer["Access-Control-Allow-Methods"], methods)
            self.assertEqual(answer["Access-Control-Max-Age"], "31536000")


class WebSocketTest(ServicesTest):
    def assertCloses(self, ws, code):
        """Assert that the server closes the WebSocket with `code`, and then the connection."""
        while not isinstance(message := ws.recv(), Close):
            self.assertIsNotNone(message, "the connection ended without a close frame")
        self.assertEqual(message.code, code)
        self.assertTrue(ws.at_end())


class ApplicationTest(ServerTest):
    layer = APPLICATION

    def status(self, method, path, headers=()):
        """Return the status of the response, without waiting for the end of its body."""
        with HTTP(APPLICATION.port) as http:
            return http.open(method, path, headers).status

    def stats(self):
        return json.loads(self.request("GET", "/stats").body)
