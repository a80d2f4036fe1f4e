"""Long computations in short pieces, between which other greenlets run."""

import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import gevent
from gevent.lock import BoundedSemaphore

T = TypeVar("T")

#: Seconds of work before yielding to other greenlets; half of that for work on behalf of one client.
TURN = 0.002

_lines: WeakKeyDictionary[Any, BoundedSemaphore] = WeakKeyDictionary()  # one for each event loop


def yielding(items: Iterable[T]) -> Iterator[T]:
    """Yield `items`, and let other greenlets run after each slice of work.

    Conditions that hold before an item may no longer hold after it.
    """
    begun = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - begun > TURN:
            give_way()
            begun = time.perf_counter()


def in_turns(items: Iterable[T]) -> Iterator[T]:
    """Yield `items` like `yielding`, for work on behalf of one client.

    Only one such task runs in each turn of the loop, and other greenlets may also run before the first item.
    """
    line = _lines.setdefault(gevent.get_hub(), BoundedSemaphore(1))
    if line.locked():
        _wait_in(line)
    begun = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - begun > TURN / 2:
            _wait_in(line)
            begun = time.perf_counter()


def _wait_in(line: BoundedSemaphore) -> None:
    with line:
        give_way()
    gevent.sleep(0)  # let the next one in the queue run before this one


def give_way() -> None:
    """Let all other work run, including sockets: gevent.sleep(0) polls them only every 50th time."""
    hub = gevent.get_hub()
    hub.wait(hub.loop.timer(0.0))
