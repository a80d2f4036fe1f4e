"""The live rooms: those that have readers."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from piratechat.cooperative import yielding
from piratechat.errors import LOGGED_OUT
from piratechat.live.inbox import Inbox
from piratechat.live.ready_events import ReadyEvents
from piratechat.live.room import Group, LiveRoom
from piratechat.model.catching_up import KeptChanges
from piratechat.model.chat import Chat
from piratechat.model.events import Envelope, Message, Numbers, Revision
from piratechat.model.room import Room
from piratechat.peers.messages import Content, Present, Whispered, Who
from piratechat.translators.engine.engine import Engine

#: Opens a read-only view of the database.
Reading = Callable[[], AbstractContextManager[Chat]]
#: Returns the translators of a room, by name.
Translators = Callable[[Room], Mapping[str, Any]]
#: Waits until all commits of any process can be read here.
Refresh = Callable[[], None]

#: Maximum number of buffered envelopes while a room is read for its first reader; others are found by their numbers.
MAX_EARLY = 1_000


class Others(Protocol):
    """The other processes of the chat."""

    @property
    def reaches_others(self) -> bool:
        """Whether there are any."""

    def subscribe(self, slug: str) -> None:
        """Return when everything that other processes publish about the room will arrive, if possible."""

    def unsubscribe(self, slug: str) -> None:
        """Unsubscribe from the room."""

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Send them a commit of this process."""

    def tell(self, slug: str, content: Content) -> None:
        """Send content that is not stored to those with readers in the room."""

    def logged_out(self, visitor: str) -> None:
        """Tell them that a member has logged out."""


class Nobody:
    """Stands for the other processes when there are none."""

    reaches_others = False

    def subscribe(self, slug: str) -> None:
        """Do nothing."""

    def unsubscribe(self, slug: str) -> None:
        """Do nothing."""

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Do nothing."""

    def tell(self, slug: str, content: Content) -> None:
        """Do nothing."""

    def logged_out(self, visitor: str) -> None:
        """Do nothing."""


class ShownTranslations(Protocol):
    """Receives the translations by services that are shown to readers."""

    def note(self, room: str, name: str, translator: Any, seq: int, rev: int, said: str, read: str) -> None:
        """The message `seq` of `room`, `said`, is shown as `read` through the translator `name`.

        `rev` is the room's last change that its readers have received.
        """


@dataclass(frozen=True, slots=True)
class _Entry:
    live: LiveRoom
    inbox: Inbox
    history: "RoomHistory"


class LiveRooms:
    """Live rooms by slug: created for the first reader, removed after the last."""

    def __init__(
        self,
        reading: Reading,
        translators: Translators,
        engine: Engine,
        group: Callable[[], Group],
        refresh: Refresh = lambda: None,
        others: Others | None = None,
        shown: ShownTranslations | None = None,
    ) -> None:
        self._reading = reading
        self._translators = translators
        self._engine = engine
        self._group = group
        self._refresh = refresh
        self._others: Others = Nobody() if others is None else others
        self._shown = shown
        self._ready = ReadyEvents()
        self._rooms: dict[str, _Entry] = {}
        self._opening: Counter[str] = Counter()
        self._early: dict[str, list[Envelope]] = {}

    def get(self, slug: str) -> LiveRoom | None:
        """Return the live room, or None if it has no readers."""
        entry = self._rooms.get(slug)
        return None if entry is None else entry.live

    @property
    def slugs(self) -> list[str]:
        """The slugs of live rooms."""
        return list(self._rooms)

    @property
    def readers(self) -> list[int]:
        """The number of readers of each live room."""
        return [entry.live.readers for entry in self._rooms.values()]

    def enter(self, slug: str) -> LiveRoom:
        """Add a reader to the room `slug`, which must exist, and return it."""
        entry = self._rooms.get(slug) or self._open(slug)
        entry.live.readers += 1
        return entry.live

    def leave(self, slug: str) -> None:
        """Remove a reader who has entered."""
        live = self._rooms[slug].live
        live.readers -= 1
        if not live.readers:
            del self._rooms[slug]
            self._unsubscribe(slug)

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Send a commit of this process to the readers of `slug`, and then to other processes."""
        self.receive(slug, envelope)
        self._others.publish(slug, envelope)

    def receive(self, slug: str, envelope: Envelope) -> None:
        """Send a commit of any process to the readers of `slug`."""
        entry = self._rooms.get(slug)
        if entry is not None:
            entry.inbox.put(envelope)
        elif slug in self._early and len(self._early[slug]) < MAX_EARLY:
            self._early[slug].append(envelope)

    def whisper(self, slug: str, whispered: Whispered) -> None:
        """Send content that is not stored to the readers of `slug`, in all processes."""
        live = self.get(slug)
        if live is not None:
            live.hear_whisper(whispered)
        self._others.tell(slug, whispered)

    def log_out(self, visitor: str) -> None:
        """Close the windows of a member who has logged out, in all processes."""
        self._others.logged_out(visitor)
        self.close_windows(visitor)

    def close_windows(self, visitor: str) -> None:
        """Close the windows of a member who has logged out, in this process."""
        for slug in yielding(self.slugs):
            live = self.get(slug)
            for window in live.presence.windows_of(visitor) if live is not None else ():
                window.close(*LOGGED_OUT)

    def room(self, slug: str) -> AbstractContextManager[Room]:
        """Return a read-only view of the live room `slug` on disk, including all that its readers have received."""
        return self._rooms[slug].history.room()

    def look(self, slug: str) -> None:
        """Send the readers of `slug` what the database has and they have not received."""
        entry = self._rooms.get(slug)
        if entry is None:
            return
        numbers = entry.history.numbers()
        entry.inbox.put(Envelope((), numbers))
        if numbers.epoch == entry.live.epoch:
            entry.history.judge(entry.live)

    def _open(self, slug: str) -> _Entry:
        history = RoomHistory(self._reading, self._translators, self._refresh, slug)
        with self._hearing_early(slug) as early:
            if self._others.reaches_others:
                self._others.subscribe(slug)
                self._refresh()  # earlier commits must be readable
            numbers, translators, access = history.state()
            entry = self._rooms.get(slug)  # another greenlet may have been faster while the database was read
            if entry is None:
                entry = self._rooms[slug] = self._made(slug, history, numbers, translators)
                entry.live.access = access
                for envelope in early:
                    entry.inbox.put(envelope)
        return entry

    def _made(self, slug: str, history: "RoomHistory", numbers: Numbers, translators: Mapping[str, Any]) -> _Entry:
        others = self._others
        tell_others = (lambda content: others.tell(slug, content)) if others.reaches_others else None
        shown = None if self._shown is None else partial(self._shown.note, slug)
        live = LiveRoom(slug, numbers, translators, self._engine, history, self._group, tell_others, shown, self._ready)
        history.heard = lambda: live.numbers
        if tell_others is not None:
            tell_others(Present(live.presence.of, live.presence.change, (), 0))
            tell_others(Who())
        return _Entry(live, Inbox(live, self._refresh), history)

    def _unsubscribe(self, slug: str) -> None:
        if slug not in self._rooms and slug not in self._opening:
            self._others.unsubscribe(slug)

    @contextmanager
    def _hearing_early(self, slug: str) -> Iterator[list[Envelope]]:
        """Buffer the commits that are published for the room `slug` in this context.

        The database may be read before that.
        """
        self._opening[slug] += 1
        try:
            yield self._early.setdefault(slug, [])
        finally:
            self._opening[slug] -= 1
            if not self._opening[slug]:
                del self._opening[slug], self._early[slug]
                self._unsubscribe(slug)


