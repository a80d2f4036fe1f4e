"""Catching up: sends returning readers the events that they have missed, each item once."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count, takewhile
from typing import Any, Protocol

from piratechat.cooperative import in_turns
from piratechat.live.event_json import RESET, current_event, gap_event, revision_event, with_more
from piratechat.live.ready_events import ReadyEvents
from piratechat.model.catching_up import MAX_EVENTS, Position, RecentChanges, missed
from piratechat.model.events import Changed, Message, Numbers, Reacted, Revision, Updated, in_parts

#: Messages to read from the log at once, and the maximum number for a joining client.
PAGE = 200
#: Maximum number of characters for a joining client at once; more might exceed the backlog of its session.
HISTORY_LENGTH = 128 * 1024
#: Maximum number of rounds for sending changes made meanwhile; each round is smaller.
MAX_ROUNDS = 20


class Reader(Protocol):
    """A reader of the room."""

    @property
    def visitor(self) -> str:
        """The visitor's id."""

    def send(self, message: str) -> None:
        """Receive a message."""


class History(Protocol):
    """Reads messages of the room from the log, including all that readers have received."""

    def behind(self, after: int, limit: int) -> Sequence[Message]:
        """Return at most `limit` messages after number `after`."""

    def among(self, seqs: Iterable[int]) -> Sequence[Message]:
        """Return the existing messages with these numbers."""

    def changes(self, since: int, after: int | None) -> tuple[list[Revision] | None, Numbers]:
        """Return the changes after number `since`, like `Source.since`, and the room's numbers at that time."""

    def numbers(self) -> Numbers:
        """Return the room's current numbers."""

    def newest_numbers(self) -> Numbers:
        """Return the room's current numbers, including everything that was committed anywhere before."""

    def reacted(self, visitor: str, seqs: Iterable[int]) -> Mapping[int, Collection[str]]:
        """Return the emoji with which `visitor` has reacted, by message number, for all of `seqs`."""

    def topic(self) -> str:
        """Return the topic of the room, or ""."""

    def translators(self, rev: int) -> Mapping[str, Any]:
        """Return the translators of the room by name, as of the change `rev`."""


class Live(Protocol):
    """A live room; its attributes may change whenever the database is read."""

    recent: RecentChanges

    @property
    def numbers(self) -> Numbers:
        """The numbers up to which readers have received events."""

    def event(
        self,
        message: Message,
        view: str,
        reader: Reader | None = None,
        rev: int = 0,
        mentioned: Sequence[str] = (),
        yours: Collection[str] | None = None,
    ) -> str:
        """Return the event of `message` through the translator `view`."""

    def lasting_event(
        self, message: Message, view: str, reader: Reader | None, yours: Collection[str] | None
    ) -> tuple[str, bool]:
        """Return the event of `message` through `view`, and whether it is reusable.

        A reusable event is the same for all readers until something in the room changes.
        """

    def changed_event(self, event: Changed, view: str, reader: Reader | None = None) -> str:
        """Return the event of a change of the room through `view`."""

    def watching(self) -> AbstractContextManager[set[int]]:
        """Collect the numbers of messages that are removed or restored in this context."""


