"""A circuit breaker for back ends; this module has no clock."""

from collections.abc import Hashable, Sequence

from piratechat.texts import Text
from piratechat.translation import (
    BadRequest,
    BadResponse,
    Failed,
    Misconfigured,
    Outcome,
    QuotaExceeded,
    RateLimited,
    TranslationError,
    Unavailable,
)

#: Consecutive failures that open the breaker.
THRESHOLD = 3
#: Number of different rejected texts, with none accepted, that indicates a wrong setting.
MAX_REJECTED = 5
#: Seconds for which it opens at first; doubled after each further failure, ...
MIN_PAUSE = 5.0
#: ... up to this maximum.
MAX_PAUSE = 300.0

#: Errors that open the breaker immediately, and for how many seconds.
AT_ONCE: dict[type[TranslationError], float] = {Misconfigured: 300.0, RateLimited: 60.0, QuotaExceeded: 3600.0}
#: Errors that count towards the threshold; others concern single texts.
COUNTED = (Unavailable, BadResponse)
#: Upper limit for a back end's `retry_after` in seconds.
MAX_RETRY_AFTER = 24 * 3600


class Breaker:
    """Decides whether a back end may be called, according to the outcomes of earlier calls.

    When closed it allows every call; when open, none; when half-open, a single one, which decides between the two.
    Each call has the number that `allow` returned: calls from before the breaker opened are ignored afterwards.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._opened = 0  # consecutive times
        self._until: float | None = None
        self._trying = False
        self._rejected: set[Hashable] = set()  # since the last accepted text
        self._number = 1  # of the calls that count
        #: Why it is open.
        self.error: TranslationError | None = None

    def state(self, now: float) -> str:
        """Return "closed", "open" or "half-open"."""
        if self._until is None:
            return "closed"
        return "open" if now < self._until else "half-open"

    def wait(self, now: float) -> float:
        """Return the seconds until the next call may be allowed, or 0."""
        return 0.0 if self._until is None else max(0.0, self._until - now)

    def allow(self, now: float) -> int:
        """Return the number of an allowed call, with which its outcome must be reported, or 0 if none is allowed."""
        if self._until is None:
            return self._number
        if now < self._until or self._trying:
            return 0
        self._trying = True
        return self._number

    def answered(self, number: int, outcomes: Sequence[Outcome], now: float, texts: Sequence[Hashable] = ()) -> None:
        """A call for `texts` returned `outcomes`: it failed if all of them did, or if one has an immediate error.

        `texts` are keys that identify the texts.
        """
        errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
        worst = next((error for error in errors if isinstance(error, tuple(AT_ONCE))), None)
        if worst is None and len(errors) == len(outcomes):
            worst = errors[0]
        if worst is None:
            self.succeeded(number)
        else:
            self.failed(number, worst, now, texts)

    def succeeded(self, number: int) -> None:
        """A call succeeded."""
        if number != self._number:
            return
        self._failures = self._opened = 0
        self._rejected.clear()
        self._until = self.error = None
        self._trying = False

    def failed(self, number: int, error: TranslationError, now: float, texts: Sequence[Hashable] = ()) -> None:
        """A call for `texts` failed.

        If many different texts are rejected and none is accepted, the cause is not the texts: the URL, the model or
        another setting is wrong.
        """
        if number != self._number:
            return
        if type(error) is BadRequest:  # its subclasses concern single texts
            self._rejected.update(texts)
            if len(self._rejected) >= MAX_REJECTED:
                error = Misconfigured(Text("translation.all_rejected"))
        trial, self._trying = self._trying, False
        at_once = next((pause for kind, pause in AT_ONCE.items() if isinstance(error, kind)), None)
        if at_once is not None:
            pause = at_once if error.retry_after is None else error.retry_after
        elif isinstance(error, COUNTED):
            self._failures += 1
            if not trial and self._failures < THRESHOLD and error.retry_after is None:
                return
            pause = min(MAX_PAUSE, MIN_PAUSE * 2**self._opened) if error.retry_after is None else error.retry_after
        elif trial:  # it concerns the text, and the back end works
            self.succeeded(number)
            return
        else:
            return
        self._opened = min(self._opened + 1, 20)
        self._until = now + min(max(0.0, pause), MAX_RETRY_AFTER)  # the order matters: NaN becomes 0
        self._number += 1
        self.error = error

    def abandoned(self, number: int) -> None:
        """An allowed call was not made, or has no outcome."""
        if number == self._number:
            self._trying = False
