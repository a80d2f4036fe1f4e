"""The root object of the database."""

import secrets
from collections.abc import Iterator
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from piratechat.errors import CommandRejected
from piratechat.model.bidi import isolated
from piratechat.model.room import Room
from piratechat.model.text import MAX_NAMED, SKELETON_VERSION, checked_name, checked_title, skeleton, slug
from piratechat.model.visitors import is_member
from piratechat.texts import text

#: The key of the chat in the database's root.
KEY = "piratechat"
#: The key of the schema version in the database's root; see piratechat.storage.upgrade.
VERSION_KEY = "piratechat.version"
#: The schema version of this code.
VERSION = 3


class Rooms(Persistent):
    """All rooms by their slugs; sending messages does not modify it."""

    __name__ = "rooms"

    def __init__(self, parent: "Chat") -> None:
        self.__parent__ = parent
        self._rooms = OOBTree()
        self._looks = OOBTree()  # skeleton of a slug -> slugs (mostly one)

    def __getitem__(self, name: str) -> Room:
        return self._rooms[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rooms)

    def get(self, name: str) -> Room | None:
        """Return the room with this slug, or None."""
        return self._rooms.get(name)

    def beginning(self, prefix: str) -> Iterator[str]:
        """Yield the slugs that begin with `prefix`."""
        for found in self._rooms.keys(min=prefix):
            if not found.startswith(prefix):
                return
            yield found

    def alike(self, key: str) -> Room | None:
        """Return the room with the slug `key`, else one whose slug looks like it, or None."""
        room = self._rooms.get(key)
        return room if room is not None else self._rooms.get(next(iter(self._looks.get(skeleton(key), ())), ""))

    def open(self, name: str, visitor: str, third_party_translation: bool = False) -> Room:
        """Return the room of `visitor` for `name`; creates it if necessary.

        `third_party_translation`: whether third parties may translate a new room.  Raises CommandRejected: name-taken
        if that room, or one whose slug looks like it, belongs to somebody else.
        """
        name = checked_name(name)
        key = slug(name)
        if not key:
            raise CommandRejected("bad-message", text("error.room_name_unusable"))
        room = self.alike(key)
        if room is None:
            if self.__parent__.members is not None:
                Room(key, name, visitor, self).must_be_free(name, visitor)
            room = self._add(key, name, visitor, third_party_translation)
            room.claim(name, visitor)
        if room.owner != visitor:
            raise CommandRejected("name-taken", text("error.room_taken", name=isolated(name)))
        return room

    def open_for_member(self, title: str, visitor: str, third_party_translation: bool = False) -> Room:
        """Return the members' room with the title `title`; creates it for the member `visitor` if necessary.

        Raises CommandRejected: name-taken if the owner of that room, or of one that looks like it, is not a member.
        """
        title = checked_title(title)
        key = slug(title[:MAX_NAMED])
        if not key:
            raise CommandRejected("bad-message", text("error.room_name_unusable"))
        room = self.alike(key)
        if room is None:
            return self._add(key, title, visitor, third_party_translation)
        if not is_member(room.owner):
            raise CommandRejected("name-taken", text("error.room_taken", name=isolated(title)))
        return room

    def _add(self, key: str, title: str, visitor: str, third_party_translation: bool) -> Room:
        room = self._rooms[key] = Room(key, title, visitor, self)
        self.file_look(key)
        room.third_party_translation = third_party_translation
        return room

    def file_look(self, key: str) -> None:
        """Record the skeleton of the slug `key`, so that no other room can look like it."""
        look = skeleton(key)
        slugs = self._looks.get(look, ())
        if key not in slugs:
            self._looks[look] = (*slugs, key)


class Chat(Persistent):
    """The root of traversal."""

    __name__ = ""
    __parent__ = None
    #: The positions up to which rooms are published, a piratechat.model.published.Published, or None.
    published: Any = None
    #: Those whom another site vouches for, a piratechat.model.members.Members; None where there never was one.
    members: Any = None

    def __init__(self) -> None:
        self.rooms = Rooms(self)
        #: 16 hexadecimal digits, unique to this database.
        self.epoch = make_epoch()
        #: The SKELETON_VERSION by which names and rooms are indexed.
        self.skeleton_version = SKELETON_VERSION

    def __getitem__(self, name: str) -> Any:
        if name == "rooms":
            return self.rooms
        raise KeyError(name)


def make_epoch() -> str:
    """Return a new epoch: 64 random bits as 16 hexadecimal digits."""
    return secrets.token_hex(8)


def chat_of(connection: Any) -> Chat:
    """Return the chat in the database of `connection`.  Raises KeyError if there is none yet."""
    return connection.root()[KEY]


def make_chat(connection: Any) -> None:
    """Create an empty chat in the database of `connection`, if there is none."""
    root = connection.root()
    if KEY not in root:
        root[KEY] = Chat()
        root[VERSION_KEY] = VERSION
