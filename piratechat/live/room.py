"""The current readers of a room, grouped by translator."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, Protocol, TypeVar, assert_never

from piratechat.cooperative import in_turns, yielding
from piratechat.live.coming_back import PAGE, ComingBack, History, Reader
from piratechat.live.event_json import (
    MUTED,
    RESET,
    UNMUTED,
    crowd_event,
    logged_event,
    message_event,
    named_event,
    present_event,
    revision_event,
    topic_view_event,
    typing_event,
    view_event,
    whisper_event,
    with_more,
)
from piratechat.live.healing import Healing
from piratechat.live.presence import Presence
from piratechat.live.ready_events import ReadyEvents
from piratechat.live.translations import TOPIC, Audience, Translations, as_said, topic_message
from piratechat.live.welcomes import Welcomes
from piratechat.model.catching_up import RecentChanges
from piratechat.model.events import (
    Changed,
    Erased,
    Event,
    Logged,
    Message,
    Muted,
    Named,
    Numbers,
    Pinned,
    Reacted,
    Removed,
    RemovedMany,
    Revision,
    Unmuted,
    Updated,
    in_parts,
)
from piratechat.peers.messages import Content, Moved, Present, Typing, Whispered
from piratechat.protocol.objects import View
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.waiting_texts import Urgency

#: Receives a translation when it is shown: translator's name and object, message, the room's last change, text, result.
Shown = Callable[[str, Any, int, int, str, str], None]

E = TypeVar("E", bound=Event)


class Group(Protocol):
    """Readers who receive the same messages."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...

    def add(self, reader: Any) -> None:
        """Add `reader`, who receives all messages that are broadcast from now on."""

    def discard(self, reader: Any) -> None:
        """Remove `reader`."""

    def broadcast(self, message: str) -> None:
        """Send `message` to the whole group."""


