"""The positions up to which rooms are published to other programs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from piratechat.model.chat import Chat, Rooms
from piratechat.model.text import slug as slug_of

#: Matches any part of a name.
ANY = "*"

#: Maximum number of them in a name.
MAX_STARS = 3

#: The numbers of the last published message and the last published change of a room.
Position = tuple[int, int]
BEGINNING: Position = (0, 0)


class RoomNames:
    """The rooms `names`: slugs, and patterns in which `*` matches anything.  Raises ValueError for invalid ones."""

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
        # Every star matches as little as possible; slugs have at most 40 characters.
        self._any = re.compile("|".join(re.escape(name).replace(re.escape(ANY), ".*") for name in self._patterns))

    def __bool__(self) -> bool:
        return bool(self.names)

    def __contains__(self, slug: str) -> bool:
        return slug in self._exact or bool(self._patterns and self._any.fullmatch(slug))

    def among(self, rooms: Rooms) -> Iterator[str]:
        """Yield the slugs of the existing rooms among them."""
        found = {slug for slug in self._exact if rooms.get(slug) is not None}
        for pattern in self._patterns:
            found.update(slug for slug in rooms.beginning(pattern.partition(ANY)[0]) if slug in self)
        return iter(sorted(found))


class Published(Persistent):
    """The published rooms, with their positions; a room without a position is published from its beginning."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._positions = OOBTree()  # slug -> Position

    def follow(self, names: RoomNames, rooms: Rooms) -> None:
        """Publish `names` from now on: existing rooms that were not published before from their next message on."""
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
        """The position of each room, by its slug."""
        return dict(self._positions.items())

    def note(self, positions: Mapping[str, Position]) -> None:
        """Advance the positions of rooms; positions never move back, because another process may be ahead."""
        for slug, position in positions.items():
            if position > self._positions.get(slug, BEGINNING):
                self._positions[slug] = position


def published_of(chat: Chat) -> Published | None:
    """Return the state of published rooms, or None if there never were any."""
    found: Any = chat.published
    return found


def follow(chat: Chat, names: RoomNames) -> None:
    """Publish the rooms of `names` from now on; writes nothing if this is not new."""
    found = published_of(chat)
    if (() if found is None else found.names) == names.names:
        return
    if found is None:
        found = chat.published = Published()
    found.follow(names, chat.rooms)
