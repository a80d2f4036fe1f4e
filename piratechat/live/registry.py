"""The rooms that somebody is reading at this moment."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from piratechat.live.inbox import Inbox
from piratechat.live.room import Group, LiveRoom
from piratechat.model.catching_up import KeptChanges
from piratechat.model.chat import Chat
from piratechat.model.events import Envelope, Message, Numbers, Revision
from piratechat.model.room import Room
from piratechat.translators.engine.engine import Engine

#: Opens a moment's view of the database.
Reading = Callable[[], AbstractContextManager[Chat]]
#: Finds the translators of a room, by name.
Translators = Callable[[Room], dict[str, Any]]
#: Waits until what was committed anywhere can be read here.
Refresh = Callable[[], None]

#: Envelopes that are kept for a room while it is read for its first reader; later ones are found by their numbers.
MAX_EARLY = 1_000


@dataclass(frozen=True, slots=True)
class _Entry:
    live: LiveRoom
    inbox: Inbox


class LiveRooms:
    """Live rooms by slug: made for the first reader, forgotten after the last."""

    def __init__(
        self,
        reading: Reading,
        translators: Translators,
        engine: Engine,
        group: Callable[[], Group],
        refresh: Refresh = lambda: None,
    ) -> None:
        self._reading = reading
        self._translators = translators
        self._engine = engine
        self._group = group
        self._refresh = refresh
        self._rooms: dict[str, _Entry] = {}
        self._opening: Counter[str] = Counter()
        self._early: dict[str, list[Envelope]] = {}

    def get(self, slug: str) -> LiveRoom | None:
        """Return the live room, or None if nobody reads it."""
        entry = self._rooms.get(slug)
        return None if entry is None else entry.live

    @property
    def readers(self) -> list[int]:
        """How many read each of the live rooms."""
        return [entry.live.readers for entry in self._rooms.values()]

    def enter(self, slug: str) -> LiveRoom:
        """Let one reader more into the room `slug`, which exists, and return it."""
        entry = self._rooms.get(slug) or self._open(slug)
        entry.live.readers += 1
        return entry.live

    def leave(self, slug: str) -> None:
        """One who entered is gone."""
        live = self._rooms[slug].live
        live.readers -= 1
        if not live.readers:
            del self._rooms[slug]

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Tell the readers of `slug`, if there are any."""
        entry = self._rooms.get(slug)
        if entry is not None:
            entry.inbox.put(envelope)
        elif slug in self._early and len(self._early[slug]) < MAX_EARLY:
            self._early[slug].append(envelope)

    def _open(self, slug: str) -> _Entry:
        history = RoomHistory(self._reading, self._translators, self._refresh, slug)
        with self._hearing_early(slug) as early:
            numbers, translators = history.state()
            entry = self._rooms.get(slug)  # somebody else may have been faster, while the database was read
            if entry is None:
                live = LiveRoom(numbers, translators, self._engine, history, self._group)
                entry = self._rooms[slug] = _Entry(live, Inbox(live, self._refresh))
                for envelope in early:
                    entry.inbox.put(envelope)
        return entry

    @contextmanager
    def _hearing_early(self, slug: str) -> Iterator[list[Envelope]]:
        """Keep what is published about the room `slug` meanwhile: what is read may be from before that."""
        self._opening[slug] += 1
        try:
            yield self._early.setdefault(slug, [])
        finally:
            self._opening[slug] -= 1
            if not self._opening[slug]:
                del self._opening[slug], self._early[slug]


class RoomHistory:
    """Reads what was said in the room `slug`."""

    def __init__(self, reading: Reading, translators: Translators, refresh: Refresh, slug: str) -> None:
        self._reading = reading
        self._translators = translators
        self._refresh = refresh
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

    def numbers(self) -> Numbers:
        """Return how far the room has got; it may be missing in another database than it was opened in."""
        with self._reading() as chat:
            room = chat.rooms.get(self._slug)
            return Numbers(0, 0, chat.epoch) if room is None else room.numbers

    def state(self) -> tuple[Numbers, Mapping[str, Any]]:
        """Return how far the room has got, and its translators."""
        with self._reading() as chat:
            room = chat.rooms[self._slug]
            return room.numbers, self._translators(room)

    def translators(self, rev: int) -> Mapping[str, Any]:
        """Return the translators of the room by name, as they are since the change `rev`."""
        numbers, translators = self.state()
        if numbers.rev >= rev:
            return translators
        self._refresh()
        return self.state()[1]

    def changes(self, since: int, after: int | None) -> tuple[list[Revision] | None, Numbers]:
        """Return what was changed behind the number `since`, of what a reader has, and how far the room had got."""
        with self._reading() as chat:
            room = chat.rooms[self._slug]
            return KeptChanges(room).since(since, after), room.numbers
