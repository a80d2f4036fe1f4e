"""What is refused, and why."""

import math


class CommandRejected(Exception):
    """What was asked for cannot be; the message says what to do instead.

    `code` is one of the codes of the protocol: too-long, rate-limited,
    read-only, name-needed, name-taken, muted, not-allowed, enough, bad-message
    or not-stored.
    """

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        #: Seconds after which the same may be granted, where that is known.
        self.retry_after = retry_after
        #: What of a room could not be changed so, if it is about that: title, slow, ...
        self.field: str | None = None


def retry_after_header(seconds: float | None) -> int | None:
    """Return the value of a Retry-After header (RFC 9110 section 10.2.3): whole seconds, 1 at least; None for none."""
    return None if seconds is None else max(1, math.ceil(seconds))
