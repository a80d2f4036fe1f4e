"""How a connection is taken from the WSGI server: the only module that knows servers.

gunicorn's gevent worker puts its socket into the environ, and so does the
server of this package.
"""

import os
import socket
import ssl
from typing import Any

from gevent import monkey

from pyramid_sockjs.servers.socket_options import limit_unsent

_GUNICORN_SOCKET = "gunicorn.socket"

#: Where the server of this package puts its socket, and a function that returns what it read ahead.
SOCKET = "pyramid_sockjs.socket"
READ_AHEAD = "pyramid_sockjs.read_ahead"


class Taken(StopIteration):
    """Raised in place of an answer when the connection is no longer the server's.

    gunicorn takes a StopIteration as the end of the connection, writes
    nothing and closes what is left of it.
    """


def cooperative() -> bool:
    """Whether waiting lets others run: every receiver waits, so without that the server would stand still."""
    return monkey.is_module_patched("socket")


def server_socket(environ: dict[str, Any]) -> socket.socket | None:
    """Return the connection's socket, or None under a server that does not give it."""
    return environ.get(SOCKET) or environ.get(_GUNICORN_SOCKET)


def can_be_taken(environ: dict[str, Any]) -> bool:
    """Whether `take` would work.  A TLS connection cannot be taken: its keys stay with the server."""
    sock = server_socket(environ)
    return sock is not None and not isinstance(sock, ssl.SSLSocket) and cooperative()


def take(environ: dict[str, Any]) -> tuple[int, bytes]:
    """Take the connection: return its file descriptor, which does not block, and what was read from it ahead.

    The server is left with a socket object that owns nothing, so it closes
    nothing.  The descriptor keeps its number: a duplicate would leave the old
    number in the loop's epoll set, where every byte that arrives wakes it.
    The kernel keeps little of what a client does not read: see `limit_unsent`.
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
    unreader = getattr(getattr(environ["wsgi.input"], "reader", None), "unreader", None)  # gunicorn's
    return unreader.take_buffered() if unreader is not None else b""
