"""Days in queries: `on=2026-11-21`, in UTC or in the time zone `zone`."""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from pyramid.request import Request

from piratechat.errors import CommandRejected
from piratechat.texts import text

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Names of time zones, which are also file names.
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){0,2}")
MAX_ZONE = 64


def beginning_of_day(request: Request) -> int | None:
    """Return the beginning of the day in the query, in milliseconds since 1970, or None if there is none.

    Raises CommandRejected for an invalid day or time zone.
    """
    day = request.GET.get("on")
    if day is None:
        return None
    zone = _zone_of(request.GET.get("zone"))
    try:
        if not _DAY.fullmatch(day):
            raise ValueError(day)
        return int(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise CommandRejected("bad-message", text("error.day_invalid")) from None


def _zone_of(name: str | None) -> tzinfo:
    if name is None:
        return UTC
    try:
        if len(name) > MAX_ZONE or not _ZONE.fullmatch(name):
            raise ValueError(name)
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise CommandRejected("bad-message", text("error.zone_invalid")) from None
