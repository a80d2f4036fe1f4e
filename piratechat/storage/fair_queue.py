"""A queue of commands with one line for each room."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Waiting(Generic[T]):
    """A fair queue: rooms take turns, so that a busy room does not delay others."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, deque[T]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def of(self, slug: str) -> int:
        """Return the number of items in the room `slug`."""
        queue = self._rooms.get(slug)
        return 0 if queue is None else len(queue)

    def add(self, slug: str, item: T) -> None:
        """Add `item` at the end of its room's line."""
        self._rooms.setdefault(slug, deque()).append(item)
        self._length += 1

    def take(self, most: int) -> list[T]:
        """Take at most `most` items: in the order of each room, evenly among rooms."""
        taken: list[T] = []
        while self._rooms and len(taken) < most:
            share = max(1, (most - len(taken)) // len(self._rooms))
            for slug in list(self._rooms)[: most - len(taken)]:
                queue = self._rooms[slug]
                taken += [queue.popleft() for _ in range(min(share, len(queue)))]
                if queue:
                    self._rooms.move_to_end(slug)
                else:
                    del self._rooms[slug]
        self._length -= len(taken)
        return taken
