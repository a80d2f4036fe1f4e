"""Socket options and shutdown helpers for file descriptors; nothing here blocks."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gevent import monkey

_NO_LINGERING = struct.pack("ii", 1, 0)

#: Bytes that the kernel may buffer for a connection, in addition to those in flight.
SEND_BUFFER_SIZE = 128 * 1024


@contextmanager
def _borrowed(fd: int) -> Iterator[socket.socket]:
    """Wrap `fd` temporarily in a plain socket object; one of gevent's would wait."""
    sock = monkey.get_original("socket", "socket")(fileno=fd)
    try:
        yield sock
    finally:
        sock.detach()


def has_hung_up(fd: int) -> bool:
    """Return whether the peer has closed its side of `fd`, which is ready to be read.

    Reads nothing; for TLS it sees the underlying TCP connection.
    """
    with _borrowed(fd) as sock:
        try:
            return not sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


def end_reading(fd: int) -> None:
    """Make reads from `fd` reach the end of the stream after what has arrived, even if a reader is already waiting.

    This is how Linux behaves; on other systems data that has not been read yet may be lost.
    """
    with _borrowed(fd) as sock, suppress(OSError):  # closed already
        sock.shutdown(socket.SHUT_RD)


def end_writing(fd: int) -> None:
    """Close our side of `fd`, after all that has been written.  Raises OSError."""
    with _borrowed(fd) as sock:
        sock.shutdown(socket.SHUT_WR)


def reset_on_close(fd: int) -> None:
    """Reset the connection when `fd` is closed.

    Otherwise the kernel keeps data for a client that does not read for minutes.
    """
    with _borrowed(fd) as sock, suppress(OSError):  # closed already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)


def cut(fd: int) -> None:
    """End the connection of `fd`, which another owner may be waiting for."""
    reset_on_close(fd)
    with _borrowed(fd) as sock, suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def limit_silence(sock: socket.socket, seconds: float) -> None:
    """Let the kernel drop `sock` if written data is not acknowledged within `seconds`, where supported."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError):  # a Unix socket, behind a proxy, has no such option
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


def limit_unsent(sock: socket.socket) -> None:
    """Limit the unsent data that the kernel buffers to SEND_BUFFER_SIZE bytes, where supported (Linux).

    Otherwise it would buffer megabytes for each client that does not read, and our limits would not count them.
    """
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        with suppress(OSError):  # a Unix socket, behind a proxy, has no such option
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, SEND_BUFFER_SIZE)
