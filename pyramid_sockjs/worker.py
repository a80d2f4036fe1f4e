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
from weakref import WeakValueDictionary

import gevent
from gevent.lock import BoundedSemaphore
from gunicorn.config import Setting, validate_pos_int
from gunicorn.workers.ggevent import GeventWorker

from pyramid_sockjs.addresses import Holdings, network, shares
from pyramid_sockjs.sockets import limit_silence, reset_on_close

#: Seconds between two lines of the log about refused connections.
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


class Arrivals:
    """Gives those who come more often than `rate` times a second, and `rate` times at once, a time to wait.

    What is remembered of an address is when its bucket is full again (the
    generic cell rate algorithm), for at most two times `MEMORY` seconds.
    """

    MEMORY = 10.0

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._full_at: dict[str, float] = {}
        self._older: dict[str, float] = {}
        self._forget_at = 0.0

    def wait(self, address: str, now: float) -> float:
        """Return the seconds that a connection of `address` waits which has come `now` (seconds)."""
        if not self._rate:
            return 0.0
        if now >= self._forget_at:
            self._full_at, self._older = {}, self._full_at
            self._forget_at = now + self.MEMORY
        return max(self._wait(key, self._rate * share, now) for key, share in shares(address))

    def _wait(self, key: str, rate: int, now: float) -> float:
        full_at = self._full_at.get(key) or self._older.get(key, now)
        full_at = self._full_at[key] = max(full_at, now) + 1 / rate
        return max(0.0, full_at - now - 1.0)


class Turnstile:
    """Lets one request pass in each turn of the loop.

    A hundred that have come together would hold up everybody who has a
    connection open.  Addresses, of IPv6 sites, take turns: of each only one
    request stands at the turnstile, and its others wait behind that.
    """

    def __init__(self) -> None:
        self._turn = BoundedSemaphore(1)
        self._queues: WeakValueDictionary[str, BoundedSemaphore] = WeakValueDictionary()

    def pass_through(self, address: str) -> None:
        """Wait until a request of `address` may pass."""
        queue = self._queues.get(address)
        if queue is None:
            queue = self._queues[address] = BoundedSemaphore(1)
        hub = gevent.get_hub()
        with queue, self._turn:
            hub.wait(hub.loop.timer(0.0))  # no callback: those are all run before the loop looks for news


class Worker(GeventWorker):
    """Serves as GeventWorker does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connections = Holdings()
        self._arrivals = Arrivals(self.cfg.connections_per_second)
        self._turnstile = Turnstile()
        self._refused = 0
        self._warn_at = 0.0

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection, until it ends or the application has taken it."""
        if not isinstance(addr, tuple):
            super().handle(listener, client, addr)  # a Unix socket: whoever comes by it is let in by its permissions
            return
        address = network(addr[0])
        most = self.cfg.connections_per_address
        if most and self._connections.full(address, most):
            self._refuse(client, address)
            return
        limit_silence(client.fileno(), self.cfg.write_timeout)
        self._connections.add(address)
        try:
            wait = self._arrivals.wait(address, time.monotonic())
            if wait:
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

    def _refuse(self, client: socket.socket, address: str) -> None:
        reset_on_close(client.fileno())
        client.close()
        self._refused += 1
        now = time.monotonic()
        if now >= self._warn_at:
            self._warn_at = now + QUIET
            self.log.warning("Connections refused: %d, the last of %s", self._refused, address)
            self._refused = 0
