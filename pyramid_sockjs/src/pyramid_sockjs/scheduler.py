"""The scheduler of all connections: which to read, which to flush, and which deadlines have passed.

Each process has one engine.  It works in turns, and between turns gevent's loop polls for events.  Its callbacks run in
the hub and must not block.  Application code, which may block, runs in *pumps*: a few greenlets that take connections
from a queue.  While no handler blocks, one pump serves all; when one does, another takes over the queue.
"""

import time
from collections import deque
from typing import Any, Protocol

import gevent

from pyramid_sockjs.protocol.timing_wheel import Wheel

# The work of one turn before the loop polls again: about a millisecond for each kind.
READS_A_TURN = 256
WRITES_A_TURN = 256
DEADLINES_A_TURN = 256

#: Pumps that are kept idle; more are created and ended as handlers block.
IDLE_PUMPS = 4


class Readable(Protocol):
    """A connection with data to read."""

    def read(self) -> None:
        """Read once, and handle what has arrived; may block."""


class Writable(Protocol):
    """A connection with data to write."""

    def flush(self, now: float) -> None:
        """Write as much as the socket accepts; must not block."""


class Broadcast(Protocol):
    """Messages for many sessions."""

    def deliver(self) -> None:
        """Deliver them to the sessions; must not block."""


class Timed(Protocol):
    """Something with a deadline."""

    slot: set[Any] | None

    def on_deadline(self, now: float) -> None:
        """Handle the deadline; must not block."""


class Engine:
    """Queues of connections, and the turns that empty them."""

    def __init__(self) -> None:
        self.hub = gevent.get_hub()
        self.loop = self.hub.loop
        self._readable: deque[Readable] = deque()
        self._writable: deque[Writable] = deque()
        self._broadcast: Broadcast | None = None
        #: Connections that we have closed and whose clients have not closed their side yet.
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
        """Read from `connection` in the next turn."""
        self._readable.append(connection)
        self._schedule()

    def queue_write(self, connection: Writable) -> None:
        """Flush `connection` in the next turn; data that is sent until then is written together."""
        self._writable.append(connection)
        self._schedule()

    def queue_broadcast(self, broadcast: Broadcast) -> None:
        """Deliver `broadcast` in the next turn, or earlier: always before messages that are sent later."""
        if self._broadcast is not broadcast:
            self.deliver_broadcasts()
            self._broadcast = broadcast
            self._schedule()

    def deliver_broadcasts(self) -> None:
        """Deliver the queued broadcasts; call this before anything else is sent to a session."""
        if self._broadcast is not None:
            broadcast, self._broadcast = self._broadcast, None
            broadcast.deliver()

    def set_deadline(self, item: Timed, at: float) -> None:
        """Call `item.on_deadline` at `at` (monotonic seconds); replaces an earlier deadline."""
        self._deadlines.set(item, at)
        if self._alarm_at is None or at < self._alarm_at:
            self._set_alarm(at)

    def clear_deadline(self, item: Timed) -> None:
        """Remove the deadline of `item`."""
        self._deadlines.discard(item)

    def drain(self, timeout: float) -> None:
        """Wait until everything queued has been written, as far as sockets accept it, or `timeout` seconds."""
        with gevent.Timeout(timeout, False):
            while self._writable or self._broadcast is not None:
                gevent.sleep(0.01)

    def see_off(self, timeout: float) -> None:
        """Wait until all clients whose connections we have closed have closed their side, or `timeout` seconds."""
        with gevent.Timeout(timeout, False):
            while self.closing:
                gevent.sleep(0.01)

    # Turns

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self.loop.run_callback(self._turn)

    def _turn(self) -> None:
        # _scheduled stays true: what is queued meanwhile belongs to this turn or the next.
        try:
            self._read()
            self.deliver_broadcasts()
            self._write()
        finally:
            if self._readable or self._writable:
                # A timer rather than a callback: the loop runs all callbacks before it polls for events.
                self._next_turn.start(self._turn)
            else:
                self._scheduled = False

    def _read(self) -> None:
        self._quota = READS_A_TURN
        while self._readable and self._quota:
            pump = self._pumps.pop() if self._pumps else gevent.Greenlet(self._pump)
            pump.switch()
            # The pump has returned because the queue is empty, the quota is used up, or a handler blocks.

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
