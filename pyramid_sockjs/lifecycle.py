"""The start and the end of what runs in a worker process."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import gevent
from pyramid.config import global_registries
from pyramid.registry import Registry

from pyramid_sockjs.engine import Engine
from pyramid_sockjs.interfaces import IEngine, ISessionManager

#: Seconds that telling all sessions may take when the server stops.
TELLING_TIME = 1.0


@dataclass(frozen=True)
class WorkerStarts:
    """An event for applications: a worker has loaded them, and is about to serve; what is raised ends the server."""

    #: Worker processes that the server starts.
    workers: int


def announce(workers: int) -> None:
    """Tell all applications of this process that a worker of so many starts."""
    for registry in global_registries:
        registry.notify(WorkerStarts(workers))


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
    return engine


def stop_sessions(registry: Registry) -> None:
    """Tell all sessions of all services that the server is going away."""
    for _name, manager in list(registry.getUtilitiesFor(ISessionManager)):
        manager.stop()
    registry.getUtility(IEngine).drain(TELLING_TIME)


def before_termination(action: Callable[[], None]) -> None:
    """When the process is asked to end, have `action` run in a greenlet before what SIGTERM does otherwise.

    gunicorn has no hook for that moment: its worker waits for open responses,
    which only `action` can end, and calls `worker_exit` after that.
    """
    otherwise = signal.getsignal(signal.SIGTERM)
    if otherwise is signal.SIG_IGN:
        return

    def on_terminate(number: int, frame: FrameType | None) -> None:
        def go_on(_acted: gevent.Greenlet) -> None:
            if callable(otherwise):
                otherwise(number, frame)
            else:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)

        gevent.spawn(action).link(go_on)

    signal.signal(signal.SIGTERM, on_terminate)
