"""Catching up: tells a reader who comes back what happened in the room meanwhile, each thing once."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count, takewhile
from typing import Any, Protocol

from piratechat.cooperative import in_turns
from piratechat.live.event_json import RESET, current_event, gap_event, revision_event, with_more
from piratechat.live.ready_events import ReadyEvents
from piratechat.model.catching_up import MAX_EVENTS, Position, RecentChanges, missed
from piratechat.model.events import Changed, Message, Numbers, Reacted, Revision, Updated, in_parts

#: Messages read from the log at once, and told to one who joins.
PAGE = 200
#: Characters of what is told at once to one who joins; more could be too much for the backlog of its session.
HISTORY_LENGTH = 128 * 1024
#: How often what was changed meanwhile is told before it ends; each time that is little.
MAX_ROUNDS = 20


class Reader(Protocol):
    """Someone who reads the room."""

    @property
    def visitor(self) -> str:
        """The visitor's id."""

    def send(self, message: str) -> None:
        """Hear a message."""


class History(Protocol):
    """Reads messages of the room from the log, with all that readers have heard."""

    def behind(self, after: int, limit: int) -> Sequence[Message]:
        """Return the messages behind the number `after`, at most `limit`."""

    def among(self, seqs: Iterable[int]) -> Sequence[Message]:
        """Return the messages of these numbers that there are."""

    def changes(self, since: int, after: int | None) -> tuple[list[Revision] | None, Numbers]:
        """Return what was changed behind the number `since`, as `Source.since` does, and how far the room had got."""

    def numbers(self) -> Numbers:
        """Return how far the room has got."""

    def newest_numbers(self) -> Numbers:
        """Return how far the room has got, with all that was committed anywhere before."""

    def reacted(self, visitor: str, seqs: Iterable[int]) -> Mapping[int, Collection[str]]:
        """Return the emoji with which `visitor` has reacted, by the numbers of messages, which are all of `seqs`."""

    def topic(self) -> str:
        """Return the topic of the room, "" if there is none."""

    def translators(self, rev: int) -> Mapping[str, Any]:
        """Return the translators of the room by name, as they are since the change `rev`."""


class Live(Protocol):
    """A live room; what it says of itself may be otherwise after each reading."""

    recent: RecentChanges

    @property
    def numbers(self) -> Numbers:
        """How far readers have heard."""

    def event(
        self,
        message: Message,
        view: str,
        reader: Reader | None = None,
        rev: int = 0,
        mentioned: Sequence[str] = (),
        yours: Collection[str] | None = None,
    ) -> str:
        """Return the event of `message` as `view` has it."""

    def lasting_event(
        self, message: Message, view: str, reader: Reader | None, yours: Collection[str] | None
    ) -> tuple[str, bool]:
        """Return the event of `message` as `view` has it, and whether it lasts.

        That one is the same for all readers, until something in the room is changed.
        """

    def changed_event(self, event: Changed, view: str, reader: Reader | None = None) -> str:
        """Return the event of a change of the room as `view` has it."""

    def watching(self) -> AbstractContextManager[set[int]]:
        """Gather the numbers of messages that are removed or restored meanwhile."""


class ComingBack:
    """Tells readers of the room `live` what they have missed."""

    def __init__(self, live: Live, history: History, ready: ReadyEvents) -> None:
        self._live = live
        self._history = history
        self._ready = ready
        self._room = object()  # by which `ready` knows the room, and does not keep it

    def missed(self, position: Position, view: str, reader: Reader) -> list[str]:
        """Return the events of what a reader at `position` has missed: changes, then messages; or RESET.

        They end with `current` if the reader knows of changes.  Others run
        meanwhile, but not between the last look at the room and the return: a
        reader who hears the room from then on has missed nothing.
        """
        reached = self.reached(position)
        if reached is None:
            return [RESET]
        knows_changes = reached.since is not None
        if not knows_changes:
            reached = reached._replace(since=self._live.numbers.rev)  # changes that are made meanwhile are told
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
            # What was changed meanwhile follows, also where it is of messages that were told just now.
            reached = Position(None if reached.after is None else now.last, through.rev, through.epoch)
        return [RESET]

    def reached(self, position: Position) -> Position | None:
        """Return `position`, as far as readers here have heard; None if the room has not got there.

        A page may be ahead of its live room: it shows what was committed and is told to readers next.
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
        """Return the messages behind `after` that readers have heard, as events.

        What is still being translated is told to `reader` when it is ready.

        If more than 200 are missing, or more than a reader could take at once,
        the event of a gap and the last of them.  Other greenlets run
        meanwhile, so the loop has this invariant: `events` holds, in order,
        each message from the first one told up to `after`, as it was when it
        was read; `changed` holds those removed or restored since.  It ends
        when `after` has reached the room's last and nothing that is told has
        changed.
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
        """Return the events of the changes that a reader at `position` has missed, and how far they go.

        None if the reader has to start over.  Others run meanwhile: the room may have got further at the return.
        """
        found = missed(self._live.recent, position, *self._live.numbers)
        if found is None and position.since is not None and position.fits(*self._live.numbers):
            found = self._kept_changes(position.since, position.after)
        through = self._live.numbers  # before it is anybody else's turn
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
        """Return with which emoji `reader` has reacted to those of `found` that have reactions, by their numbers."""
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
        """Return what changed of the messages `told`, else the next ones after `after`, else nothing."""
        stale = [seq for seq in changed if seq in told]
        changed.clear()
        if stale:
            return self._history.among(stale)
        last = self._live.numbers.last
        return self._history.behind(after, min(PAGE, last - after)) if after < last else ()


def _with_reactions(event: Revision) -> Message | Reacted | None:
    """Return what has reactions in `event`."""
    if isinstance(event, Updated):
        return event.message
    return event if isinstance(event, Reacted) else None


def _without_gaps(events: Mapping[int, str], after: int) -> dict[int, str]:
    """Return those of `events` whose numbers follow `after` without a gap."""
    return {seq: events[seq] for seq in takewhile(events.__contains__, count(after + 1))}


def _last_that_fit(events: list[str]) -> list[str]:
    """Return the last of `events`, one at least, as far as they are not longer than HISTORY_LENGTH together."""
    length = 0
    for number, event in enumerate(reversed(events)):
        length += len(event)
        if number and length > HISTORY_LENGTH:
            return events[-number:]
    return events
