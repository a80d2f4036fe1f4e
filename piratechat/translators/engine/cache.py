"""The translation cache for all rooms: bounded, and persistent if there is a file for it."""

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

#: Seconds for which new entries are collected before they are written.
WRITE_DELAY = 2.0
#: Overhead of an entry in characters.
OVERHEAD = 150
#: Maximum number of entries waiting to be written: the disk may hang.
MAX_UNWRITTEN = 10_000
#: Entries to load before yielding to other greenlets.
ENTRIES_PER_TURN = 1_000
#: Seconds that the final write may take.
CLOSE_TIMEOUT = 5.0

#: Size in bytes of a text's digest, with which the keys of its translations begin, and of the rest of a key.
DIGEST_SIZE = 16

#: Key, text, and the language that it was translated from.
Row = tuple[bytes, str, str | None]


class Store(Protocol):
    """The store of translations; methods may block, and are called from one thread at a time."""

    def load(self, size: int) -> list[Row]:
        """Return the newest rows of at most `size` characters in total, oldest first."""

    def save(self, rows: list[Row], spent: list[Spending]) -> None:
        """Store `rows`, and usage."""

    def forget(self, digests: list[bytes]) -> None:
        """Delete the rows whose keys begin with one of `digests`."""

    def spent(self) -> list[Spending]:
        """Return the stored usage."""

    def targets(self) -> dict[str, list[str]]:
        """Return the target languages of translators, by name."""

    def save_targets(self, targets: Mapping[str, Sequence[str]]) -> None:
        """Store `targets`, for the method of this name."""


def digest_of(text: str) -> bytes:
    """Return the digest of `text`, with which the keys of all its translations begin."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_SIZE).digest()


def key_of(name: str, translator: Any, source: str | None, text: str, before: Sequence[str] = ()) -> bytes:
    """Return the key for the translation of `text`, preceded by `before`, by `translator`, the view `name`."""
    parts = [name_in(name), translator.version, translator.target or "", source or ""]
    parts += [digest_of(each).hex() for each in before]
    parts += [f"{start}-{end}" for start, end in names_in(text)]
    return digest_of(text) + hashlib.blake2b("\0".join(parts).encode(), digest_size=DIGEST_SIZE).digest()


class Memory:
    """Translations by key: an LRU cache with a total of `size` characters.

    If the store fails, only persistence is lost.
    """

    def __init__(self, size: int, store: Store | None = None) -> None:
        self._size = size
        self._store = store
        #: By the digest of the original, then by the rest of the key: text, and language.
        self._entries: LRUCache[bytes, dict[bytes, tuple[str, str | None]]] = LRUCache(size, _size_of)
        self._fresh: list[Row] = []
        self._forgotten: list[bytes] = []
        self._spent: dict[str, Spending] = {}
        self._writing: gevent.Greenlet | None = None
        self._lock = RLock()  # one call of the store at a time

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    def get(self, key: bytes) -> Translated | None:
        """Return the translation with the key `key`, or None."""
        found = self._entries.get(key[:DIGEST_SIZE], {}).get(key[DIGEST_SIZE:])
        return None if found is None else Translated(*found)

    def put(self, key: bytes, translated: Translated) -> None:
        """Store `translated`, if it is cacheable."""
        if not translated.cacheable:
            return
        self._remember(key, translated.text, translated.source)
        if self._store is not None and len(self._fresh) < MAX_UNWRITTEN:
            self._fresh.append((key, translated.text, translated.source))
            self._write_soon()

    def forget(self, digest: bytes) -> None:
        """Delete all translations of the text with this `digest`, also from the store."""
        self._entries.pop(digest, None)
        if self._store is not None:
            self._fresh = [row for row in self._fresh if not row[0].startswith(digest)]
            self._forgotten.append(digest)
            gevent.spawn(self.flush)

    def spend(self, name: str, process: str, day: int, spent: Spent) -> None:
        """Record the usage of the translator `name` by this process on `day`."""
        if self._store is not None:
            self._spent[name] = (name, process, day, spent)
            self._write_soon()

    def recall(self) -> list[Spending]:
        """Load the store; return the stored usage.  Waits for the disk."""
        if self._store is None:
            return []
        try:
            with self._lock:  # no usage is added before the stored one is known
                rows = _in_thread(self._store.load, self._size)
                spent = _in_thread(self._store.spent)
        except Exception as error:  # noqa: BLE001 -- a cache that cannot be read is an empty one
            log.warning("The translation cache cannot be read, so texts will be translated again: %s", error)
            return []
        for number, row in enumerate(rows, 1):
            if self.get(row[0]) is None:
                self._remember(*row)
            if not number % ENTRIES_PER_TURN:
                give_way()
        return spent

    def recall_targets(self) -> dict[str, list[str]]:
        """Load what `keep_targets` stored.  Waits for the disk."""
        try:
            return {} if self._store is None else _in_thread(self._store.targets)
        except Exception as error:  # noqa: BLE001 -- services are asked again
            log.warning(
                "The cached languages of translators cannot be read, so services must be asked first: %s", error
            )
            return {}

    def keep_targets(self, targets: Mapping[str, Sequence[str]]) -> None:
        """Store the target languages of translators, by name.  Waits for the disk."""
        try:
            if self._store is not None:
                _in_thread(self._store.save_targets, targets)
        except Exception as error:  # noqa: BLE001 -- services are asked again
            log.warning("The languages of translators cannot be stored: %s", error)

    def flush(self) -> None:
        """Write new entries.  Waits for the disk, including for a write in progress."""
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
                    self._forgotten += forgotten  # at the next attempt
                    log.warning("Translations cannot be stored: %s", error)
                    return

    def finish(self) -> None:
        """Write new entries for the last time, within a time limit."""
        with gevent.Timeout(CLOSE_TIMEOUT, False):
            self.flush()

    def _remember(self, key: bytes, text: str, source: str | None) -> None:
        digest, rest = key[:DIGEST_SIZE], key[DIGEST_SIZE:]
        with suppress(ValueError):  # it exceeds the size of the cache
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
