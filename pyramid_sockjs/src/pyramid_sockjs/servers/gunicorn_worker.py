"""gunicorn's gevent worker, with bounds on what one client can hold of it.

[server:main]
use = egg:gunicorn#main
worker_class = pyramid_sockjs.servers.gunicorn_worker.Worker
connections_per_address = 500
connections_per_second = 100
write_timeout = 60
drain_time = 0

What a client may take for the head of a request is gunicorn's own `keepalive`.
The settings are known to gunicorn once this module is imported.
"""

import errno
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gevent.event import Event
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.config import Setting, validate_pos_int
from gunicorn.errors import AppImportError
from gunicorn.sock import ssl_context
from gunicorn.workers.ggevent import GeventWorker
from pyramid.exceptions import ConfigurationError

from pyramid_sockjs.lifecycle import announce, on_termination, send_away
from pyramid_sockjs.servers.client_networks import Holdings, network, shares
from pyramid_sockjs.servers.open_connections import Lines, see_off, stop_accepting
from pyramid_sockjs.servers.socket_options import limit_silence, reset_on_close
from pyramid_sockjs.servers.succession import Succession
from pyramid_sockjs.servers.throttling import Arrivals, Turnstile

#: Seconds between two lines of the log about the same.
LOG_INTERVAL = 10.0
#: Seconds between two signs of life for the master.
HEARTBEAT = 1.0
#: Seconds after which it is looked whether a successor serves.
POLL_INTERVAL = 0.02
#: Seconds that the end of the process may take by itself, before the master kills it.
EXIT_TIMEOUT = 1.0
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


