"""What the owner did in a room, for the owner to look up."""

from typing import Any, NamedTuple

from persistent import Persistent

#: ModerationLog that are remembered of a room; older ones are forgotten.
MAX_ENTRIES = 100


class LogEntry(NamedTuple):
    """Something the owner did."""

    #: Milliseconds since 1970, UTC.
    at: int
    #: What was changed (title, translator, read_only, slow or third_party_translation), or removed, restored, muted or unmuted.
    what: str
    #: What it was changed to; the number of a message; or a visitor's name.
    value: Any
    #: What it was changed from, else None.
    before: Any = None


class ModerationLog(Persistent):
    """The last moderation_log in a room."""

    def __init__(self) -> None:
        self._moderation_log: tuple[tuple[Any, ...], ...] = ()

    def add(self, entry: LogEntry) -> None:
        """Remember `entry`, and forget what is too old."""
        self._moderation_log = (*self._moderation_log, tuple(entry))[-MAX_ENTRIES:]

    def latest(self) -> list[LogEntry]:
        """Return the moderation_log that are remembered, the newest first."""
        return [LogEntry(*entry) for entry in reversed(self._moderation_log)]
