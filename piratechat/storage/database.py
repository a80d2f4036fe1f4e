"""The database, opened where it is needed: in the process that serves.

A server may load the application and fork afterwards, and the open files and
the index of a storage must not be shared by processes.  So the file is opened
by the first who asks for a connection.
"""

import atexit
import logging
import math
import os
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gevent.lock import RLock
from persistent.mapping import PersistentMapping
from transaction import TransactionManager, _transaction
from zc.lockfile import LockError
from ZODB import DB
from ZODB.FileStorage.FileStorage import CorruptedError, FileStorageError
from ZODB.POSException import ConflictError, POSError
from zodburi import NoResolverForScheme, resolve_uri

from piratechat.model.chat import Chat, make_chat
from piratechat.storage.file_storage import ChatFile, file_path, file_storage
from piratechat.storage.postgresql import DRIVER_ERRORS, ServerAway, postgresql_store
from piratechat.storage.reader import Reader
from piratechat.storage.recovery import DatabaseDamaged
from piratechat.storage.upgrade import class_factory, upgrade
from piratechat.storage.zeo import ZEOClient, makes_plain_client, zeo_storage

log = logging.getLogger(__name__)

#: Seconds to wait for the process that serves the same file to end, as it does when a server is restarted.
LOCK_TIMEOUT = 30.0
POLL_INTERVAL = 0.02
#: Seconds to wait for a PostgreSQL server that is started at the same time, and between two attempts.
SERVER_TIMEOUT = 10.0
SERVER_INTERVAL = 0.25
#: Seconds that are left of those when this process is itself asked to end.
LOCK_TIMEOUT_WHEN_STOPPING = 1.0
#: Seconds in which a process hears what another one has written, and between two looks.
SOON, SHORTLY = 10.0, 0.01

#: Bytes that are written to see whether the store takes any: about what a message in a room of long ones needs.
PROBE_SIZE = 128 * 1024

#: Connections that stay open for the next who reads for a moment: opening one takes longer than most of them read.
IDLE_READERS = 8

#: Schemes of addresses at which one process finds what no other does.
SINGLE_PROCESS_SCHEMES = ("file", "memory", "demo")

#: What a FileStorage raises for a file that it cannot make sense of.
BROKEN = (FileStorageError, CorruptedError, ValueError, struct.error)

#: What is raised while a server for databases is away, or refuses.
AWAY = (POSError, *DRIVER_ERRORS)


def log_transactions_together() -> None:
    """Have all transactions log as `txn`.

    Otherwise those of each thread have a logger of their own, which is kept for
    ever; to them greenlets are threads, and there is one for each request.
    """
    _transaction._LOGGER = logging.getLogger("txn")


def shown_uri(uri: str) -> str:
    """Return `uri` as it can be shown: without passwords, which may be before an @, or behind a question mark."""
    place, _, query = uri.partition("?")
    scheme, separator, rest = place.partition("://")
    if scheme == "file" or not separator:
        return place
    return f"{scheme}://..." if "@" in query else f"{scheme}://{rest.rpartition('@')[2]}"


class DatabaseInUse(Exception):
    """Another process has the file open."""


class _Voted(Exception):
    """All stores of a transaction have said that they can keep it."""


class _TakesBack:
    """Has a transaction aborted once all stores have taken what is in it: `transaction.interfaces.IDataManager`."""

    def sortKey(self) -> str:
        """Return what comes after all others."""
        return chr(sys.maxunicode)

    def tpc_vote(self, _transaction: Any) -> None:
        """Vote against it."""
        raise _Voted

    def abort(self, _transaction: Any) -> None:
        """Do nothing, as in all other steps: there is nothing to take back here."""

    tpc_begin = commit = tpc_finish = tpc_abort = abort


