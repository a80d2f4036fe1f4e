"""Tickets: signed statements of a Plone site about a member, valid once, for a minute.

A ticket is `PAYLOAD.SIGNATURE`: JSON as unpadded base64url, and the HMAC-SHA256 of PREFIX and the payload under the
shared secret, in hexadecimal.  examples/collective.piratechat creates them.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

from piratechat.bounded_json import parse_json

#: Signed together with the payload, so that signatures for other purposes are invalid here.
PREFIX = b"piratechat ticket 1\n"
#: Maximum length of a ticket in characters.
MAX_LENGTH = 8_000
#: Seconds for which tickets are valid, and by which the clocks of the two servers may differ.
LIFETIME, CLOCK_SKEW = 60, 10
#: Maximum length of a user's id, a name, a role, and a room's title, in characters; and maximum number of roles.
MAX_USER, MAX_NAME, MAX_ROLE, MAX_TITLE, MAX_ROLES = 150, 200, 60, 200, 30

_FORM = re.compile(r"([A-Za-z0-9_-]{1,7900})\.([0-9a-f]{64})")
_ONCE = re.compile(r"[0-9a-f]{32}")
_STATE = re.compile(r"[0-9a-f]{32}|")


class TicketInvalid(Exception):
    """The text is not a ticket of the site for this purpose."""


class TicketExpired(Exception):
    """The ticket is too old, or the clocks of the servers differ."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The content of a ticket."""

    #: The user's id there; empty if nobody is logged in.
    user: str
    name: str
    roles: frozenset[str]
    #: The `state_of` the browser that the chat redirected to Plone; empty for a request of Plone's server.
    state: str
    #: The title of the room to create, or empty.
    title: str
    #: The ticket's own id.
    once: str
    #: Seconds since 1970.
    expires: int

    @property
    def forgotten_at(self) -> int:
        """When the chat can forget that the ticket was used, even if the clocks of its processes differ."""
        return self.expires + LIFETIME


def state_of(browser: str) -> str:
    """Return the digest of the cookie `browser`, which is sent to Plone: a ticket is valid only for this browser."""
    return hashlib.sha256(f"plone {browser}".encode()).hexdigest()[:32]


def read_ticket(signed: str, secret: str, purpose: str, now: float) -> Ticket:
    """Return the ticket in `signed`, which was made for `purpose`, at `now` (seconds since 1970).

    Raises TicketInvalid and TicketExpired.  The caller has to check whether it was used before.
    """
    match = _FORM.fullmatch(signed) if len(signed) <= MAX_LENGTH else None
    if match is None:
        raise TicketInvalid
    payload = match[1].encode()
    right = hmac.new(secret.encode(), PREFIX + payload, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), match[2].encode()):
        raise TicketInvalid
    values = _values(payload)
    if values.get("purpose") != purpose:
        raise TicketInvalid
    ticket = Ticket(
        _text(values, "user", MAX_USER),
        _text(values, "name", MAX_NAME),
        _roles(values.get("roles", [])),
        _text(values, "state", 32, _STATE),
        _text(values, "title", MAX_TITLE),
        _text(values, "once", 32, _ONCE),
        _whole(values.get("expires")),
    )
    if not now - CLOCK_SKEW <= ticket.expires <= now + LIFETIME + CLOCK_SKEW:
        raise TicketExpired
    return ticket


def _values(payload: bytes) -> dict[str, Any]:
    try:
        values = parse_json(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)).decode())
    except ValueError:
        raise TicketInvalid from None
    if not isinstance(values, dict):
        raise TicketInvalid
    return values


def _text(values: dict[str, Any], name: str, most: int, form: re.Pattern[str] | None = None) -> str:
    value = values.get(name, "")
    if not isinstance(value, str) or len(value) > most or (name == "user" and not value.isprintable()):
        raise TicketInvalid
    if form is not None and not form.fullmatch(value):
        raise TicketInvalid
    return value


def _roles(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or len(value) > MAX_ROLES:
        raise TicketInvalid
    if not all(isinstance(role, str) and len(role) <= MAX_ROLE for role in value):
        raise TicketInvalid
    return frozenset(value)


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**40:
        raise TicketInvalid
    return value
