"""The state of one SockJS session: what happens goes in, with the time, and frames come out.

Nothing here has a socket, a clock, a timer or a greenlet; time is a float of
seconds that only ever grows.  The shell asks `next_frame` for what to write,
writes it, and calls `tick` when `deadline` has come.  See the section
"Protocol and framing" of the SockJS protocol 0.3.3.
"""

from enum import IntEnum

from pyramid_sockjs.protocol.frames import HEARTBEAT, OPEN, Batch, CloseFrame, Frame
from pyramid_sockjs.settings import Settings


class State(IntEnum):
    """Where a session is in its life."""

    NEW = 0  #: made, and not opened yet
    OPEN = 1  #: messages go both ways
    CLOSING = 2  #: the client has yet to be told that the session is over
    CLOSED = 3  #: the client has been told, or is gone


#: What a receiver is told while another one is open.
BUSY = CloseFrame(2010, "Another connection still open")
#: What the next receiver is told after one was cut.
INTERRUPTED = CloseFrame(1002, "Connection interrupted")
#: How a reader is closed for whom more waits than `max_backlog`.
TOO_SLOW = CloseFrame(3008, "Reading too slowly")


class SessionCore:
    """The state machine of one session.

    A *receiver* is an open response, or WebSocket, through which frames reach
    the client.  There is at most one at a time.
    """

    __slots__ = ("_beat", "_greet", "deadline", "ending", "more", "pending", "receiving", "settings", "state")

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.state = State.NEW
        #: The messages that wait to be read, or None.
        self.pending: Batch | None = None
        #: Whether a receiver is open.
        self.receiving = False
        #: When `tick` is due; None before `open`.
        self.deadline: float | None = None
        #: Whether there may be something to say beside messages.
        self.more = False
        self._greet = False
        self._beat = False
        #: The frame that ends the session, once there is one.
        self.ending: CloseFrame | None = None

    def open(self, now: float) -> None:
        """NEW becomes OPEN; the first frame will be `o`."""
        self.state = State.OPEN
        self._greet = self.more = True
        self.deadline = now + self.settings.disconnect_delay

    def attach(self, now: float) -> Frame | None:
        """A receiver arrives.  Returns None when it becomes the session's, or the frame to send it away with."""
        if self.receiving:
            return BUSY
        if self.state is State.CLOSED and self.deadline is None:
            return INTERRUPTED  # forgotten meanwhile
        self.receiving = True
        self.deadline = now + self.settings.heartbeat_delay
        return None

    def detach(self, now: float) -> None:
        """The receiver has ended as it should, and the client will open the next one."""
        self.receiving = False
        self._beat = False
        self.deadline = now + self.settings.disconnect_delay

    def interrupt(self, now: float) -> None:
        """The receiver was cut off: nobody knows what arrived, so the session is over."""
        self.close(INTERRUPTED, now)
        self.state = State.CLOSED
        self.pending = None
        self._greet = False
        self.detach(now)

    def next_frame(self, now: float) -> Frame | None:
        """Return the frame to write next, or None when there is nothing to say.

        What was sent before a close goes out before the close frame.  The
        close frame is returned again to every later receiver, until `deadline`.
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
        """Let the messages of `batch`, which was built on `pending`, wait for the receiver.

        Returns whether it should be woken.  A session that is not open drops
        them.  More than `max_backlog` bytes close the session instead.
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
        """End the session with `frame`.  Returns False when it was not open."""
        if self.state is not State.OPEN:
            return False
        self.state = State.CLOSING
        self.ending = frame
        self.more = True
        self.deadline = now + self.settings.disconnect_delay
        return True

    def end(self) -> None:
        """The client is gone, or is given up; nobody is told anything any more."""
        self.state = State.CLOSED
        self.receiving = False
        self.pending = None
        self.deadline = None

    def tick(self, now: float) -> bool:
        """The deadline has come: a heartbeat is due, or (True) the session is to be forgotten."""
        if self.receiving and self.state is State.OPEN:
            self._beat = self.more = True
            self.deadline = now + self.settings.heartbeat_delay
            return False
        return True
