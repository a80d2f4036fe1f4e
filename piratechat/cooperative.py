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
            gevent.sleep(0.000001)  # not 0: fifty of these would come before the network is looked at
            begun = time.perf_counter()
