"""The program piratechat-zeo: ZEO's server with its options, except that a client can never block the others forever.

ZEO lets one client commit at a time.  It closes the connection of a client whose commit does not finish in time, but
only aborts the transaction of a client that closes the connection itself: after a timeout no client could commit until
the server is restarted.
"""

import logging
import os
from typing import Any

from ZEO.asyncio.server import Acceptor, ServerProtocol
from ZEO.runzeo import ZEOOptions, ZEOServer
from ZEO.StorageServer import StorageServer, ZEOStorage

from piratechat.storage.zeo import keep_alive

log = logging.getLogger(__name__)

#: The default of `--timeout` and its maximum: seconds in which a commit must finish.
COMMIT_TIMEOUT, LONGEST_TIMEOUT = 30.0, 86_400.0
#: The options that the server receives unchanged.
OPTIONS = (
    "read_only",
    "client_conflict_resolution",
    "invalidation_queue_size",
    "invalidation_age",
    "transaction_timeout",
    "ssl",
)


class Options(ZEOOptions):
    """The options of `runzeo`."""

    transaction_timeout: float | None
    # It is printed as the help.
    __doc__ = str(ZEOOptions.__doc__).replace("default no timeout", f"default {COMMIT_TIMEOUT:g}")

    def realize(self, *arguments: Any, **options: Any) -> None:
        """Parse the command line and the configuration file; exit with a message if something is wrong."""
        super().realize(*arguments, **options)
        if self.transaction_timeout is None:
            self.transaction_timeout = COMMIT_TIMEOUT
        if not 0 < self.transaction_timeout <= LONGEST_TIMEOUT:
            self.usage(f"the timeout must be a number of seconds above 0 and up to {LONGEST_TIMEOUT:g}")


class Client(ZEOStorage):
    """A client, and its transaction."""

    def notify_disconnected(self) -> None:
        """Abort its transaction, and let others commit, even if aborting fails."""
        try:
            super().notify_disconnected()
        except Exception:
            log.exception("The transaction of a client that was disconnected cannot be aborted")
            self.connected = False
            self.server.close_conn(self)
            if self.transaction is not None:
                self._clear_transaction()


class Server(StorageServer):
    """Serves the storages."""

    def create_client_handler(self) -> Client:
        """Return the counterpart of a new client."""
        return Client(self, self.read_only)


class Connection(ServerProtocol):
    """A client's connection."""

    def connection_made(self, transport: Any) -> None:
        """Enable keepalives: a client whose machine has failed is disconnected, and its transaction aborted."""
        keep_alive(transport.get_extra_info("socket"))
        super().connection_made(transport)

    def close(self) -> None:
        """Close it, and abort the client's transaction, so that others can commit."""
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

    def open_storages(self) -> None:
        """Open the storages; the folder of `--filename` is created if necessary."""
        for each in self.options.storages:
            folder = os.path.dirname(getattr(each.config, "path", ""))
            if folder:
                os.makedirs(folder, mode=0o700, exist_ok=True)
        super().open_storages()

    def create_server(self) -> None:
        """Create the server from the options; called after the storages are opened."""
        options = self.options
        msgpack = options.msgpack if isinstance(options.msgpack, bool) else os.environ.get("ZEO_MSGPACK")
        self.server = Server(
            options.address,
            self.storages,
            msgpack=msgpack,
            Acceptor=Connections,
            **{name: getattr(options, name) for name in OPTIONS},
        )


def main(arguments: list[str] | None = None) -> None:
    """Run it until a signal ends it; `arguments` are those of the command line, as in ZEO's `runzeo`."""
    os.umask(0o077)  # the database has everything that was said
    options = Options()
    options.realize(arguments)
    Program(options).main()
