"""Ids of visitors, and which of them identify one person."""

#: The prefix of ids for visitors without a cookie: everybody at one address has the same.
_BY_ADDRESS = "@"

#: The prefix of ids for notification sources; no cookie has such an id.
_PROGRAM = "queue:"


#: The prefix of ids for members of a Plone site, whose tickets contain the rest of the id.
_MEMBER = "plone:"


def program_id(name: str) -> str:
    """Return the id of the program behind the notification source `name`."""
    return f"{_PROGRAM}{name}"


def program_of(visitor: str | None) -> str | None:
    """Return the name of the notification source with the id `visitor`, or None for people."""
    return visitor.removeprefix(_PROGRAM) if visitor is not None and visitor.startswith(_PROGRAM) else None


def member_id(user: str) -> str:
    """Return the id of the member whom another site knows as `user`."""
    return f"{_MEMBER}{user}"


def is_member(visitor: str) -> bool:
    """Whether another site vouches for `visitor`."""
    return visitor.startswith(_MEMBER)


def address_id(digest: str) -> str:
    """Return the id of all visitors without a cookie at the address with this `digest`."""
    return f"{_BY_ADDRESS}{digest}"


def is_recognized(visitor: str) -> bool:
    """Whether `visitor` is the id of one person, by a cookie, and not of an address, which many may share."""
    return bool(visitor) and not visitor.startswith(_BY_ADDRESS)
