"""Repeats the numbers of a room some time after its last commit.

If the relay loses the last message before a room becomes quiet, no gap would reveal it.
"""

import heapq
import time
from collections.abc import Callable

import gevent

from piratechat.model.events import Envelope, Numbers

#: Seconds after the last commit in a room when its numbers are repeated.
DELAYS = (1.0, 5.0)
#: Maximum number of rooms to track; those that have been quiet longest are dropped.
MAX_ROOMS = 20_000
#: Seconds before the next attempt while the relay is down.
PAUSE = 1.0


class Beacons:
    """Publishes an envelope without events some time after the last commit in a room, by `publish(slug, envelope)`.

    While the relay is not `connected` nothing is sent; it is sent later.
    """

    def __init__(self, publish: Callable[[str, Envelope], None], connected: Callable[[], bool]) -> None:
        self._publish = publish
        self._connected = connected
        #: For each room: its numbers, the time of the commit, and the number of repetitions.
        self._rooms: dict[str, tuple[Numbers, float, int]] = {}
        self._due: list[tuple[float, str]] = []
        self._sending: gevent.Greenlet | None = None

    def add(self, slug: str, numbers: Numbers) -> None:
        """Note that the room `slug` has these `numbers` now."""
        now = time.monotonic()
        known = slug in self._rooms
        self._rooms.pop(slug, None)
        self._rooms[slug] = (numbers, now, 0)
        if not known:
            heapq.heappush(self._due, (now + DELAYS[0], slug))
        if len(self._rooms) > MAX_ROOMS:
            del self._rooms[next(iter(self._rooms))]
        if self._sending is None:
            self._sending = gevent.spawn(self._send)

    def _send(self) -> None:
        try:
            while self._due:
                wait = self._due[0][0] - time.monotonic()
                if wait > 0:
                    gevent.sleep(wait)
                elif self._connected():
                    self._send_next()
                else:
                    gevent.sleep(PAUSE)
        finally:
            self._sending = None

    def _send_next(self) -> None:
        """Publish the numbers of the room that is due, unless there was another commit in it."""
        _due, slug = heapq.heappop(self._due)
        found = self._rooms.get(slug)
        if found is None:
            return
        numbers, since, said = found
        due = since + DELAYS[said]
        if due > time.monotonic():
            heapq.heappush(self._due, (due, slug))
            return
        self._publish(slug, Envelope((), numbers))
        if said + 1 < len(DELAYS):
            self._rooms[slug] = (numbers, since, said + 1)
            heapq.heappush(self._due, (since + DELAYS[said + 1], slug))
        else:
            del self._rooms[slug]
