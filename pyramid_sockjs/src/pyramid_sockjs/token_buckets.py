"""Rate limits by token buckets, with bounded memory.

A bucket is stored as the time at which it will be full again (the generic cell rate algorithm, ITU-T I.371): one number
for each key.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from pyramid_sockjs.servers.client_networks import shares

#: The key of the bucket that new clients share when there is no room for more buckets.
OVERFLOW_KEY = ""
#: Buckets to check for a full one when a new client needs a bucket.
EVICTION_PROBES = 4
#: Tolerance for rounding errors, in seconds.
ROUNDING = 1e-6


class TokenBuckets:
    """A token bucket for each key: it holds `burst` tokens, and is refilled with `rate` tokens a second.

    There are at most `most` buckets.  A full bucket carries no information, so it can be evicted for another key.  If
    the probed buckets are not full, this is a flood: new clients then share one bucket, and nobody can evict the bucket
    of another client by sending more.
    """

    def __init__(
        self, rate: float, burst: float, most: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()  # in the order in which they are probed

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: str, tokens: float = 1.0) -> float:
        """Return the seconds until `key` has enough tokens, or 0; takes none.

        A request for more than a full bucket waits until the bucket is full.
        """
        now = self._clock()
        full_at = max(now, self._full_at.get(self._key(key, now), now))
        wait = full_at - now + (min(tokens, self._burst) - self._burst) / self._rate
        return wait if wait > ROUNDING else 0.0

    def spend(self, key: str, tokens: float = 1.0) -> None:
        """Take tokens from `key`, even if there are too few: later requests then wait longer."""
        now = self._clock()
        key = self._key(key, now)
        self._full_at[key] = max(now, self._full_at.get(key, now)) + min(tokens, self._burst) / self._rate

    def _key(self, key: str, now: float) -> str:
        """Return the key of the bucket to use for `key`."""
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
    """Token buckets of clients, as identified by `pyramid_sockjs.servers.client_networks.network`.

    IPv6 networks are also counted by their site, which has a multiple of the tokens of a network.
    """

    def __init__(
        self, rate: float, burst: float, most: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._buckets = TokenBuckets(rate, burst, most, clock)

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, network: str, tokens: float = 1.0) -> float:
        """Return the seconds that the client must wait, or 0; takes no tokens."""
        counted_by = shares(network)
        if len(counted_by) == 1:  # the common case
            return self._buckets.wait(network, tokens)
        return max(self._buckets.wait(key, tokens / share) for key, share in counted_by)

    def spend(self, network: str, tokens: float = 1.0) -> None:
        """Take tokens from the client, even if there are too few."""
        for key, share in shares(network):
            self._buckets.spend(key, tokens / share)
