"""The newest messages of rooms as JSON, cached for many readers who return at the same time.

All readers of a room through one translator receive the same text, which is encoded for the first of them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cachetools import LRUCache

from piratechat.model.events import Numbers

#: Maximum number of cached messages of a room.
DEPTH = 200
#: Maximum number of cached characters in all rooms together.
MAX_CHARACTERS = 8 * 1024 * 1024


class _Ready(NamedTuple):
    #: The change of the room, and the database, for which the events are valid.
    rev: int
    epoch: str
    events: Mapping[int, str]


def _size(ready: _Ready) -> int:
    return 1 + sum(map(len, ready.events.values()))


class ReadyEvents:
    """Events by message number, for each room and view, valid until something in the room changes.

    `depth`: number of newest messages to cache in each; `most`: maximum number of characters in total.
    """

    def __init__(self, depth: int = DEPTH, most: int = MAX_CHARACTERS) -> None:
        self._depth = depth
        self._kept: LRUCache[tuple[object, str], _Ready] = LRUCache(most, _size)

    def of(self, room: object, view: str, numbers: Numbers) -> Mapping[int, str]:
        """Return the cached events of `room` through `view`, if they are valid for `numbers`."""
        ready = self._kept.get((room, view))
        if ready is None or (ready.rev, ready.epoch) != (numbers.rev, numbers.epoch):
            return {}
        return ready.events

    def keep(self, room: object, view: str, numbers: Numbers, events: Mapping[int, str]) -> None:
        """Cache `events`, which are valid for a room at `numbers`, together with others that are still valid."""
        oldest = numbers.last - self._depth
        newest = {seq: event for seq, event in {**self.of(room, view, numbers), **events}.items() if seq > oldest}
        ready = _Ready(numbers.rev, numbers.epoch, newest)
        if _size(ready) <= self._kept.maxsize:
            self._kept[room, view] = ready
