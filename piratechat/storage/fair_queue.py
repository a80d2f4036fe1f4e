"""What waits to be written, room by room."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Waiting(Generic[T]):
    """A queue for each room.  They take turns: a room in which much is said does not hold up another."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, deque[T]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def of(self, slug: str) -> int:
        """Return how many wait in the room `slug`."""
        queue = self._rooms.get(slug)
        return 0 if queue is None else len(queue)

    def add(self, slug: str, item: T) -> None:
        """Let `item` wait behind the others of its room."""
        self._rooms.setdefault(slug, deque()).append(item)
        self._length += 1

    def take(self, most: int) -> list[T]:
        """Take at most `most`: as many of each room, in their order, as far as there are so many."""
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