class RoomHistory:
    """Reads the room `slug`, at least up to `heard()`, the numbers that readers have received.

    The relay may announce commits of other processes before they can be read.
    """

    def __init__(self, reading: Reading, translators: Translators, refresh: Refresh, slug: str) -> None:
        self._reading = reading
        self._translators = translators
        self._refresh = refresh
        self._slug = slug
        self.heard: Callable[[], Numbers | None] = lambda: None

    @contextmanager
    def room(self) -> Iterator[Room]:
        """Yield a read-only view of the room on disk.  Raises KeyError if the database has no such room."""
        with self._reading() as chat:
            room = chat.rooms[self._slug]
            if not self._is_behind(room):
                yield room
                return
        self._refresh()
        with self._reading() as chat:
            yield chat.rooms[self._slug]

    def behind(self, after: int, limit: int) -> Sequence[Message]:
        """Return at most `limit` messages after number `after`."""
        with self.room() as room:
            return room.messages(after, limit)

    def among(self, seqs: Iterable[int]) -> Sequence[Message]:
        """Return the existing messages with these numbers."""
        with self.room() as room:
            return [message for message in map(room.message, seqs) if message is not None]

    def numbers(self) -> Numbers:
        """Return the room's numbers; it may be missing from a restored database."""
        with self._reading() as chat:
            room = chat.rooms.get(self._slug)
            return Numbers(0, 0, chat.epoch) if room is None else room.numbers

    def newest_numbers(self) -> Numbers:
        """Return the room's current numbers, including everything that was committed anywhere before."""
        self._refresh()
        return self.numbers()

    def state(self) -> tuple[Numbers, Mapping[str, Any], int]:
        """Return the room's numbers, its translators, and its counter of permission changes."""
        with self.room() as room:
            return room.numbers, self._translators(room), room.access

    def reacted(self, visitor: str, seqs: Iterable[int]) -> Mapping[int, Collection[str]]:
        """Return the emoji with which `visitor` has reacted, by message number, for all of `seqs`."""
        with self.room() as room:
            return {seq: room.reacted(visitor, seq) for seq in seqs}

    def topic(self) -> str:
        """Return the topic of the room, or ""."""
        with self.room() as room:
            topic: str = room.topic
        return topic

    def translators(self, rev: int) -> Mapping[str, Any]:
        """Return the translators of the room by name, as of the change `rev`."""
        numbers, translators, _access = self.state()
        if numbers.rev >= rev:
            return translators
        self._refresh()
        return self.state()[1]

    def judge(self, live: LiveRoom) -> None:
        """Notify visitors whether they are muted, if a permission change was missed."""
        with self.room() as room:
            live.judge(room.access, room.names.is_muted)

    def changes(self, since: int, after: int | None) -> tuple[list[Revision] | None, Numbers]:
        """Return the changes after number `since` of what a reader has, and the room's numbers."""
        with self.room() as room:
            return KeptChanges(room).since(since, after), room.numbers

    def _is_behind(self, room: Room) -> bool:
        heard = self.heard()
        if heard is None or room.epoch != heard.epoch:
            return False
        return room.log.last < heard.last or room.rev < heard.rev
