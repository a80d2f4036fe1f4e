"""The limits for calls of a translator."""

from dataclasses import dataclass, field
from typing import Any

from piratechat.options import Options
from piratechat.translators.engine.budget import Limits, Prices


@dataclass(frozen=True, slots=True)
class Protection:
    """The limits in the ini file for one translator; durations in seconds."""

    #: Timeout of one call.
    timeout: float = 10.0
    #: Number of concurrent calls.
    concurrency: int = 2
    #: Maximum number of waiting texts; more are rejected.
    queue_size: int = 1_000
    #: Daily quotas (UTC).
    budget: Limits = field(default_factory=Limits)
    #: The prices of tokens, if the service counts them.
    prices: Prices = field(default_factory=Prices)
    #: The fallback translator, or "".
    fallback: str = ""

    @classmethod
    def from_options(cls, options: Options, translator: Any = None) -> "Protection":
        """Return the limits in `options` for `translator`, if it was created from them.  Raises ValueError."""
        default = cls()
        # Its attributes are validated later, with a helpful error.
        counts_tokens = getattr(translator, "counts_tokens", False)
        timeout = getattr(translator, "timeout", default.timeout)
        return cls(
            options.number("timeout", timeout, 0.1, 300.0),
            options.whole("concurrency", default.concurrency, 1, 100),
            options.whole("queue_size", default.queue_size, 1, 100_000),
            _limits(options, counts_tokens),
            _prices(options) if counts_tokens else default.prices,
            options.text("fallback", default.fallback),
        )


def _limits(options: Options, counts_tokens: bool) -> Limits:
    characters = options.whole("budget", 0, 0)
    if not counts_tokens:
        return Limits(characters)
    return Limits(characters, options.whole("token_budget", 0, 0), options.number("cost_budget", 0.0))


def _prices(options: Options) -> Prices:
    prices = Prices(
        options.number("prompt_price", 0.0), options.number("answer_price", 0.0), options.text("currency", "EUR")
    )
    if options.has("cost_budget") and not (prices.prompt or prices.answer):
        raise options.wrong("cost_budget", "needs `prompt_price` and `answer_price`, for a million tokens each")
    return prices
