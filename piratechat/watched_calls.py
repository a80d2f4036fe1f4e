"""Observes a call's effects on other greenlets: what it waits for, what it opens, and how long it computes.

For tests.  On a busy machine anything may take long: a call counts as blocking only if it computed all that time, or
gave up the processor by itself, and did so each time that it was observed; durations are the minimum of several calls.
"""

import builtins
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import FrameType
from typing import Any

import greenlet
from gevent import monkey

#: Seconds in a C function after which a call counts as blocking.
BLOCKING = 0.05

# Modules whose functions yield after gevent has patched them, as in the server
_COOPERATIVE = {"_socket", "socket", "select", "_ssl", "ssl", "_thread", "_posixsubprocess", "_queue"}
_SLEEP = monkey.get_original("time", "sleep")
# Audit events for access to resources outside the process
_OPENING = {
    "open",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendmsg",
    "socket.sendto",
    "sqlite3.connect",
    "subprocess.Popen",
}

_opened: ContextVar[list[str] | None] = ContextVar("opened", default=None)


class Slept(BaseException):
    """The observed call was about to sleep; plug-ins do not catch it by `except Exception`.  Its text is the place."""


class Watch:
    """The observations of a call."""

    def __init__(self) -> None:
        #: Whether other greenlets ran meanwhile.
        self.gave_way = False
        #: What blocked them, with its place: "sleep() in keeper.py, line 12".
        self.blocking: list[str] = []
        #: Places where the builtin hash() was called, whose result for text differs between processes.
        self.hashing: list[str] = []
        #: The audit events of what was opened: files, connections, programs.
        self.opened: list[str] = []


@contextmanager
def watching(may_sleep: bool = True) -> Iterator[Watch]:
    """Observe the code that runs in this context, which becomes slower.

    Raises Slept instead of the first time.sleep(), unless `may_sleep`.
    """
    watch = Watch()
    _audit()
    token = _opened.set(watch.opened)
    profile, trace = sys.getprofile(), greenlet.settrace(None)
    spy = _Spy(watch, greenlet.getcurrent(), may_sleep)
    greenlet.settrace(spy.switched)
    sys.setprofile(spy.called)
    try:
        yield watch
    finally:
        sys.setprofile(profile)
        greenlet.settrace(trace)
        _opened.reset(token)


def always_blocking(call: Callable[[], object], times: int = 3) -> list[str]:
    """Return what blocks in each of `times` calls; stops after a call without any."""
    found: set[str] = set()
    for number in range(times):
        with watching() as watch:
            call()
        found = set(watch.blocking) & found if number else set(watch.blocking)
        if not found:
            break
    return sorted(found)


def least(clock: Callable[[], float], call: Callable[[], object], enough: float, times: int = 5) -> float:
    """Return the minimum seconds by `clock` of `times` calls; stops after a call below `enough`."""
    found = float("inf")
    for _ in range(times):
        begun = clock()
        call()
        found = min(found, clock() - begun)
        if found < enough:
            break
    return found


class _Spy:
    """Observes calls of C functions in one greenlet, and switches to others."""

    def __init__(self, watch: Watch, watched: greenlet.greenlet, may_sleep: bool) -> None:
        self._watch = watch
        self._may_sleep = may_sleep
        self._watched = watched
        # The last C function, if nothing has happened in it so far, and when it was entered
        self._entered: tuple[Any, float, float, float] | None = None

    def switched(self, _event: str, between: tuple[greenlet.greenlet, greenlet.greenlet]) -> None:
        if between[0] is self._watched:
            self._watch.gave_way = True
            self._entered = None

    def called(self, frame: FrameType, event: str, function: Any) -> None:
        if greenlet.getcurrent() is not self._watched:
            return
        entered, self._entered = self._entered, None
        if event == "c_call":
            if function is _SLEEP:
                self._watch.blocking.append(_place("time.sleep", frame))
                if not self._may_sleep:
                    raise Slept(self._watch.blocking[-1])
            elif function is builtins.hash and frame.f_code.co_name != "__hash__":
                self._watch.hashing.append(_place("hash", frame))
            self._entered = function, time.monotonic(), time.thread_time(), _waits()
        elif event in ("c_return", "c_exception") and entered is not None and entered[0] is function:
            _function, begun, computed, waits = entered
            if time.monotonic() - begun < BLOCKING or function is _SLEEP or _module_of(function) in _COOPERATIVE:
                return
            if time.thread_time() - computed >= BLOCKING or _waits() > waits:
                self._watch.blocking.append(_place(function.__name__, frame))


def _waits() -> float:
    """Return how often this thread has given up the processor by itself, or an overestimate if unknown."""
    usage = getattr(resource, "RUSAGE_THREAD", None)
    return time.monotonic() if usage is None else float(resource.getrusage(usage).ru_nvcsw)


def _module_of(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    return type(owner).__module__ if owner is not None and not hasattr(owner, "__spec__") else function.__module__ or ""


def _place(name: str, frame: FrameType) -> str:
    return f"{name}() in {os.path.basename(frame.f_code.co_filename)}, line {frame.f_lineno}"


@cache
def _audit() -> None:
    """Install an audit hook, once, because Python cannot remove it."""
    sys.addaudithook(_note)


def _note(event: str, _arguments: Any) -> None:
    if event in _OPENING:
        opened = _opened.get()
        if opened is not None:
            opened.append(event)
