"""The state machine of one SockJS session: events and the time go in, frames come out.

This module has no sockets, clocks, timers or greenlets; times are floats in seconds that never decrease.  The caller
writes the frames that `next_frame` returns, and calls `tick` at `deadline`.  See the section "Protocol and framing" of
the SockJS protocol 0.3.3.
"""

from enum import IntEnum

from pyramid_sockjs.protocol.frames import HEARTBEAT, OPEN, Batch, CloseFrame, Frame
from pyramid_sockjs.settings import Settings


class State(IntEnum):
    """The state of a session."""

    NEW = 0  #: created, not opened yet
    OPEN = 1  #: messages travel in both directions
    CLOSING = 2  #: the client has yet to be notified that the session is over
    CLOSED = 3  #: the client has been notified, or is gone


#: Sent to a second receiver while another one is open.
BUSY = CloseFrame(2010, "Another connection still open")
#: Sent to the next receiver after the connection of one was interrupted.
INTERRUPTED = CloseFrame(1002, "Connection interrupted")
#: Closes a session whose reader has more than `max_backlog` bytes waiting.
TOO_SLOW = CloseFrame(3008, "Reading too slowly")


class SessionCore:
    """The state machine of one session.

    A *receiver* is an open response, or a WebSocket, that carries frames to the client.  A session has at most one at a
    time.
    """

    __slots__ = ("_beat", "_greet", "deadline", "ending", "more", "pending", "receiving", "settings", "state")

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.state = State.NEW
        #: The messages that are waiting to be sent, or None.
        self.pending: Batch | None = None
        #: Whether a receiver is open.
        self.receiving = False
        #: When `tick` is due; None before `open`.
        self.deadline: float | None = None
        #: Whether there may be a frame to send other than messages.
        self.more = False
        self._greet = False
        self._beat = False
        #: The frame that ends the session, once it is known.
        self.ending: CloseFrame | None = None

    def open(self, now: float) -> None:
        """Change the state from NEW to OPEN; the first frame will be `o`."""
        self.state = State.OPEN
        self._greet = self.more = True
        self.deadline = now + self.settings.disconnect_delay

    def attach(self, now: float) -> Frame | None:
        """Attach a receiver.  Returns None if it was accepted, or the frame to reject it with."""
        if self.receiving:
            return BUSY
        if self.state is State.CLOSED and self.deadline is None:
            return INTERRUPTED  # removed meanwhile
        self.receiving = True
        self.deadline = now + self.settings.heartbeat_delay
        return None

    def detach(self, now: float) -> None:
        """The receiver has ended normally, and the client will open the next one."""
        self.receiving = False
        self._beat = False
        self.deadline = now + self.settings.disconnect_delay

    def interrupt(self, now: float) -> None:
        """The receiver was interrupted.  It is unknown what has arrived, so the session ends."""
        self.close(INTERRUPTED, now)
        self.state = State.CLOSED
        self.pending = None
        self._greet = False
        self.detach(now)

    def next_frame(self, now: float) -> Frame | None:
        """Return the frame to write next, or None if there is none.

        Messages sent before a close precede the close frame.  The close frame is returned again to every later
        receiver, until `deadline`.
        """
        if self._greet:
            self._greet = False
            return OPEN
        if self.pending is not None:
            batch, self.pending = self.pending, None
            return batch
        if self.ending is not None:
            self.state = State.CLOSED
            self.deadline = now + self.settings.disconnect_delay
            return self.ending
        self.more = False
        if self._beat:
            self._beat = False
            return HEARTBEAT
        return None

    def send(self, batch: Batch, now: float) -> bool:
        """Queue the messages of `batch`, which extends `pending`, for the receiver.

        Returns whether the receiver should be woken.  Messages for a session that is not open are dropped.  If more
        than `max_backlog` bytes are waiting, the session is closed instead.
        """
        if self.state is not State.OPEN:
            return False
        idle = self.pending is None
        self.pending = batch
        if batch.size > self.settings.max_backlog:
            self.pending = None
            self.close(TOO_SLOW, now)
            return True
        return idle

    def close(self, frame: CloseFrame, now: float) -> bool:
        """End the session with `frame`.  Returns False if it was not open."""
        if self.state is not State.OPEN:
            return False
        self.state = State.CLOSING
        self.ending = frame
        self.more = True
        self.deadline = now + self.settings.disconnect_delay
        return True

    def end(self) -> None:
        """End the session without notifying the client, which is gone or has been given up."""
        self.state = State.CLOSED
        self.receiving = False
        self.pending = None
        self.deadline = None

    def tick(self, now: float) -> bool:
        """Handle the deadline: a heartbeat is due, or the session has expired (then returns True)."""
        if self.receiving and self.state is State.OPEN:
            self._beat = self.more = True
            self.deadline = now + self.settings.heartbeat_delay
            return False
        return True
