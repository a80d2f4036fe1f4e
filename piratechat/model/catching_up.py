"""The changes of a room that a reader has missed: one event for each changed thing, with its current state.

The events are in ascending order of the last change of each thing.  There are two sources: the recent events of a live
room, and the database.  Neither has previous states.
"""

from collections.abc import Hashable, Iterable, Iterator
from itertools import takewhile
from typing import Any, NamedTuple, Protocol

from piratechat.model.changes import PINS, REACTIONS, Change, ChangesMissing, Thing
from piratechat.model.events import (
    By,
    Changed,
    Erased,
    Pinned,
    Reacted,
    Reaction,
    Removed,
    RemovedMany,
    Revision,
    Updated,
)
from piratechat.model.room import Room

#: Maximum number of events for a returning reader; a reader who has missed more loads the room again.
MAX_EVENTS = 200
#: Number of changes to read for one page (milliseconds of work), ...
CHANGES_OF_A_PAGE = 1_000
#: ... and for a returning reader: more than a minute of the maximum rate of twenty reactions a second.
CHANGES_MISSED = 2_000
#: Maximum number of events in a live room's memory, one for each changed thing, and of characters in them.
MAX_RECENT = 1_000
MAX_RECENT_LENGTH = 512 * 1024


class Position(NamedTuple):
    """The position of a reader, as far as known: the last message, the last change, and the epoch of the database."""

    after: int | None = None
    since: int | None = None
    epoch: str | None = None

    def fits(self, last: int, rev: int, epoch: str) -> bool:
        """Whether the position is valid for a room with these numbers.

        Otherwise the reader must load the room again.
        """
        return (self.epoch is None or self.epoch == epoch) and (self.after or 0) <= last and (self.since or 0) <= rev


class Source(Protocol):
    """A source of changes."""

    def since(self, since: int, after: int | None, limit: int) -> list[Revision] | None:
        """Return the changes after number `since` of things that the reader has, or None if they are unavailable.

        Changes of messages after `after` are omitted, unless it is None.  Also returns None if there are more than
        `limit` events.
        """


def missed(
    source: Source, position: Position, last: int, rev: int, epoch: str, limit: int = MAX_EVENTS
) -> list[Revision] | None:
    """Return the events of the changes that a reader at `position` has missed, or None if the reader must start over.

    `last`, `rev` and `epoch` are the room's current values.  Nothing is read for a reader who does not track changes,
    or has missed none.
    """
    if not position.fits(last, rev, epoch):
        return None
    if position.since is None or position.since == rev:
        return []
    return source.since(position.since, position.after, limit)


class KeptChanges:
    """The changes of a room in the database."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def since(self, since: int, after: int | None = None, limit: int = MAX_EVENTS) -> list[Revision] | None:
        if self._room.rev - since > CHANGES_MISSED:
            return None
        found: list[Revision] = []
        try:
            for rev, things in _last_changed(self._room.changes.backward(since), after):
                found += reversed(_present(self._room, rev, things))
                if len(found) > limit:
                    return None
        except ChangesMissing:
            return None
        return found[::-1]

    def page(self, since: int, limit: int) -> "Page | None":
        """Return about `limit` events of the changes after number `since`, or None if these are no longer stored.

        All events of one change are on the same page.  A thing that was changed again much later also appears on a
        later page.
        """
        try:
            changes = list(self._room.changes.forward(since, CHANGES_OF_A_PAGE))
        except ChangesMissing:
            return None
        through = changes[-1].rev if changes else since
        events: list[Revision] = []
        for rev, things in reversed(list(_last_changed(reversed(changes), None))):
            if len(events) >= limit:
                through = events[-1].rev
                break
            events += _present(self._room, rev, things)
        return Page(events, through, through < self._room.rev)


class Page(NamedTuple):
    """A page of changes: their events, the last change number it covers, and whether there are more."""

    events: list[Revision]
    rev: int
    more: bool


class RecentChanges:
    """The last changes of a room as events, in memory, so that returning readers need no database access.

    For several changes of one thing only the last is stored, which has the current state.
    """

    def __init__(self, rev: int) -> None:
        """`rev` is the number of the room's last change."""
        self.rev = rev
        self._first = rev  # changes after this number are known
        self._events: dict[Hashable, Revision] = {}  # in the order of their numbers
        self._length = 0  # characters in the messages among them

    def add(self, events: Iterable[Revision], rev: int) -> None:
        """Add `events`: the changes after `self.rev` up to the number `rev`, ascending.

        They may be a result of `missed`, where the current state of a thing stands for all of its changes.
        """
        for event in events:
            self._add(event)
        self.rev = max(self.rev, rev)
        while len(self._events) > MAX_RECENT or self._length > MAX_RECENT_LENGTH:
            self._drop()

    def since(self, since: int, after: int | None = None, limit: int = MAX_EVENTS) -> list[Revision] | None:
        if since < self._first:
            return None
        told: set[Thing] = set()
        found: list[Revision] = []
        for event in takewhile(lambda event: event.rev > since, reversed(self._events.values())):
            fresh = _only(event, _fresh(_things_of(event), told, after))
            found += () if fresh is None else (fresh,)
            if len(found) > limit:
                return None
        return found[::-1]

    def _add(self, event: Revision) -> None:
        things = tuple(_things_of(event))
        for thing in things:
            self._forget(thing)
            if isinstance(thing, int):  # the event of a message includes its reactions
                self._forget((REACTIONS, thing))
        self._events[things[0] if len(things) == 1 else object()] = event
        self._length += _length(event)

    def _forget(self, key: Hashable) -> None:
        event = self._events.pop(key, None)
        if event is not None:
            self._length -= _length(event)

    def _drop(self) -> None:
        """Drop the oldest change, with all of its events."""
        self._first = next(iter(self._events.values())).rev
        for key in [*takewhile(lambda key: self._events[key].rev == self._first, self._events)]:
            self._forget(key)


