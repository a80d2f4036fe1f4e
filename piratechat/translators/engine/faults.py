"""Logs bugs of a translator for its author and the operator, but not for each message."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

#: Seconds in which the same bug is logged once.
LOG_INTERVAL = 3600.0
#: Maximum number of distinguished bugs of one translator.
MAX_KINDS = 20
#: Seconds after which a synchronous translator counts as slow, because everybody waits for it.
SLOW = 0.25


class Faults:
    """Logs bugs of the translator `name`: each kind once in LOG_INTERVAL, with a count."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._until: dict[str, float] = {}
        self._more: dict[str, int] = {}

    def broke(self, error: BaseException) -> None:
        """It raised `error`, which is not a TranslationError: logged with its traceback."""
        kind = type(error).__name__
        more = self._allowed(kind)
        if more is not None:
            log.error("The translator %s raised %s%s", self._name, kind, more, exc_info=error)

    def invalid(self, problem: str) -> None:
        """It returned something that is not a list of outcomes; `problem` contains no text of messages."""
        more = self._allowed("invalid")
        if more is not None:
            log.error("The translator %s returned an invalid result: %s%s", self._name, problem, more)

    def slow(self, seconds: float) -> None:
        """It was called synchronously, and took `seconds`: more than SLOW."""
        more = self._allowed("slow")
        if more is not None:
            log.warning(
                'The translator %s took %.0f ms, and with reach = "none" everybody waits for it: it has to be quicker, '
                'or to set reach = "host" or "third-party", which is called from a queue%s',
                self._name,
                1000 * seconds,
                more,
            )

    def _allowed(self, kind: str) -> str | None:
        """Return a phrase with the number of unlogged bugs of this `kind`, or None if it must not be logged now."""
        now = self._clock()
        if kind not in self._until and len(self._until) >= MAX_KINDS:
            kind = "other"
        if now < self._until.get(kind, now):
            self._more[kind] = self._more.get(kind, 0) + 1
            return None
        self._until[kind] = now + LOG_INTERVAL
        more = self._more.pop(kind, 0)
        return f" ({more} more times since this was last logged)" if more else ""