class LiveRoom:
    """One room with its readers.

    `slug` is its name in URLs; `numbers` are those that its readers have reached; `translators` are those of the room
    by name, which `engine` calls; `tell_others` sends content that is not stored to other processes; `shown` receives
    translations; `ready` caches events for many readers.
    """

    def __init__(
        self,
        slug: str,
        numbers: Numbers,
        translators: Mapping[str, Any],
        engine: Engine,
        history: History,
        group: Callable[[], Group],
        tell_others: Callable[[Content], None] | None = None,
        shown: Shown | None = None,
        ready: ReadyEvents | None = None,
    ) -> None:
        self.last = numbers.last
        self.epoch = numbers.epoch
        self.recent = RecentChanges(numbers.rev)
        self._shown = shown
        healing = Healing(self._read_again, lambda view: view in self._views)
        self.translations = Translations(
            slug, translators, engine, self._deliver, healing, history.among, shown and self._note_shown
        )
        self._history = history
        self._group = group
        self._views: dict[str, Group] = {}
        #: The number of readers, including those who are still catching up.
        self.readers = 0
        self.coming_back = ComingBack(self, history, ReadyEvents() if ready is None else ready)
        self._tell_others = tell_others
        self.presence = Presence(self._tell_presence, None if tell_others is None else self._tell_moved)
        self.welcomes = Welcomes()
        #: The counter of permission changes of which visitors here have been notified.
        self.access = 0
        self._muted: set[str] = set()
        self._mutings = 0
        self._watchers: list[set[int]] = []

    @property
    def rev(self) -> int:
        """The number of the last change that readers have received."""
        return self.recent.rev

    @property
    def numbers(self) -> Numbers:
        """The numbers that readers have reached."""
        return Numbers(self.last, self.rev, self.epoch)

    # Readers

    def add(self, reader: Reader, view: str) -> None:
        """Add `reader`, who receives new messages through `view` from now on."""
        group = self._views.get(view)
        if group is None:
            group = self._views[view] = self._group()
        group.add(reader)

    def discard(self, reader: Reader, view: str) -> None:
        """Remove `reader`."""
        group = self._views.get(view)
        if group is None:
            return  # it was still catching up
        group.discard(reader)
        if not len(group):
            del self._views[view]

    # Events for readers

    def event(
        self,
        message: Message,
        view: str,
        reader: Reader | None = None,
        rev: int = 0,
        mentioned: Sequence[str] = (),
        yours: Collection[str] | None = None,
    ) -> str:
        """Return the event of `message` through `view`: for one `reader`, or for all with that view.

        `yours`: the emoji with which the reader has reacted to it.
        """
        return message_event(message, self.translations.read(message, view, reader), rev, mentioned, yours)

    def lasting_event(
        self, message: Message, view: str, reader: Reader | None, yours: Collection[str] | None
    ) -> tuple[str, bool]:
        """Return the event of `message` through `view`, and whether it is reusable.

        A reusable event is the same for all readers until something in the room changes.
        """
        read = self.translations.read(message, view, reader)
        lasts = not message.reactions and (read is None or read["state"] == "ready")
        return message_event(message, read, yours=yours), lasts

    def views(
        self,
        seqs: Iterable[int],
        view: str,
        reader: Reader,
        retry: bool,
        urgency: Urgency = Urgency.IN_SIGHT,
        anyway: bool = False,
    ) -> list[str]:
        """Return translation events; `retry`: repeat failed translations; `anyway`: skip no text."""
        found: dict[int, View] = {}
        with self.watching() as changed:
            messages = [message for message in self._history.among(seqs) if message.seq <= self.last]
            for each in in_turns(message for message in messages if message.is_shown):
                found[each.seq] = self.translations.read(each, view, reader, retry, urgency, anyway) or as_said(view)
        # Readers have meanwhile received those that were changed or translated.
        return [
            view_event(seq, values)
            for seq, values in found.items()
            if seq not in changed and (values["state"] != "pending" or self.translations.awaits(view, seq))
        ]

    def _read_again(self, view: str, seqs: Sequence[int]) -> Sequence[int]:
        """Retry failed translations of messages, and return the numbers of those that exist."""
        messages = [message for message in self._history.among(seqs) if message.seq <= self.last and message.is_shown]
        topic = self._history.topic() if TOPIC in seqs else ""
        for message in yielding([*([topic_message(topic)] if topic else []), *messages]):
            self.translations.read_again(message, view)
        return [TOPIC, *(message.seq for message in messages)]

    def topic_view(self, view: str, reader: Reader, retry: bool) -> str | None:
        """Return the event of the topic's translation, or None; with `retry` a failed one is repeated."""
        topic = self._history.topic()
        return (
            topic_view_event(self.translations.read_topic(topic, view, reader, retry) or as_said(view))
            if topic
            else None
        )

    def changed_event(self, event: Changed, view: str, reader: Reader | None = None) -> str:
        """Return the event of a change of the room through `view`: for one `reader`, or for all with that view."""
        topic = event.values.get("topic", "")
        return revision_event(event, self.translations.read_topic(topic, view, reader))

    def _note_shown(self, view: str, seq: int, said: str, read: str) -> None:
        assert self._shown is not None
        self._shown(view, self.translations.translators[view], seq, self.rev, said, read)

    def _deliver(self, view: str, audience: Audience, event: str) -> None:
        group = self._views.get(view)
        if audience.everybody and group is not None:
            group.broadcast(event)
        for reader in audience.readers:
            reader.send(event)

    def receive(self, events: Sequence[Event]) -> None:
        """Send events that are on disk to readers, without those that they have received.

        The numbers of `events` continue those of readers, or overlap: see `Inbox`.  Other greenlets run meanwhile, but
        no other call of this method or `catch_up`.
        """
        for told in yielding(_by_change(events)):
            rev = _rev_of(told[0])
            if rev is None:
                self._tell_other(told[0])
            elif rev > self.rev:
                self._tell_change([event for event in told if isinstance(event, Revision)])

    def _tell_other(self, event: Event) -> None:
        """Send an event that is not a change of the room."""
        match event:
            case Message():
                if event.seq > self.last:
                    self._tell_next(event)
            case Named() | Muted() | Unmuted() | Logged():
                self._tell_one(event)

    def _tell_one(self, event: Named | Muted | Unmuted | Logged) -> None:
        """Send an event to the one visitor whom it concerns."""
        match event:
            case Named(visitor, name):
                if self.presence.rename(visitor, name):
                    self._tell_visitor(visitor, named_event(name))
            case Muted(visitor):
                self.tell_muted(visitor, True)
            case Unmuted(visitor):
                self.tell_muted(visitor, False)
            case Logged(visitor, entry):
                self._tell_visitor(visitor, logged_event(entry))
            case _:
                assert_never(event)

    def catch_up(self, numbers: Numbers) -> bool:
        """Send readers what they have not received up to `numbers` from the database; return whether it was complete.

        If the values of changes are no longer stored, or the database is another one, readers start over.
        """
        if numbers.epoch != self.epoch:
            return self._start_over()
        return self._catch_up_messages(numbers.last) and self._catch_up_changes(numbers.rev)

    def _start_over(self) -> bool:
        """Let all readers load the room again if the database was replaced; return whether it was."""
        found = self._history.numbers()
        if found.epoch == self.epoch:
            return False
        self.last, self.epoch = found.last, found.epoch
        self.recent = RecentChanges(found.rev)
        self.translations.translators = self._history.translators(found.rev)
        self.translations.forget_shown()
        self.broadcast(RESET)
        return True

    def _catch_up_messages(self, last: int) -> bool:
        while self.last < last:
            missing = self._history.behind(self.last, min(PAGE, last - self.last))
            if not missing:
                return False
            # All of them receive it before other greenlets run, because a joining reader gets everything up to `last`.
            for message in yielding(missing):
                self._tell_next(message)
        return True

    def _catch_up_changes(self, rev: int) -> bool:
        if self.rev >= rev:
            return True
        found, numbers = self._history.changes(self.rev, None)
        # A change of a message that readers do not have comes after the message.
        self._catch_up_messages(numbers.last)
        if found is None:
            self.translations.translators = self._history.translators(numbers.rev)
            self.recent = RecentChanges(numbers.rev)
            self.translations.forget_shown()
            self.broadcast(RESET)
        else:
            for events in yielding(_by_change(_without_gaps(found, self.rev, numbers.rev))):
                self._tell_change(events)
        return self.rev >= rev

    def typing(self, name: str) -> None:
        """Notify the readers, in all processes, that `name` is typing here."""
        self.hear_typing(name)
        if self._tell_others is not None:
            self._tell_others(Typing(name))

    def hear_typing(self, name: str) -> None:
        """Notify the readers here that `name` is typing."""
        self.broadcast(typing_event(name))

    def hear_whisper(self, whispered: Whispered) -> None:
        """Send the readers here a program's text that is not stored."""
        for view, group in list(self._views.items()):
            read = self.translations.read_at_once(whispered.text, whispered.lang, view)
            group.broadcast(whisper_event(whispered, read))

    @property
    def told(self) -> tuple[int, int]:
        """A counter of permission-related events that visitors have received; it changes with each."""
        return self.rev, self._mutings

    def note_muted(self, visitor: str, muted: bool) -> None:
        """`visitor` has been notified whether they are muted."""
        (self._muted.add if muted else self._muted.discard)(visitor)

    def tell_muted(self, visitor: str, muted: bool) -> None:
        """Notify `visitor` that they are or are no longer muted."""
        self._mutings += 1
        self.note_muted(visitor, muted)
        self._tell_visitor(visitor, MUTED if muted else UNMUTED)

    def judge(self, access: int, is_muted: Callable[[str], bool]) -> None:
        """Notify visitors here whether they are muted, if `access` differs from the last notification."""
        if access == self.access:
            return
        self.access = access
        for visitor in self.presence.visitors:
            muted = is_muted(visitor)
            if muted != (visitor in self._muted):
                self.tell_muted(visitor, muted)
        self._muted.intersection_update(self.presence.visitors)

    def broadcast(self, event: str) -> None:
        """Send `event`, which is the same in every view, to all readers."""
        for group in list(self._views.values()):
            group.broadcast(event)

    def _tell_next(self, message: Message) -> None:
        self.last = message.seq
        self._tell(message)

    def _tell_change(self, events: Sequence[Revision]) -> None:
        """Send all events of one change; other greenlets run between two of them.

        A reader who returns meanwhile gets all of them, and then the remaining ones again.
        """
        rev = events[0].rev
        if any(isinstance(event, Changed) and event.values for event in events):
            # First: if the database cannot be read now, readers must not be considered to have received the event.
            self.translations.translators = self._history.translators(rev)
        self.recent.add(events, rev)
        for event, more in yielding(in_parts(events)):
            if isinstance(event, Changed) and "topic" in event.values:
                self.translations.forget(TOPIC)
            match event:
                case Removed() | RemovedMany() | Erased():
                    for seq in (event.seq,) if isinstance(event, Removed) else event.seqs:
                        self._forget_view(seq)
                case Updated(message):
                    self._forget_view(message.seq)
                case _:
                    pass
            self._broadcast_change(event, with_more if more else str)

    def _forget_view(self, seq: int) -> None:
        self._note(seq)
        self.translations.forget(seq)

    def _broadcast_change(self, event: Revision, marked: Callable[[str], str]) -> None:
        match event:
            case Updated(message, rev, mentioned):
                for view, group in list(self._views.items()):
                    group.broadcast(marked(self.event(message, view, None, rev, mentioned)))
            case Changed(values) if values.get("topic"):
                for view, group in list(self._views.items()):
                    group.broadcast(marked(self.changed_event(event, view)))
            case Removed() | RemovedMany() | Erased() | Pinned() | Reacted() | Changed():
                self.broadcast(marked(revision_event(event)))

    def _tell(self, message: Message) -> None:
        for view, group in list(self._views.items()):
            group.broadcast(self.event(message, view))

    @contextmanager
    def watching(self) -> Iterator[set[int]]:
        """Collect the numbers of messages that are changed in this context."""
        changed: set[int] = set()
        self._watchers.append(changed)
        try:
            yield changed
        finally:
            self._watchers = [each for each in self._watchers if each is not changed]

    def _note(self, seq: int) -> None:
        for changed in self._watchers:
            changed.add(seq)

    def _tell_visitor(self, visitor: str, event: str) -> None:
        for window in self.presence.windows_of(visitor):
            window.send(event)

    def _tell_presence(self, joined: list[str], left: list[str], too_little: bool) -> None:
        here = self.presence
        self.broadcast(crowd_event(here.names, here.count) if too_little else present_event(joined, left))

    def _tell_moved(self, joined: list[str], left: list[str], too_little: bool) -> None:
        if self._tell_others is not None:
            here = self.presence
            if too_little:
                self._tell_others(Present(here.of, here.change, here.own_names, here.own_count))
            else:
                self._tell_others(Moved(here.of, here.change, joined, left, here.own_count))


def _by_change(events: Iterable[E]) -> Iterator[list[E]]:
    """Yield the events of each change together, and each other event separately."""
    for rev, found in groupby(events, _rev_of):
        if rev is None:
            yield from ([event] for event in found)
        else:
            yield list(found)


def _rev_of(event: Event) -> int | None:
    """Return the number of the change in `event`, or None."""
    return None if isinstance(event, Message) or not isinstance(event, Revision) else event.rev


def _without_gaps(events: Iterable[Revision], since: int, rev: int) -> Iterator[Revision]:
    """Yield `events`, the changes after `since` up to `rev`, with an empty event for each missing number.

    A change whose subject was changed again later has no event of its own; without the empty event readers would assume
    that they have missed it.
    """
    for event in events:
        yield from (Changed({}, number) for number in range(since + 1, event.rev))
        yield event
        since = event.rev
    yield from (Changed({}, number) for number in range(since + 1, rev + 1))
