"""The exception for rejected commands."""

import math

#: Code and reason that close the sessions of a member who has logged out.  The windows reconnect as anonymous visitors.
LOGGED_OUT = (4401, "You have logged out")
LOGIN_EXPIRED = (4401, "Your login has expired")


class CommandRejected(Exception):
    """A command is rejected; the message says what to do instead.

    `code` is one of the codes of the protocol: too-long, rate-limited, read-only, name-needed, name-taken, muted,
    not-allowed, enough, bad-message or not-stored.
    """

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        #: Seconds after which a retry may succeed, if known.
        self.retry_after = retry_after
        #: The setting of the room that could not be changed (title, slow, ...), if the error is about one.
        self.field: str | None = None


def retry_after_header(seconds: float | None) -> int | None:
    """Return the value of a Retry-After header (RFC 9110 section 10.2.3): whole seconds, at least 1.

    Returns None for None.
    """
    return None if seconds is None else max(1, math.ceil(seconds))
