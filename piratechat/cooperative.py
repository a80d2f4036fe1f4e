"""Long work in short pieces: between them the server goes on with other things."""

import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import gevent
from gevent.lock import BoundedSemaphore

T = TypeVar("T")

#: Seconds of work after which it is others' turn; half of that for what one client has asked for.
TURN = 0.004

_lines: WeakKeyDictionary[Any, BoundedSemaphore] = WeakKeyDictionary()  # one for each loop


def yielding(items: Iterable[T]) -> Iterator[T]:
    """Yield `items`, and let other greenlets run whenever that has taken a while.

    So what is true before an item need not be true behind it.
    """
    begun = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - begun > TURN:
            give_way()
            begun = time.perf_counter()


def in_turns(items: Iterable[T]) -> Iterator[T]:
    """Yield `items` as `yielding` does, for the work of one client: of all that, one goes on in each turn of the loop.

    Others may run before the first item, too.
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
    gevent.sleep(0)  # the next one stands in front now, before this one comes again


def give_way() -> None:
    """Let the server do whatever else there is, sockets included: gevent.sleep(0) serves them every 50th time."""
    hub = gevent.get_hub()
    hub.wait(hub.loop.timer(0.0))
