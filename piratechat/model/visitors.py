"""Ids of visitors: who may be told from all others, and who may not."""

#: What ids of visitors begin with that have no cookie: everybody at one address has the same.
_BY_ADDRESS = "@"


def address_id(digest: str) -> str:
    """Return the id of all visitors without a cookie at an address, which has this `digest`."""
    return f"{_BY_ADDRESS}{digest}"


def is_recognized(visitor: str) -> bool:
    """Whether `visitor` is one person's id, by a cookie, and not that of an address, which many may share."""
    return bool(visitor) and not visitor.startswith(_BY_ADDRESS)
