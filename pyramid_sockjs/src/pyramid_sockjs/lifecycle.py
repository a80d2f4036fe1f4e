"""Start and end of a worker process."""

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import gevent
from pyramid.config import global_registries
from pyramid.registry import Registry

from pyramid_sockjs.interfaces import IEngine, ISessionManager
from pyramid_sockjs.scheduler import Engine

log = logging.getLogger(__name__)

#: Seconds for closing all sessions when the server stops, and then for clients to close their connections.
CLOSE_TIMEOUT = 1.0


@dataclass(frozen=True)
class WorkerStarts:
    """A worker has loaded the applications and is about to serve: an event.

    An exception in a subscriber ends the server.
    """

    #: The number of worker processes.
    workers: int
    #: Whether an earlier worker serves until this one does, so that there is time to prepare.
    replaces: bool = False


@dataclass(frozen=True)
class WorkerDrains:
    """The worker will end soon, while other processes continue: an event.

    The worker still serves its existing clients, but opens no more sessions.  The application should answer requests
    that others can handle with 503.
    """


def announce(workers: int, replaces: bool = False) -> None:
    """Notify the applications of this process that a worker starts, one of `workers`."""
    for registry in global_registries:
        registry.notify(WorkerStarts(workers, replaces))


def send_away() -> None:
    """Notify the applications of this process that the worker drains: new clients must go elsewhere."""
    for registry in global_registries:
        for _name, manager in list(registry.getUtilitiesFor(ISessionManager)):
            manager.refuse()
        registry.notify(WorkerDrains())


def get_engine(registry: Registry) -> Engine:
    """Return the engine of this process, which starts with the first session.

    It does not start earlier, because an application may be loaded before its server forks, and an event loop does not
    survive a fork.
    """
    engine = registry.queryUtility(IEngine)
    if engine is None:
        engine = Engine()
        registry.registerUtility(engine, IEngine)
        before_termination(lambda: stop_sessions(registry))
        # The end of the process resets connections that clients have not closed, and the last frames would be lost.
        before_termination(lambda: engine.see_off(CLOSE_TIMEOUT), last=True)
    return engine


def stop_sessions(registry: Registry) -> None:
    """Close all sessions of all services: the server is going away."""
    for _name, manager in list(registry.getUtilitiesFor(ISessionManager)):
        manager.stop()
    registry.getUtility(IEngine).drain(CLOSE_TIMEOUT)


class Termination:
    """The handling of SIGTERM in this process: `asked` is called immediately, and must not block.

    It arranges for `begin` and `finish` to be called, which run the registered actions in greenlets before the process
    ends.
    """

    def __init__(self, asked: Callable[[int, FrameType | None], None]) -> None:
        self._asked = asked
        self._first: list[Callable[[], None]] = []
        self._last: list[Callable[[], None]] = []

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._asked(number, frame)

    def add(self, action: Callable[[], None], last: bool) -> None:
        """Register `action` to run when the process begins to end, or at the end if `last`."""
        (self._last if last else self._first).append(action)

    def keep(self, earlier: "Termination") -> None:
        """Take over the actions of `earlier`."""
        self._first, self._last = earlier._first, earlier._last

    def begin(self) -> None:
        """Run the first actions.  Blocks."""
        _do(self._first)

    def finish(self) -> None:
        """Run the remaining actions, including those registered meanwhile, each once.  Blocks."""
        _do(self._first)
        _do(self._last)


def _do(actions: list[Callable[[], None]]) -> None:
    while actions:
        try:
            actions.pop(0)()
        except Exception:
            log.exception("An action before the end of the process failed")


def on_termination(asked: Callable[[int, FrameType | None], None]) -> Termination:
    """Call `asked` on SIGTERM, for a server that calls `begin` and `finish` of the returned object."""
    termination = Termination(asked)
    earlier = signal.getsignal(signal.SIGTERM)
    if isinstance(earlier, Termination):
        termination.keep(earlier)
    signal.signal(signal.SIGTERM, termination)
    return termination


def before_termination(action: Callable[[], None], last: bool = False) -> None:
    """Run `action` in a greenlet before the process ends after a SIGTERM; it may block.

    By default it runs immediately, while requests are still answered; with `last`, when all have been answered, or
    after a second.  Servers other than those of this package do not report that, so both kinds run before the server
    handles the signal: gunicorn's own worker waits for open responses, which only an action can end.
    """
    termination = signal.getsignal(signal.SIGTERM)
    if termination is signal.SIG_IGN:
        return
    if not isinstance(termination, Termination):
        termination = _before(termination)
        signal.signal(signal.SIGTERM, termination)
    termination.add(action, last)


def _before(otherwise: Callable[[int, FrameType | None], object] | int | None) -> Termination:
    """Return a Termination that runs the actions and then calls `otherwise`, the previous handler of SIGTERM."""

    def asked(number: int, frame: FrameType | None) -> None:
        def go_on(_acted: gevent.Greenlet) -> None:
            if callable(otherwise):
                otherwise(number, frame)
            else:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)

        gevent.spawn(termination.finish).link(go_on)

    termination = Termination(asked)
    return termination
