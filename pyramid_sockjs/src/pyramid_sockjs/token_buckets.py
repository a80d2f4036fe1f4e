"""Rate limits by token buckets, as many as there is room for.

A bucket is stored as the moment at which it will be full again (the generic
cell rate algorithm, ITU-T I.371): one number for each key.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from pyramid_sockjs.servers.client_networks import shares

#: The key of the one bucket for all who come when there is room for no more.
OVERFLOW_KEY = ""
#: Buckets looked at for a full one when somebody new needs room.
EVICTION_PROBES = 4
#: Seconds by which sums of floats may be wrong.
ROUNDING = 1e-6


class TokenBuckets:
    """A bucket for each key, which holds `burst` tokens and is filled with `rate` of them a second.

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

    def wait(self, key: str, tokens: float = 1.0) -> float:
        """Return the seconds until there are so many tokens of `key`, 0 if there are, and take none.

        Who wants more than a bucket holds waits until it is full.
        """
        now = self._clock()
        full_at = max(now, self._full_at.get(self._key(key, now), now))
        wait = full_at - now + (min(tokens, self._burst) - self._burst) / self._rate
        return wait if wait > ROUNDING else 0.0

    def spend(self, key: str, tokens: float = 1.0) -> None:
        """Take tokens of `key`, also if there are too few: then the next ones wait longer."""
        now = self._clock()
        key = self._key(key, now)
        self._full_at[key] = max(now, self._full_at.get(key, now)) + min(tokens, self._burst) / self._rate

    def _key(self, key: str, now: float) -> str:
        """Return the key of the bucket that is for `key`."""
        if key in self._full_at or len(self._full_at) < self._most or self._make_room(now):
            return key
        return OVERFLOW_KEY

    def _make_room(self, now: float) -> bool:
        for _ in range(EVICTION_PROBES):
            key, full_at = self._full_at.popitem(last=False)
            if full_at <= now:
                return True
            self._full_at[key] = full_at
        return False


class ClientBuckets:
    """Token buckets of clients, which are networks as `pyramid_sockjs.servers.client_networks.network` gives them.

    IPv6 networks are counted by their site as well: that has as many tokens as some of them.
    """

    def __init__(
        self, rate: float, burst: float, most: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._buckets = TokenBuckets(rate, burst, most, clock)

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, network: str, tokens: float = 1.0) -> float:
        """Return the seconds until the client may, 0 if it may now; takes nothing."""
        counted_by = shares(network)
        if len(counted_by) == 1:  # as nearly always
            return self._buckets.wait(network, tokens)
        return max(self._buckets.wait(key, tokens / share) for key, share in counted_by)

    def spend(self, network: str, tokens: float = 1.0) -> None:
        """Take tokens of the client, also if there are too few."""
        for key, share in shares(network):
            self._buckets.spend(key, tokens / share)
