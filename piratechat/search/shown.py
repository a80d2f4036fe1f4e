"""Translations that readers were shown: the index is told of those that it cannot make by itself."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gevent

from piratechat.translators.engine.cache import digest_of

#: Seconds for which what is shown is gathered, and seconds to wait while there is no index to be told.
DELAY, REST = 0.5, 5.0
#: Translations that wait at most; of further ones the index is not told.
MAX_WAITING = 5_000


class Shown(NamedTuple):
    """How a message was shown to readers."""

    room: str
    view: str
    seq: int
    #: The room's last change that readers had heard of.
    rev: int
    #: What was translated: `digest_of` that.
    digest: bytes
    text: str


def view_key(name: str, translator: Any) -> str:
    """Return what a view is called in the index: another version of a translator, or another language, is another."""
    return f"{name}:{translator.target or ''}:{translator.version}"


class ShownTranslations:
    """Gathers what is shown, for `write`, which blocks and returns whether the index has it."""

    def __init__(self, write: Callable[[Sequence[Shown]], bool]) -> None:
        self._write = write
        self._waiting: list[Shown] = []
        self._writing: gevent.Greenlet | None = None

    def note(self, room: str, name: str, translator: Any, seq: int, rev: int, said: str, read: str) -> None:
        """Take down that the message `seq` of `room`, `said`, was shown as `read` through a translator."""
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
