"""The client of a ZEO server, made safe against the server's restarts.

A ZEO server hands out ids of new objects by the hundred, and its clients keep
what they have not used yet.  When it starts again, it counts on from the
highest id on its disk, and hands out some of the same ids to others: two
objects with one id, of which one is lost.  So what is left of a connection's
ids goes when the connection does.
"""

import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ZEO.ClientStorage import ClientStorage
from ZEO.Exceptions import ClientDisconnected
from ZEO.zconfig import ClientStorageConfig
from ZODB.config import ZEOClient as ZConfigClient
from ZODB.POSException import ReadOnlyError
from ZODB.utils import z64
from zodburi.resolvers import ClientStorageURIResolver

#: zodburi's default.
PORT = 9991
#: How the operating system finds out that the server is gone: seconds, a number, milliseconds; where it knows how.
KEEPALIVES = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 15_000}


class Ids:
    """The ids of new objects that the server has handed out by one connection."""

    def __init__(self) -> None:
        self._left: list[bytes] = []  # the next one last
        self._given: set[bytes] = set()  # to objects that are not written yet

    def add(self, oids: list[bytes]) -> None:
        """Take what the server has handed out."""
        self._left[:0] = reversed(oids)

    def give(self) -> bytes:
        """Return an id for a new object.  Raises IndexError if none is left."""
        oid = self._left.pop()
        self._given.add(oid)
        return oid

    def use(self, oid: bytes) -> bool:
        """Return whether `oid` was given to an object that is now written for the first time."""
        given = oid in self._given
        self._given.discard(oid)
        return given


class ZEOClient(ClientStorage):
    """A ClientStorage that uses no object id of an earlier connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._ids = Ids()
        super().__init__(*arguments, **options)

    def notify_connected(self, connection: Any, info: dict[str, Any]) -> None:
        """Called before anybody can use the new connection, in ZEO's own thread."""
        self._ids = Ids()
        _keep_alive(connection.protocol.sm_protocol.transport.get_extra_info("socket"))
        super().notify_connected(connection, info)

    def new_oid(self) -> bytes:
        if self._is_read_only:
            raise ReadOnlyError
        while True:
            ids = self._ids  # that of another connection from now on, if this one is lost: what it gets is not used
            try:
                return ids.give()
            except IndexError:
                ids.add(self._call("new_oids"))

    def store(self, oid: bytes, serial: bytes, data: bytes, version: str, transaction: Any) -> Any:
        # An object may have got its id before its transaction was written, by Connection.add() or a savepoint.
        if serial == z64 and oid != z64 and not self._ids.use(oid):
            raise ClientDisconnected("a new object has its id from a connection that is lost")
        return super().store(oid, serial, data, version, transaction)

    def ask(self) -> None:
        """Wait until the server answers.  Raises ClientDisconnected at once if there is no connection."""
        if not self.is_connected():
            raise ClientDisconnected("there is no connection to the server")
        self._call("ping")


def _keep_alive(sock: socket.socket) -> None:
    """Have a connection end when the server's machine, or the way there, has been gone for a while.

    Else what was asked there would wait for as long as the system sends it again, which is a quarter of an hour.
    """
    if sock.family == socket.AF_UNIX:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVES.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def zeo_storage(uri: str) -> Callable[[], ZEOClient] | None:
    """Return what connects to the server that a zodburi names; None if the storage is of another kind.

    What it returns raises ClientDisconnected if there is no server.
    """
    if not uri.startswith("zeo://"):
        return None
    # As zodburi does it, which cannot be told of another class.
    parts = urlsplit(uri.replace("zeo://", "http://", 1))
    options, _others = ClientStorageURIResolver().interpret_kwargs(dict(parse_qsl(parts.query)))
    if "demostorage" in options:
        return None
    address = (parts.hostname or "", parts.port or PORT) if parts.netloc else os.path.normpath(parts.path)
    return partial(ZEOClient, address, **options)


def makes_plain_client(make: Callable[[], Any]) -> bool:
    """Whether `make`, which zodburi has found in a file of ZConfig, makes a client that is not safe."""
    return isinstance(getattr(make, "__self__", None), (ClientStorageConfig, ZConfigClient))
