"""Who has to wait before a request is answered, so that a crowd from one address holds up itself and nobody else."""

from weakref import WeakValueDictionary

import gevent
from gevent.lock import BoundedSemaphore

from pyramid_sockjs.addresses import shares


class Arrivals:
    """Gives those who come more often than `rate` times a second, and `rate` times at once, a time to wait.

    What is remembered of an address is when its bucket is full again (the
    generic cell rate algorithm), for at most two times `MEMORY` seconds.
    """

    MEMORY = 10.0

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._full_at: dict[str, float] = {}
        self._older: dict[str, float] = {}
        self._forget_at = 0.0

    def wait(self, address: str, now: float) -> float:
        """Return the seconds that a connection of `address` waits which has come `now` (seconds)."""
        if not self._rate:
            return 0.0
        if now >= self._forget_at:
            self._full_at, self._older = {}, self._full_at
            self._forget_at = now + self.MEMORY
        return max(self._wait(key, self._rate * share, now) for key, share in shares(address))

    def _wait(self, key: str, rate: int, now: float) -> float:
        full_at = self._full_at.get(key) or self._older.get(key, now)
        full_at = self._full_at[key] = max(full_at, now) + 1 / rate
        return max(0.0, full_at - now - 1.0)


class Turnstile:
    """Lets one request pass in each turn of the loop.

    A hundred that have come together would hold up everybody who has a
    connection open.  Addresses, of IPv6 sites, take turns: of each only one
    request stands at the turnstile, and its others wait behind that.
    """

    def __init__(self) -> None:
        self._turn = BoundedSemaphore(1)
        self._queues: WeakValueDictionary[str, BoundedSemaphore] = WeakValueDictionary()

    def pass_through(self, address: str) -> None:
        """Wait until a request of `address` may pass."""
        queue = self._queues.get(address)
        if queue is None:
            queue = self._queues[address] = BoundedSemaphore(1)
        hub = gevent.get_hub()
        with queue, self._turn:
            hub.wait(hub.loop.timer(0.0))  # no callback: those are all run before the loop looks for news
