"""The database, opened in the serving process.

A server may load the application and fork afterwards, and processes must not share a storage's open files and index. So
the database is opened when a connection is first needed.
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

#: Seconds to wait for the previous process with the same file to end, as during a restart.
LOCK_TIMEOUT = 30.0
POLL_INTERVAL = 0.02
#: Seconds to wait for a PostgreSQL server that is starting, and between two attempts.
SERVER_TIMEOUT = 10.0
SERVER_INTERVAL = 0.25
#: The rest of that time when this process itself has to end.
LOCK_TIMEOUT_WHEN_STOPPING = 1.0
#: Seconds for which a process polls quickly after a commit of another one, and the polling interval.
SOON, SHORTLY = 10.0, 0.01

#: Bytes of a test write: about the size of a message in a room with long ones.
PROBE_SIZE = 128 * 1024

#: Maximum number of idle connections for short reads; opening one takes longer than most reads.
IDLE_READERS = 8

#: URI schemes of databases that only one process can use.
SINGLE_PROCESS_SCHEMES = ("file", "memory", "demo")

#: FileStorage's exceptions for an invalid file.
BROKEN = (FileStorageError, CorruptedError, ValueError, struct.error)

#: Exceptions while a database server is down, or rejects requests.
AWAY = (POSError, *DRIVER_ERRORS)


def log_transactions_together() -> None:
    """Let all transactions use the logger `txn`.

    By default each thread gets a logger of its own, which is never freed; greenlets count as threads, and there is one
    for each request.
    """
    _transaction._LOGGER = logging.getLogger("txn")


def shown_uri(uri: str) -> str:
    """Return `uri` without passwords, for display; they may be before an @ or in the query."""
    place, _, query = uri.partition("?")
    scheme, separator, rest = place.partition("://")
    if scheme == "file" or not separator:
        return place
    return f"{scheme}://..." if "@" in query else f"{scheme}://{rest.rpartition('@')[2]}"


class DatabaseInUse(Exception):
    """Another process has the file open."""


class _Voted(Exception):
    """All storages have voted for the transaction."""


class _TakesBack:
    """Aborts a transaction after all storages have accepted its data: a `transaction.interfaces.IDataManager`."""

    def sortKey(self) -> str:
        """Return a key that sorts after all others."""
        return chr(sys.maxunicode)

    def tpc_vote(self, _transaction: Any) -> None:
        """Vote against the transaction."""
        raise _Voted

    def abort(self, _transaction: Any) -> None:
        """Do nothing, like the other methods: there is nothing to roll back here."""

    tpc_begin = commit = tpc_finish = tpc_abort = abort


class Database:
    """A ZODB database that is opened on first use.

    `uri` is a zodburi; a file's folder is created if necessary.  Raises ValueError for an invalid URI.
    """

    def __init__(self, uri: str, name: str = "", timeout: float = LOCK_TIMEOUT) -> None:
        self.uri = uri
        self._name = name
        self._timeout = timeout
        self._give_up_at = math.inf
        self._wanted_at: float | None = None  # monotonic seconds; start of the wait for a lock
        self._make_storage, self._options = _store(uri)
        self._opening = RLock()
        self._readers: list[Reader] = []  # idle readers
        self._db: DB | None = None
        self._when_wanted: list[Callable[[], None]] = []
        self._when_opened: list[Callable[[], None]] = []

    @property
    def is_shared(self) -> bool:
        """Whether several processes may use it at the same time."""
        return self.uri.partition(":")[0] not in SINGLE_PROCESS_SCHEMES

    @property
    def address(self) -> str:
        """Its URI without passwords, for display."""
        return shown_uri(self.uri)

    @property
    def is_kept(self) -> bool:
        """Whether it is persistent: in a file, or on a server."""
        return self.is_shared or file_path(self.uri) is not None

    @property
    def folders(self) -> list[str]:
        """The folders of its file, or an empty list."""
        path = file_path(self.uri)
        return [] if path is None else [os.path.dirname(os.path.abspath(path))]

    def when_wanted(self, action: Callable[[], None]) -> None:
        """Call `action` once, in the serving process, before the database is opened."""
        self._when_wanted.append(action)

    def when_opened(self, action: Callable[[], None]) -> None:
        """Call `action` once, in the serving process, when the database is open."""
        self._when_opened.append(action)

    def open(self, transaction_manager: Any = None) -> Any:
        """Return a connection, like ZODB.DB.open.  Raises DatabaseInUse or DatabaseDamaged."""
        return self._opened().open(transaction_manager=transaction_manager)

    def open_early(self) -> None:
        """Open it before the first request; if that fails, log the reason, and let the next request try again."""
        try:
            self._opened()
        except (*AWAY, OSError) as error:
            log.error("The database at %s cannot be opened, so requests are answered with 503: %s", self.address, error)

    def ask(self) -> None:
        """Wait until a ZEO server responds, because reads may come from the cache.  Raises ClientDisconnected."""
        storage = self._opened().storage
        if isinstance(storage, ZEOClient):
            storage.ask()

    def last_commit(self) -> bytes | None:
        """Return the id of the last transaction, or None if another process may have committed a later one."""
        return None if self.is_shared else self._opened().lastTransaction()

    @contextmanager
    def reading(self, commit: bytes | None = None) -> Iterator[Chat]:
        """Yield a read-only view of the current chat; changes are discarded.

        `commit` is the result of `last_commit`, if the caller has just called it.
        """
        reader = self._readers.pop() if self._readers else Reader(self._opened())
        try:
            try:
                yield reader.begin(commit or self.last_commit())
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
        """Make a test write: like a commit, but rolled back.

        Raises the exceptions of a commit.
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
        """The file that this process has locked, or None."""
        storage = self._db.storage if self._db is not None else None
        return storage if isinstance(storage, ChatFile) else None

    def hurry(self) -> None:
        """Stop waiting for another process soon, because this one has to end."""
        self._give_up_at = time.monotonic() + LOCK_TIMEOUT_WHEN_STOPPING

    def close(self) -> None:
        """Close the database, if it is open."""
        atexit.unregister(self._leave)
        db, self._db = self._db, None
        while self._readers:
            self._readers.pop().close()
        if db is not None:
            _close(db)

    def _leave(self) -> None:
        """Write the file's index, without which the next start would have to read the whole file."""
        if self.held is not None:
            self.held.close()

    def setActivityMonitor(self, monitor: Any) -> None:
        """Do nothing: the activity of connections is not monitored."""

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
        """Return the DB for `storage`, with a root object, which another process may be creating as well."""
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
            self._wanted_at = time.monotonic()  # once, for all callers
        told = False
        while True:
            # Before the check: the process may be suspended meanwhile, and the file may be free when it continues.
            now = time.monotonic()
            try:
                return make()
            except LockError as error:
                if not isinstance(error.__context__, BlockingIOError):
                    raise error.__context__ or error from None  # not in use: the file cannot be locked
                if self._has_waited(self._timeout, now):
                    raise DatabaseInUse(
                        f"{self.address} is in use by another process. End that one, or give this server another file: "
                        "zodbconn.uri in the ini file. If it is a worker of this server, let there be one only: "
                        "workers = 1."
                    ) from None
                why, pause = f"{self.address} is in use by another process: waiting until it ends", POLL_INTERVAL
            except ServerAway as error:  # it may be starting, or another process may be creating its tables
                if self._has_waited(min(self._timeout, SERVER_TIMEOUT), now):
                    raise
                why, pause = f"{error} Trying again for {SERVER_TIMEOUT:.0f} s", SERVER_INTERVAL
            if not told:
                told = True
                log.info("%s", why)
            gevent.sleep(pause)

    def _has_waited(self, timeout: float, now: float) -> bool:
        """Whether `timeout` seconds have passed by `now` since the first request, or this process has to end."""
        wanted_at = now if self._wanted_at is None else self._wanted_at
        return now >= min(wanted_at + timeout, self._give_up_at)


def _store(uri: str) -> tuple[Callable[[], Any], dict[str, Any]]:
    """Return a function that opens the storage for a zodburi, and the arguments of ZODB.DB.

    Raises ValueError, without passwords in its message.
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
    """Close `db` and its storage even after an error: DB.close stops at the first connection that fails to close."""
    storage = db.storage
    try:
        db.close()
    except BaseException:
        storage.close()
        raise


def _bootstrap(db: Any) -> None:
    """Create an empty chat in a new database; another process may be doing the same."""
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
