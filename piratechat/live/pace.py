"""How much somebody may do: token buckets, as many as there is room for."""

import time
from collections import OrderedDict
from collections.abc import Callable

from piratechat.errors import Refused


class Pace:
    """Lets each of many through at `rate` times a second, and `burst` times at once.

    Those who were not seen for longest are forgotten when there are more than
    `most`: by then their buckets are full again, or there is a flood.
    """

    def __init__(
        self, rate: float, burst: float, most: int = 50_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> tokens, when

    def take(self, key: str) -> None:
        """Take one token of `key`.  Raises Refused if there is none."""
        wait = self._wait(key)
        if wait:
            raise Refused("rate-limited", f"You are faster than this chat allows: wait {wait:.1f} s.", wait)

    def may(self, key: str) -> bool:
        """Take one token of `key`; return whether there was one."""
        return not self._wait(key)

    def _wait(self, key: str) -> float:
        """Take one token, or return the seconds until there is one."""
        now = self._clock()
        tokens, then = self._buckets.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate
        self._buckets[key] = (tokens if wait else tokens - 1, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return wait
