"""The newest messages of rooms as JSON, for the many readers who come back at once.

All who read a room through one translator are told the same text, so it is made for the first of them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cachetools import LRUCache

from piratechat.model.events import Numbers

#: Messages of a room that are kept at most.
DEPTH = 200
#: Characters that are kept of all rooms together.
MAX_CHARACTERS = 8 * 1024 * 1024


class _Ready(NamedTuple):
    #: The change of the room, and the database, up to which the events hold.
    rev: int
    epoch: str
    events: Mapping[int, str]


def _size(ready: _Ready) -> int:
    return 1 + sum(map(len, ready.events.values()))


class ReadyEvents:
    """Events of messages by their numbers, for each room and view, until anything in the room is changed.

    `depth`: of how many of the newest messages of each; `most`: characters of all together.
    """

    def __init__(self, depth: int = DEPTH, most: int = MAX_CHARACTERS) -> None:
        self._depth = depth
        self._kept: LRUCache[tuple[object, str], _Ready] = LRUCache(most, _size)

    def of(self, room: object, view: str, numbers: Numbers) -> Mapping[int, str]:
        """Return the events that are kept of `room`, whose state is `numbers`, as `view` has them."""
        ready = self._kept.get((room, view))
        if ready is None or (ready.rev, ready.epoch) != (numbers.rev, numbers.epoch):
            return {}
        return ready.events

    def keep(self, room: object, view: str, numbers: Numbers, events: Mapping[int, str]) -> None:
        """Keep `events`, which hold for a room in the state `numbers`, beside those that hold as well."""
        oldest = numbers.last - self._depth
        newest = {seq: event for seq, event in {**self.of(room, view, numbers), **events}.items() if seq > oldest}
        ready = _Ready(numbers.rev, numbers.epoch, newest)
        if _size(ready) <= self._kept.maxsize:
            self._kept[room, view] = ready
