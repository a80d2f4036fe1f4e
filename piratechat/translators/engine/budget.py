"""Daily quotas of translators; this module has no clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from piratechat.texts import Text
from piratechat.translation import QuotaExceeded

DAY = 24 * 3600
#: Seconds before the share of a partly used quota may grow, when other processes may be reachable again.
CUT_OFF = 30.0
#: Maximum number of processes, including ended ones, whose usage of a day is stored.
MAX_PROCESSES = 10_000
#: The number of tokens that prices refer to.
MILLION = 1_000_000


class Spent(NamedTuple):
    """A translator's usage on a day: characters sent, and tokens of prompts and answers."""

    characters: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0

    @property
    def tokens(self) -> int:
        """The total number of tokens."""
        return self.prompt_tokens + self.answer_tokens

    def plus(self, other: "Spent") -> "Spent":
        """Return the sum."""
        return Spent(*map(sum, zip(self, other, strict=True)))

    def or_more(self, other: "Spent") -> "Spent":
        """Return the maximum of each number."""
        return Spent(*map(max, zip(self, other, strict=True)))


#: A translator's usage by a process on a day: their names, the day since 1970, and the usage.
Spending = tuple[str, str, int, Spent]


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a million tokens, in `currency`."""

    prompt: float = 0.0
    answer: float = 0.0
    currency: str = ""

    def cost(self, spent: Spent) -> float:
        """Return the cost of `spent`."""
        return (spent.prompt_tokens * self.prompt + spent.answer_tokens * self.answer) / MILLION


@dataclass(frozen=True, slots=True)
class Limits:
    """Daily limits; 0 for no limit."""

    characters: int = 0
    tokens: int = 0
    cost: float = 0.0


class Budget:
    """Counts the usage by this process for each day, and records that of others.

    Each process reports its total: the larger of two numbers is the later one, in whatever order they arrive.  While
    others are unreachable, `parts` is the number of processes among which the rest is divided.
    """

    def __init__(self, limits: Limits, prices: Prices = Prices(), parts: Callable[[], int] = lambda: 1) -> None:
        self.limits = limits
        self.prices = prices
        self._parts = parts
        self._day = 0
        self._own = Spent()
        self._others: dict[str, Spent] = {}  # by process

    def spend(self, characters: int, now: float) -> None:
        """Count `characters` that are about to be sent at `now` (seconds since 1970).

        Raises QuotaExceeded, and counts nothing, if this exceeds the quota, or if the quota of tokens or money is
        exhausted.
        """
        self._turn(now)
        limits, own, others = self.limits, self._own, self._spent_by_others()
        if (
            (limits.characters and own.characters + characters > self._part(limits.characters, others.characters))
            or (limits.tokens and own.tokens >= self._part(limits.tokens, others.tokens))
            or (limits.cost and self.prices.cost(own) >= self._part(limits.cost, self.prices.cost(others)))
        ):
            alone = self._parts() == 1
            raise QuotaExceeded(Text("translation.daily_quota"), DAY - now % DAY if alone else CUT_OFF)
        self._own = own.plus(Spent(characters))

    def count(self, prompt_tokens: int, answer_tokens: int, now: float) -> None:
        """Count the tokens of an answer."""
        self._turn(now)
        self._own = self._own.plus(Spent(0, prompt_tokens, answer_tokens))

    def hear(self, process: str, day: int, spent: Spent, now: float) -> None:
        """Record the usage on `day` by another process, or by this one before a restart."""
        self._turn(now)
        if day == self._day and (process in self._others or len(self._others) < MAX_PROCESSES):
            self._others[process] = self._others.get(process, Spent()).or_more(spent)

    def own(self, now: float) -> tuple[int, Spent]:
        """Return today, in days since 1970, and its usage by this process."""
        self._turn(now)
        return self._day, self._own

    def on(self, now: float) -> tuple[int, Spent]:
        """Return today, in days since 1970, and its usage by all processes."""
        self._turn(now)
        return self._day, self.spent

    @property
    def spent(self) -> Spent:
        """Today's usage by all processes."""
        return self._own.plus(self._spent_by_others())

    @property
    def cost(self) -> float:
        """Today's cost."""
        return self.prices.cost(self.spent)

    def _spent_by_others(self) -> Spent:
        total = Spent()
        for spent in self._others.values():
            total = total.plus(spent)
        return total

    def _part(self, limit: float, others: float) -> float:
        """Return this process's share of `limit`."""
        return (limit - others) / self._parts()

    def _turn(self, now: float) -> None:
        day = int(now // DAY)
        if day != self._day:
            self._day, self._own, self._others = day, Spent(), {}