class ComingBack:
    """Sends readers of the room `live` the events that they have missed."""

    def __init__(self, live: Live, history: History, ready: ReadyEvents) -> None:
        self._live = live
        self._history = history
        self._ready = ready
        self._room = object()  # identifies the room in `ready`, without a reference to it

    def missed(self, position: Position, view: str, reader: Reader) -> list[str]:
        """Return the events that a reader at `position` has missed: changes, then messages; or RESET.

        They end with `current` if the reader tracks changes.  Other greenlets run meanwhile, but not between the last
        look at the room and the return, so a reader who receives events from then on has missed nothing.
        """
        reached = self.reached(position)
        if reached is None:
            return [RESET]
        knows_changes = reached.since is not None
        if not knows_changes:
            reached = reached._replace(since=self._live.numbers.rev)  # changes made meanwhile are included
        told: list[str] = []
        for _ in range(MAX_ROUNDS):
            events, through = self.changes(reached, view, reader)
            if events is None:
                return [RESET]
            told += events
            if reached.after is not None:
                told += self.messages(reached.after, view, reader)
            now = self._live.numbers
            if (now.rev, now.epoch) == (through.rev, through.epoch):
                return [*told, *([current_event(now.last, now.rev)] if knows_changes else [])]
            # Changes made meanwhile follow, even those of messages that were just sent.
            reached = Position(None if reached.after is None else now.last, through.rev, through.epoch)
        return [RESET]

    def reached(self, position: Position) -> Position | None:
        """Return `position`, limited to what readers here have received; None if the room has not got there.

        A page may be ahead of its live room, because it shows commits that readers receive next.
        """
        if position.fits(*self._live.numbers):
            return position
        if not position.fits(*self._history.numbers()) and not position.fits(*self._history.newest_numbers()):
            return None
        after, since = position.after, position.since
        last, rev, epoch = self._live.numbers
        return Position(
            None if after is None else min(after, last),
            None if since is None else min(since, rev),
            epoch,
        )

    def messages(self, after: int, view: str, reader: Reader | None = None) -> list[str]:
        """Return the messages after `after` that readers have received, as events.

        Translations that are not ready are sent to `reader` later.

        If more than 200 messages are missing, or too many characters, returns a gap event and the last of them.  Other
        greenlets run meanwhile, so the loop has this invariant: `events` holds, in order, each message from the first
        one to `after`, as it was when it was read; `changed` holds those removed or restored since.  The loop ends when
        `after` has reached the room's last message and none of the events has changed.
        """
        numbers = self._live.numbers
        wanted, after = after, max(after, numbers.last - PAGE)
        events = _without_gaps(self._ready.of(self._room, view, numbers), after)
        lasting: dict[int, str] = {}
        after += len(events)
        with self._live.watching() as changed:
            while found := self._next_to_tell(after, events, changed):
                yours = self._yours(found, reader)
                for message in in_turns(found):
                    event, lasts = self._live.lasting_event(message, view, reader, yours.get(message.seq))
                    events[message.seq] = event
                    if lasts:
                        lasting[message.seq] = event
                after = max(after, found[-1].seq)
        now = self._live.numbers
        if lasting and (now.rev, now.epoch) == (numbers.rev, numbers.epoch):
            self._ready.keep(self._room, view, now, lasting)
        kept = _last_that_fit(list(events.values()))
        first = after - len(kept) + 1
        gap = [gap_event(first)] if first > wanted + 1 else []
        return gap + kept

    def changes(self, position: Position, view: str, reader: Reader) -> tuple[list[str] | None, Numbers]:
        """Return the events of the changes that a reader at `position` has missed, and the numbers that they reach.

        Returns None if the reader must start over.  Other greenlets run: the room may have advanced at the return.
        """
        found = missed(self._live.recent, position, *self._live.numbers)
        if found is None and position.since is not None and position.fits(*self._live.numbers):
            found = self._kept_changes(position.since, position.after)
        through = self._live.numbers  # before other greenlets run
        if found is None:
            return None, through
        yours = self._yours([each for event in found if (each := _with_reactions(event)) is not None], reader)
        events = [
            with_more(told) if more else told
            for event, more in in_parts(found)
            for told in (self._revision(event, view, reader, yours),)
        ]
        return events if sum(map(len, events)) <= HISTORY_LENGTH else None, through

    def _kept_changes(self, since: int, after: int | None) -> list[Revision] | None:
        found, numbers = self._history.changes(since, after)
        later = self._live.recent.since(numbers.rev, after) if numbers.rev < self._live.numbers.rev else []
        if found is None or later is None or len(found) + len(later) > MAX_EVENTS:
            return None
        return found + later

    def _yours(self, found: Iterable[Message | Reacted], reader: Reader | None) -> Mapping[int, Collection[str]]:
        """Return the emoji with which `reader` has reacted to the messages of `found`, by message number.

        Messages without reactions are omitted.
        """
        seqs = [each.seq for each in found if each.reactions]
        return self._history.reacted(reader.visitor, seqs) if seqs and reader is not None else {}

    def _revision(self, event: Revision, view: str, reader: Reader, yours: Mapping[int, Collection[str]]) -> str:
        if isinstance(event, Updated):
            return self._live.event(event.message, view, reader, event.rev, yours=yours.get(event.message.seq))
        if isinstance(event, Reacted):
            return revision_event(event, yours=yours.get(event.seq, ()))
        if isinstance(event, Changed):
            return self._live.changed_event(event, view, reader)
        return revision_event(event)

    def _next_to_tell(self, after: int, told: Container[int], changed: set[int]) -> Sequence[Message]:
        """Return the messages of `told` that have changed, else the next ones after `after`, else an empty list."""
        stale = [seq for seq in changed if seq in told]
        changed.clear()
        if stale:
            return self._history.among(stale)
        last = self._live.numbers.last
        return self._history.behind(after, min(PAGE, last - after)) if after < last else ()


def _with_reactions(event: Revision) -> Message | Reacted | None:
    """Return the message or reactions in `event`, or None."""
    if isinstance(event, Updated):
        return event.message
    return event if isinstance(event, Reacted) else None


def _without_gaps(events: Mapping[int, str], after: int) -> dict[int, str]:
    """Return those of `events` whose numbers follow `after` without a gap."""
    return {seq: events[seq] for seq in takewhile(events.__contains__, count(after + 1))}


def _last_that_fit(events: list[str]) -> list[str]:
    """Return the last of `events`, at least one, that fit into HISTORY_LENGTH together."""
    length = 0
    for number, event in enumerate(reversed(events)):
        length += len(event)
        if number and length > HISTORY_LENGTH:
            return events[-number:]
    return events
