"""Searching a room: the index finds candidates, which are checked against the log."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import gevent
from gevent.lock import BoundedSemaphore

from piratechat.cooperative import in_turns
from piratechat.errors import CommandRejected
from piratechat.model.events import Message
from piratechat.model.room import Room
from piratechat.search.index import QUERY_TIME, Found, Reader
from piratechat.search.query import Query, matching
from piratechat.search.shown import view_key
from piratechat.texts import plural
from piratechat.translators.engine.cache import digest_of
from piratechat.translators.engine.engine import Engine

#: Number of newest messages to scan without the index, if it lacks them or their translations, ...
SCANNED = 5_000
#: ... for translations by a service, of which only cached ones count and are more expensive to find.
SCANNED_LATER = 500
#: Maximum number of further index queries if results have become invalid.
MAX_ROUNDS = 5
#: Maximum number of concurrent index searches, and seconds to wait for a free slot.
AT_ONCE, PATIENCE = 4, 1.0


class Match(NamedTuple):
    """A message that matches the whole query, in its text or its translation."""

    message: Message
    where: Literal["text", "view"]
    #: Start and end of each match in that text, in code points; ascending, disjoint.
    found: list[tuple[int, int]]
    #: The translation, if that matched.
    view_text: str | None = None


@dataclass(slots=True)
class Results:
    """The results, newest first."""

    matches: list[Match] = field(default_factory=list)
    more: bool = False
    #: If older messages are not indexed yet: the last indexed message; otherwise None.
    indexed_through: int | None = None
    #: False if the search was stopped by the time limit.
    is_whole: bool = True


class Search:
    """Searches rooms with the index of `reader`; without one, only the newest messages."""

    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine
        self._turns = BoundedSemaphore(AT_ONCE)

    def search(
        self,
        room: Room,
        translators: Mapping[str, Any],
        view: str,
        query: Query,
        before: int | None,
        limit: int,
    ) -> Results:
        """Return the newest `limit` messages of `room` below `before` that match `query`.

        Searches originals and translations by the translator `view` of `translators`.  Raises CommandRejected if there
        are too many concurrent searches.
        """
        one = _One(room, query, self._known(translators, view))
        first, end = _bounds(room, query, before)
        translator = translators.get(view)
        is_in_line = translator is not None and translator.reach == "none"
        key = None if translator is None or view == "original" else view_key(view, translator)
        views = [""] if key is None else ["", key]
        found = self._ask(room, views, query, first, end, limit)
        # For translators that use a service, the index has what readers were shown, which has no end.
        through = [found.through.get(each, 0) for each in views if not each or is_in_line]
        if is_in_line and key is not None and key not in found.through and room.log.last:
            self._in_a_thread(self._reader.ask_for, room.__name__, view)
        scanned = SCANNED if is_in_line or translator is None else SCANNED_LATER
        at_hand = room.log.last - min(through) if is_in_line or translator is None else SCANNED_LATER
        begin = max(room.log.last - min(at_hand, scanned), first)
        results = Results(is_whole=found.is_whole)
        for match in self._matches(one, found, views, begin, first, end, limit):
            if len(results.matches) == limit:
                results.more = True
                break
            results.matches.append(match)
        results.is_whole = results.is_whole and one.is_whole
        if min(through) < begin:
            results.indexed_through = min(through)
        return results

    def _matches(
        self, one: "_One", found: Found, views: list[str], begin: int, first: int, end: int, limit: int
    ) -> Iterator[Match]:
        """Yield matches, newest first: from the log down to `begin`, and below that from the index."""
        left = QUERY_TIME
        one.translations.update(found.translations)
        yield from one.among(range(end - 1, begin, -1))
        for _round in range(MAX_ROUNDS):
            one.translations.update(found.translations)
            yield from one.among(seq for seq in found.seqs if seq <= begin)
            if len(found.seqs) <= limit:
                return
            left -= found.seconds
            found = self._ask(one.room, views, one.query, first, found.seqs[-1], limit, left)
            one.is_whole = one.is_whole and found.is_whole
        one.is_whole = False

    def _ask(
        self,
        room: Room,
        views: list[str],
        query: Query,
        first: int,
        end: int,
        limit: int,
        seconds: float = QUERY_TIME,
    ) -> Found:
        if end <= first + 1:
            return Found()
        asked = (room.epoch, room.__name__, views, matching(query), first, end, limit + 1, seconds)
        return self._in_a_thread(self._reader.search, *asked)

    def _in_a_thread(self, call: Callable[..., Any], *values: Any) -> Any:
        if not self._turns.acquire(timeout=PATIENCE):
            raise CommandRejected("rate-limited", plural("error.too_fast", 1), 1.0)
        try:
            return gevent.get_hub().threadpool.apply(call, values)
        finally:
            self._turns.release()

    def _known(self, translators: Mapping[str, Any], view: str) -> Callable[[Message], str | None]:
        def known(message: Message) -> str | None:
            translated = self._engine.known(translators, view, message.text, message.lang or None)
            return None if translated is None else translated.text

        return known


@dataclass(slots=True)
class _One:
    """One search: checks messages in their current state in the log."""

    room: Room
    query: Query
    known: Callable[[Message], str | None]
    is_whole: bool = True
    #: Translations that were shown to readers, from the index: see `Found`.
    translations: dict[int, tuple[bytes, str]] = field(default_factory=dict)

    def among(self, seqs: Any) -> Iterator[Match]:
        """Yield the messages with these numbers that match."""
        for seq in in_turns(seqs):
            message = self.room.message(seq)
            match = None if message is None else self._match(message)
            if match is not None:
                yield match

    def _match(self, message: Message) -> Match | None:
        if message.removed or not message.text or not self.query.is_by(message.author):
            return None
        found = self.query.found(message.text)
        if found:
            return Match(message, "text", found)
        read = self.known(message) or self._shown(message)
        found = self.query.found(read) if read else []
        return Match(message, "view", found, read) if found else None

    def _shown(self, message: Message) -> str | None:
        """Return the shown translation of `message`, or None if it is unknown or outdated."""
        digest, read = self.translations.get(message.seq, (b"", None))
        return read if digest == digest_of(message.text) else None


def _bounds(room: Room, query: Query, before: int | None) -> tuple[int, int]:
    """Return the message numbers (both exclusive) between which the query searches."""
    end = room.log.last + 1 if before is None else min(before, room.log.last + 1)
    if query.until is not None:
        end = min(end, first_since(room, query.until))
    first = 0 if query.since is None else first_since(room, query.since) - 1
    return first, max(end, first + 1)


def first_since(room: Room, at: int) -> int:
    """Return the number of the first message at or after `at` (milliseconds since 1970).

    If there is none, returns the last number plus one.
    """
    low, high = 1, room.log.last + 1
    while low < high:
        middle = (low + high) // 2
        entry = room.log.get(middle)
        assert entry is not None
        if entry[0] < at:
            low = middle + 1
        else:
            high = middle
    return low
