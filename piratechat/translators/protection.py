"""What keeps a back end from being asked too much, and the chat from waiting for it: pure, the time is given."""

from dataclasses import dataclass

from piratechat.translation import BadResponse, Misconfigured, QuotaExceeded, RateLimited, TranslationError, Unavailable
from piratechat.translators.options import Options

DAY = 24 * 3600

#: Failures in a row after which a back end is left alone for a while.
THRESHOLD = 3
#: Seconds for which it is left alone at first; twice as long each time it fails again, ...
SHORTEST = 5.0
#: ... and never longer than this.
LONGEST = 300.0

#: What one failure says enough about, and for how many seconds to leave a back end alone after it.
AT_ONCE: dict[type[TranslationError], float] = {Misconfigured: 300.0, RateLimited: 60.0, QuotaExceeded: 3600.0}
#: What counts towards the threshold; other errors are about single texts.
COUNTED = (Unavailable, BadResponse)


@dataclass(frozen=True, slots=True)
class Protection:
    """What the ini file says about asking one translator; durations in seconds."""

    #: For one call.
    timeout: float = 10.0
    #: Calls at the same time.
    concurrency: int = 2
    #: Texts that wait for a call; more are refused.
    waiting: int = 1_000
    #: Characters that may be sent in a day (UTC); 0 for any number.
    budget: int = 0
    #: The translator to ask instead when this one fails, or "".
    fallback: str = ""

    @classmethod
    def from_options(cls, options: Options) -> "Protection":
        """Return what `options` say.  Raises ValueError."""
        default = cls()
        return cls(
            options.number("timeout", default.timeout, 0.1, 300.0),
            options.whole("concurrency", default.concurrency, 1, 100),
            options.whole("waiting", default.waiting, 1, 100_000),
            options.whole("budget", default.budget, 0),
            options.text("fallback", default.fallback),
        )


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

    def succeeded(self, number: int) -> None:
        """A call was answered."""
        if number != self._number:
            return
        self._failures = self._opened = 0
        self._until = self.error = None
        self._trying = False

    def failed(self, number: int, error: TranslationError, now: float) -> None:
        """A call was not."""
        if number != self._number:
            return
        trial, self._trying = self._trying, False
        at_once = next((pause for kind, pause in AT_ONCE.items() if isinstance(error, kind)), None)
        if at_once is not None:
            pause = at_once if error.retry_after is None else error.retry_after
        elif isinstance(error, COUNTED):
            self._failures += 1
            if not trial and self._failures < THRESHOLD and error.retry_after is None:
                return
            pause = min(LONGEST, SHORTEST * 2**self._opened) if error.retry_after is None else error.retry_after
        elif trial:  # it is about the text, and the back end is well
            self.succeeded(number)
            return
        else:
            return
        self._opened = min(self._opened + 1, 20)
        self._until = now + min(max(0.0, pause), DAY)  # in this order: a pause that is no number is none
        self._number += 1
        self.error = error

    def abandoned(self, number: int) -> None:
        """A call that was allowed was not made, or says nothing."""
        if number == self._number:
            self._trying = False


class Budget:
    """Counts characters, day by day."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._day = 0
        self.spent = 0

    def spend(self, characters: int, now: float) -> None:
        """Count `characters` that are about to be sent at `now` (seconds since 1970).

        Raises QuotaExceeded, and counts nothing, if that is more than the day has left.
        """
        self._turn(now)
        if self._most and self.spent + characters > self._most:
            raise QuotaExceeded("What may be translated in a day is used up.", DAY - now % DAY)
        self.spent += characters

    def recall(self, day: int, spent: int, now: float) -> None:
        """Go on from what was spent on `day` before the server was started again."""
        self._turn(now)
        if day == self._day:
            self.spent += spent

    def on(self, now: float) -> tuple[int, int]:
        """Return today, in days since 1970, and what it has cost."""
        self._turn(now)
        return self._day, self.spent

    def _turn(self, now: float) -> None:
        day = int(now // DAY)
        if day != self._day:
            self._day, self.spent = day, 0
