"""A local service that repeats its input in capitals, or hangs, or fails."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from sockjs_support.waiting import TIMEOUT


class Parrot:
    """A server at `url` that runs until it is closed."""

    def __init__(self):
        self._speaks = threading.Event()
        self._speaks.set()
        self._status = 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def speaks(self):
        """Respond normally, also to the requests that are waiting."""
        self._status = 200
        self._speaks.set()

    def thinks(self):
        """Let all requests wait."""
        self._speaks.clear()

    def sulks(self):
        """Reject all requests with an error."""
        self._status = 400
        self._speaks.set()

    def close(self):
        self._speaks.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        parrot = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parrot._speaks.wait(TIMEOUT)
                (text,) = parse_qs(urlsplit(self.path).query)["text"]
                body = text.upper().encode()
                self.send_response(parrot._status)
                self.send_header("Content-Type", "text/plain; charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                """Log nothing."""

        return Handler
