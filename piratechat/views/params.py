"""What requests ask for, checked."""

from pyramid.request import Request

from piratechat.errors import CommandRejected

#: The largest number that a message can have.
MAX_NUMBER = 2**62

#: The status of a response that refuses, by the code of the refusal.
STATUS = {
    "too-long": 413,
    "rate-limited": 429,
    "read-only": 403,
    "name-needed": 400,
    "name-taken": 409,
    "muted": 403,
    "not-allowed": 403,
    "bad-message": 400,
    "not-stored": 503,
}


def wants_json(request: Request) -> bool:
    """Whether who asks would rather have JSON than a page."""
    offers = request.accept.acceptable_offers(["text/html", "application/json"])
    return bool(offers) and offers[0][0] == "application/json"


def number(request: Request, name: str, least: int, most: int = MAX_NUMBER) -> int | None:
    """Return the number that the query has under `name`, or None.

    Raises CommandRejected for one that is not a number from `least` to `most`.
    """
    text = request.params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
        bounds = f"from {least} to {most}" if most < MAX_NUMBER else f"of {least} or more"
        raise CommandRejected("bad-message", f"{name} must be a whole number {bounds}.")
    return int(text)
