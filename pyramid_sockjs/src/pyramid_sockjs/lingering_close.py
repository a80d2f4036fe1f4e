"""The lingering close of a connection: our side is closed, and the client has some time to close its own."""

import os
from typing import Any

from pyramid_sockjs.scheduler import Engine
from pyramid_sockjs.servers.socket_options import end_writing, reset_on_close

READ = 1  # an event mask of gevent's io watchers

#: Bytes to read at once, and the maximum for one connection in a turn.
READ_SIZE = 16 * 1024


def received(fd: int) -> bytes | None:
    """Return the bytes that have arrived at `fd`, or None if none have arrived.

    Returns b"" at the end of the stream and on an error.  `fd` must be non-blocking.
    """
    try:
        return os.read(fd, READ_SIZE)
    except BlockingIOError:
        return None
    except OSError:
        return b""


class LingeringClose:
    """Waits for the client to close its side of a connection, and discards what still arrives.

    Closing the socket completely while the client is still sending would reset the connection, and the client could
    lose the last bytes that were written to it (RFC 6455 section 7.1.1).
    """

    __slots__ = ("_engine", "_fd", "_left", "_watcher", "slot")

    def __init__(self, fd: int, watcher: Any, engine: Engine, left: int) -> None:
        """Take over `fd` with its `watcher`.

        After discarding `left` bytes it stops reading: the kernel's buffer fills, and the client waits for the
        deadline.
        """
        self._fd = fd
        self._watcher = watcher
        self._engine = engine
        self._left = left
        self.slot: set[Any] | None = None

    def start(self, until: float) -> None:
        """Close our side; at `until` (monotonic seconds) the connection is cut."""
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
        """The client has not closed its side in time."""
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