def _last_changed(descending: Iterable[Change], after: int | None) -> Iterator[tuple[int, list[Thing]]]:
    """Yield the number of each change, and its things that were not changed again later; descending."""
    told: set[Thing] = set()
    for change in descending:
        things = _fresh(change.things, told, after)
        if things:
            yield change.rev, things


def _fresh(things: Iterable[Thing], told: set[Thing], after: int | None) -> list[Thing]:
    """Return those of `things` that the reader has and that are not yet in `told`, and add them to it.

    The event of a message includes its reactions.
    """
    fresh = [
        thing
        for thing in things
        if thing not in told and _message_of(thing) not in told and (after is None or _is_known(thing, after))
    ]
    told.update(fresh)
    return fresh


def _is_known(thing: Thing, after: int) -> bool:
    """Whether a reader with the messages up to `after` has this thing; settings of the room concern every reader."""
    seq = _message_of(thing)
    return seq is None or seq <= after


def _message_of(thing: Thing) -> int | None:
    """Return the number of the message that `thing` is or belongs to, or None."""
    if isinstance(thing, tuple):
        return thing[1]
    return None if isinstance(thing, str) else thing


def _present(room: Room, rev: int, things: Iterable[Thing]) -> list[Revision]:
    """Return events with the current state of `things`, whose last change is number `rev`."""
    values: dict[str, Any] = {}
    removed: dict[By, list[int]] = {}
    erased: list[int] = []
    updated: list[Revision] = []
    pinned: list[Revision] = []
    reacted: list[Revision] = []
    for thing in things:
        if thing == PINS:
            pinned.append(Pinned(room.pins, rev))
        elif isinstance(thing, tuple):
            reacted.append(Reacted(thing[1], room.reactions(thing[1]), rev))
        elif isinstance(thing, str):
            values[thing] = room.names.of(room.owner) if thing == "owner" else getattr(room, thing)
        elif thing in room.removed:
            removed.setdefault(room.removed[thing], []).append(thing)
        elif (message := room.message(thing)) is not None and message.erased:
            erased.append(thing)
        elif message is not None:
            updated.append(Updated(message, rev))
    events: list[Revision] = [_removed(seqs, rev, by) for by, seqs in removed.items()]
    events += [Erased(tuple(erased), rev)] if erased else []
    return [*events, *updated, *pinned, *reacted, *([Changed(values, rev)] if values else [])]


def _removed(seqs: list[int], rev: int, by: By) -> Removed | RemovedMany:
    return Removed(seqs[0], rev, by) if len(seqs) == 1 else RemovedMany(tuple(seqs), rev, by)


def _things_of(event: Revision) -> Iterable[Thing]:
    match event:
        case Removed(seq):
            return (seq,)
        case RemovedMany(seqs) | Erased(seqs):
            return seqs
        case Updated(message):
            return (message.seq,)
        case Pinned():
            return (PINS,)
        case Reacted(seq):
            return ((REACTIONS, seq),)
        case Changed(values):
            return values


def _only(event: Revision, things: list[Thing]) -> Revision | None:
    """Return the part of `event` that concerns `things`, or None."""
    if not things:
        return None
    if isinstance(event, RemovedMany):
        return _removed([thing for thing in things if isinstance(thing, int)], event.rev, event.by)
    if isinstance(event, Erased):
        return Erased(tuple(thing for thing in things if isinstance(thing, int)), event.rev)
    if isinstance(event, Changed):
        return Changed({name: event.values[name] for name in event.values if name in things}, event.rev)
    return event


def _length(event: Revision) -> int:
    if isinstance(event, Updated):
        return len(event.message.text) + _length_of(event.message.reactions)
    return _length_of(event.reactions) if isinstance(event, Reacted) else 0


def _length_of(reactions: Iterable[Reaction]) -> int:
    return sum(len(name) for reaction in reactions for name in reaction.names)
