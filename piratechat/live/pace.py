"""How much somebody may do: token buckets, as many as there is room for.

A bucket is kept as the moment at which it will be full again (the generic cell
rate algorithm, ITU-T I.371): one number for each key.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from piratechat.errors import Refused

#: The key of the one bucket for all who come when there is room for no more.
STRANGERS = ""
#: Buckets looked at for a full one when somebody new needs room.
LOOKS = 4
#: Seconds by which sums of floats may be wrong.
ROUNDING = 1e-6


class Pace:
    """Lets each of many through at `rate` times a second, and `burst` times at once.

    There are at most `most` buckets.  A full one is as good as none, and makes
    room for another.  Where none is full there is a flood, and all who are new
    share one bucket: nobody gets theirs filled by crowding it out.
    """

    def __init__(
        self, rate: float, burst: float, most: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()  # in the order in which they are looked at

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str, tokens: float = 1.0) -> None:
        """Take tokens of `key`.  Raises Refused if there are too few, and takes none then."""
        refuse(self.wait(key, tokens))
        self.spend(key, tokens)

    def may(self, key: str, tokens: float = 1.0) -> bool:
        """Take tokens of `key`; return whether there were enough."""
        if self.wait(key, tokens):
            return False
        self.spend(key, tokens)
        return True

    def wait(self, key: str, tokens: float = 1.0) -> float:
        """Return the seconds until there are so many tokens of `key`, 0 if there are, and take none.

        Who wants more than a bucket holds waits until it is full.
        """
        now = self._clock()
        full_at = max(now, self._full_at.get(self._key(key, now), now))
        wait = full_at - now + (min(tokens, self._burst) - self._burst) / self._rate
        return wait if wait > ROUNDING else 0.0

    def spend(self, key: str, tokens: float = 1.0) -> None:
        """Take tokens of `key`, for one who has asked `wait`."""
        now = self._clock()
        key = self._key(key, now)
        self._full_at[key] = max(now, self._full_at.get(key, now)) + min(tokens, self._burst) / self._rate

    def _key(self, key: str, now: float) -> str:
        """Return the key of the bucket that is for `key`."""
        if key in self._full_at or len(self._full_at) < self._most or self._make_room(now):
            return key
        return STRANGERS

    def _make_room(self, now: float) -> bool:
        for _ in range(LOOKS):
            key, full_at = self._full_at.popitem(last=False)
            if full_at <= now:
                return True
            self._full_at[key] = full_at
        return False


def refuse(wait: float) -> None:
    """Raise Refused if `wait`, in seconds, is not over."""
    if wait:
        raise Refused("rate-limited", f"You are faster than this chat allows: wait {wait:.1f} s.", wait)
