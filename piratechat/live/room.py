"""Those who are reading a room at this moment, grouped by how they read it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from piratechat.cooperative import yielding
from piratechat.live.presence import Presence
from piratechat.model.events import Event, Message, Named, Personal, Removed, Restored
from piratechat.serialization import encode, message_event, other_event, said, view_event, view_values
from piratechat.translation import Outcome
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.outcomes import Pending

#: Messages read from the log at once, and told to one who joins.
PAGE = 200
#: Characters of what is told at once to one who joins; more could be too much for the backlog of its session.
HISTORY_LENGTH = 128 * 1024


class Reader(Protocol):
    """Someone who reads the room."""

    @property
    def visitor(self) -> str:
        """The visitor's id."""

    def send(self, message: str) -> None:
        """Hear a message."""


class Group(Protocol):
    """Readers who hear the same."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...

    def add(self, reader: Any) -> None:
        """Let `reader` hear what is broadcast from now on."""

    def discard(self, reader: Any) -> None:
        """Let `reader` hear no more."""

    def broadcast(self, message: str) -> None:
        """Let all of the group hear `message`."""


class History(Protocol):
    """Reads messages of the room from the log."""

    def behind(self, after: int, limit: int) -> Sequence[Message]:
        """Return the messages behind the number `after`, at most `limit`."""

    def among(self, seqs: Iterable[int]) -> Sequence[Message]:
        """Return the messages of these numbers that there are."""


@dataclass(slots=True, eq=False)
class Audience:
    """Those who wait for the translation of a message."""

    #: Whether all do who read that way.
    everybody: bool = False
    readers: set[Reader] = field(default_factory=set)


class LiveRoom:
    """One room with its readers.

    `last` is the number up to which its readers have heard; `translators` are
    those of the room by name, which `engine` asks.
    """

    def __init__(
        self,
        last: int,
        translators: Mapping[str, Any],
        engine: Engine,
        history: History,
        group: Callable[[], Group],
    ) -> None:
        self.last = last
        self.translators = translators
        self._engine = engine
        self._history = history
        self._group = group
        self._views: dict[str, Group] = {}
        #: For views and numbers of messages that are being translated.
        self._awaited: dict[tuple[str, int], Audience] = {}
        #: How many are here, those included who are still being told what they missed.
        self.readers = 0
        self.presence = Presence(self._tell_presence)
        self._watchers: list[set[int]] = []

    # Readers

    def add(self, reader: Reader, view: str) -> None:
        """Let `reader` hear what is said from now on, as `view` has it."""
        group = self._views.get(view)
        if group is None:
            group = self._views[view] = self._group()
        group.add(reader)

    def discard(self, reader: Reader, view: str) -> None:
        """Let `reader` hear no more."""
        group = self._views.get(view)
        if group is None:
            return  # it had not been told all that it missed
        group.discard(reader)
        if not len(group):
            del self._views[view]

    # What they hear

    def history(self, after: int, view: str, reader: Reader | None = None) -> list[str]:
        """Return the messages behind `after` that readers have heard, as events.

        What is still being translated is told to `reader` when it is ready.

        If more than 200 are missing, or more than a reader could take at once,
        the event of a gap and the last of them.  Others have their turns
        meanwhile: it ends when `last` no longer moves, and nothing that has
        been told was removed or restored.
        """
        wanted, after = after, max(after, self.last - PAGE)
        events: dict[int, str] = {}
        with self._watching() as changed:
            while True:
                stale = [seq for seq in changed if seq in events]
                changed.clear()
                if stale:
                    found = self._history.among(stale)
                elif after < self.last:
                    found = self._history.behind(after, min(PAGE, self.last - after))
                else:
                    break
                if not found:
                    break
                for message in yielding(found):
                    events[message.seq] = self.event(message, view, reader)
                after = max(after, found[-1].seq)
        kept = _last_that_fit(list(events.values()))
        first = after - len(kept) + 1
        gap = [encode({"type": "gap", "before": first})] if first > wanted + 1 else []
        return gap + kept

    def event(self, message: Message, view: str, reader: Reader | None = None) -> str:
        """Return the event of `message` as `view` has it; without a `reader`, for all who read it so."""
        return message_event(message, self._read(message, view, reader))

    def views(self, seqs: Iterable[int], view: str, reader: Reader, again: bool) -> list[str]:
        """Return the events of how messages read; what failed is tried anew if `again`."""
        events: dict[int, str] = {}
        with self._watching() as changed:
            messages = [message for message in self._history.among(seqs) if message.seq <= self.last]
            for each in yielding(message for message in messages if not message.removed):
                events[each.seq] = view_event(each.seq, self._read(each, view, reader, again) or _as_said(view))
        # Who reads the room has heard of them in between.
        return [event for seq, event in events.items() if seq not in changed]

    def _read(
        self, message: Message, view: str, reader: Reader | None, again: bool = False
    ) -> Mapping[str, Any] | None:
        """Return how `message` reads; if that takes time, `reader` hears of it later, or everybody."""
        if message.removed:
            return None
        key = (view, message.seq)
        if key not in self._awaited:
            then, lang = partial(self._ready, key, message.text), message.lang or None
            outcome = self._engine.read(self.translators, view, message.text, lang, then, again)
            if not isinstance(outcome, Pending):
                return view_values(view, outcome, message.text)
            self._awaited[key] = Audience()
        if reader is None:
            self._awaited[key].everybody = True
        else:
            self._awaited[key].readers.add(reader)
        return view_values(view, Pending(), message.text)

    def _ready(self, key: tuple[str, int], text: str, outcome: Outcome) -> None:
        audience = self._awaited.pop(key, None)
        if audience is None:
            return  # it was removed meanwhile
        view, seq = key
        event = view_event(seq, view_values(view, outcome, text) or _as_said(view))
        group = self._views.get(view)
        if audience.everybody and group is not None:
            group.broadcast(event)
        for reader in audience.readers:
            reader.send(event)

    def receive(self, events: Sequence[Event]) -> None:
        """Tell the readers of what is on disk; messages they have heard are left out, missing ones are fetched."""
        for event in yielding(events):
            if isinstance(event, Message):
                if event.seq <= self.last:
                    continue
                if event.seq > self.last + 1:
                    self._catch_up(event.seq - 1)
                self.last = max(self.last, event.seq)
            self._note(event)
            message = said(event)
            if message is not None:
                self._tell(message)
                continue
            if isinstance(event, Named) and not self.presence.rename(event.visitor, event.name):
                continue
            if isinstance(event, Personal):
                self._tell_visitor(event.visitor, other_event(event))
                continue
            if isinstance(event, Removed):
                self._forget(event.seq)
            self._broadcast(other_event(event))

    def whisper(self, event: Mapping[str, Any]) -> None:
        """Tell the readers of something that is not kept."""
        self._broadcast(encode(event))

    def _catch_up(self, last: int) -> None:
        """Fetch from the log what another process has written."""
        while self.last < last:
            missing = self._history.behind(self.last, min(PAGE, last - self.last))
            fresh = [message for message in missing if message.seq > self.last]
            if not fresh:
                return
            # All of them hear it before it is anybody else's turn: who joins then is told what is up to `last`.
            for message in yielding(fresh):
                self.last = message.seq
                self._tell(message)

    def _tell(self, message: Message) -> None:
        for view, group in list(self._views.items()):
            group.broadcast(self.event(message, view))

    @contextmanager
    def _watching(self) -> Iterator[set[int]]:
        """Gather the numbers of messages that are removed or restored meanwhile."""
        changed: set[int] = set()
        self._watchers.append(changed)
        try:
            yield changed
        finally:
            self._watchers = [each for each in self._watchers if each is not changed]

    def _note(self, event: Event) -> None:
        if self._watchers and isinstance(event, Removed | Restored):
            seq = event.seq if isinstance(event, Removed) else event.message.seq
            for changed in self._watchers:
                changed.add(seq)

    def _forget(self, seq: int) -> None:
        """Nobody is to hear how a message reads that was removed."""
        for key in [key for key in self._awaited if key[1] == seq]:
            del self._awaited[key]

    def _tell_visitor(self, visitor: str, event: str) -> None:
        for window in self.presence.windows_of(visitor):
            window.send(event)

    def _broadcast(self, event: str) -> None:
        for group in list(self._views.values()):
            group.broadcast(event)

    def _tell_presence(self, joined: list[str], left: list[str]) -> None:
        self.whisper({"type": "present", "joined": joined, "left": left})


def _as_said(view: str) -> Mapping[str, Any]:
    """Return the values of a message in which `view` changes nothing, for one who waits to hear so."""
    return {"as": view, "state": "skipped", "reason": ""}


def _last_that_fit(events: list[str]) -> list[str]:
    """Return the last of `events`, one at least, as far as they are not longer than HISTORY_LENGTH together."""
    length = 0
    for number, event in enumerate(reversed(events)):
        length += len(event)
        if number and length > HISTORY_LENGTH:
            return events[-number:]
    return events
