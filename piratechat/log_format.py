"""Log lines, one for each event, as key=value.

    [formatter_lines]
    class = piratechat.log_format.LineFormatter

    at=2026-11-21T10:00:00.123Z level=info logger=piratechat.http.access_log request=5f3a9c0e1b2d method=GET ...

Text from outside can neither start another line nor hide in one: unprintable characters are escaped, and all lengths
are limited.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

#: Maximum length of a value; tracebacks may be longer.
LENGTH = 2_000
TRACEBACK_LENGTH = 20_000

#: The mark of all log lines for the current request or session: a name and its value.
_ABOUT: ContextVar[tuple[str, str] | None] = ContextVar("about", default=None)

_NO_FIELDS = frozenset({*logging.makeLogRecord({}).__dict__, "asctime", "message", "taskName", "color_message"})


class _Marking:
    """A context manager; written as a class because a generator costs over half a microsecond per message."""

    __slots__ = ("_mark", "_token")

    def __init__(self, mark: tuple[str, str]) -> None:
        self._mark = mark

    def __enter__(self) -> None:
        self._token = _ABOUT.set(self._mark)

    def __exit__(self, *_exception: object) -> None:
        _ABOUT.reset(self._token)


def about(name: str, value: str) -> AbstractContextManager[None]:
    """Mark all log lines in this context with `name=value`."""
    return _Marking((name, value))


class LineFormatter(logging.Formatter):
    """Formats a record, with its `extra`, as one line; `fmt` is ignored."""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(f"{name}={quoted(value, length)}" for name, value, length in self._fields(record))

    def _fields(self, record: logging.LogRecord) -> Iterator[tuple[str, Any, int]]:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        yield "at", at.replace("+00:00", "Z"), LENGTH
        yield "level", record.levelname.lower(), LENGTH
        yield "logger", record.name, LENGTH
        found = _ABOUT.get()
        if found is not None:
            yield *found, LENGTH
        yield "message", record.getMessage(), LENGTH
        for name, value in record.__dict__.items():
            if name not in _NO_FIELDS:
                yield name, value, LENGTH
        if record.exc_info:
            yield "exception", self.formatException(record.exc_info), TRACEBACK_LENGTH
        if record.stack_info:
            yield "stack", record.stack_info, TRACEBACK_LENGTH


def quoted(value: Any, length: int = LENGTH) -> str:
    """Return `value` for a log line: unchanged if it is a single plain word, else quoted and escaped as in JSON."""
    text = str(value)
    if len(text) > length:
        text = f"{text[:length]}..."
    if text and text.isprintable() and not any(character in text for character in ' "=\\'):
        return text
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
