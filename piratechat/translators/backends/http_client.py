"""The HTTP client of back ends: returns a response of limited size within the deadline, or a displayable error.

Neither errors nor log lines contain URLs, keys, or text of messages.
"""

import contextlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

import gevent
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as TimedOut

from piratechat.bounded_json import parse_json
from piratechat.texts import Text
from piratechat.translation import (
    BadRequest,
    BadResponse,
    Misconfigured,
    QuotaExceeded,
    RateLimited,
    TooLong,
    TranslationError,
    Unavailable,
)

#: Timeout of a call without a deadline in seconds.
DEFAULT_TIMEOUT = 30.0
#: Maximum size of a response in bytes.
MAX_RESPONSE_SIZE = 1024 * 1024
#: Maximum bytes of an error response to read for classifying it, and the time limit for that in seconds.
MAX_ERROR_SIZE, ERROR_TIMEOUT = 64 * 1024, 2.0
#: Upper limit for a service's Retry-After in seconds.
MAX_RETRY_AFTER = 3600.0
#: Number of connections to keep open.
POOL_SIZE = 8

_CHUNK_SIZE = 64 * 1024

#: Classifies a response whose status is not 200, given the status and the parsed JSON body (or None); returns None to
#: use the status only.
ErrorOf = Callable[[int, Any], TranslationError | None]

#: Whether urllib3 is currently handling a call of ours.
_ours: ContextVar[bool] = ContextVar("ours", default=False)


def _is_not_ours(_record: logging.LogRecord) -> bool:
    return not _ours.get()


class Client:
    """A translator's HTTP client for its service, which errors refer to as `title`.

    `error_of`, if given, classifies error responses; otherwise their bodies are not read.  There are no retries,
    redirects are not followed, and proxies in environment variables are ignored.  Concurrent greenlets use separate
    connections.
    """

    def __init__(self, title: str, error_of: ErrorOf | None = None) -> None:
        self._title = title
        self._error_of = error_of
        self._pool = urllib3.PoolManager(maxsize=POOL_SIZE)
        # urllib3 logs URLs, which may contain texts and keys; errors have the necessary details.
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            logging.getLogger(name).addFilter(_is_not_ours)

    def ask(
        self,
        method: str,
        url: str,
        deadline: float | None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> str:
        """Return the text of the response, which must be UTF-8, by `deadline` (monotonic seconds).

        Raises TranslationError.
        """
        remaining = DEFAULT_TIMEOUT if deadline is None else deadline - time.monotonic()
        if remaining <= 0:
            raise self._late()
        token = _ours.set(True)
        limit = gevent.Timeout(remaining)
        try:
            with limit:
                answer = self._exchange(method, url, time.monotonic() + remaining, headers, body)
        except gevent.Timeout as caught:
            if caught is not limit:
                raise
            raise self._late() from None
        finally:
            _ours.reset(token)
        try:
            return answer.decode()
        except UnicodeDecodeError:
            raise self.bad_response() from None

    def ask_json(
        self,
        method: str,
        url: str,
        deadline: float | None,
        *,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
    ) -> Any:
        """Send `content` as JSON, unless it is None, and return the parsed response.  Raises TranslationError."""
        headers = dict(headers or {})
        body = None
        if content is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(content, ensure_ascii=False).encode()
        return self.parsed(self.ask(method, url, deadline, headers=headers, body=body))

    def parsed(self, answer: str) -> Any:
        """Parse a JSON response.  Raises BadResponse."""
        try:
            return parse_json(answer)
        except ValueError:
            raise self.bad_response() from None

    def bad_response(self) -> BadResponse:
        """Return the error for an invalid response."""
        return BadResponse(Text("translation.bad_response", {"title": self._title}))

    def _exchange(
        self, method: str, url: str, deadline: float, headers: Mapping[str, str] | None, body: bytes | None
    ) -> bytes:
        seconds = max(deadline - time.monotonic(), 0.001)
        try:
            response = self._pool.urlopen(
                method,
                url,
                body=body,
                # uncompressed, so that the size limit holds
                headers={"Accept-Encoding": "identity", "User-Agent": "piratechat", **(headers or {})},
                timeout=urllib3.Timeout(total=seconds),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except (HTTPError, HTTPException, OSError, ValueError):
            raise Unavailable(Text("translation.unreachable", {"title": self._title})) from None
        try:
            return self._body(response, deadline)
        except BaseException:
            response.close()  # discard the rest
            raise
        finally:
            response.release_conn()

    def _body(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        if response.status != 200:
            raise self._error(response)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise self.bad_response()
        pieces: list[bytes] = []
        size = 0
        while True:
            piece = self._piece(response)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            size += len(piece)
            if size > MAX_RESPONSE_SIZE:
                raise self.bad_response()
            if time.monotonic() > deadline:
                raise self._late()

    def _error(self, response: urllib3.BaseHTTPResponse) -> TranslationError:
        """Return the error for a response whose status is not 200."""
        wait = seconds_to_wait(response.headers.get("Retry-After", ""))
        error = None
        if self._error_of is not None and response.status >= 400:
            error = self._error_of(response.status, self._error_content(response))
        if error is None:
            return self._refusal(response.status, wait)
        if wait is not None:
            error.retry_after = wait
        return error

    def _error_content(self, response: urllib3.BaseHTTPResponse) -> Any:
        """Return the JSON of an error response, or None; limited in size and time."""
        body = b""
        with contextlib.suppress(TranslationError), gevent.Timeout(ERROR_TIMEOUT, False):
            while len(body) <= MAX_ERROR_SIZE and (piece := self._piece(response)):
                body += piece
        try:
            return parse_json(body.decode()) if len(body) <= MAX_ERROR_SIZE else None
        except ValueError:
            return None

    def _piece(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """Return data that has arrived, without waiting for more; b"" at the end."""
        try:
            return response.read1(_CHUNK_SIZE, decode_content=False)
        except (TimedOut, TimeoutError):
            raise self._late() from None
        except (HTTPError, HTTPException, OSError, ValueError):  # the connection was cut
            raise self.bad_response() from None

    def _late(self) -> Unavailable:
        return Unavailable(Text("translation.timeout", {"title": self._title}))

    def _refusal(self, status: int, wait: float | None) -> TranslationError:
        """Return the error for a `status`: RFC 9110 section 15, and 456 and 529 of DeepL."""
        if status in (401, 403):
            return Misconfigured(Text("translation.wrong_key", {"title": self._title}))
        if status == 413:
            return TooLong(Text("translation.too_long", {"title": self._title}))
        if status == 429:
            return RateLimited(Text("translation.rate_limited", {"title": self._title}), wait)
        if status == 456:
            return QuotaExceeded(Text("translation.quota", {"title": self._title}), wait)
        if status == 408 or status >= 500:
            return Unavailable(Text("translation.unavailable", {"title": self._title}), wait)
        if status >= 400:
            return BadRequest(Text("translation.rejected", {"title": self._title}))
        if status >= 300:
            return Misconfigured(Text("translation.moved", {"title": self._title}))
        return self.bad_response()


def seconds_to_wait(retry_after: str) -> float | None:
    """Return the seconds in a Retry-After header (RFC 9110 section 10.2.3), limited to an hour, or None."""
    value = retry_after.strip()
    if len(value) > 64:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(wait, 0.0), MAX_RETRY_AFTER)
