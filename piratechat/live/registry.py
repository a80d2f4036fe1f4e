"""The rooms that somebody is reading at this moment."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from piratechat.live.room import Group, LiveRoom
from piratechat.model.catching_up import KeptChanges
from piratechat.model.chat import Chat
from piratechat.model.events import Changed, Event, Message, Revision
from piratechat.model.room import Room
from piratechat.translators.engine.engine import Engine

#: Opens a moment's view of the database.
Reading = Callable[[], AbstractContextManager[Chat]]
#: Finds the translators of a room, by name.
Translators = Callable[[Room], dict[str, Any]]


class LiveRooms:
    """Live rooms by slug: made for the first reader, forgotten after the last."""

    def __init__(self, reading: Reading, translators: Translators, engine: Engine, group: Callable[[], Group]) -> None:
        self._reading = reading
        self._translators = translators
        self._engine = engine
        self._group = group
        self._rooms: dict[str, LiveRoom] = {}

    def get(self, slug: str) -> LiveRoom | None:
        """Return the live room, or None if nobody reads it."""
        return self._rooms.get(slug)

    @property
    def readers(self) -> list[int]:
        """How many read each of the live rooms."""
        return [live.readers for live in self._rooms.values()]

    def enter(self, slug: str) -> LiveRoom:
        """Let one reader more into the room `slug`, which exists, and return it."""
        live = self._rooms.get(slug)
        if live is None:
            with self._reading() as chat:
                room = chat.rooms[slug]
                last, rev, translators = room.log.last, room.rev, self._translators(room)
                epoch = room.epoch
            # Somebody else may have been faster, while the database was read.
            made = LiveRoom(
                last, translators, self._engine, RoomHistory(self._reading, slug), self._group, rev=rev, epoch=epoch
            )
            live = self._rooms.setdefault(slug, made)
        live.readers += 1
        return live

    def leave(self, slug: str) -> None:
        """One who entered is gone."""
        live = self._rooms[slug]
        live.readers -= 1
        if not live.readers:
            del self._rooms[slug]

    def receive(self, slug: str, events: Sequence[Event]) -> None:
        """Tell the readers of `slug`, if there are any: a subscriber of the relay."""
        live = self._rooms.get(slug)
        if live is None:
            return
        if any(isinstance(event, Changed) for event in events):
            with self._reading() as chat:
                live.translations.translators = self._translators(chat.rooms[slug])
        live.receive(events)


class RoomHistory:
    """Reads what was said in the room `slug`."""

    def __init__(self, reading: Reading, slug: str) -> None:
        self._reading = reading
        self._slug = slug

    def behind(self, after: int, limit: int) -> Sequence[Message]:
        """Return the messages behind the number `after`, at most `limit`."""
        with self._reading() as chat:
            return chat.rooms[self._slug].messages(after, limit)

    def among(self, seqs: Iterable[int]) -> Sequence[Message]:
        """Return the messages of these numbers that there are."""
        with self._reading() as chat:
            room = chat.rooms[self._slug]
            return [message for message in map(room.message, seqs) if message is not None]

    def numbers(self) -> tuple[int, int, str]:
        """Return the numbers of the last message and of the last change, and the epoch."""
        with self._reading() as chat:
            room = chat.rooms[self._slug]
            return room.log.last, room.rev, room.epoch

    def changes(self, since: int, after: int | None) -> tuple[list[Revision] | None, int]:
        """Return what was changed behind the number `since`, of what a reader has, and the number up to which."""
        with self._reading() as chat:
            room = chat.rooms[self._slug]
            return KeptChanges(room).since(since, after), room.rev
