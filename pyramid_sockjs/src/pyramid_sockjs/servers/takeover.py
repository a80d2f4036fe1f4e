"""Taking over a connection from the WSGI server: the only module that depends on particular servers.

gunicorn's gevent worker puts its socket into the environ, and so does the server of this package.
"""

import os
import socket
import ssl
from typing import Any

from gevent import monkey

from pyramid_sockjs.servers.socket_options import limit_unsent

_GUNICORN_SOCKET = "gunicorn.socket"

#: The environ keys of this package's server: its socket, and a function that returns the bytes it has read ahead.
SOCKET = "pyramid_sockjs.socket"
READ_AHEAD = "pyramid_sockjs.read_ahead"


class Taken(StopIteration):
    """Raised instead of a response when the connection no longer belongs to the server.

    gunicorn treats a StopIteration as the end of the connection: it writes nothing and closes what is left.
    """


def cooperative() -> bool:
    """Whether the standard library is patched, so that blocking calls yield to other greenlets.

    Every receiver waits; without patches it would block the whole server.
    """
    return monkey.is_module_patched("socket")


def server_socket(environ: dict[str, Any]) -> socket.socket | None:
    """Return the connection's socket, or None if the server does not provide it."""
    return environ.get(SOCKET) or environ.get(_GUNICORN_SOCKET)


def can_be_taken(environ: dict[str, Any]) -> bool:
    """Return whether `take` would work.  A TLS connection cannot be taken: its keys stay with the server."""
    sock = server_socket(environ)
    return sock is not None and not isinstance(sock, ssl.SSLSocket) and cooperative()


def take(environ: dict[str, Any]) -> tuple[int, bytes]:
    """Take over the connection: return its file descriptor (non-blocking), and the bytes that were read ahead.

    The server keeps a socket object that owns no descriptor, so it closes nothing.  The descriptor keeps its number: a
    duplicate would leave the old number in the loop's epoll set, and every byte that arrives would wake it.  The kernel
    buffers little for a client that does not read: see `limit_unsent`.
    """
    sock = server_socket(environ)
    assert sock is not None
    limit_unsent(sock)
    fd = sock.detach()
    os.set_blocking(fd, False)
    return fd, _read_ahead(environ)


def _read_ahead(environ: dict[str, Any]) -> bytes:
    if READ_AHEAD in environ:
        return environ[READ_AHEAD]()
    unreader = getattr(getattr(environ["wsgi.input"], "reader", None), "unreader", None)  # of gunicorn
    return unreader.take_buffered() if unreader is not None else b""
