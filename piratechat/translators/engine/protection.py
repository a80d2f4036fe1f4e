"""The limits within which a translator is asked."""

from dataclasses import dataclass

from piratechat.options import Options


@dataclass(frozen=True, slots=True)
class Protection:
    """What the ini file says about asking one translator; durations in seconds."""

    #: For one call.
    timeout: float = 10.0
    #: Calls at the same time.
    concurrency: int = 2
    #: Texts that wait for a call; more are refused.
    queue_size: int = 1_000
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
            options.whole("queue_size", default.queue_size, 1, 100_000),
            options.whole("budget", default.budget, 0),
            options.text("fallback", default.fallback),
        )
