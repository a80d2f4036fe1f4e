"""Who has to wait before a request is answered, so that a crowd from one address holds up itself and nobody else."""

import time
from collections import defaultdict
from collections.abc import Callable, Hashable
from functools import partial
from weakref import WeakValueDictionary

import gevent
from gevent.lock import BoundedSemaphore

from pyramid_sockjs.token_buckets import ClientBuckets

#: Seconds of a turn of the loop in which requests may begin.
TURN = 0.002


class Arrivals:
    """Gives those who come more often than `rate` times a second, and `rate` times at once, a time to wait."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = ClientBuckets(rate, rate, clock=clock) if rate else None

    def wait(self, network: str) -> float:
        """Count a connection of `network` that has come now; return the seconds that it waits."""
        if self._buckets is None:
            return 0.0
        wait = self._buckets.wait(network)
        self._buckets.spend(network)
        return wait


class Turnstile:
    """Lets requests pass for a moment in each turn of the loop: short ones some, long ones one.

    A hundred that have come together would hold up everybody who has a
    connection open.  Addresses, of IPv6 sites, take turns: of each only one
    request stands at the turnstile, and its others wait behind that.  So do
    lanes: where thousands come back at once over WebSockets, a page waits for
    one of them and not for all.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0  # requests pass in this turn of the loop
        self._turn = BoundedSemaphore(1)
        self._lanes: defaultdict[Hashable, BoundedSemaphore] = defaultdict(partial(BoundedSemaphore, 1))
        self._queues: WeakValueDictionary[str, BoundedSemaphore] = WeakValueDictionary()

    def pass_through(self, address: str, lane: Hashable = None) -> None:
        """Wait until a request of `address` may pass; those of the same `lane`, of few lanes, pass in order."""
        queue = self._queues.get(address)
        if queue is None:
            queue = self._queues[address] = BoundedSemaphore(1)
        with queue, self._lanes[lane], self._turn:
            if self._clock() < self._until:
                gevent.sleep(0)  # those of other addresses stand here before the next of this one
                return
            hub = gevent.get_hub()
            hub.wait(hub.loop.timer(0.0))  # no callback: those are all run before the loop looks for news
            self._until = self._clock() + TURN
