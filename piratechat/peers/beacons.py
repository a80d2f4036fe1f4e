"""Repeats the numbers of a room a moment after its last commit.

A relay may lose the last message of a room that then falls quiet, and no gap would show that.
"""

import heapq
import time
from collections.abc import Callable

import gevent

from piratechat.model.events import Envelope, Numbers

#: Seconds after the last commit in a room at which others are told again how far it has got.
DELAYS = (1.0, 5.0)
#: Rooms of which that is known; those that were quiet longest are dropped.
MAX_ROOMS = 20_000
#: Seconds until the next attempt where the relay is away.
PAUSE = 1.0


class Beacons:
    """Publishes an envelope without events some time after the last commit in a room, by `publish(slug, envelope)`.

    Nothing is sent while the relay is not `connected`: it is sent when it is again.
    """

    def __init__(self, publish: Callable[[str, Envelope], None], connected: Callable[[], bool]) -> None:
        self._publish = publish
        self._connected = connected
        #: By room: how far it has got, when that was, and how often it was said again.
        self._rooms: dict[str, tuple[Numbers, float, int]] = {}
        self._due: list[tuple[float, str]] = []
        self._sending: gevent.Greenlet | None = None

    def add(self, slug: str, numbers: Numbers) -> None:
        """The room `slug` has got to `numbers` now."""
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
        """Say how far the room is that is due, unless something was committed in it since."""
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
