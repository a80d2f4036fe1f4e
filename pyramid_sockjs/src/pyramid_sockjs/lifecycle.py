"""The start and the end of what runs in a worker process."""

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

#: Seconds that telling all sessions may take when the server stops, and then that clients may take to hang up.
CLOSE_TIMEOUT = 1.0


@dataclass(frozen=True)
class WorkerStarts:
    """An event for applications: a worker has loaded them, and is about to serve; what is raised ends the server."""

    #: Worker processes that the server starts.
    workers: int
    #: Whether another worker serves until this one does, so that there is time to prepare.
    replaces: bool = False


@dataclass(frozen=True)
class WorkerDrains:
    """An event for applications: the worker ends soon, and others serve on; it still serves the clients it has.

    No session opens any more, and what can be asked elsewhere should be answered 503 by now.
    """


def announce(workers: int, replaces: bool = False) -> None:
    """Tell all applications of this process that a worker of so many starts."""
    for registry in global_registries:
        registry.notify(WorkerStarts(workers, replaces))


def send_away() -> None:
    """Have all applications of this process send new clients elsewhere: the worker ends soon."""
    for registry in global_registries:
        for _name, manager in list(registry.getUtilitiesFor(ISessionManager)):
            manager.refuse()
        registry.notify(WorkerDrains())


def get_engine(registry: Registry) -> Engine:
    """Return the engine of this process, started with the first session.

    Not earlier: an application may be loaded before its server forks, and a
    loop does not survive that.
    """
    engine = registry.queryUtility(IEngine)
    if engine is None:
        engine = Engine()
        registry.registerUtility(engine, IEngine)
        before_termination(lambda: stop_sessions(registry))
        # The end of the process resets what clients have not closed, and with it what they were told last.
        before_termination(lambda: engine.see_off(CLOSE_TIMEOUT), last=True)
    return engine


def stop_sessions(registry: Registry) -> None:
    """Tell all sessions of all services that the server is going away."""
    for _name, manager in list(registry.getUtilitiesFor(ISessionManager)):
        manager.stop()
    registry.getUtility(IEngine).drain(CLOSE_TIMEOUT)


class Termination:
    """What SIGTERM does in this process: `asked` is called at once, and must not block.

    It has `begin` and `finish` called, which do in greenlets what is to be
    done before the process ends.
    """

    def __init__(self, asked: Callable[[int, FrameType | None], None]) -> None:
        self._asked = asked
        self._first: list[Callable[[], None]] = []
        self._last: list[Callable[[], None]] = []

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._asked(number, frame)

    def add(self, action: Callable[[], None], last: bool) -> None:
        """Have `action` done when the process has begun to end, or `last`."""
        (self._last if last else self._first).append(action)

    def keep(self, earlier: "Termination") -> None:
        """Take over what `earlier` was to do."""
        self._first, self._last = earlier._first, earlier._last

    def begin(self) -> None:
        """Do what is to be done at once.  Waits."""
        _do(self._first)

    def finish(self) -> None:
        """Do the rest: what was asked for meanwhile as well, but nothing twice.  Waits."""
        _do(self._first)
        _do(self._last)


def _do(actions: list[Callable[[], None]]) -> None:
    while actions:
        try:
            actions.pop(0)()
        except Exception:
            log.exception("Something that was to be done before the end failed")


def on_termination(asked: Callable[[int, FrameType | None], None]) -> Termination:
    """Have SIGTERM call `asked`, for a server that calls `begin` and `finish` of what is returned."""
    termination = Termination(asked)
    earlier = signal.getsignal(signal.SIGTERM)
    if isinstance(earlier, Termination):
        termination.keep(earlier)
    signal.signal(signal.SIGTERM, termination)
    return termination


def before_termination(action: Callable[[], None], last: bool = False) -> None:
    """When the process is asked to end, have `action` done before.  It may wait, and is done in a greenlet.

    It is done at once, while requests are answered; or `last`: when all have
    been answered, or after a second if some take longer.  Servers other than
    those of this package do not tell when that is, and do it at once as well,
    before they hear of the signal: gunicorn's own worker waits for open
    responses, which only an action can end.
    """
    termination = signal.getsignal(signal.SIGTERM)
    if termination is signal.SIG_IGN:
        return
    if not isinstance(termination, Termination):
        termination = _before(termination)
        signal.signal(signal.SIGTERM, termination)
    termination.add(action, last)


def _before(otherwise: Callable[[int, FrameType | None], object] | int | None) -> Termination:
    """Return what does everything before it does `otherwise`, which was SIGTERM's handler."""

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
