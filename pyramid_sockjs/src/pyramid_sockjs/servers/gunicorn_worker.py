"""gunicorn's gevent worker, with limits for each client.

    [server:main]
    use = egg:gunicorn#main
    worker_class = pyramid_sockjs.servers.gunicorn_worker.Worker
    connections_per_address = 500
    connections_per_second = 100
    write_timeout = 60
    drain_time = 0

The time limit for the head of a request is gunicorn's own `keepalive`.  gunicorn knows these settings once this module
is imported.
"""

import errno
import gc
import queue
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import gevent
from gevent.event import Event
from gevent.pool import Pool
from gunicorn.errors import AppImportError
from gunicorn.http import RequestParser
from gunicorn.http.errors import NoMoreData
from gunicorn.sock import ssl_context
from gunicorn.util import close
from gunicorn.workers.ggevent import GeventWorker
from pyramid.exceptions import ConfigurationError

from pyramid_sockjs.lifecycle import announce, on_termination, send_away
from pyramid_sockjs.servers.client_networks import Holdings, network, shares
from pyramid_sockjs.servers.gunicorn_settings import SETTINGS, speed_up
from pyramid_sockjs.servers.handshake_queue import LANE, HandshakeQueue
from pyramid_sockjs.servers.open_connections import Acceptor, Lines, ListeningSocket, see_off, stop_accepting
from pyramid_sockjs.servers.plug_in_lookup import metadata_read_once
from pyramid_sockjs.servers.socket_options import limit_silence, reset_on_close
from pyramid_sockjs.servers.succession import Succession
from pyramid_sockjs.servers.takeover import Taken
from pyramid_sockjs.servers.throttling import Arrivals, Turnstile

#: Minimum seconds between two log lines for the same kind of event.
LOG_INTERVAL = 10.0
#: Seconds between two heartbeats for the master.
HEARTBEAT = 1.0
#: Seconds between two checks whether a successor serves.
POLL_INTERVAL = 0.02
#: Seconds that the process may take to exit before the master kills it.
EXIT_TIMEOUT = 1.0
#: Signals with which the master or a terminal ends a worker.
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
#: Errors of the kernel for a client that has disconnected.
DISCONNECTED = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)
#: Errors of the kernel for a client that no longer responds.
GONE = (errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH)


@contextmanager
def _gone() -> Iterator[None]:
    """Treat a client that has vanished like one that has disconnected; gunicorn would log an error of the server."""
    try:
        yield
    except OSError as error:
        if error.errno in GONE:
            raise ConnectionResetError(errno.ECONNRESET, str(error)) from error
        raise


class Seldom:
    """Logs a recurring event at most once in LOG_INTERVAL seconds, with its count and the last address."""

    def __init__(self, log: Any, what: str) -> None:
        self._log = log
        self._what = what
        self._count = 0
        self._next = 0.0

    def note(self, address: str) -> None:
        """Count an event for `address`."""
        self._count += 1
        now = time.monotonic()
        if now >= self._next:
            self._log.warning("%s: %d (last address: %s)", self._what, self._count, address)
            self._count = 0
            self._next = now + LOG_INTERVAL


