"""The messages of a room, in the order of their numbers.

Messages are stored in segments of sixteen.  A new message only modifies the last, open segment; a full segment is
stored in a tree by its first number, and later modified only to erase a message.  So the file grows little for each
message, and reading the end of a long log loads only a few objects.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from BTrees.LOBTree import LOBTree
from persistent import Persistent

SEGMENT_SIZE = 16

#: A message in a log: `(at, author, text, nonce, lang, extra)`.  `at` is in milliseconds since 1970; `text` is None
#: after erasing, when `nonce` is a digest of the original; `lang` is a BCP 47 tag or "".  `extra` is None or
#: `(participant, reply_to, mentions, files)`, truncated after the last nonempty item: the author's number; the number
#: of the message that it replies to, or None; its `Mentions`; and an item for later versions.  Entries of databases of
#: version 0 end after `nonce` or `lang`.
Entry = tuple[Any, ...]

#: Maximum number of stored mentions in a message.
MAX_MENTIONS = 20

#: Positions of names in a text: (start, end, name), in code points; ascending.
Mentions = tuple[tuple[int, int, str], ...]


def nonce_digest(nonce: str, key: bytes = b"") -> str:
    """Return the digest that replaces the nonce of an erased message, because a nonce may contain words.

    The secret `key`, of up to 64 bytes, prevents someone with the database from guessing these words.  Earlier versions
    had no key.
    """
    return hashlib.blake2b(nonce.encode("utf-8", "surrogatepass"), digest_size=12, key=key).hexdigest()


def lang_of(entry: Entry) -> str:
    """Return the language that the author of `entry` declared: a BCP 47 tag, or ""."""
    return entry[4] if len(entry) > 4 else ""


def participant_of(entry: Entry) -> int | None:
    """Return the number of the participant who wrote `entry`, or None for an entry of version 0."""
    return _extra(entry, 0)


def is_erased(entry: Entry) -> bool:
    """Whether the text of `entry` was erased."""
    return entry[2] is None


def reply_to_of(entry: Entry) -> int | None:
    """Return the number of the message that `entry` replies to, or None."""
    return _extra(entry, 1)


def mentions_of(entry: Entry) -> Mentions:
    """Return the mentions in the text of `entry`."""
    return _extra(entry, 2) or ()


def extra_of(participant: int, reply_to: int | None = None, mentions: Mentions = ()) -> tuple[Any, ...]:
    """Return the `extra` of a new entry, as short as possible."""
    if mentions:
        return participant, reply_to, mentions
    return (participant,) if reply_to is None else (participant, reply_to)


def _extra(entry: Entry, place: int) -> Any:
    extra = entry[5] if len(entry) > 5 else None
    return extra[place] if extra is not None and len(extra) > place else None


class LogDamaged(Exception):
    """A segment that must be full is incomplete or missing: the file is damaged."""

    def __init__(self, first: int, found: int) -> None:
        super().__init__(
            f"of messages {first} to {first + SEGMENT_SIZE - 1} of a log there are {found}. See what "
            "'bin/piratechat verify' says, and put a back-up in place: bin/piratechat restore FOLDER."
        )


class Segment(Persistent):
    """Up to sixteen entries, beginning with number `first`."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.entries: tuple[Entry, ...] = ()


class Log(Persistent):
    """An append-only sequence of entries, numbered from 1 without gaps.

    Reading raises LogDamaged if entries are missing.
    """

    def __init__(self) -> None:
        self._full: Any = LOBTree()
        self._open = Segment(1)

    @property
    def last(self) -> int:
        """The number of the last entry, or 0."""
        return self._open.first + len(self._open.entries) - 1

    def append(self, entry: Entry) -> int:
        """Add `entry` and return its number."""
        segment = self._open
        if len(segment.entries) == SEGMENT_SIZE:
            self._full[segment.first] = segment
            segment = self._open = Segment(segment.first + SEGMENT_SIZE)
        segment.entries += (entry,)
        return segment.first + len(segment.entries) - 1

    def erase(self, seq: int, key: bytes = b"") -> None:
        """Erase the entry number `seq`, which must exist.

        Its author and time stay, and a digest of its nonce with `key`, so that a client that has not received the
        acknowledgement cannot send it again.
        """
        segment = self._segment(seq)
        entries = list(segment.entries)
        entry = entries[seq - segment.first]
        participant = participant_of(entry)
        entries[seq - segment.first] = (
            *entry[:2],
            None,
            nonce_digest(entry[3], key) if entry[3] else "",
            "",
            None if participant is None else extra_of(participant),
        )
        segment.entries = tuple(entries)

    def get(self, seq: int) -> Entry | None:
        """Return the entry number `seq`, or None."""
        return next((entry for _seq, entry in self.forward(seq - 1, 1)), None) if 0 < seq <= self.last else None

    def forward(self, after: int, limit: int) -> Iterator[tuple[int, Entry]]:
        """Yield at most `limit` numbers and entries after `after`, ascending."""
        seq = max(after, 0) + 1
        end = min(seq + limit - 1, self.last)
        while seq <= end:
            segment = self._segment(seq)
            for entry in segment.entries[seq - segment.first : end - segment.first + 1]:
                yield seq, entry
                seq += 1

    def release(self, after: int, through: int) -> None:
        """Free the memory of the entries after `after` up to `through`, which a long read does not need again.

        Otherwise they would fill the cache of the database connection, and garbage collections would visit all of them.
        """
        for segment in self._full.values(min=after // SEGMENT_SIZE * SEGMENT_SIZE + 1, max=through):
            segment._p_deactivate()

    def backward(self, before: int | None = None) -> Iterator[tuple[int, Entry]]:
        """Yield numbers and entries before `before` (or all), descending."""
        seq = self.last if before is None else min(before - 1, self.last)
        while seq > 0:
            segment = self._segment(seq)
            for entry in reversed(segment.entries[: seq - segment.first + 1]):
                yield seq, entry
                seq -= 1

    def fetch(self, count: int) -> None:
        """Let a remote store send the last `count` entries together, before they are read one by one."""
        if self._p_jar is not None:
            segments = self._full.values(min=self.last - count - SEGMENT_SIZE)
            self._p_jar.prefetch([segment._p_oid for segment in segments if segment._p_changed is None])

    def segments(self) -> Iterator[tuple[int, Segment, bool]]:
        """Yield the key of each segment, the segment, and whether it must be full; ascending.

        For integrity checks: damage is not reported here.
        """
        for first, segment in self._full.items():
            yield first, segment, True
        yield self._open.first, self._open, False

    def _segment(self, seq: int) -> Segment:
        if seq >= self._open.first:
            return self._open
        first = (seq - 1) // SEGMENT_SIZE * SEGMENT_SIZE + 1
        segment = self._full.get(first)
        found = 0 if segment is None else len(segment.entries)
        if found != SEGMENT_SIZE:
            raise LogDamaged(first, found)
        return segment
