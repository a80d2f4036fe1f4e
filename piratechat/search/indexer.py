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

#: The file that only one such process has locked, in the folder of settings.var.
LOCK = "search.lock"
#: Seconds between two looks for what is new, and after something failed.
POLL, REST = 0.25, 5.0
#: Seconds between two looks at a database that is not a file.
ASKING = 0.5


class Source(Protocol):
    """Where the chat is read."""

    def has_more(self) -> bool:
        """Whether something was written since the last look."""

    def reading(self) -> AbstractContextManager[Chat]:
        """Yield the chat as it is now."""

    def close(self) -> None:
        """Read no more."""


class SharedDatabase:
    """Reads the chat from a server for databases."""

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
    """Return where to read the database `uri`, beside the server."""
    path = file_path(uri)
    return SharedDatabase(uri) if path is None else FollowedFile(path)


class Indexer:
    """Keeps `index` true to `source`, until the process ends."""

    def __init__(self, source: Source, index: Index, filling: Filling, reserve: int) -> None:
        self._source = source
        self._index = index
        self._filling = filling
        self._reserve = reserve
        self._has_more = True

    def fill(self) -> bool:
        """Do what there is to do now, or some of it; return whether there is more."""
        if not self._index.is_in_place:
            self._index.reopen()
            self._filling.forget()
            self._has_more = True
        if not (self._has_more or self._source.has_more() or self._index.wanted() or self._index.has_shown()):
            return False
        self._has_more = True  # unless it comes to an end
        try:
            with self._source.reading() as chat:
                self._has_more = self._filling.go_on(chat)
        except KeyError:
            self._has_more = False  # there is no chat yet
        return self._has_more

    def keep(self, rest: Callable[[float], bool]) -> None:
        """Fill the index for as long as `rest`, which waits so many seconds, returns true."""
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
                # It is being packed or restored, or its server is away: it is looked at again from its beginning.
                self._source.close()
                self._filling.forget()
                pause = REST

    def _has_room(self) -> bool:
        """Whether the disk has room for more than the log."""
        return shutil.disk_usage(os.path.dirname(os.path.abspath(self._index.path))).free > self._reserve


def locked(var: str) -> Any | None:
    """Return the open file by which this process alone fills the index in `var`; None if another one does."""
    os.makedirs(var, mode=0o700, exist_ok=True)
    file = open(os.path.join(var, LOCK), "a")  # noqa: SIM115 -- as long as the process
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def rest_until_abandoned(seconds: float) -> bool:
    """Wait `seconds`; return whether who started this process is still there: standard input ends with it."""
    if not select.select([sys.stdin], [], [], seconds)[0]:
        return True
    return bool(os.read(sys.stdin.fileno(), 1024))
