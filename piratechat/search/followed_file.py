"""Reads a database file while another process writes to it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transaction import TransactionManager
from ZODB import DB
from ZODB.FileStorage import FileStorage

from piratechat.model.chat import Chat, chat_of
from piratechat.storage.upgrade import class_factory

_read_index = sys.modules[FileStorage.__module__].read_index

#: Maximum number of cached objects.
CACHE_SIZE = 5_000


class _Touched(dict[bytes, int]):
    """The objects of successive transactions; `oids` has all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.oids: set[bytes] = set()

    def clear(self) -> None:
        self.oids.update(self)
        super().clear()


class FollowedStorage(FileStorage):
    """A read-only FileStorage that can read on where it has stopped."""

    _pos: int
    _ltid: bytes

    def __init__(self, path: str) -> None:
        super().__init__(path, read_only=True)
        found = os.stat(path)
        self._identity = found.st_dev, found.st_ino

    @property
    def is_in_place(self) -> bool:
        """Whether the open file is still the one at its path; packing and restoring replace it."""
        found = os.stat(self._file_name)
        return (found.st_dev, found.st_ino) == self._identity

    @property
    def is_behind(self) -> bool:
        """Whether more has been written, or is being written."""
        return os.path.getsize(self._file_name) > self._pos

    def go_on(self) -> tuple[bytes, set[bytes]]:
        """Read new transactions; return the last one's id, and the ids of changed objects."""
        touched = _Touched()
        with self._lock, open(self._file_name, "rb") as file:  # not one with a stale buffer
            # This also reads the header of an incomplete transaction, so its id may be returned as the last one.
            self._pos, _oid, self._ltid = _read_index(
                file, self._file_name, self._index, touched, ltid=self._ltid, start=self._pos, read_only=True
            )
            self._files.empty()
        return self._ltid, touched.oids


class FollowedFile:
    """Reads the current chat in the file at `path`.  Methods may raise ZODB's exceptions for broken files."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._db: Any = None
        self._connection: Any = None
        self._manager = TransactionManager(explicit=True)

    def has_more(self) -> bool:
        """Whether more was written since the last read."""
        return self._db is None or not self._db.storage.is_in_place or self._db.storage.is_behind

    @contextmanager
    def reading(self) -> Iterator[Chat]:
        """Yield the chat in its current state.  Raises KeyError if there is none yet."""
        if self._db is not None and not self._db.storage.is_in_place:
            self.close()
        if self._db is None:
            self._db = DB(FollowedStorage(self._path), class_factory=class_factory, cache_size=CACHE_SIZE)
        tid, oids = self._db.storage.go_on()
        if oids:
            self._db._mvcc_storage.invalidate(tid, oids)
        if self._connection is None:
            self._connection = self._db.open(self._manager)
        self._manager.begin()
        try:
            yield chat_of(self._connection)
        finally:
            self._manager.abort()

    def close(self) -> None:
        """Close the file."""
        db, self._db = self._db, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if db is not None:
            db.close()