class Database:
    """A ZODB database that opens itself when it is first used.

    `uri` is one of zodburi's; a file's folder is made if it is missing.
    Raises ValueError for a URI that zodburi cannot read.
    """

    def __init__(self, uri: str, name: str = "", patience: float = LOCK_TIMEOUT) -> None:
        self.uri = uri
        self._name = name
        self._patience = patience
        self._give_up_at = math.inf
        self._wanted_at: float | None = None  # monotonic seconds; others may hold the file for a while from then on
        self._make_storage, self._options = _store(uri)
        self._opening = RLock()
        self._readers: list[Reader] = []  # between two readings
        self._db: DB | None = None
        self._when_wanted: list[Callable[[], None]] = []
        self._when_opened: list[Callable[[], None]] = []

    @property
    def is_shared(self) -> bool:
        """Whether several processes may use it at a time."""
        return self.uri.partition(":")[0] not in SINGLE_PROCESS_SCHEMES

    @property
    def address(self) -> str:
        """Where it is, for people: without passwords."""
        return shown_uri(self.uri)

    @property
    def is_kept(self) -> bool:
        """Whether another process can read it: it is in a file, or kept by a server of its own."""
        return self.is_shared or file_path(self.uri) is not None

    @property
    def folders(self) -> list[str]:
        """The folders of its file; none if it is elsewhere."""
        path = file_path(self.uri)
        return [] if path is None else [os.path.dirname(os.path.abspath(path))]

    def when_wanted(self, action: Callable[[], None]) -> None:
        """Have `action` called once, before the database is opened, in the process that serves."""
        self._when_wanted.append(action)

    def when_opened(self, action: Callable[[], None]) -> None:
        """Have `action` called once, when the database is open in the process that serves."""
        self._when_opened.append(action)

    def open(self, transaction_manager: Any = None) -> Any:
        """Return a connection, as ZODB.DB.open does.  Raises DatabaseInUse, or DatabaseDamaged."""
        return self._opened().open(transaction_manager=transaction_manager)

    def open_early(self) -> None:
        """Open it before the first visitor asks; if that cannot be, log why, and leave it to the next who asks."""
        try:
            self._opened()
        except (*AWAY, OSError) as error:
            log.error(
                "The database at %s cannot be opened, and visitors are told to come back: %s", self.address, error
            )

    def ask(self) -> None:
        """Wait until a ZEO server answers: what is read may come from memory.  Raises ClientDisconnected."""
        storage = self._opened().storage
        if isinstance(storage, ZEOClient):
            storage.ask()

    @contextmanager
    def reading(self) -> Iterator[Chat]:
        """Yield the chat as it is on disk now, for a moment; nothing that is done to it stays."""
        reader = self._readers.pop() if self._readers else Reader(self._opened())
        try:
            try:
                yield reader.begin()
            finally:
                reader.end()
        except BaseException:
            reader.close()
            raise
        if len(self._readers) < IDLE_READERS and reader.is_of(self._db):
            self._readers.append(reader)
        else:
            reader.close()

    def try_to_write(self) -> None:
        """Have the store take something as for a commit, and take that back: nothing of it stays.

        Raises what a commit would raise.
        """
        manager = TransactionManager(explicit=True)
        connection = self.open(manager)
        try:
            transaction = manager.begin()
            connection.add(PersistentMapping(probe=os.urandom(PROBE_SIZE)))
            transaction.join(_TakesBack())
            with suppress(_Voted):
                transaction.commit()
        finally:
            manager.abort()
            connection.close()

    @property
    def held(self) -> ChatFile | None:
        """The file that this process keeps others from; None if there is none."""
        storage = self._db.storage if self._db is not None else None
        return storage if isinstance(storage, ChatFile) else None

    def hurry(self) -> None:
        """Wait no longer than a moment for another process to end: this one is asked to, too."""
        self._give_up_at = time.monotonic() + LOCK_TIMEOUT_WHEN_STOPPING

    def close(self) -> None:
        """Close the file, if it is open."""
        atexit.unregister(self._leave)
        db, self._db = self._db, None
        while self._readers:
            self._readers.pop().close()
        if db is not None:
            _close(db)

    def _leave(self) -> None:
        """Leave an index of the file for the next start, which would read all of it otherwise."""
        if self.held is not None:
            self.held.close()

    def setActivityMonitor(self, monitor: Any) -> None:
        """Nothing here asks how busy the connections are."""

    def _opened(self) -> Any:
        if self._db is None:
            with self._opening:
                if self._db is None:
                    _call_once(self._when_wanted)
                    db = self._open_file()
                    try:
                        _bootstrap(db)
                        upgrade(db)
                    except BaseException:
                        _close(db)
                        raise
                    self._db = db
                    atexit.register(self._leave)
                    _call_once(self._when_opened)
        return self._db

    def _open_file(self) -> Any:
        path = file_path(self.uri)
        if path is not None:
            os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        try:
            storage = self._patiently(self._make_storage)
        except BROKEN as error:
            raise DatabaseDamaged(path or self.address, str(error)) from error
        try:
            return self._rooted(storage)
        except BaseException:
            storage.close()
            raise

    def _rooted(self, storage: Any) -> DB:
        """Return the DB on `storage`, with a root: another process may be making that of a new one, too."""
        end = time.monotonic() + SOON
        while True:
            try:
                return DB(storage, class_factory=class_factory, **{**self._options, "database_name": self._name})
            except ConflictError:
                if time.monotonic() >= end:
                    raise
            gevent.sleep(SHORTLY)

    def _patiently(self, make: Callable[[], Any]) -> Any:
        if self._wanted_at is None:
            self._wanted_at = time.monotonic()  # once, for all who ask
        told = False
        while True:
            # Before it looks: the process may be stopped meanwhile, and the file be free by the time it goes on.
            now = time.monotonic()
            try:
                return make()
            except LockError as error:
                if not isinstance(error.__context__, BlockingIOError):
                    raise error.__context__ or error from None  # nobody has it: it cannot be locked
                if self._has_waited(self._patience, now):
                    raise DatabaseInUse(
                        f"{self.address} is in use by another process. End that one, or give this server another file: "
                        "zodbconn.uri in the ini file. If it is a worker of this server, let there be one only: "
                        "workers = 1."
                    ) from None
                why, pause = f"{self.address} is in use by another process: waiting until it ends", POLL_INTERVAL
            except ServerAway as error:  # it may be starting, or another process may be making its tables
                if self._has_waited(min(self._patience, SERVER_TIMEOUT), now):
                    raise
                why, pause = f"{error} Trying again for {SERVER_TIMEOUT:.0f} s", SERVER_INTERVAL
            if not told:
                told = True
                log.info("%s", why)
            gevent.sleep(pause)

    def _has_waited(self, patience: float, now: float) -> bool:
        """Whether it was wanted for `patience` seconds by `now`, or this process was asked to end meanwhile."""
        wanted_at = now if self._wanted_at is None else self._wanted_at
        return now >= min(wanted_at + patience, self._give_up_at)


