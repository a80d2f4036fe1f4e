"""A PostgreSQL server as the store, through RelStorage.

Nothing here may block other greenlets.  psycopg2 waits in C, so in a server gevent does all the waiting, with a time
limit: a server that hangs, or a network that drops packets, is detected after a few seconds.
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

#: Time limit of a statement in seconds, enforced by the server, so that it has no effect later.
STATEMENT_TIMEOUT = 8
#: Seconds after which the server releases the locks of an idle process.
IDLE_TIMEOUT = 300
#: Seconds that rewriting a table waits for its readers.
LOCK_TIMEOUT = 60
#: Seconds of silence after which a connection is given up.
SILENCE = 10.0
#: TCP keepalives: seconds, number of probes, milliseconds.
KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
#: RelStorage's options, which a URI can override; commit_lock_timeout is in seconds.
DEFAULTS = {"keep_history": True, "commit_lock_timeout": 5}


class Known(Resolver):
    """Parses the storage options in a URI: those of RelStorage that are useful here."""

    _bool_args = ("keep_history",)
    _int_args = ("cache_local_mb", "commit_lock_timeout")
    _bytesize_args = ("cache_local_object_max",)

    def interpret_kwargs(self, given: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        options, rest = super().interpret_kwargs(given)
        return {**DEFAULTS, **options}, rest


def open_storage(connection: Mapping[str, str], options: Mapping[str, Any], read_only: bool) -> RelStorage:
    """Return the storage in the database with the libpq parameters `connection`.

    Raises ServerAway or WrongTables; with `read_only` no tables are created, and NoTables is raised if they are
    missing.
    """
    serves = monkey.is_module_patched("socket")
    # Process-wide.  A command has no other greenlets, and packing may take an hour.
    set_wait_callback(_wait if serves else None)
    limits = {"statement_timeout": STATEMENT_TIMEOUT, "idle_in_transaction_session_timeout": IDLE_TIMEOUT}
    bounded = " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items()) if serves else ""
    dsn = make_dsn(**KEEPALIVES, connect_timeout=int(SILENCE), options=bounded, **connection)
    host, port = connection.get("host", "this machine"), connection.get("port", "5432")
    chosen = Options(
        driver="gevent psycopg2" if serves else "psycopg2",  # no other driver is used instead
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
    """Raise NoTables if they are needed and missing, and WrongTables if they are of the other kind."""
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
    """Let the server rewrite all tables into new files."""
    with closing(psycopg2.connect(make_dsn(**KEEPALIVES, **connection))) as opened:
        opened.autocommit = True
        cursor = opened.cursor()
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}s'")
        ours = "schemaname = current_schema() AND tableowner = current_user"
        cursor.execute(f"SELECT quote_ident(tablename) FROM pg_tables WHERE {ours}")  # noqa: S608 -- nobody else's words
        for (table,) in cursor.fetchall():
            cursor.execute(f"VACUUM FULL {table}")  # quoted by the server


def _wait(connection: Any) -> None:
    """Let other greenlets run until the server has answered.

    Raises OperationalError; psycopg2 then closes the connection.
    """
    while (state := connection.poll()) != POLL_OK:
        silent = psycopg2.OperationalError(f"there was no answer for {SILENCE:.0f} s")
        (wait_read if state == POLL_READ else wait_write)(connection.fileno(), SILENCE, silent)


class Connections(Psycopg2ConnectionManager):
    """Connects, without blocking in C for DNS lookups."""

    _dsn: str

    #: The original DSN; `_dsn` is changed temporarily, and concurrent greenlets would restore the wrong one.
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
    """RelStorage's PostgreSQL adapter, which does not reveal the password."""

    connmanager: Any

    def _create(self) -> None:
        if self.connmanager is None:
            self.connmanager = Connections(self.driver, self._dsn, self.options)
        super()._create()

    def __str__(self) -> str:
        return f"<{type(self).__name__} {self.options.name}>"

    __repr__ = __str__


class InOneLine(logging.Filter):
    """Shortens log entries about lost connections, which are re-established immediately."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno <= logging.WARNING:
            record.msg, record.args = " ".join(record.getMessage().split()), None
            record.exc_info = record.exc_text = None
        return True


logging.getLogger("relstorage.adapters.connections").addFilter(InOneLine())
