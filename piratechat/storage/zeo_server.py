"""The program piratechat-zeo: ZEO's server with its options, except that a client can never block the others forever.

ZEO lets one client commit at a time.  It closes the connection of a client whose commit does not finish in time, but
only aborts the transaction of a client that closes the connection itself: after a timeout no client could commit until
the server is restarted.
"""

import os
from typing import Any

from ZEO.asyncio.server import Acceptor, ServerProtocol
from ZEO.runzeo import ZEOOptions, ZEOServer
from ZEO.StorageServer import StorageServer

from piratechat.storage.zeo import keep_alive

#: The default of `--timeout`: seconds in which a commit must finish.
COMMIT_TIMEOUT = 30.0
#: The options that the server receives unchanged.
OPTIONS = ("read_only", "client_conflict_resolution", "invalidation_queue_size", "invalidation_age", "ssl")


class Options(ZEOOptions):
    """The options of `runzeo`."""

    # It is printed as the help.
    __doc__ = str(ZEOOptions.__doc__).replace("default no timeout", f"default {COMMIT_TIMEOUT:g}")


class Connection(ServerProtocol):
    """A client's connection."""

    def connection_made(self, transport: Any) -> None:
        """Enable keepalives: a client whose machine has failed is disconnected, and its transaction aborted."""
        keep_alive(transport.get_extra_info("socket"))
        super().connection_made(transport)

    def close(self) -> None:
        """Close it, and abort its transaction, so that others can commit."""
        client = self.zeo_storage
        super().close()
        if client is not None and client.connected:
            client.notify_disconnected()


class Connections(Acceptor):
    """Accepts clients."""

    def factory(self) -> Connection:
        """Return the protocol of a new connection; called by asyncio."""
        return Connection(self.event_loop, self.addr, self.storage_server.create_client_handler(), self.msgpack)


class Program(ZEOServer):
    """The server as a program."""

    def create_server(self) -> None:
        """Create the server from the options; called after the storages are opened."""
        options = self.options
        msgpack = options.msgpack if isinstance(options.msgpack, bool) else os.environ.get("ZEO_MSGPACK")
        self.server = StorageServer(
            options.address,
            self.storages,
            transaction_timeout=options.transaction_timeout or COMMIT_TIMEOUT,
            msgpack=msgpack,
            Acceptor=Connections,
            **{name: getattr(options, name) for name in OPTIONS},
        )


def main(arguments: list[str] | None = None) -> None:
    """Run it until a signal ends it; `arguments` are those of the command line, as in ZEO's `runzeo`."""
    options = Options()
    options.realize(arguments)
    Program(options).main()
