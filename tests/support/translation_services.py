"""Local servers that implement the APIs of translation services, correctly or with faults."""

import json
import re
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from piratechat.translation import (
    BadRequest,
    BadResponse,
    Misconfigured,
    QuotaExceeded,
    RateLimited,
    TooLong,
    Unavailable,
)
from sockjs_support.waiting import TIMEOUT

KEY = "a-key-of-4711"


class Asked:
    """A request with the `fields` of its query and form, and its JSON `content`."""

    def __init__(self, handler):
        self.method = handler.command
        self.headers = handler.headers
        address = urlsplit(handler.path)
        self.path = address.path
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.fields = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.content = None
        if handler.headers.get("Content-Type") == "application/json":
            self.content = json.loads(self.body)
        elif self.body:
            self.fields |= {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.server.service.connections.add(self.connection)

    def handle(self):
        with suppress(ConnectionError):  # the client has disconnected
            super().handle()

    def finish(self):
        self.server.service.connections.discard(self.connection)
        super().finish()

    def _answer(self):
        service = self.server.service
        asked = Asked(self)
        service.asked.append(asked)
        fault = service.faults.popleft() if service.faults else service.fault
        if fault is not None:
            fault(self)
        else:
            self.answer(*service.answer(asked))

    do_GET = do_POST = _answer  # noqa: N815 - http.server's names

    def answer(self, status, content, headers=()):
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.head(status, {"Content-Length": len(body), **dict(headers)})
        self.wfile.write(body)

    def head(self, status=200, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()

    def say(self, data):
        self.wfile.write(data)

    def wait(self, seconds):
        """Return whether the service is still running after `seconds`."""
        return not self.server.service.closing.wait(seconds)

    def log_message(self, *_arguments):
        pass


class Service:
    """A server on its own port; `fault` replaces all responses, and `faults` replaces the next ones."""

    def __init__(self):
        self.asked = []
        self.fault = None
        self.faults = deque()
        self.connections = set()
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # close() waits for them
        self._server.service = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self):
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def answer(self, asked):
        """Return status, content and optional headers."""
        raise NotImplementedError


def in_spanish(text):
    """Return `text` in invented Spanish: an o is appended to most words, and text in tags is unchanged."""
    return re.sub(r"(<[^>]*>|&\w+;)|\b([a-z]+)\b", lambda found: found[1] or f"{found[2]}o", text)


class Plain(Service):
    """Three simple services, which the first demonstration of this chat used."""

    def answer(self, asked):
        if asked.path == "/arrpi.php":
            return 200, f"Arr, {asked.fields['text']}\n", {"Content-Type": "text/html"}
        if asked.path == "/api/translate":
            return 200, f"Arr, {asked.fields['english']}"
        if asked.path == "/translate/pirate.json" and asked.method == "POST":
            if asked.headers["X-Funtranslations-Api-Secret"] != KEY:
                return 401, {"error": {"code": 401}}
            return 200, {"contents": {"translated": f"Arr, {asked.fields['text']}", "text": asked.fields["text"]}}
        return 404, {"error": "no such page"}


class LibreTranslate(Service):
    """LibreTranslate 1.9 with an API key, English, Spanish, Brazilian Portuguese, and Chinese in two scripts."""

    CODES = ("en", "es", "pt-BR", "zh-Hans", "zh-Hant")

    def __init__(self, key=""):
        super().__init__()
        self.key = key

    def answer(self, asked):
        if asked.path == "/languages":
            return 200, [{"code": code, "name": code, "targets": list(self.CODES)} for code in self.CODES]
        if self.key and asked.content.get("api_key") != self.key:
            return 403, {"error": "Invalid API key"}
        if asked.path == "/detect":
            return 200, self.detected(asked.content["q"])
        if asked.path == "/translate":
            return self.translated(**asked.content)
        return 404, {"error": "Not found"}

    def detected(self, text):
        for sign, language, confidence in (("hola", "es", 92.0), ("olá", "pt-BR", 80), ("你", "zh-Hans", 100.0)):
            if sign in text.lower():
                return [{"confidence": confidence, "language": language}, {"confidence": 3.0, "language": "en"}]
        return [{"confidence": 12.0 if len(text) < 3 else 90.0, "language": "en"}]

    def translated(self, q, source, target, format="text", api_key=None):
        if source not in (*self.CODES, "auto") or target not in self.CODES:
            return 400, {"error": f"{source} is not supported"}
        if isinstance(q, str):
            return 200, {"translatedText": in_spanish(q.strip())}
        return 200, {"translatedText": [in_spanish(text.strip()) for text in q]}


class DeepL(Service):
    """DeepL v2; texts with "ist" are German, and all others English."""

    TARGETS = ("DE", "EN-GB", "EN-US", "ES", "ES-419", "NB", "PT-BR", "PT-PT", "ZH", "ZH-HANS", "ZH-HANT")

    def __init__(self):
        super().__init__()
        self.usage = {"character_count": 10, "character_limit": 500_000}

    def answer(self, asked):
        if asked.headers["Authorization"] not in (f"DeepL-Auth-Key {KEY}", f"DeepL-Auth-Key {KEY}:fx"):
            return 403, {"message": "Forbidden"}
        if asked.path == "/v2/usage":
            return 200, self.usage
        if asked.path == "/v2/languages" and asked.fields.get("type") == "target":
            return 200, [{"language": code, "name": code, "supports_formality": False} for code in self.TARGETS]
        if asked.path != "/v2/translate" or asked.method != "POST":
            return 404, {"message": "Not found"}
        if len(asked.body) > 128 * 1024:
            return 413, {"message": "Request too large"}
        content = asked.content
        if len(content["text"]) > 50 or content["target_lang"] not in self.TARGETS:
            return 400, {"message": "Bad request"}
        return 200, {"translations": [self.translated(text, content.get("source_lang")) for text in content["text"]]}

    def translated(self, text, source):
        return {
            "detected_source_language": source or ("DE" if " ist " in text else "EN"),
            "text": in_spanish(text),
        }


def status(number, **headers):
    """Return a fault that responds with an HTTP status; callable headers are called at that time."""

    def answer(handler):
        fields = {name.replace("_", "-"): value() if callable(value) else value for name, value in headers.items()}
        handler.answer(number, {"error": f"{KEY} http://example.org"}, fields)

    return answer


def body(data, **headers):
    """Return a fault that responds with the body `data`."""

    def answer(handler):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.head(200, {"Content-Type": "application/json", "Content-Length": len(data), **fields})
        handler.say(data)

    return answer


def date_in(seconds):
    """Return a function that returns an HTTP date, so many seconds from the call."""
    return lambda: formatdate(time.time() + seconds, usegmt=True)


def silent(handler):
    """Send nothing."""
    handler.wait(60)
    handler.close_connection = True


def hanging_up(handler):
    """Close the connection without a response."""
    handler.close_connection = True


def junk(handler):
    handler.say(b"SSH-2.0-OpenSSH_9.9\r\n" * 3)
    handler.close_connection = True


def cut(handler):
    """Close the connection in the middle of the body."""
    handler.head(200, {"Content-Length": 1000})
    handler.say(b'{"translat')
    handler.close_connection = True


def cut_chunk(handler):
    handler.head(200, {"Transfer-Encoding": "chunked"})
    handler.say(b"400\r\n{")
    handler.close_connection = True


def stuck(handler):
    """Stop in the middle of the body, and keep the connection open."""
    handler.head(200, {"Content-Length": 1000})
    handler.say(b'{"translat')
    silent(handler)


def endless(handler):
    """Send a body without end."""
    handler.head(200, {"Transfer-Encoding": "chunked"})
    handler.close_connection = True
    while handler.wait(0):
        handler.say(b"10000\r\n" + 0x10000 * b" " + b"\r\n")


def trickling(handler):
    """Send a body slowly, without end."""
    handler.head(200, {"Content-Length": 100_000})
    handler.close_connection = True
    while handler.wait(0.02):
        handler.say(b" ")


def trickling_head(handler):
    handler.close_connection = True
    handler.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while handler.wait(0.02):
        handler.say(b"x")


#: Fault -> (function, expected error, expected seconds until the next attempt).
FAULTS = {
    "400": (status(400), BadRequest, None),
    "401": (status(401), Misconfigured, None),
    "403": (status(403), Misconfigured, None),
    "404": (status(404), BadRequest, None),
    "408": (status(408), Unavailable, None),
    "413": (status(413), TooLong, None),
    "418": (status(418), BadRequest, None),
    "429": (status(429), RateLimited, None),
    "429 with Retry-After in seconds": (status(429, Retry_After="7"), RateLimited, 7.0),
    "429 with Retry-After as a date": (status(429, Retry_After=date_in(1800)), RateLimited, 1800.0),
    "429 with Retry-After of a year": (status(429, Retry_After="31536000"), RateLimited, 3600.0),
    "429 with Retry-After in the past": (status(429, Retry_After=date_in(-86_400)), RateLimited, 0.0),
    "429 with an invalid Retry-After": (status(429, Retry_After="soon, " * 100), RateLimited, None),
    "456": (status(456), QuotaExceeded, None),
    "500": (status(500), Unavailable, None),
    "503 with Retry-After": (status(503, Retry_After="120"), Unavailable, 120.0),
    "529": (status(529), Unavailable, None),
    "302": (status(302, Location="http://127.0.0.1:9/"), Misconfigured, None),
    "204": (lambda handler: handler.head(204), BadResponse, None),
    "no response": (silent, Unavailable, None),
    "a closed connection": (hanging_up, Unavailable, None),
    "another protocol": (junk, Unavailable, None),
    "an incomplete body": (cut, BadResponse, None),
    "an incomplete chunk": (cut_chunk, BadResponse, None),
    "a body that stops": (stuck, Unavailable, None),
    "an endless body": (endless, BadResponse, None),
    "a slow body": (trickling, Unavailable, None),
    "HTML": (body(b"<!DOCTYPE html><title>Log in</title>", Content_Type="text/html"), BadResponse, None),
    "half of the JSON": (body(b'{"translations": ['), BadResponse, None),
    "an empty body": (body(b""), BadResponse, None),
    "null": (body(b"null"), BadResponse, None),
    "an infinite number": (body(b"1e999"), BadResponse, None),
    "too many digits": (body(b"1" * 10_000), BadResponse, None),
    "deeply nested JSON": (body(b"[" * 100_000), BadResponse, None),
    "Latin-1": (body('{"translatedText": "\xe9"}'.encode("latin-1")), BadResponse, None),
    "UTF-16": (body('{"translatedText": ["a"]}'.encode("utf-16")), BadResponse, None),
    "a compressed body": (body(b"\x1f\x8b\x08", Content_Encoding="gzip"), BadResponse, None),
}

#: Faults that only the deadline ends.
NEVER_ENDING = ("no response", "a body that stops", "a slow body")


def seconds_for(name):
    """Return the deadline in seconds for the fault `name`: short if nothing arrives, else enough for slow machines."""
    return 0.3 if name in NEVER_ENDING else TIMEOUT
