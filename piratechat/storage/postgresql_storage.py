"""A PostgreSQL server as the store: ZODB's objects in its tables, by RelStorage.

Nothing here may keep the others of the process from going on.  psycopg2 waits
in C, so that in a server all of its waiting is done by gevent, and each wait
has an end: a server that stands still, or a network that swallows packets, is
found out after some seconds.
"""

import logging
import socket
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import psycopg2
from gevent import monkey
from gevent.socket import wait_read, wait_write
from psycopg2.extensions import POLL_OK, POLL_READ, make_dsn, parse_dsn, set_wait_callback
from relstorage.adapters.postgresql import PostgreSQLAdapter
from relstorage.adapters.postgresql.connmanager import Psycopg2ConnectionManager
from relstorage.options import Options
from relstorage.storage import RelStorage
from relstorage.zodburi_resolver import Resolver

from piratechat.storage.postgresql import NoTables, ServerAway, WrongTables

#: Seconds that the server has for a statement; then it gives it up itself, and nothing of it is done later.
STATEMENT_TIMEOUT = 8
#: Seconds after which the server lets go of what a process that does nothing has locked.
IDLE_TIMEOUT = 300
#: Seconds that rewriting a table waits for those who read it.
LOCK_TIMEOUT = 60
#: Seconds without a sign of the server after which a connection is given up.
SILENCE = 10.0
#: How the operating system finds out that the other end of a connection is gone: seconds, a number, milliseconds.
KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
#: What RelStorage is told, unless the address says otherwise; a commit waits so many seconds for other processes'.
DEFAULTS = {"keep_history": True, "commit_lock_timeout": 5}


class Known(Resolver):
    """Reads what an address may say of the storage: the options of RelStorage that make sense here."""

    _bool_args = ("keep_history",)
    _int_args = ("cache_local_mb", "commit_lock_timeout")
    _bytesize_args = ("cache_local_object_max",)

    def interpret_kwargs(self, given: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        options, rest = super().interpret_kwargs(given)
        return {**DEFAULTS, **options}, rest


def open_storage(connection: Mapping[str, str], options: Mapping[str, Any], read_only: bool) -> RelStorage:
    """Return the storage in the database that `connection` names, as libpq calls its parts.

    Raises ServerAway or WrongTables; with `read_only` no tables are made, and NoTables is raised if there are none.
    """
    serves = monkey.is_module_patched("socket")
    # One for all of the process.  A command has nobody else to go on, and may pack for an hour.
    set_wait_callback(_wait if serves else None)
    limits = {"statement_timeout": STATEMENT_TIMEOUT, "idle_in_transaction_session_timeout": IDLE_TIMEOUT}
    bounded = " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items()) if serves else ""
    dsn = make_dsn(**KEEPALIVES, connect_timeout=int(SILENCE), options=bounded, **connection)
    host, port = connection.get("host", "this machine"), connection.get("port", "5432")
    chosen = Options(
        driver="gevent psycopg2" if serves else "psycopg2",  # no other is taken if this one cannot be
        name=f"{host}:{port}, database {connection['dbname']}",
        read_only=read_only,
        create_schema=not read_only,
        **options,
    )
    try:
        adapter = Adapter(dsn, chosen)
        _check_tables(adapter.connmanager, chosen)
        return RelStorage(adapter, options=chosen)
    except psycopg2.Error as error:
        raise ServerAway(
            f"The PostgreSQL server at {chosen.name}, cannot be used: {' '.join(str(error).split())}. Start it, or "
            "mend zodbconn.uri in the ini file, or what that server's pg_hba.conf and GRANT allow this user."
        ) from None


def _check_tables(manager: Psycopg2ConnectionManager, chosen: Options) -> None:
    """Raise NoTables if they are to be read and are missing, WrongTables if they are of the other kind."""
    connection, cursor = manager.open()
    try:
        cursor.execute("SELECT to_regclass('object_state') IS NULL, to_regclass('current_object') IS NULL")
        is_new, is_without_history = cursor.fetchone()
    finally:
        manager.rollback_and_close(connection, cursor)
    if is_new and chosen.read_only:
        raise NoTables(f"There is no chat at {chosen.name} yet: start the server once.")
    if not is_new and is_without_history == chosen.keep_history:
        other = "false" if chosen.keep_history else "true"
        raise WrongTables(
            f"The database at {chosen.name}, was made with keep_history={other}: put that into zodbconn.uri, or make "
            "another database and copy this one into it by zodbconvert."
        )


def rewrite_tables(connection: Mapping[str, str]) -> None:
    """Have the server write all tables into new files."""
    with closing(psycopg2.connect(make_dsn(**KEEPALIVES, **connection))) as opened:
        opened.autocommit = True
        cursor = opened.cursor()
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}s'")
        ours = "schemaname = current_schema() AND tableowner = current_user"
        cursor.execute(f"SELECT quote_ident(tablename) FROM pg_tables WHERE {ours}")  # noqa: S608 -- nobody else's words
        for (table,) in cursor.fetchall():
            cursor.execute(f"VACUUM FULL {table}")  # as the server quotes it


def _wait(connection: Any) -> None:
    """Let others go on until the server has answered.  Raises OperationalError; psycopg2 closes the connection then."""
    while (state := connection.poll()) != POLL_OK:
        silent = psycopg2.OperationalError(f"there was no answer for {SILENCE:.0f} s")
        (wait_read if state == POLL_READ else wait_write)(connection.fileno(), SILENCE, silent)


class Connections(Psycopg2ConnectionManager):
    """Connects, without waiting in C for the address of the server."""

    _dsn: str

    #: The address as it was given; `_dsn` is another one for a moment, which greenlets that open at once would restore.
    _given_dsn: str | None = None

    def open(self, *arguments: Any, **options: Any) -> Any:
        if self._given_dsn is None:
            self._given_dsn = self._dsn
        given = parse_dsn(self._given_dsn)
        host = given.get("host", "")
        if host and not host.startswith("/") and "hostaddr" not in given:
            addresses = _addresses(host)
            several = {"host": ",".join([host] * len(addresses)), "hostaddr": ",".join(addresses)}
            self._dsn = make_dsn(**{**given, **several})
        try:
            return super().open(*arguments, **options)
        finally:
            self._dsn = self._given_dsn


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise psycopg2.OperationalError(f"{host} cannot be found: {error}") from None
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class Adapter(PostgreSQLAdapter):
    """RelStorage's way to PostgreSQL, which tells nobody the password."""

    connmanager: Any

    def _create(self) -> None:
        if self.connmanager is None:
            self.connmanager = Connections(self.driver, self._dsn, self.options)
        super()._create()

    def __str__(self) -> str:
        return f"<{type(self).__name__} {self.options.name}>"

    __repr__ = __str__


class InOneLine(logging.Filter):
    """Shortens what is logged of lost connections: they are made again at once, whatever lost them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno <= logging.WARNING:
            record.msg, record.args = " ".join(record.getMessage().split()), None
            record.exc_info = record.exc_text = None
        return True


logging.getLogger("relstorage.adapters.connections").addFilter(InOneLine())
