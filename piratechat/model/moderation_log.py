"""The moderation log of a room, for its owner."""

from typing import Any, NamedTuple

from persistent import Persistent

#: Maximum number of stored entries of a room.
MAX_ENTRIES = 100


class LogEntry(NamedTuple):
    """An action of the owner."""

    #: Milliseconds since 1970, UTC.
    at: int
    #: The changed setting (title, topic, translator, read_only, slow or third_party_translation), or one of removed,
    #: restored, erased, pinned, unpinned, removed_many, restored_many, muted and unmuted; or an action of others that
    #: the operator undid: edited, reaction_added or reaction_removed.
    what: str
    #: The new value of the setting; the number of a message; the number of messages and the `rev` of their change; or a
    #: visitor's name.
    value: Any
    #: The previous value of the setting, else None.
    before: Any = None


class ModerationLog(Persistent):
    """The last entries of a room."""

    def __init__(self) -> None:
        self._entries: tuple[tuple[Any, ...], ...] = ()

    def add(self, entry: LogEntry) -> None:
        """Add `entry`, and drop the oldest ones if there are too many."""
        self._entries = (*self._entries, tuple(entry))[-MAX_ENTRIES:]

    def latest(self) -> list[LogEntry]:
        """Return the entries, newest first."""
        return [LogEntry(*entry) for entry in reversed(self._entries)]
