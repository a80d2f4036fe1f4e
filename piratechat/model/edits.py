"""The texts of edited messages; the log has the original texts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from BTrees.LOBTree import LOBTree
from persistent import Persistent

from piratechat.errors import CommandRejected
from piratechat.model.log import Mentions
from piratechat.texts import text

#: Maximum number of edits of one message.
MAX_EDITS = 20


class Version(NamedTuple):
    """A version of a message, from `at` (milliseconds since 1970) on."""

    at: int
    text: str
    lang: str = ""
    mentions: Mentions = ()


class EditedMessage(Persistent):
    """The later versions of one message; a separate object, because they may be long."""

    versions: tuple[tuple[Any, ...], ...] = ()


class Edits(Persistent):
    """The edited messages of a room."""

    def __init__(self) -> None:
        self._messages = LOBTree()  # number of a message -> EditedMessage

    def __contains__(self, seq: int) -> bool:
        return seq in self._messages

    def of(self, seq: int) -> Sequence[Version]:
        """Return the later versions of message `seq`, ascending; empty if it was not edited."""
        found = self._messages.get(seq)
        return () if found is None else [Version(*version) for version in found.versions]

    def latest(self, seq: int) -> Version | None:
        """Return the last version of message `seq`, or None if it was not edited."""
        found = self._messages.get(seq)
        return None if found is None else Version(*found.versions[-1])

    def add(self, seq: int, version: Version) -> None:
        """Add a version of message `seq`.  Raises CommandRejected after MAX_EDITS."""
        found = self._messages.get(seq)
        if found is None:
            found = self._messages[seq] = EditedMessage()
        if len(found.versions) >= MAX_EDITS:
            raise CommandRejected("not-allowed", text("error.too_many_edits", most=MAX_EDITS))
        found.versions += (tuple(version),)

    def forget(self, seq: int) -> None:
        """Delete the versions of message `seq`, if there are any."""
        self._messages.pop(seq, None)

    def messages(self) -> Any:
        """Yield the number of each edited message, and its EditedMessage; for integrity checks."""
        return self._messages.items()
