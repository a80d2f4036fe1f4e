"""Orders the commits of a room by their numbers, whichever process made them and however they arrive."""

import logging
from collections import deque
from collections.abc import Callable

import gevent
from gevent.lock import BoundedSemaphore

from piratechat.live.room import LiveRoom
from piratechat.model.events import Envelope, Numbers

log = logging.getLogger(__name__)

#: Seconds for which an early envelope waits for its predecessors before the database is read.
REORDER_DELAY = 0.05
#: Seconds before the database is read again if it lacked them, doubled each time, and the maximum.
RETRY_DELAY, MAX_RETRY_DELAY = 0.1, 2.0
#: Maximum number of times that it is read again.  Failed reads do not count: they are repeated until one succeeds.
MAX_RETRIES = 4
#: Maximum number of waiting envelopes.
MAX_AHEAD = 1_000


class Inbox:
    """Passes envelopes to a live room in order: those that are early wait for their predecessors.

    Two processes commit alternately, and a relay may lose, duplicate, delay and reorder messages.  So an envelope may
    arrive before its predecessors.  These arrive a moment later, or else they are read from the database, after
    `refresh`, because the process may not see the latest commits yet.
    """

    def __init__(self, live: LiveRoom, refresh: Callable[[], None]) -> None:
        self._live = live
        self._refresh = refresh
        self._arrived: deque[Envelope] = deque()
        self._ahead: list[Envelope] = []
        self._turn = BoundedSemaphore()
        self._repairing: gevent.Greenlet | None = None

    def put(self, envelope: Envelope) -> None:
        """Pass the envelope on now, unless it is early or another one is being passed on."""
        self._arrived.append(envelope)
        if self._turn.acquire(blocking=False):
            try:
                self._take_arrived()
            finally:
                self._turn.release()

    def _take_arrived(self) -> None:
        while self._arrived:
            envelope = self._arrived.popleft()
            if self._is_ahead(envelope):
                self._wait_for_others(envelope)
            else:
                self._tell(envelope)
                self._tell_those_next()

    def _is_ahead(self, envelope: Envelope) -> bool:
        last, rev = envelope.before
        live = self._live
        return last > live.last or rev > live.rev or envelope.numbers.epoch != live.epoch

    def _tell(self, envelope: Envelope) -> None:
        try:
            self._live.receive(envelope.events)
        except Exception:
            log.exception("Notifying the readers of a room failed")
            self._wait_for_others(Envelope((), envelope.numbers))

    def _tell_those_next(self) -> None:
        """Pass on the envelopes that have waited for the last one."""
        while self._ahead and not self._is_ahead(self._ahead[0]):
            self._tell(self._ahead.pop(0))

    def _wait_for_others(self, envelope: Envelope) -> None:
        if len(self._ahead) >= MAX_AHEAD:
            envelope = _without_events(self._ahead.pop(), envelope)
        self._ahead.append(envelope)
        self._ahead.sort(key=lambda each: each.before)
        if self._repairing is None:
            self._repairing = gevent.spawn_later(REORDER_DELAY, self._repair)

    def _repair(self) -> None:
        """Read missing commits from the database, if envelopes are still waiting for them."""
        delay, retries = RETRY_DELAY, 0
        try:
            while self._live.readers:
                with self._turn:
                    was_read = self._catch_up()
                    is_complete = not self._ahead
                    self._take_arrived()
                if is_complete:
                    break
                if was_read and retries == MAX_RETRIES:
                    self._give_up()
                    break
                retries += was_read
                gevent.sleep(delay)
                delay = min(2 * delay, MAX_RETRY_DELAY)
        finally:
            self._repairing = None
            if self._ahead and self._live.readers:  # they have arrived while the database was read
                self._repairing = gevent.spawn_later(REORDER_DELAY, self._repair)

    def _catch_up(self) -> bool:
        """Read up to the last waiting envelope, and pass on events that only the envelopes have.

        Return whether that worked.
        """
        try:
            self._tell_those_next()
            if self._ahead and not self._read():
                self._refresh()
                self._read()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the database is asked again
            log.warning("Missed commits of a room cannot be read now: %s: %s", type(error).__name__, error)
            return False
        self._tell_those_next()
        return True

    def _read(self) -> bool:
        complete = True
        for envelope in list(self._ahead):
            complete = self._live.catch_up(envelope.numbers) and complete
        return complete

    def _give_up(self) -> None:
        """Drop the waiting envelopes: the database lacks their predecessors, so they come from another chat."""
        log.warning("%d envelopes of a room are ahead of the database, and were dropped", len(self._ahead))
        self._ahead.clear()


def _without_events(one: Envelope, other: Envelope) -> Envelope:
    """Return an envelope with the numbers of both, without events, which the database has."""
    here, there = one.numbers, other.numbers
    return Envelope((), Numbers(max(here.last, there.last), max(here.rev, there.rev), there.epoch))
