"""The process that fills the index: `bin/piratechat index`."""

import fcntl
import logging
import os
import select
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from piratechat.model.chat import Chat
from piratechat.search.filling import Filling
from piratechat.search.followed_file import FollowedFile
from piratechat.search.index import Index
from piratechat.storage.database import AWAY, BROKEN, Database
from piratechat.storage.file_storage import file_path

log = logging.getLogger(__name__)

#: The lock file of the process in settings.var.
LOCK = "search.lock"
#: Seconds between two polls, and after an error.
POLL, REST = 0.25, 5.0
#: Seconds between two polls of a database server.
ASKING = 0.5


class Source(Protocol):
    """A source of the chat's data."""

    def has_more(self) -> bool:
        """Whether something was written since the last read."""

    def reading(self) -> AbstractContextManager[Chat]:
        """Yield the chat in its current state."""

    def close(self) -> None:
        """Close the source."""


class SharedDatabase:
    """Reads the chat from a database server."""

    def __init__(self, uri: str) -> None:
        self._database = Database(uri)
        self._next = 0.0

    def has_more(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + ASKING
        return True

    @contextmanager
    def reading(self) -> Iterator[Chat]:
        self._database.ask()
        with self._database.reading() as chat:
            yield chat

    def close(self) -> None:
        self._database.close()


def source_of(uri: str) -> Source:
    """Return the source for the database `uri`, to be read while the server runs."""
    path = file_path(uri)
    return SharedDatabase(uri) if path is None else FollowedFile(path)


class Indexer:
    """Keeps `index` up to date with `source` until the process ends."""

    def __init__(self, source: Source, index: Index, filling: Filling, reserve: int) -> None:
        self._source = source
        self._index = index
        self._filling = filling
        self._reserve = reserve
        self._has_more = True

    def fill(self) -> bool:
        """Do a part of the pending work; return whether there is more."""
        if not self._index.is_in_place:
            self._index.reopen()
            self._filling.forget()
            self._has_more = True
        if not (self._has_more or self._source.has_more() or self._index.wanted() or self._index.has_shown()):
            return False
        self._has_more = True  # reset below if all is done
        try:
            with self._source.reading() as chat:
                self._has_more = self._filling.go_on(chat)
        except KeyError:
            self._has_more = False  # there is no chat yet
        return self._has_more

    def keep(self, rest: Callable[[float], bool]) -> None:
        """Fill the index as long as `rest`, which waits the given seconds, returns true."""
        pause = 0.0
        while rest(pause):
            try:
                pause = 0.0 if self._has_room() and self.fill() else POLL
            except sqlite3.DatabaseError as error:
                pause = REST
                if type(error) is sqlite3.DatabaseError:
                    self._index.reopen(anew=True)
                    pause = 0.0
                self._filling.forget()
            except (*BROKEN, *AWAY, OSError):
                # It is being packed or restored, or its server is down: it will be read from its beginning.
                self._source.close()
                self._filling.forget()
                pause = REST

    def _has_room(self) -> bool:
        """Whether the disk has enough free space."""
        return shutil.disk_usage(os.path.dirname(os.path.abspath(self._index.path))).free > self._reserve


def locked(var: str) -> Any | None:
    """Return the locked file that makes this process the only indexer for `var`, or None if there is another one."""
    os.makedirs(var, mode=0o700, exist_ok=True)
    file = open(os.path.join(var, LOCK), "a")  # noqa: SIM115 -- as long as the process
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def rest_until_abandoned(seconds: float) -> bool:
    """Wait `seconds`; return whether the parent process is still running: standard input closes with it."""
    if not select.select([sys.stdin], [], [], seconds)[0]:
        return True
    return bool(os.read(sys.stdin.fileno(), 1024))