def _exclude_application_from_garbage_collection() -> None:
    """Keep what has been loaded out of future collections, because it exists until the process ends.

    During a full collection nothing else runs: a tenth of a second for a hundred thousand objects.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


class Listener:
    """The part of a listening socket that gunicorn uses, valid also after the socket is closed."""

    def __init__(self, sock: socket.socket) -> None:
        self._name = sock.getsockname()

    def getsockname(self) -> Any:
        """Return its address."""
        return self._name


class Worker(GeventWorker):
    """A GeventWorker with limits for each client, and a graceful end.

    During a reload it serves until its successor does.  Then it accepts no more connections, and new clients wait for
    the successor.  Requests that have arrived are answered, and idle connections are closed.  If it has no successor
    but other processes serve as well, `drain_time` gives clients time to move to those.
    """

    def __init__(self, age: int, ppid: int, sockets: Any, app: Any, timeout: float, cfg: Any, log: Any) -> None:
        self._asked = Event()  # set when the worker has to end
        self._ending = Event()
        self._starting = True
        super().__init__(age, ppid, sockets, app, timeout, cfg, log)
        self._succession = vars(app).setdefault("succession", Succession())
        self._generation = self._succession.follow(cfg)
        self._lines = Lines()
        self._connections = Holdings()
        self._arrivals = Arrivals(self.cfg.connections_per_second)
        self._turnstile = Turnstile()
        self._handshakes = HandshakeQueue(self._turnstile, self._answer_queued)
        self._refused = Seldom(self.log, "Connections refused")
        self._delayed = Seldom(self.log, "Connections delayed (connections_per_second)")

    @classmethod
    def check_config(cls, cfg: Any, _log: Any) -> None:
        """Check whether the server can serve preloaded applications, as under pserve.

        gunicorn calls this, and shows a RuntimeError as a message.
        """
        for setting in SETTINGS:
            cfg.settings.setdefault(setting.name, setting())  # pserve may have made `cfg` before this import
        if cfg.drain_time and cfg.drain_time >= cfg.graceful_timeout:
            raise RuntimeError(
                f"drain_time = {cfg.drain_time} must be less than graceful_timeout = {cfg.graceful_timeout}, in which "
                "the worker also closes all sessions and completes requests."
            )
        try:
            announce(cfg.workers)
        except ConfigurationError as error:
            raise RuntimeError(str(error)) from error

    def patch(self) -> None:
        """Patch the standard library."""
        with metadata_read_once():
            super().patch()

    def load_wsgi(self) -> None:
        """Load the application, and check whether the server can serve it.

        A ConfigurationError ends the server with a message; for other exceptions gunicorn shows a traceback.
        """
        try:
            super().load_wsgi()
            announce(self.cfg.workers, self._succession.replaces(self._generation))
        except ConfigurationError as error:
            raise AppImportError(str(error)) from error

    # Start and end

    def init_process(self) -> None:
        """Load the application, and serve it; the worker ends immediately if it has to end before it serves.

        Until `init_signals`, it has the master's signal handler, which only appends signals to a queue of the master.
        """
        master = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        pending: queue.SimpleQueue[int] = getattr(master, "SIG_QUEUE", queue.SimpleQueue())
        for number in ENDING:
            signal.signal(number, self._give_up)
        while not pending.empty():  # since the fork, or just before it
            if pending.get() in ENDING:
                self._give_up()
        gc.disable()  # while the application is loaded: it has no garbage, but collections take a tenth of the time
        super().init_process()

    def _give_up(self, *_signal: object) -> NoReturn:
        self._asked.set()  # in case that a caller catches the exception
        sys.exit(0)

    @property
    def alive(self) -> bool:
        """Whether connections continue after their next responses; gunicorn clears it to end the worker."""
        return not self._ending.is_set()

    @alive.setter
    def alive(self, alive: bool) -> None:
        if not alive:
            self._asked.set()
            self._ending.set()

    def init_signals(self) -> None:
        """Install the signal handlers."""
        super().init_signals()
        self._termination = on_termination(self.handle_exit)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Handle SIGTERM: end; a second SIGTERM does not wait for a successor."""
        if self._starting:
            self._give_up()
        if self._asked.is_set():
            self.alive = False
        self._asked.set()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Handle SIGINT and SIGQUIT: end without waiting for requests."""
        if self._starting:
            self._give_up()
        super().handle_quit(sig, frame)

    def run(self) -> None:
        """Serve until the worker has to end, and answer the clients that have connected by then."""
        speed_up(self.cfg)
        _exclude_application_from_garbage_collection()
        self._starting = False
        servers = [self._serve(sock) for sock in self.sockets]
        self._succession.serve(self._generation)
        while not self._asked.is_set():
            self.notify()
            self._asked.wait(HEARTBEAT)
        while self.alive and self._succession.is_coming(self._generation):
            self.notify()
            gevent.sleep(POLL_INTERVAL)
        timeout = self.cfg.graceful_timeout
        end = time.monotonic() + max(timeout - EXIT_TIMEOUT, timeout / 2)
        if self.cfg.drain_time and not self._succession.has_come(self._generation):
            self._drain(end)
        self.alive = False
        # Clients in the listen queue have only this worker, or its successor.
        most = 0 if self._succession.has_come(self._generation) else self.cfg.backlog
        for server in servers:
            stop_accepting(server, most)
        pools = [*(server.pool for server in servers), self._handshakes.greenlets]
        if not see_off(pools, self._lines, self._termination, end - time.monotonic(), self.notify):
            self.log.warning("Worker graceful timeout (pid:%s)", self.pid)

    def _drain(self, end: float) -> None:
        """Send new clients elsewhere, then close all sessions, until `end`; the worker still listens meanwhile.

        So a balancer notices the drain before a connection is refused, and sessions that need new connections continue
        until they are closed.  A second SIGTERM ends the drain.
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

    def _serve(self, sock: Any) -> Acceptor:
        sock.setblocking(1)
        limit_silence(sock, self.cfg.write_timeout)  # accepted sockets inherit it
        options: dict[str, Any] = {}
        if self.cfg.is_ssl:
            # `handle` does the handshake, because it can be interrupted there.
            shakes = self.cfg.do_handshake_on_connect
            options = {"ssl_context": ssl_context(self.cfg), "do_handshake_on_connect": shakes}
        listener = Listener(sock)

        def handle(client: socket.socket, addr: Any) -> None:
            self.handle(listener, client, addr)

        def take(client: ListeningSocket, addr: Any) -> bool:
            return self._queue(listener, client, addr)

        server = Acceptor(sock, handle, take, spawn=Pool(self.worker_connections), **options)
        if self.cfg.workers > 1:
            server.max_accept = 1  # leave some connections to the other workers
        server.start()
        return server

    # Connections

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection until it ends or the application has taken it over."""
        if not isinstance(addr, tuple):
            with self._lines.connected(client) as line:
                super().handle(listener, line, addr)  # a Unix socket: its permissions control access
            return
        address = network(addr[0])
        most = self.cfg.connections_per_address
        if most and self._connections.full(address, most):
            reset_on_close(client.fileno())
            client.close()
            self._refused.note(address)
            return
        self._connections.add(address)
        try:
            with self._lines.connected(client) as line:
                wait = self._arrivals.wait(address)
                if wait:
                    self._delayed.note(address)
                    self._ending.wait(wait)
                if self._has_handshake(line):
                    self._turnstile.pass_through(shares(address)[-1][0], lane=LANE)
                    self._answer_handshake(listener, line, addr)
                else:
                    super().handle(listener, line, addr)
        finally:
            self._connections.drop(address)

    def _queue(self, listener: Any, client: ListeningSocket, addr: Any) -> bool:
        """Queue a new connection if its first request is a WebSocket handshake; return whether it was queued.

        Parsing is a large part of the work: pages do not wait for the parsing of thousands of handshakes.  Connections
        beyond the limits are not queued.
        """
        if not isinstance(addr, tuple) or len(self._handshakes) >= self.worker_connections:
            return False
        address = network(addr[0])
        most = self.cfg.connections_per_address
        if (most and self._connections.full(address, most)) or not self._has_handshake(client):
            return False
        if not self._arrivals.take(address):
            return False
        self._connections.add(address)
        self._handshakes.put(shares(address)[-1][0], (listener, client, addr))
        return True

    def _has_handshake(self, client: Any) -> bool:
        only_http1 = self.cfg.protocol == "http" and self.cfg.http2_cleartext == "off" and not self.cfg.is_ssl
        return only_http1 and isinstance(client, ListeningSocket) and client.has_handshake()

    def _answer_queued(self, queued: tuple[Any, ListeningSocket, Any]) -> None:
        listener, client, addr = queued
        try:
            with self._lines.connected(client):
                self._answer_handshake(listener, client, addr)
        finally:
            self._connections.drop(network(addr[0]))

    def _answer_handshake(self, listener: Any, sock: Any, addr: Any) -> None:
        """Answer a request for a WebSocket whose head has arrived, without what gunicorn does for further requests."""
        req = None
        try:
            sock.settimeout(self.cfg.keepalive or None)  # the parser may want more than we think is the whole head
            req = next(RequestParser(self.cfg, sock, addr))
            req.force_close()  # data after a rejected handshake is not a request
            sock.settimeout(None)
            sock.line.waiting = False
            super().handle_request(listener.getsockname(), req, sock, addr)
        except Taken:
            pass
        except (StopIteration, NoMoreData, TimeoutError) as error:
            self.log.debug("Closing connection. %s", error)
        except OSError as error:
            if error.errno not in DISCONNECTED + GONE:
                self.log.exception("Socket error processing request.")
        except (Exception, gevent.Timeout) as error:  # noqa: BLE001 -- gunicorn answers and logs it
            self.handle_error(req, sock, addr, error)
        finally:
            close(sock)

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Answer one request when its turn comes."""
        upgrades = any(name == "UPGRADE" for name, _value in req.headers)
        if upgrades:
            req.force_close()  # data after a rejected handshake is not a request
        address = network(addr[0]) if isinstance(addr, tuple) else ""
        self._turnstile.pass_through(shares(address)[-1][0], lane=upgrades)
        with _gone():
            super().handle_request(listener_name, req, sock, addr)

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Limit the wait for a request, including its head."""
        with _gone(), self._lines.asking(), super().timeout_ctx():
            yield
