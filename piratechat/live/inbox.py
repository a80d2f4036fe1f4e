"""Puts what was committed in a room in the order of its numbers, whichever process did it and however it arrives."""

import logging
from collections import deque
from collections.abc import Callable

import gevent
from gevent.lock import BoundedSemaphore

from piratechat.live.room import LiveRoom
from piratechat.model.events import Envelope, Numbers

log = logging.getLogger(__name__)

#: Seconds for which an envelope that is ahead waits for those before it, until the database is read.
REORDER_DELAY = 0.05
#: Seconds until the database is read again if it did not have them either, each time twice as long, and at most.
RETRY_DELAY, MAX_RETRY_DELAY = 0.1, 2.0
#: How often it is read again.  A database that cannot be read does not count: it is asked until it can.
MAX_RETRIES = 4
#: Envelopes that wait for others at most.
MAX_AHEAD = 1_000


class Inbox:
    """Gives a live room its envelopes one at a time: those that are ahead of the room wait for the ones before them.

    Two processes commit in turn, and a relay may lose, double, delay and reorder what it carries.  So an envelope may
    tell of messages before which readers have not heard of others.  Those come a moment later by another envelope, or
    else they are read from the database, after `refresh`: what the process sees of that may be late, too.
    """

    def __init__(self, live: LiveRoom, refresh: Callable[[], None]) -> None:
        self._live = live
        self._refresh = refresh
        self._arrived: deque[Envelope] = deque()
        self._ahead: list[Envelope] = []
        self._turn = BoundedSemaphore()
        self._repairing: gevent.Greenlet | None = None

    def put(self, envelope: Envelope) -> None:
        """Have the room hear of `envelope`: now, unless it is ahead or somebody else is telling the room something."""
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
            log.exception("Telling the readers of a room failed")
            self._wait_for_others(Envelope((), envelope.numbers))

    def _tell_those_next(self) -> None:
        """Tell of the envelopes that have waited for the last one."""
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
        """Read the database for what has not come, if something still waits for that."""
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
            if self._ahead and self._live.readers:  # they have come while the database was read
                self._repairing = gevent.spawn_later(REORDER_DELAY, self._repair)

    def _catch_up(self) -> bool:
        """Read up to the last envelope that waits, and tell what only those say; return whether it could be read."""
        try:
            self._tell_those_next()
            if self._ahead and not self._read():
                self._refresh()
                self._read()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the database is asked again
            log.warning("What a room has missed cannot be read now: %s: %s", type(error).__name__, error)
            return False
        self._tell_those_next()
        return True

    def _read(self) -> bool:
        complete = True
        for envelope in list(self._ahead):
            complete = self._live.catch_up(envelope.numbers) and complete
        return complete

    def _give_up(self) -> None:
        """Drop the envelopes that wait: the database does not have what they follow, so another chat has sent them."""
        log.warning("%d envelopes of a room are ahead of the database, and were dropped", len(self._ahead))
        self._ahead.clear()


def _without_events(one: Envelope, other: Envelope) -> Envelope:
    """Return an envelope that tells how far the room got with both; the database has what they number."""
    here, there = one.numbers, other.numbers
    return Envelope((), Numbers(max(here.last, there.last), max(here.rev, there.rev), there.epoch))
