"""Ids of visitors: who may be told from all others, and who may not."""

#: What ids of visitors begin with that have no cookie: everybody at one address has the same.
_BY_ADDRESS = "@"

#: What ids of programs begin with that speak for a queue; no cookie has such an id.
_PROGRAM = "queue:"


def program_id(name: str) -> str:
    """Return the id of the program that says what the source `name` of notifications brings."""
    return f"{_PROGRAM}{name}"


def program_of(visitor: str | None) -> str | None:
    """Return the name of the source of notifications for which `visitor` speaks, None for people."""
    return visitor.removeprefix(_PROGRAM) if visitor is not None and visitor.startswith(_PROGRAM) else None


def address_id(digest: str) -> str:
    """Return the id of all visitors without a cookie at an address, which has this `digest`."""
    return f"{_BY_ADDRESS}{digest}"


def is_recognized(visitor: str) -> bool:
    """Whether `visitor` is one person's id, by a cookie, and not that of an address, which many may share."""
    return bool(visitor) and not visitor.startswith(_BY_ADDRESS)
