"""The limits within which a translator is asked."""

from dataclasses import dataclass, field
from typing import Any

from piratechat.options import Options
from piratechat.translators.engine.budget import Limits, Prices


@dataclass(frozen=True, slots=True)
class Protection:
    """What the ini file says about asking one translator; durations in seconds."""

    #: For one call.
    timeout: float = 10.0
    #: Calls at the same time.
    concurrency: int = 2
    #: Texts that wait for a call; more are refused.
    queue_size: int = 1_000
    #: What may be spent in a day (UTC).
    budget: Limits = field(default_factory=Limits)
    #: What tokens cost, where the service counts them.
    prices: Prices = field(default_factory=Prices)
    #: The translator to ask instead when this one fails, or "".
    fallback: str = ""

    @classmethod
    def from_options(cls, options: Options, translator: Any = None) -> "Protection":
        """Return what `options` say of `translator`, if it was made of them.  Raises ValueError."""
        default = cls()
        # What it promises is checked later, with words that help.
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
