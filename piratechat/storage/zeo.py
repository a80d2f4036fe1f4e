"""A ZEO client that is safe across restarts of the server.

A ZEO server assigns ids of new objects to clients in blocks of a hundred, which they use later.  After a restart it
continues from the highest id on disk, and may assign the same ids to other clients: two objects would have the same id,
and one would be lost.  So unused ids are discarded together with their connection.
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

#: The default of zodburi.
PORT = 9991
#: TCP keepalives: seconds, number of probes; where the system supports them.
KEEPALIVES = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 15_000}


class Ids:
    """The ids of new objects that the server has assigned to one connection."""

    def __init__(self) -> None:
        self._left: list[bytes] = []  # the next one is last
        self._given: set[bytes] = set()  # of objects that have not been written yet

    def add(self, oids: list[bytes]) -> None:
        """Add ids that the server has assigned."""
        self._left[:0] = reversed(oids)

    def give(self) -> bytes:
        """Return an id for a new object.  Raises IndexError if there is none."""
        oid = self._left.pop()
        self._given.add(oid)
        return oid

    def use(self, oid: bytes) -> bool:
        """Return whether `oid` belongs to an object that is being written for the first time."""
        given = oid in self._given
        self._given.discard(oid)
        return given


class ZEOClient(ClientStorage):
    """A ClientStorage that never uses object ids from an earlier connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._ids = Ids()
        super().__init__(*arguments, **options)

    def notify_connected(self, connection: Any, info: dict[str, Any]) -> None:
        """Replace the ids; called in ZEO's thread before the new connection is used."""
        self._ids = Ids()
        keep_alive(connection.protocol.sm_protocol.transport.get_extra_info("socket"))
        super().notify_connected(connection, info)

    def new_oid(self) -> bytes:
        if self._is_read_only:
            raise ReadOnlyError
        while True:
            ids = self._ids  # kept: a new connection replaces it, and late ids are then unused
            try:
                return ids.give()
            except IndexError:
                ids.add(self._call("new_oids"))

    def store(self, oid: bytes, serial: bytes, data: bytes, version: str, transaction: Any) -> Any:
        # An object may have got its id before its transaction, by Connection.add() or a savepoint.
        if serial == z64 and oid != z64 and not self._ids.use(oid):
            raise ClientDisconnected("a new object has its id from a connection that is lost")
        return super().store(oid, serial, data, version, transaction)

    def ask(self) -> None:
        """Wait until the server responds.  Raises ClientDisconnected immediately if there is no connection."""
        if not self.is_connected():
            raise ClientDisconnected("there is no connection to the server")
        self._call("ping")


def keep_alive(sock: socket.socket) -> None:
    """Enable keepalives, so that a connection ends if the server's machine or the network has failed.

    Otherwise requests would wait as long as the system retransmits, which is a quarter of an hour.
    """
    if sock.family == socket.AF_UNIX:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVES.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def zeo_storage(uri: str) -> Callable[[], ZEOClient] | None:
    """Return a function that connects to the server of a zodburi, or None if it is another kind of storage.

    The function raises ClientDisconnected if there is no server.
    """
    if not uri.startswith("zeo://"):
        return None
    # The same as in zodburi, which does not support another class.
    parts = urlsplit(uri.replace("zeo://", "http://", 1))
    options, _others = ClientStorageURIResolver().interpret_kwargs(dict(parse_qsl(parts.query)))
    if "demostorage" in options:
        return None
    address = (parts.hostname or "", parts.port or PORT) if parts.netloc else os.path.normpath(parts.path)
    return partial(ZEOClient, address, **options)


def makes_plain_client(make: Callable[[], Any]) -> bool:
    """Whether `make`, which zodburi found in a ZConfig file, creates a client that is not safe."""
    return isinstance(getattr(make, "__self__", None), (ClientStorageConfig, ZConfigClient))
