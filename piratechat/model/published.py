"""How far rooms were published to other programs, for whoever goes on with that."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from piratechat.model.chat import Chat, Rooms
from piratechat.model.text import slug as slug_of

#: Stands for any part of a name.
ANY = "*"

#: How often in one.
MAX_STARS = 3

#: The numbers of the last message and of the last change of a room that were published.
Position = tuple[int, int]
BEGINNING: Position = (0, 0)


class RoomNames:
    """The rooms of `names`: slugs, and patterns in which `*` stands for anything.  Raises ValueError for others."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        for name in self.names:
            plain = name.replace(ANY, "x")
            if not plain or slug_of(plain) != plain or name.count(ANY) > MAX_STARS:
                raise ValueError(
                    f"must be names of rooms as in their addresses, with {MAX_STARS} * at most, not {name!r}"
                )
        self._exact = frozenset(name for name in self.names if ANY not in name)
        self._patterns = [name for name in self.names if ANY in name]
        # One star after the other, each as short as can be: names have 40 characters at most.
        self._any = re.compile("|".join(re.escape(name).replace(re.escape(ANY), ".*") for name in self._patterns))

    def __bool__(self) -> bool:
        return bool(self.names)

    def __contains__(self, slug: str) -> bool:
        return slug in self._exact or bool(self._patterns and self._any.fullmatch(slug))

    def among(self, rooms: Rooms) -> Iterator[str]:
        """Yield the slugs of those that there are."""
        found = {slug for slug in self._exact if rooms.get(slug) is not None}
        for pattern in self._patterns:
            found.update(slug for slug in rooms.beginning(pattern.partition(ANY)[0]) if slug in self)
        return iter(sorted(found))


class Published(Persistent):
    """Which rooms are published, and how far; without a position a room is published from its beginning."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._positions = OOBTree()  # slug -> Position

    def follow(self, names: RoomNames, rooms: Rooms) -> None:
        """From now on `names` are published: rooms that were not before from what is said next on."""
        before = RoomNames(self.names)
        for slug in [slug for slug in self._positions if slug not in names]:
            del self._positions[slug]
        for slug in names.among(rooms):
            if slug not in before:
                last, rev, _epoch = rooms[slug].numbers
                self._positions[slug] = (last, rev)
        self.names = names.names

    @property
    def positions(self) -> dict[str, Position]:
        """How far each room was published, by its slug."""
        return dict(self._positions.items())

    def note(self, positions: Mapping[str, Position]) -> None:
        """Rooms were published so far; none is taken back, for another process may have got further."""
        for slug, position in positions.items():
            if position > self._positions.get(slug, BEGINNING):
                self._positions[slug] = position


def published_of(chat: Chat) -> Published | None:
    """Return what is known of published rooms, None if there never were any."""
    found: Any = chat.published
    return found


def follow(chat: Chat, names: RoomNames) -> None:
    """Have the rooms of `names` published from now on; nothing is written where that was so before."""
    found = published_of(chat)
    if (() if found is None else found.names) == names.names:
        return
    if found is None:
        found = chat.published = Published()
    found.follow(names, chat.rooms)