class DrainTime(Setting):
    """See `desc`."""

    name = "drain_time"
    section = "Worker Processes"
    cli = ["--drain-time"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 0
    desc = """\
        Seconds for which a worker that is asked to end goes on accepting connections, and sends new clients elsewhere.

        They get 503, so that a balancer asks other servers from then on.  Then sessions are told, and only then the
        worker stops to listen.  It must be less than `graceful_timeout`, which is the limit for all of it.
        0: it stops to listen at once.
        """


#: What this worker can be told besides gunicorn's own settings.
SETTINGS = (ConnectionsPerAddress, ConnectionsPerSecond, WriteTimeout, DrainTime)


class Seldom:
    """Tells the log how often something has happened, and to whom at last, at most once in LOG_INTERVAL seconds."""

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
            self._next = now + LOG_INTERVAL


class Listener:
    """What gunicorn asks of a listening socket, also when that is closed already."""

    def __init__(self, sock: socket.socket) -> None:
        self._name = sock.getsockname()

    def getsockname(self) -> Any:
        """Return its address."""
        return self._name


class Worker(GeventWorker):
    """Serves as GeventWorker does, and leaves nobody without an answer when it ends.

    When it is asked to, it serves on until its successor does, if the server is
    being reloaded.  Then it takes no more connections: those who come wait for
    the successor.  Requests that have arrived are answered, idle connections
    closed.  Where it has no successor but others beside it, `drain_time` lets
    those be asked first.
    """

    def __init__(self, age: int, ppid: int, sockets: Any, app: Any, timeout: float, cfg: Any, log: Any) -> None:
        self._asked = Event()  # to end
        self._ending = Event()
        super().__init__(age, ppid, sockets, app, timeout, cfg, log)
        self._succession = vars(app).setdefault("succession", Succession())
        self._generation = self._succession.follow(cfg)
        self._lines = Lines()
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
        for setting in SETTINGS:
            cfg.settings.setdefault(setting.name, setting())  # pserve may have made `cfg` before this was imported
        if cfg.drain_time and cfg.drain_time >= cfg.graceful_timeout:
            raise RuntimeError(
                f"drain_time = {cfg.drain_time} must be less than graceful_timeout = {cfg.graceful_timeout}, in which "
                "the worker also tells all sessions and answers what it was asked."
            )
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
            announce(self.cfg.workers, self._succession.replaces(self._generation))
        except ConfigurationError as error:
            raise AppImportError(str(error)) from error

    # The beginning and the end

    @property
    def alive(self) -> bool:
        """Whether connections go on behind their next answers; gunicorn clears it to end the worker."""
        return not self._ending.is_set()

    @alive.setter
    def alive(self, alive: bool) -> None:
        if not alive:
            self._asked.set()
            self._ending.set()

    def init_signals(self) -> None:
        """Have signals handled."""
        super().init_signals()
        self._termination = on_termination(self.handle_exit)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: end, and the second time without waiting for a successor."""
        if self._asked.is_set():
            self.alive = False
        self._asked.set()

    def run(self) -> None:
        """Serve until the worker is to end, and those who have come by then."""
        servers = [self._serve(sock) for sock in self.sockets]
        self._succession.serve(self._generation)
        while not self._asked.is_set():
            self.notify()
            self._asked.wait(HEARTBEAT)
        while self.alive and self._succession.is_coming(self._generation):
            self.notify()
            gevent.sleep(POLL_INTERVAL)
        patience = self.cfg.graceful_timeout
        end = time.monotonic() + max(patience - EXIT_TIMEOUT, patience / 2)
        if self.cfg.drain_time and not self._succession.has_come(self._generation):
            self._drain(end)
        self.alive = False
        # Who waits to be accepted has nobody else, or the successor.
        most = 0 if self._succession.has_come(self._generation) else self.cfg.backlog
        for server in servers:
            stop_accepting(server, most)
        pools = [server.pool for server in servers]
        if not see_off(pools, self._lines, self._termination, end - time.monotonic(), self.notify):
            self.log.warning("Worker graceful timeout (pid:%s)", self.pid)

    def _drain(self, end: float) -> None:
        """Send new clients elsewhere, then tell all sessions, until `end`; both while the worker still listens.

        So a balancer hears of it before anybody is refused a connection, and sessions that need new connections
        go on until they are told.  A second SIGTERM ends it at once.
        """
        send_away()
        drained = min(time.monotonic() + self.cfg.drain_time, end)
        self._serve_until(lambda: time.monotonic() >= drained)
        telling = gevent.spawn(self._termination.begin)
        self._serve_until(lambda: telling.ready() or time.monotonic() >= end)

    def _serve_until(self, over: Callable[[], bool]) -> None:
        while self.alive and not over():
            self.notify()
            self._ending.wait(POLL_INTERVAL)

    def _serve(self, sock: Any) -> StreamServer:
        sock.setblocking(1)
        options: dict[str, Any] = {}
        if self.cfg.is_ssl:
            # The handshake is mostly left to `handle`, which may be hung up on.
            shakes = self.cfg.do_handshake_on_connect
            options = {"ssl_context": ssl_context(self.cfg), "do_handshake_on_connect": shakes}
        listener = Listener(sock)

        def handle(client: socket.socket, addr: Any) -> None:
            self.handle(listener, client, addr)

        server = StreamServer(sock, handle=handle, spawn=Pool(self.worker_connections), **options)
        if self.cfg.workers > 1:
            server.max_accept = 1  # leave some to the others
        server.start()
        return server

    # Connections

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection, until it ends or the application has taken it."""
        if not isinstance(addr, tuple):
            with self._lines.connected(client) as line:
                super().handle(listener, line, addr)  # a Unix socket: its permissions say who may come
            return
        address = network(addr[0])
        most = self.cfg.connections_per_address
        if most and self._connections.full(address, most):
            reset_on_close(client.fileno())
            client.close()
            self._refused.note(address)
            return
        limit_silence(client, self.cfg.write_timeout)
        self._connections.add(address)
        try:
            with self._lines.connected(client) as line:
                wait = self._arrivals.wait(address)
                if wait:
                    self._delayed.note(address)
                    self._ending.wait(wait)
                super().handle(listener, line, addr)
        finally:
            self._connections.drop(address)

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Answer one request, when it is its turn."""
        upgrades = any(name == "UPGRADE" for name, _value in req.headers)
        if upgrades:
            req.force_close()  # what comes behind a handshake that is refused is no request
        address = network(addr[0]) if isinstance(addr, tuple) else ""
        self._turnstile.pass_through(shares(address)[-1][0], lane=upgrades)
        with _gone():
            super().handle_request(listener_name, req, sock, addr)

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Bound the wait for a request, head included."""
        with _gone(), self._lines.asking(), super().timeout_ctx():
            yield
