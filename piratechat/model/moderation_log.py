"""What the owner did in a room, for the owner to look up."""

from typing import Any, NamedTuple

from persistent import Persistent

#: Entries that are kept of a room; older ones are dropped.
MAX_ENTRIES = 100


class LogEntry(NamedTuple):
    """Something the owner did."""

    #: Milliseconds since 1970, UTC.
    at: int
    #: The setting that was changed (title, topic, translator, read_only, slow or third_party_translation), or else
    #: removed, restored, erased, pinned, unpinned, removed_many, restored_many, muted or unmuted; or what the operator
    #: took back of others: edited, reaction_added or reaction_removed.
    what: str
    #: The new value of the setting; the number of a message; how many messages and the `rev` of the change that
    #: names them; or a visitor's name.
    value: Any
    #: The former value of the setting, else None.
    before: Any = None


class ModerationLog(Persistent):
    """The last entries of a room."""

    def __init__(self) -> None:
        self._entries: tuple[tuple[Any, ...], ...] = ()

    def add(self, entry: LogEntry) -> None:
        """Keep `entry`, and drop what is too old."""
        self._entries = (*self._entries, tuple(entry))[-MAX_ENTRIES:]

    def latest(self) -> list[LogEntry]:
        """Return the entries, the newest first."""
        return [LogEntry(*entry) for entry in reversed(self._entries)]
