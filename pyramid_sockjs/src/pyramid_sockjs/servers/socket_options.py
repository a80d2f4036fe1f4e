"""What descriptors of sockets are asked beside reading and writing; nothing here waits."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gevent import monkey

_NO_LINGERING = struct.pack("ii", 1, 0)

#: Bytes of a connection that the kernel keeps beside those that are on their way.
SEND_BUFFER_SIZE = 128 * 1024


@contextmanager
def _borrowed(fd: int) -> Iterator[socket.socket]:
    """Lend `fd` to a plain socket object, not one of gevent's, which would wait."""
    sock = monkey.get_original("socket", "socket")(fileno=fd)
    try:
        yield sock
    finally:
        sock.detach()


def has_hung_up(fd: int) -> bool:
    """Whether the other side has closed its end of `fd`, which is ready to be read.

    Reads nothing, and sees a TLS connection as what is below it.
    """
    with _borrowed(fd) as sock:
        try:
            return not sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


def end_reading(fd: int) -> None:
    """Have reading from `fd` find the end behind what has arrived, also where somebody waits for more.

    So does Linux; elsewhere what nobody has read yet may be lost.
    """
    with _borrowed(fd) as sock, suppress(OSError):  # gone already
        sock.shutdown(socket.SHUT_RD)


def end_writing(fd: int) -> None:
    """Close our end of `fd` for the other side to see, behind all that has been written.  Raises OSError."""
    with _borrowed(fd) as sock:
        sock.shutdown(socket.SHUT_WR)


def reset_on_close(fd: int) -> None:
    """Have the connection reset when `fd` is closed.

    Otherwise the kernel keeps what a reader does not take, in vain, for minutes.
    """
    with _borrowed(fd) as sock, suppress(OSError):  # gone already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)


def cut(fd: int) -> None:
    """End the connection of `fd`, which somebody else owns and may be waiting for."""
    reset_on_close(fd)
    with _borrowed(fd) as sock, suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def limit_silence(sock: socket.socket, seconds: float) -> None:
    """Have the kernel give `sock` up when what is written to it is not acknowledged for `seconds`, where it can."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError):  # a Unix socket, behind a proxy, has no such option
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


def limit_unsent(sock: socket.socket) -> None:
    """Have the kernel keep no more than SEND_BUFFER_SIZE bytes of what waits to be sent, where it can (Linux).

    Otherwise it takes megabytes for each client that does not read, and they
    would count for no limit of ours.
    """
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        with suppress(OSError):  # a Unix socket, behind a proxy, has no such option
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, SEND_BUFFER_SIZE)
