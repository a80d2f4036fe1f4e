"""gunicorn's gevent worker, with bounds on what one client can hold of it.

[server:main]
use = egg:gunicorn#main
worker_class = pyramid_sockjs.worker.Worker
connections_per_address = 500
connections_per_second = 100
write_timeout = 60

What a client may take for the head of a request is gunicorn's own `keepalive`.
The settings are known to gunicorn once this module is imported.
"""

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gunicorn.config import Setting, validate_pos_int
from gunicorn.errors import AppImportError
from gunicorn.workers.ggevent import GeventWorker
from pyramid.exceptions import ConfigurationError

from pyramid_sockjs.addresses import Holdings, network, shares
from pyramid_sockjs.lifecycle import announce
from pyramid_sockjs.queues import Arrivals, Turnstile
from pyramid_sockjs.sockets import limit_silence, reset_on_close

#: Seconds between two lines of the log about the same.
QUIET = 10.0
#: What the kernel says when a client does not answer any more.
GONE = (errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH)


@contextmanager
def _gone() -> Iterator[None]:
    """Have a client that is gone look like one that said so: gunicorn logs others as faults of the server."""
    try:
        yield
    except OSError as error:
        if error.errno in GONE:
            raise ConnectionResetError(errno.ECONNRESET, str(error)) from error
        raise


class ConnectionsPerAddress(Setting):
    """See `desc`."""

    name = "connections_per_address"
    section = "Worker Processes"
    cli = ["--connections-per-address"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 500
    desc = """\
        Connections of one client address that are served at the same time, 0 for any number.

        Of IPv6 addresses a network of 64 bits is one client.  WebSockets are not counted.
        """


class ConnectionsPerSecond(Setting):
    """See `desc`."""

    name = "connections_per_second"
    section = "Worker Processes"
    cli = ["--connections-per-second"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 100
    desc = """\
        Connections that one client address may begin in a second, 0 for any number.

        More of them wait for their turn.  Of IPv6 addresses a network of 64 bits is one client.
        """


class WriteTimeout(Setting):
    """See `desc`."""

    name = "write_timeout"
    section = "Worker Processes"
    cli = ["--write-timeout"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 60
    desc = """\
        Seconds after which a connection is cut whose client does not take what is written to it.
        """


class Seldom:
    """Tells the log how often something has happened, and to whom at last, at most once in QUIET seconds."""

    def __init__(self, log: Any, what: str) -> None:
        self._log = log
        self._what = what
        self._count = 0
        self._next = 0.0

    def note(self, address: str) -> None:
        """It has happened to `address`."""
        self._count += 1
        now = time.monotonic()
        if now >= self._next:
            self._log.warning("%s: %d, the last of %s", self._what, self._count, address)
            self._count = 0
            self._next = now + QUIET


class Worker(GeventWorker):
    """Serves as GeventWorker does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connections = Holdings()
        self._arrivals = Arrivals(self.cfg.connections_per_second)
        self._turnstile = Turnstile()
        self._refused = Seldom(self.log, "Connections refused")
        self._delayed = Seldom(self.log, "Connections that wait for their turn (connections_per_second)")

    @classmethod
    def check_config(cls, cfg: Any, _log: Any) -> None:
        """Ask applications whether they can be served so, if they are loaded before there are workers, as by pserve.

        gunicorn calls it, and shows a RuntimeError in words.
        """
        try:
            announce(cfg.workers)
        except ConfigurationError as error:
            raise RuntimeError(str(error)) from error

    def load_wsgi(self) -> None:
        """Load the application, and ask whether it can be served so.

        A ConfigurationError ends the server in words; gunicorn shows the traceback of any other.
        """
        try:
            super().load_wsgi()
            announce(self.cfg.workers)
        except ConfigurationError as error:
            raise AppImportError(str(error)) from error

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection, until it ends or the application has taken it."""
        if not isinstance(addr, tuple):
            super().handle(listener, client, addr)  # a Unix socket: whoever comes by it is let in by its permissions
            return
        address = network(addr[0])
        most = self.cfg.connections_per_address
        if most and self._connections.full(address, most):
            reset_on_close(client.fileno())
            client.close()
            self._refused.note(address)
            return
        limit_silence(client.fileno(), self.cfg.write_timeout)
        self._connections.add(address)
        try:
            wait = self._arrivals.wait(address)
            if wait:
                self._delayed.note(address)
                gevent.sleep(wait)
            if not self.alive:
                client.close()  # the server has stopped meanwhile
                return
            super().handle(listener, client, addr)
        finally:
            self._connections.drop(address)

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Answer one request, when it is its turn."""
        if any(name == "UPGRADE" for name, _value in req.headers):
            req.force_close()  # what comes behind a handshake that is refused is no request
        address = network(addr[0]) if isinstance(addr, tuple) else ""
        self._turnstile.pass_through(shares(address)[-1][0])
        with _gone():
            super().handle_request(listener_name, req, sock, addr)

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Bound the wait for a request, head included."""
        with _gone(), super().timeout_ctx():
            yield
