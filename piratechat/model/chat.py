"""The root of the database."""

import secrets
from collections.abc import Iterator
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from piratechat.errors import CommandRejected
from piratechat.model.bidi import isolated
from piratechat.model.room import Room
from piratechat.model.text import SKELETON_VERSION, checked_name, skeleton, slug
from piratechat.texts import text

#: Where the chat lies in the database's root.
KEY = "piratechat"
#: Where the database's root has the version of what is stored.  See piratechat.storage.upgrade.
VERSION_KEY = "piratechat.version"
#: The version that this code reads and writes.
VERSION = 3


class Rooms(Persistent):
    """All rooms by their slugs; nothing here is written when somebody speaks."""

    __name__ = "rooms"

    def __init__(self, parent: "Chat") -> None:
        self.__parent__ = parent
        self._rooms = OOBTree()
        self._looks = OOBTree()  # skeleton of a slug -> slugs; one, but for rooms that were alike before an upgrade

    def __getitem__(self, name: str) -> Room:
        return self._rooms[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rooms)

    def get(self, name: str) -> Room | None:
        """Return the room of this slug, or None."""
        return self._rooms.get(name)

    def beginning(self, prefix: str) -> Iterator[str]:
        """Yield the slugs that begin with `prefix`."""
        for found in self._rooms.keys(min=prefix):
            if not found.startswith(prefix):
                return
            yield found

    def alike(self, key: str) -> Room | None:
        """Return the room whose slug is `key`, else one whose slug looks like it, or None."""
        room = self._rooms.get(key)
        return room if room is not None else self._rooms.get(next(iter(self._looks.get(skeleton(key), ())), ""))

    def open(self, name: str, visitor: str, third_party_translation: bool = False) -> Room:
        """Return the room of `visitor` for `name`, made if there is none.

        `third_party_translation`: whether a new room may be translated by third parties.
        Raises CommandRejected: name-taken if that room, or one whose address looks like it, is somebody else's.
        """
        name = checked_name(name)
        key = slug(name)
        if not key:
            raise CommandRejected("bad-message", text("error.room_name_unusable"))
        room = self.alike(key)
        if room is None:
            room = self._rooms[key] = Room(key, name, visitor, self)
            self.file_look(key)
            room.names.claim(name, visitor)
            room.third_party_translation = third_party_translation
        if room.owner != visitor:
            raise CommandRejected("name-taken", text("error.room_taken", name=isolated(name)))
        return room

    def file_look(self, key: str) -> None:
        """Note what the address of the room `key` looks like, so that no other can be opened that looks the same."""
        look = skeleton(key)
        slugs = self._looks.get(look, ())
        if key not in slugs:
            self._looks[look] = (*slugs, key)


class Chat(Persistent):
    """The root of traversal."""

    __name__ = ""
    __parent__ = None
    #: How far rooms were published, a piratechat.model.published.Published; None where none ever was.
    published: Any = None

    def __init__(self) -> None:
        self.rooms = Rooms(self)
        #: 16 hexadecimal digits, which no other database has.
        self.epoch = make_epoch()
        #: The SKELETON_VERSION by which names and rooms are filed.
        self.skeleton_version = SKELETON_VERSION

    def __getitem__(self, name: str) -> Any:
        if name == "rooms":
            return self.rooms
        raise KeyError(name)


def make_epoch() -> str:
    """Return a new name for a database: 64 random bits as 16 hexadecimal digits."""
    return secrets.token_hex(8)


def chat_of(connection: Any) -> Chat:
    """Return the chat in the database of `connection`.  Raises KeyError if there is none yet."""
    return connection.root()[KEY]


def make_chat(connection: Any) -> None:
    """Put an empty chat into the database of `connection`, if there is none."""
    root = connection.root()
    if KEY not in root:
        root[KEY] = Chat()
        root[VERSION_KEY] = VERSION
