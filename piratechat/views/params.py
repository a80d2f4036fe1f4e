"""Validation of query parameters."""

from pyramid.request import Request

from piratechat.errors import CommandRejected
from piratechat.texts import text

#: The maximum number of a message.
MAX_NUMBER = 2**62

#: The HTTP status for each error code.
STATUS = {
    "too-long": 413,
    "rate-limited": 429,
    "read-only": 403,
    "name-needed": 400,
    "name-taken": 409,
    "muted": 403,
    "not-allowed": 403,
    "enough": 409,
    "bad-message": 400,
    "busy": 503,
    "not-stored": 503,
}


def number(request: Request, name: str, least: int, most: int = MAX_NUMBER) -> int | None:
    """Return the number in the query parameter `name`, or None.

    Raises CommandRejected unless it is a number from `least` to `most`.
    """
    found = request.params.get(name)
    if found is None:
        return None
    if not (found.isascii() and found.isdigit() and len(found) < 20 and least <= int(found) <= most):
        raise CommandRejected("bad-message", _out_of_range(name, least, most))
    return int(found)


def _out_of_range(name: str, least: int, most: int) -> str:
    if most < MAX_NUMBER:
        return text("error.number_range", name=name, least=least, most=most)
    return text("error.number_least", name=name, least=least)
