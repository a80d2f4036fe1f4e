"""Throttling of connections and requests, so that a flood from one address delays only that address."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from weakref import WeakValueDictionary

import gevent
from gevent.event import Event

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

    def take(self, network: str) -> bool:
        """Count a new connection of `network` if it need not wait; return whether it was counted."""
        if self._buckets is None:
            return True
        if self._buckets.wait(network):
            return False
        self._buckets.spend(network)
        return True


class FairLock:
    """A lock that is handed to whoever has waited longest.

    gevent's semaphores are free for a moment when they are released.  A client with requests in a pipeline takes one
    again and again in that moment, before those who wait for it are woken.
    """

    def __init__(self) -> None:
        self._held = False
        self._waiting: deque[Event] = deque()

    @property
    def held(self) -> bool:
        """Whether anybody holds it; somebody to whom it has just been handed does."""
        return self._held

    def __enter__(self) -> None:
        if not self._held:
            self._held = True
            return
        handed = Event()
        self._waiting.append(handed)
        try:
            handed.wait()
        except BaseException:
            if handed.is_set():
                self._hand_on()
            else:
                self._waiting.remove(handed)
            raise

    def __exit__(self, *_error: object) -> None:
        self._hand_on()

    def _hand_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._held = False


class Turnstile:
    """Lets requests begin only during a short part of each turn of the loop: several short ones, or one long one.

    A hundred requests at the same moment would otherwise delay every open connection.  Addresses (for IPv6, sites) take
    turns: only one request of each waits at the turnstile, and its other requests queue behind it.  So do lanes: when
    thousands of WebSockets reconnect at the same time, a page waits for one of them and not for all, also where a proxy
    gives all of them one address.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0  # requests may begin until this time of the current turn
        self._turn = FairLock()
        self._lanes: defaultdict[Hashable, FairLock] = defaultdict(FairLock)
        self._queues: WeakValueDictionary[tuple[str, Hashable], FairLock] = WeakValueDictionary()

    def pass_through(self, address: str, lane: Hashable = None) -> None:
        """Wait until a request of `address` may begin; requests of the same `lane` (there are few) begin in order."""
        queue = self._queues.get((address, lane))
        if queue is None:
            queue = self._queues[address, lane] = FairLock()
        with queue, self._lanes[lane], self._turn:
            if self._clock() < self._until:
                gevent.sleep(0)  # requests of other addresses queue here before the next one of this address
                return
            hub = gevent.get_hub()
            hub.wait(hub.loop.timer(0.0))  # not a callback: the loop runs all of them before it polls for events
            self._until = self._clock() + TURN

    def is_open(self, lane: Hashable = None) -> bool:
        """Return whether one more request of `lane` may begin at once, after one that has just passed."""
        return not (self._turn.held or self._lanes[lane].held) and self._clock() < self._until
