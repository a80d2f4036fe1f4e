"""The end of a connection: we have closed our end, and the client has a while to close its own."""

import os
from typing import Any

from pyramid_sockjs.scheduler import Engine
from pyramid_sockjs.servers.socket_options import end_writing, reset_on_close

READ = 1  # an event of gevent's io watchers

#: Bytes read at once; one connection gets no more than this in a turn.
READ_SIZE = 16 * 1024


def received(fd: int) -> bytes | None:
    """Return what has arrived at `fd`, b"" if that was all or the connection is broken, and None if it is nothing yet.

    `fd` must not block.
    """
    try:
        return os.read(fd, READ_SIZE)
    except BlockingIOError:
        return None
    except OSError:
        return b""


class LingeringClose:
    """Waits for the client's end of a connection, and throws away what still comes.

    Closing the whole socket while bytes of the client are on their way would
    reset the connection, and could take back what was written last (RFC 6455
    section 7.1.1).
    """

    __slots__ = ("_engine", "_fd", "_left", "_watcher", "slot")

    def __init__(self, fd: int, watcher: Any, engine: Engine, left: int) -> None:
        """Take over `fd` with its `watcher`.

        When `left` bytes have been thrown away no more are read: the kernel
        keeps what it has room for, and the client waits for the deadline.
        """
        self._fd = fd
        self._watcher = watcher
        self._engine = engine
        self._left = left
        self.slot: set[Any] | None = None

    def start(self, until: float) -> None:
        """Close our end; at `until` (monotonic seconds) the connection is cut."""
        self._watcher.stop()
        try:
            end_writing(self._fd)
        except OSError:
            self._close()
            return
        self._engine.set_deadline(self, until)
        if self._left > 0:
            self._watcher.events = READ
            self._watcher.start(self._discard)

    def on_deadline(self, now: float) -> None:
        """The client has not closed its end in time."""
        reset_on_close(self._fd)
        self._close()

    def _discard(self) -> None:
        data = received(self._fd)
        if data == b"":
            self._close()
        elif data:
            self._left -= len(data)
            if self._left <= 0:
                self._watcher.stop()

    def _close(self) -> None:
        self._watcher.close()
        os.close(self._fd)
        self._engine.closing.discard(self)
        self._engine.clear_deadline(self)
