"""Reports translations that were shown to readers to the index, if it cannot create them itself."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gevent

from piratechat.translators.engine.cache import digest_of

#: Seconds for which translations are collected, and seconds to wait while there is no index.
DELAY, REST = 0.5, 5.0
#: Maximum number of waiting translations; further ones are not indexed.
MAX_WAITING = 5_000


class Shown(NamedTuple):
    """A translation that was shown to readers."""

    room: str
    view: str
    seq: int
    #: The room's last change that readers had received.
    rev: int
    #: The `digest_of` the original text.
    digest: bytes
    text: str


def view_key(name: str, translator: Any) -> str:
    """Return the key of a view in the index; it depends on the translator's version and language."""
    return f"{name}:{translator.target or ''}:{translator.version}"


class ShownTranslations:
    """Collects shown translations for `write`, which blocks and returns whether it has stored them."""

    def __init__(self, write: Callable[[Sequence[Shown]], bool]) -> None:
        self._write = write
        self._waiting: list[Shown] = []
        self._writing: gevent.Greenlet | None = None

    def note(self, room: str, name: str, translator: Any, seq: int, rev: int, said: str, read: str) -> None:
        """Record that the message `seq` of `room`, `said`, was shown as `read` through a translator."""
        if len(self._waiting) >= MAX_WAITING:
            return
        self._waiting.append(Shown(room, view_key(name, translator), seq, rev, digest_of(said), read))
        if self._writing is None:
            self._writing = gevent.spawn_later(DELAY, self._tell)

    def _tell(self) -> None:
        shown, self._waiting = self._waiting, []
        told = False
        try:
            told = gevent.get_hub().threadpool.apply(self._write, (shown,))
        finally:
            if not told:
                self._waiting = [*shown, *self._waiting][:MAX_WAITING]
            self._writing = gevent.spawn_later(DELAY if told else REST, self._tell) if self._waiting else None
