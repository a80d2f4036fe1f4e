"""How much may be translated in a day: pure, the time is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from piratechat.texts import Text
from piratechat.translation import QuotaExceeded

DAY = 24 * 3600
#: Seconds until a part of the budget that is used up may be more: others may be heard again.
CUT_OFF = 30.0
#: Processes, also those that have ended, whose spending of a day is kept.
MAX_PROCESSES = 10_000
#: Tokens that prices are for.
MILLION = 1_000_000


class Spent(NamedTuple):
    """What a translator has had in a day: characters that were sent, and tokens of prompts and of answers."""

    characters: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.prompt_tokens + self.answer_tokens

    def plus(self, other: "Spent") -> "Spent":
        """Return the two together."""
        return Spent(*map(sum, zip(self, other, strict=True)))

    def or_more(self, other: "Spent") -> "Spent":
        """Return the larger number of each."""
        return Spent(*map(max, zip(self, other, strict=True)))


#: What a translator has had from a process on a day: their names, the day since 1970, and what.
Spending = tuple[str, str, int, Spent]


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in `currency`."""

    prompt: float = 0.0
    answer: float = 0.0
    currency: str = ""

    def cost(self, spent: Spent) -> float:
        """Return what `spent` has cost."""
        return (spent.prompt_tokens * self.prompt + spent.answer_tokens * self.answer) / MILLION


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent in a day; 0 for any amount."""

    characters: int = 0
    tokens: int = 0
    cost: float = 0.0


class Budget:
    """Counts what this process spends, day by day, and takes down what others have.

    Each tells what it has spent in all: the larger of two numbers is the later one, in whatever order they come.
    While others cannot be heard, `parts` says among how many processes the rest is divided.
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

        Raises QuotaExceeded, and counts nothing, if that is more than the day
        has left, or if its tokens or its money are used up.
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
        """Take down what another process has spent on `day` by now, or this one before the server was started again."""
        self._turn(now)
        if day == self._day and (process in self._others or len(self._others) < MAX_PROCESSES):
            self._others[process] = self._others.get(process, Spent()).or_more(spent)

    def own(self, now: float) -> tuple[int, Spent]:
        """Return today, in days since 1970, and what it has had from this process."""
        self._turn(now)
        return self._day, self._own

    def on(self, now: float) -> tuple[int, Spent]:
        """Return today, in days since 1970, and what it has had from all processes."""
        self._turn(now)
        return self._day, self.spent

    @property
    def spent(self) -> Spent:
        """What the day has had from all processes."""
        return self._own.plus(self._spent_by_others())

    @property
    def cost(self) -> float:
        """What the day has cost, by the prices."""
        return self.prices.cost(self.spent)

    def _spent_by_others(self) -> Spent:
        total = Spent()
        for spent in self._others.values():
            total = total.plus(spent)
        return total

    def _part(self, limit: float, others: float) -> float:
        """Return how much of `limit` this process may have spent in all."""
        return (limit - others) / self._parts()

    def _turn(self, now: float) -> None:
        day = int(now // DAY)
        if day != self._day:
            self._day, self._own, self._others = day, Spent(), {}
