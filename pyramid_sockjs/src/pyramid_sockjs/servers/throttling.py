"""Throttling of connections and requests, so that a flood from one address delays only that address."""

import time
from collections import defaultdict
from collections.abc import Callable, Hashable
from functools import partial
from weakref import WeakValueDictionary

import gevent
from gevent.lock import BoundedSemaphore

from pyramid_sockjs.token_buckets import ClientBuckets

#: Seconds of each turn of the loop during which requests may begin.
TURN = 0.002


class Arrivals:
    """A token bucket that delays clients with more than `rate` connections a second, after a burst of `rate`."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = ClientBuckets(rate, rate, clock=clock) if rate else None

    def wait(self, network: str) -> float:
        """Count a new connection of `network`; return the seconds that it must wait."""
        if self._buckets is None:
            return 0.0
        wait = self._buckets.wait(network)
        self._buckets.spend(network)
        return wait


class Turnstile:
    """Lets requests begin only during a short part of each turn of the loop: several short ones, or one long one.

    A hundred requests at the same moment would otherwise delay every open connection.  Addresses (for IPv6, sites) take
    turns: only one request of each waits at the turnstile, and its other requests queue behind it.  So do lanes: when
    thousands of WebSockets reconnect at the same time, a page waits for one of them and not for all.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0  # requests may begin until this time of the current turn
        self._turn = BoundedSemaphore(1)
        self._lanes: defaultdict[Hashable, BoundedSemaphore] = defaultdict(partial(BoundedSemaphore, 1))
        self._queues: WeakValueDictionary[str, BoundedSemaphore] = WeakValueDictionary()

    def pass_through(self, address: str, lane: Hashable = None) -> None:
        """Wait until a request of `address` may begin; requests of the same `lane` (there are few) begin in order."""
        queue = self._queues.get(address)
        if queue is None:
            queue = self._queues[address] = BoundedSemaphore(1)
        with queue, self._lanes[lane], self._turn:
            if self._clock() < self._until:
                gevent.sleep(0)  # requests of other addresses queue here before the next one of this address
                return
            hub = gevent.get_hub()
            hub.wait(hub.loop.timer(0.0))  # not a callback: the loop runs all of them before it polls for events
            self._until = self._clock() + TURN
