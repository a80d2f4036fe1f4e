"""How much may be translated in a day: pure, the time is given."""

from dataclasses import dataclass
from typing import NamedTuple

from piratechat.texts import Text
from piratechat.translation import QuotaExceeded

DAY = 24 * 3600
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
    """Counts what is spent, day by day."""

    def __init__(self, limits: Limits, prices: Prices = Prices()) -> None:
        self.limits = limits
        self.prices = prices
        self._day = 0
        self.spent = Spent()

    def spend(self, characters: int, now: float) -> None:
        """Count `characters` that are about to be sent at `now` (seconds since 1970).

        Raises QuotaExceeded, and counts nothing, if that is more than the day
        has left, or if its tokens or its money are used up.
        """
        self._turn(now)
        limits = self.limits
        if (
            (limits.characters and self.spent.characters + characters > limits.characters)
            or (limits.tokens and self.spent.tokens >= limits.tokens)
            or (limits.cost and self.cost >= limits.cost)
        ):
            raise QuotaExceeded(Text("translation.daily_quota"), DAY - now % DAY)
        self.spent = self.spent.plus(Spent(characters))

    def count(self, prompt_tokens: int, answer_tokens: int, now: float) -> None:
        """Count the tokens of an answer."""
        self._turn(now)
        self.spent = self.spent.plus(Spent(0, prompt_tokens, answer_tokens))

    def recall(self, day: int, spent: Spent, now: float) -> None:
        """Go on from what was spent on `day` before the server was started again."""
        self._turn(now)
        if day == self._day:
            self.spent = self.spent.plus(spent)

    def on(self, now: float) -> tuple[int, Spent]:
        """Return today, in days since 1970, and what it has had."""
        self._turn(now)
        return self._day, self.spent

    @property
    def cost(self) -> float:
        """What the day has cost, by the prices."""
        return self.prices.cost(self.spent)

    def _turn(self, now: float) -> None:
        day = int(now // DAY)
        if day != self._day:
            self._day, self.spent = day, Spent()
