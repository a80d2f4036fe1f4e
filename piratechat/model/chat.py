"""The root of the database."""

from collections.abc import Iterator
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from piratechat.errors import CommandRejected
from piratechat.model.room import Room
from piratechat.model.text import checked_name, slug

#: Where the chat lies in the database's root.
KEY = "piratechat"


class Rooms(Persistent):
    """All rooms by their slugs; nothing here is written when somebody speaks."""

    __name__ = "rooms"

    def __init__(self, parent: "Chat") -> None:
        self.__parent__ = parent
        self._rooms = OOBTree()

    def __getitem__(self, name: str) -> Room:
        return self._rooms[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rooms)

    def get(self, name: str) -> Room | None:
        """Return the room of this slug, or None."""
        return self._rooms.get(name)

    def open(self, name: str, visitor: str, third_party_translation: bool = False) -> Room:
        """Return the room of `visitor` for `name`, made if there is none; `third_party_translation`: open to third parties then.

        Raises CommandRejected: name-taken if that room is somebody else's.
        """
        name = checked_name(name)
        key = slug(name)
        if not key:
            raise CommandRejected("bad-message", "A name needs a letter or a digit, for the address of the room.")
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = Room(key, name, visitor, self)
            room.names.claim(name, visitor)
            room.third_party_translation = third_party_translation
        if room.owner != visitor:
            raise CommandRejected("name-taken", f"The room of {name} belongs to another browser: choose another name.")
        return room


class Chat(Persistent):
    """The root of traversal."""

    __name__ = ""
    __parent__ = None

    def __init__(self) -> None:
        self.rooms = Rooms(self)

    def __getitem__(self, name: str) -> Any:
        if name == "rooms":
            return self.rooms
        raise KeyError(name)


def chat_of(connection: Any) -> Chat:
    """Return the chat in the database of `connection`.  Raises KeyError if there is none yet."""
    return connection.root()[KEY]


def make_chat(connection: Any) -> None:
    """Put an empty chat into the database of `connection`, if there is none."""
    root = connection.root()
    if KEY not in root:
        root[KEY] = Chat()