def _store(uri: str) -> tuple[Callable[[], Any], dict[str, Any]]:
    """Return what opens the storage that a zodburi names, and what ZODB.DB is told.

    Raises ValueError, with words that hold no password.
    """
    shown = f"zodbconn.uri = {shown_uri(uri)}"
    try:
        found = postgresql_store(uri)
        if found is not None:
            return found.make, found.options
        make_storage, options = resolve_uri(uri)
    except NoResolverForScheme:
        raise ValueError(f"{shown} is no address of a ZODB: no package here knows its scheme") from None
    except (KeyError, ValueError) as error:
        raise ValueError(f"{shown} is no address of a ZODB: {error}") from None
    if makes_plain_client(make_storage):
        raise ValueError(
            f"{shown} is a ZEO server that is named in a file of ZConfig. Name it as zeo://HOST:PORT: "
            "that client can be trusted with new objects after the server was restarted."
        )
    return file_storage(uri) or zeo_storage(uri) or make_storage, options


def _call_once(actions: list[Callable[[], None]]) -> None:
    while actions:
        actions.pop(0)()


def _close(db: DB) -> None:
    """Close `db`, and its storage whatever fails: DB.close gives up with the first connection that cannot be closed."""
    storage = db.storage
    try:
        db.close()
    except BaseException:
        storage.close()
        raise


def _bootstrap(db: Any) -> None:
    """Put an empty chat into a new database; another process may be doing the same."""
    manager = TransactionManager(explicit=True)
    connection = db.open(manager)
    try:
        while True:
            manager.begin()
            try:
                make_chat(connection)
                manager.commit()
                return
            except ConflictError:
                manager.abort()
    finally:
        connection.close()
