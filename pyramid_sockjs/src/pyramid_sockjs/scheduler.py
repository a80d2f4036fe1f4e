"""The loop's side of every connection: who may read, who has to write, whose time has come.

One engine serves one process.  It works in turns, between which gevent's loop
looks for news.  Its callbacks run in the hub and must not block; what may
block, the application's code, runs in *pumps*, a few greenlets that take
connections from a queue.  While no handler blocks one pump serves everybody;
when one does, another takes the queue over.
"""

import time
from collections import deque
from typing import Any, Protocol

import gevent

from pyramid_sockjs.protocol.timing_wheel import Wheel

# So much is done before the loop may look for news again: about a millisecond of each.
READS_A_TURN = 256
WRITES_A_TURN = 256
DEADLINES_A_TURN = 256

#: Pumps kept waiting for work; more come and go with the handlers that block.
IDLE_PUMPS = 4


class Readable(Protocol):
    """A connection at which something has arrived."""

    def read(self) -> None:
        """Take what has arrived, once, and have it handled; may block."""


class Writable(Protocol):
    """A connection that has something to say."""

    def flush(self, now: float) -> None:
        """Write what there is, as far as the socket takes it; must not block."""


class Broadcast(Protocol):
    """Messages for many sessions."""

    def deliver(self) -> None:
        """Hand them to the sessions; must not block."""


class Timed(Protocol):
    """Something with a deadline."""

    slot: set[Any] | None

    def on_deadline(self, now: float) -> None:
        """Act on the deadline; must not block."""


class Engine:
    """Queues of connections, and the turns that empty them."""

    def __init__(self) -> None:
        self.hub = gevent.get_hub()
        self.loop = self.hub.loop
        self._readable: deque[Readable] = deque()
        self._writable: deque[Writable] = deque()
        self._broadcast: Broadcast | None = None
        #: Connections whose clients were told of the end, and have not closed theirs yet.
        self.closing: set[object] = set()
        self._pumps: list[gevent.Greenlet] = []  # the idle ones
        self._quota = 0
        self._scheduled = False
        self._next_turn = self.loop.timer(0.0)
        self._deadlines: Wheel[Timed] = Wheel()
        self._overdue: deque[Timed] = deque()
        self._alarm = self.loop.timer(0.0)
        self._alarm_at: float | None = None

    def queue_read(self, connection: Readable) -> None:
        """Have `connection` read in the coming turn."""
        self._readable.append(connection)
        self._schedule()

    def queue_write(self, connection: Writable) -> None:
        """Have `connection` flushed in the coming turn; what is said until then leaves together."""
        self._writable.append(connection)
        self._schedule()

    def queue_broadcast(self, broadcast: Broadcast) -> None:
        """Have `broadcast` delivered in the coming turn, or sooner: never behind what is said later."""
        if self._broadcast is not broadcast:
            self.deliver_broadcasts()
            self._broadcast = broadcast
            self._schedule()

    def deliver_broadcasts(self) -> None:
        """Deliver what has been queued; whoever is about to say something else to a session calls this first."""
        if self._broadcast is not None:
            broadcast, self._broadcast = self._broadcast, None
            broadcast.deliver()

    def set_deadline(self, item: Timed, at: float) -> None:
        """Have `item.on_deadline` called at `at` (monotonic seconds), and at no other time set before."""
        self._deadlines.set(item, at)
        if self._alarm_at is None or at < self._alarm_at:
            self._set_alarm(at)

    def clear_deadline(self, item: Timed) -> None:
        """Take back what `set_deadline` asked for."""
        self._deadlines.discard(item)

    def drain(self, timeout: float) -> None:
        """Wait until all that was queued has been written, as far as sockets take it, or `timeout` seconds."""
        with gevent.Timeout(timeout, False):
            while self._writable or self._broadcast is not None:
                gevent.sleep(0.01)

    def see_off(self, timeout: float) -> None:
        """Wait until all clients that were told of the end have closed theirs, or `timeout` seconds."""
        with gevent.Timeout(timeout, False):
            while self.closing:
                gevent.sleep(0.01)

    # Turns

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self.loop.run_callback(self._turn)

    def _turn(self) -> None:
        # _scheduled stays true: what is queued meanwhile is this turn's, or the next one's.
        try:
            self._read()
            self.deliver_broadcasts()
            self._write()
        finally:
            if self._readable or self._writable:
                # By a timer and not by a callback: callbacks are all run before the loop looks for news.
                self._next_turn.start(self._turn)
            else:
                self._scheduled = False

    def _read(self) -> None:
        self._quota = READS_A_TURN
        while self._readable and self._quota:
            pump = self._pumps.pop() if self._pumps else gevent.Greenlet(self._pump)
            pump.switch()
            # The pump is back because the queue is empty, or the quota used up, or a handler blocks.

    def _pump(self) -> None:
        while True:
            while self._readable and self._quota:
                self._quota -= 1
                self._readable.popleft().read()
            if len(self._pumps) == IDLE_PUMPS:
                return
            self._pumps.append(gevent.getcurrent())
            self.hub.switch()

    def _write(self) -> None:
        now = time.monotonic()
        for _ in range(min(len(self._writable), WRITES_A_TURN)):
            self._writable.popleft().flush(now)

    # Deadlines

    def _set_alarm(self, at: float | None) -> None:
        self._alarm.close()
        self._alarm_at = at
        if at is not None:
            self._alarm = self.loop.timer(max(0.0, at - time.monotonic()))
            self._alarm.start(self._ring)

    def _ring(self) -> None:
        now = time.monotonic()
        self._overdue.extend(self._deadlines.due(now))
        try:
            for _ in range(min(len(self._overdue), DEADLINES_A_TURN)):
                self._overdue.popleft().on_deadline(now)
        finally:
            self._set_alarm(now if self._overdue else self._deadlines.next())
