"""How back ends ask a service over HTTP: one answer, in time, of a sane size, or an error fit to show.

The errors carry no address, no key and nothing of what was said, and neither
does anything that is logged.
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

#: Seconds for a call whose caller sets no deadline.
DEFAULT_TIMEOUT = 30.0
#: Bytes of the longest answer that is read.
MAX_RESPONSE_SIZE = 1024 * 1024
#: Bytes of an error that are read to find out what it is, and the seconds that this may take.
MAX_ERROR_SIZE, ERROR_TIMEOUT = 64 * 1024, 2.0
#: Seconds that a service may have us wait, at most, by its Retry-After.
MAX_RETRY_AFTER = 3600.0
#: Connections that are kept open for the next call.
POOL_SIZE = 8

_CHUNK_SIZE = 64 * 1024

#: Tells what an answer means whose status is not 200: called with the status and the body, parsed, or None if that is
#: no JSON; None for what the status says.
ErrorOf = Callable[[int, Any], TranslationError | None]

#: Whether what urllib3 logs just now is about a call of ours.
_ours: ContextVar[bool] = ContextVar("ours", default=False)


def _is_not_ours(_record: logging.LogRecord) -> bool:
    return not _ours.get()


class Client:
    """One translator's way to its service, which is called `title` in errors.

    `error_of`, if there is one, is asked what errors mean; without it their bodies are not read.
    Nothing is retried, no redirect is followed, and proxies named in the
    environment are not used.  Of several greenlets each has a connection of
    its own.
    """

    def __init__(self, title: str, error_of: ErrorOf | None = None) -> None:
        self._title = title
        self._error_of = error_of
        self._pool = urllib3.PoolManager(maxsize=POOL_SIZE)
        # urllib3 logs addresses, with what stands in them of texts and keys; what went wrong is in the errors.
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
        """Return the text that answers, in UTF-8, until `deadline` (monotonic seconds).  Raises TranslationError."""
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
        """Send `content` as JSON, unless it is None, and return what answers, parsed.  Raises TranslationError."""
        headers = dict(headers or {})
        body = None
        if content is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(content, ensure_ascii=False).encode()
        return self.parsed(self.ask(method, url, deadline, headers=headers, body=body))

    def parsed(self, answer: str) -> Any:
        """Return `answer`, which is JSON.  Raises BadResponse."""
        try:
            return parse_json(answer)
        except ValueError:
            raise self.bad_response() from None

    def bad_response(self) -> BadResponse:
        """Return the error for an answer that is none."""
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
                # what is not compressed does not grow when it is unpacked
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
            response.close()  # whatever else it would have said
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
        """Return what an answer with another status than 200 means."""
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
        """Return the JSON that an error brings, or None; little of it, and without waiting for long."""
        body = b""
        with contextlib.suppress(TranslationError), gevent.Timeout(ERROR_TIMEOUT, False):
            while len(body) <= MAX_ERROR_SIZE and (piece := self._piece(response)):
                body += piece
        try:
            return parse_json(body.decode()) if len(body) <= MAX_ERROR_SIZE else None
        except ValueError:
            return None

    def _piece(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """Return what has come, without waiting for more; nothing at the end."""
        try:
            return response.read1(_CHUNK_SIZE, decode_content=False)
        except (TimedOut, TimeoutError):
            raise self._late() from None
        except (HTTPError, HTTPException, OSError, ValueError):  # it was cut off
            raise self.bad_response() from None

    def _late(self) -> Unavailable:
        return Unavailable(Text("translation.timeout", {"title": self._title}))

    def _refusal(self, status: int, wait: float | None) -> TranslationError:
        """Return what the `status` of an answer means; RFC 9110, section 15, and 456 and 529 of DeepL."""
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
    """Return what a Retry-After header says (RFC 9110, section 10.2.3), an hour at most; None if it says nothing."""
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
