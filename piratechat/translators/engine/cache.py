"""What has been translated before, for all rooms: bounded, and kept over restarts if there is a file for it."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import gevent
from cachetools import LRUCache
from gevent.lock import RLock

from piratechat.cooperative import give_way
from piratechat.translation import Translated
from piratechat.translators.engine.budget import Spending, Spent
from piratechat.translators.text.protected_spans import names_in
from piratechat.translators.views import name_in

log = logging.getLogger(__name__)

#: Seconds for which what is new is gathered before it is written.
WRITE_DELAY = 2.0
#: What an entry costs beside its text, in characters.
OVERHEAD = 150
#: Entries that wait to be written at most: a disk may hang.
MAX_UNWRITTEN = 10_000
#: Entries after which others have their turn, when many are fetched.
ENTRIES_PER_TURN = 1_000
#: Seconds that the last writing may take.
CLOSE_TIMEOUT = 5.0

#: Bytes of the digest of a text, with which the keys of its translations begin, and of what follows there.
DIGEST_SIZE = 16

#: Key, text, and the language that it was translated from.
Row = tuple[bytes, str, str | None]


class Store(Protocol):
    """Where translations are kept; every method may block and is called from one thread at a time."""

    def load(self, size: int) -> list[Row]:
        """Return the newest rows, the oldest of them first, of not more than `size` characters."""

    def save(self, rows: list[Row], spent: list[Spending]) -> None:
        """Keep `rows`, and what was spent."""

    def forget(self, digests: list[bytes]) -> None:
        """Drop the rows whose keys begin with one of `digests`."""

    def spent(self) -> list[Spending]:
        """Return what was spent."""

    def targets(self) -> dict[str, list[str]]:
        """Return the languages into which translators translate, by their names."""

    def save_targets(self, targets: Mapping[str, Sequence[str]]) -> None:
        """Keep `targets`, which `targets` returns."""


def digest_of(text: str) -> bytes:
    """Return what all translations of `text` are known by: their keys begin with it."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_SIZE).digest()


def key_of(name: str, translator: Any, source: str | None, text: str, before: Sequence[str] = ()) -> bytes:
    """Return what the translation of `text`, said after `before`, by `translator`, the view `name`, is known by."""
    parts = [name_in(name), translator.version, translator.target or "", source or ""]
    parts += [digest_of(each).hex() for each in before]
    parts += [f"{start}-{end}" for start, end in names_in(text)]
    return digest_of(text) + hashlib.blake2b("\0".join(parts).encode(), digest_size=DIGEST_SIZE).digest()


class Memory:
    """Translations by key: those used last, `size` characters in all.

    A store that fails costs nothing but what it would have kept.
    """

    def __init__(self, size: int, store: Store | None = None) -> None:
        self._size = size
        self._store = store
        #: By the digest of what was translated, then by the rest of the key: text, and language.
        self._entries: LRUCache[bytes, dict[bytes, tuple[str, str | None]]] = LRUCache(size, _size_of)
        self._fresh: list[Row] = []
        self._forgotten: list[bytes] = []
        self._spent: dict[str, Spending] = {}
        self._writing: gevent.Greenlet | None = None
        self._lock = RLock()  # one call of the store at a time

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    def get(self, key: bytes) -> Translated | None:
        """Return what is remembered under `key`, or None."""
        found = self._entries.get(key[:DIGEST_SIZE], {}).get(key[DIGEST_SIZE:])
        return None if found is None else Translated(*found)

    def put(self, key: bytes, translated: Translated) -> None:
        """Remember `translated`, unless it is not to be."""
        if not translated.cacheable:
            return
        self._remember(key, translated.text, translated.source)
        if self._store is not None and len(self._fresh) < MAX_UNWRITTEN:
            self._fresh.append((key, translated.text, translated.source))
            self._write_soon()

    def forget(self, digest: bytes) -> None:
        """Forget all translations of the text with this `digest`, and have the store forget them now."""
        self._entries.pop(digest, None)
        if self._store is not None:
            self._fresh = [row for row in self._fresh if not row[0].startswith(digest)]
            self._forgotten.append(digest)
            gevent.spawn(self.flush)

    def spend(self, name: str, process: str, day: int, spent: Spent) -> None:
        """Remember what the translator `name` has had from this process on `day`."""
        if self._store is not None:
            self._spent[name] = (name, process, day, spent)
            self._write_soon()

    def recall(self) -> list[Spending]:
        """Fetch what was kept; return what was spent.  Waits for the disk."""
        if self._store is None:
            return []
        try:
            with self._lock:  # nothing is spent on top of what is not known yet
                rows = _in_thread(self._store.load, self._size)
                spent = _in_thread(self._store.spent)
        except Exception as error:  # noqa: BLE001 -- a cache that cannot be read is an empty one
            log.warning("Earlier translations cannot be read, so they are made again: %s", error)
            return []
        for number, row in enumerate(rows, 1):
            if self.get(row[0]) is None:
                self._remember(*row)
            if not number % ENTRIES_PER_TURN:
                give_way()
        return spent

    def recall_targets(self) -> dict[str, list[str]]:
        """Fetch what `keep_targets` kept.  Waits for the disk."""
        try:
            return {} if self._store is None else _in_thread(self._store.targets)
        except Exception as error:  # noqa: BLE001 -- services are asked again
            log.warning("The languages of translators cannot be read, so services are asked first: %s", error)
            return {}

    def keep_targets(self, targets: Mapping[str, Sequence[str]]) -> None:
        """Keep into which languages translators translate, by their names.  Waits for the disk."""
        try:
            if self._store is not None:
                _in_thread(self._store.save_targets, targets)
        except Exception as error:  # noqa: BLE001 -- services are asked again
            log.warning("The languages of translators are not kept over a restart: %s", error)

    def flush(self) -> None:
        """Write what is new.  Waits for the disk, also for what is being written already."""
        with self._lock:
            while self._store is not None and (self._fresh or self._spent or self._forgotten):
                forgotten, self._forgotten = self._forgotten, []
                rows, self._fresh = self._fresh, []
                spent, self._spent = self._spent, {}
                try:
                    if forgotten:
                        _in_thread(self._store.forget, forgotten)
                    _in_thread(self._store.save, rows, list(spent.values()))
                except Exception as error:  # noqa: BLE001 -- what is not kept is translated again after a restart
                    self._forgotten += forgotten  # the next time
                    log.warning("Translations are not kept over a restart: %s", error)
                    return

    def finish(self) -> None:
        """Write what is new for the last time, if the disk does not take too long."""
        with gevent.Timeout(CLOSE_TIMEOUT, False):
            self.flush()

    def _remember(self, key: bytes, text: str, source: str | None) -> None:
        digest, rest = key[:DIGEST_SIZE], key[DIGEST_SIZE:]
        with suppress(ValueError):  # it is larger than all that may be remembered
            self._entries[digest] = {**self._entries.get(digest, {}), rest: (text, source)}

    def _write_soon(self) -> None:
        if self._writing is None:
            self._writing = gevent.spawn_later(WRITE_DELAY, self._write)

    def _write(self) -> None:
        try:
            self.flush()
        finally:
            self._writing = None
            if self._fresh or self._spent:
                self._write_soon()


def _size_of(translations: dict[bytes, tuple[str, str | None]]) -> int:
    return sum(len(text) + OVERHEAD for text, _source in translations.values())


def _in_thread(work: Any, *arguments: Any) -> Any:
    return gevent.get_hub().threadpool.apply(work, arguments)
