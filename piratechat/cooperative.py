"""Long work in short pieces: between them the server goes on with other things."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import gevent

T = TypeVar("T")

#: Seconds of work after which it is others' turn.
TURN = 0.004


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


def give_way() -> None:
    """Let the server do whatever else there is, sockets included: gevent.sleep(0) serves them every 50th time."""
    hub = gevent.get_hub()
    hub.wait(hub.loop.timer(0.0))
