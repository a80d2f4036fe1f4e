"""The circuit breaker, which spares a back end that fails, and readers the wait for it: pure, the time is given."""

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

#: Failures in a row after which a back end is left alone for a while.
THRESHOLD = 3
#: Different texts that a back end rejects, and none that it takes, after which the fault is in the settings.
MAX_REJECTED = 5
#: Seconds for which it is left alone at first; twice as long each time it fails again, ...
MIN_PAUSE = 5.0
#: ... and never longer than this.
MAX_PAUSE = 300.0

#: What one failure says enough about, and for how many seconds to leave a back end alone after it.
AT_ONCE: dict[type[TranslationError], float] = {Misconfigured: 300.0, RateLimited: 60.0, QuotaExceeded: 3600.0}
#: What counts towards the threshold; other errors are about single texts.
COUNTED = (Unavailable, BadResponse)
#: Seconds that a back end may ask for with `retry_after`; longer ones count as this.
MAX_RETRY_AFTER = 24 * 3600


class Breaker:
    """Tells when a back end may be asked, by what came of asking it.

    Closed, it lets every call through; open, none; half-open, one, which
    decides between the two.  Each call has the number that `allow` gave:
    what was asked before the breaker opened has no say in what follows.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._opened = 0  # times in a row
        self._until: float | None = None
        self._trying = False
        self._rejected: set[Hashable] = set()  # since it last took one
        self._number = 1  # of the calls that have a say
        #: Why it is open.
        self.error: TranslationError | None = None

    def state(self, now: float) -> str:
        """Return "closed", "open" or "half-open"."""
        if self._until is None:
            return "closed"
        return "open" if now < self._until else "half-open"

    def wait(self, now: float) -> float:
        """Return the seconds for which there is nothing to be hoped for; 0 if there is."""
        return 0.0 if self._until is None else max(0.0, self._until - now)

    def allow(self, now: float) -> int:
        """Return the number of a call that may be made, with which its outcome must be told; 0 if none may."""
        if self._until is None:
            return self._number
        if now < self._until or self._trying:
            return 0
        self._trying = True
        return self._number

    def answered(self, number: int, outcomes: Sequence[Outcome], now: float, texts: Sequence[Hashable] = ()) -> None:
        """A call for `texts` was answered with `outcomes`: it failed if all of them did, or if one error says enough.

        `texts` are what each text is known by.
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
        """A call was answered."""
        if number != self._number:
            return
        self._failures = self._opened = 0
        self._rejected.clear()
        self._until = self.error = None
        self._trying = False

    def failed(self, number: int, error: TranslationError, now: float, texts: Sequence[Hashable] = ()) -> None:
        """A call for `texts` was not.

        What rejects many different texts and takes none does not mind the
        texts: its address, its model or another setting is wrong.
        """
        if number != self._number:
            return
        if type(error) is BadRequest:  # its subclasses are about what single texts say
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
        elif trial:  # it is about the text, and the back end is well
            self.succeeded(number)
            return
        else:
            return
        self._opened = min(self._opened + 1, 20)
        self._until = now + min(max(0.0, pause), MAX_RETRY_AFTER)  # in this order: a pause that is no number is none
        self._number += 1
        self.error = error

    def abandoned(self, number: int) -> None:
        """A call that was allowed was not made, or says nothing."""
        if number == self._number:
            self._trying = False
