"""PostgreSQL URIs: their parameters, and how to display them."""

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from ZODB.POSException import StorageError
from zodburi import resolve_uri

try:
    from psycopg2 import Error

    #: The driver's exceptions, if it is installed: the server is down, or rejects a request.
    DRIVER_ERRORS: tuple[type[Exception], ...] = (Error,)
except ImportError:
    DRIVER_ERRORS = ()

SCHEMES = ("postgres", "postgresql")
#: Other databases of RelStorage, which are not tested.
UNTRIED = ("mysql", "oracle", "sqlite")
#: The module that opens a storage, loaded when needed.
OPENING = "piratechat.storage.postgresql_storage"
#: Connection parameters in the query, by their names in libpq.
OF_CONNECTION = ("host", "passfile", "sslcert", "sslkey", "sslmode", "sslrootcert")


class ServerAway(StorageError):
    """The server does not respond, or rejects the login."""


class NoTables(StorageError):
    """The database on the server has no chat yet."""


class WrongTables(StorageError):
    """The database was created with history and is opened without, or vice versa."""


class Store(NamedTuple):
    """The store for a URI."""

    #: Opens the storage; raises ServerAway or WrongTables.  With True it is read-only, and raises NoTables if there are
    #: no tables.
    make: Callable[..., Any]
    #: The arguments of ZODB.DB.
    options: dict[str, Any]
    keeps_history: bool
    #: Rewrites all tables into new files, because the old ones contain deleted rows.  It blocks other users, and cannot
    #: run during a long transaction.  Raises DRIVER_ERRORS.
    rewrite: Callable[[], None]


def is_postgresql(uri: str) -> bool:
    """Whether a zodburi is for a PostgreSQL server."""
    return uri.partition(":")[0] in SCHEMES


def postgresql_store(uri: str) -> Store | None:
    """Return the store for a zodburi, or None if it is another kind of storage.

    Raises ValueError, which does not contain the password, for an invalid URI.
    """
    if uri.partition(":")[0] in UNTRIED:
        raise ValueError("of the servers that RelStorage knows only PostgreSQL is supported: postgres://")
    if not is_postgresql(uri):
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:  # whose message contains the value
        raise ValueError("it has characters that no address has") from None
    if "@" in f"{parts.path}{parts.query}" or parts.fragment or not _has_sound_port(parts):
        raise ValueError(
            "it is not written as postgres://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE. In a password "
            "/ is %2F, ? is %3F, # is %23, @ is %40 and % is %25; in an ini file each % is doubled"
        )
    try:
        opening = importlib.import_module(OPENING)
    except ImportError as error:
        raise ValueError(f"{error}: pip install 'piratechat[postgresql]' brings what PostgreSQL needs") from None
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    connection = {**_connection(parts), **{name: given.pop(name) for name in OF_CONNECTION if name in given}}
    if "dbname" not in connection:
        raise ValueError("it names no database: postgres://USER@HOST/DATABASE")
    options, rest = opening.Known().interpret_kwargs(given)
    for_zodb = resolve_uri(f"memory://?{urlencode(rest)}")[1]

    def make(read_only: bool = False) -> Any:
        return opening.open_storage(connection, options, read_only)

    def rewrite() -> None:
        opening.rewrite_tables(connection)

    return Store(make, for_zodb, options["keep_history"], rewrite)


def _has_sound_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:  # whose message may contain part of a password
        return False


def _connection(parts: SplitResult) -> dict[str, str]:
    """Return the connection parameters in a URI, by their names in libpq."""
    named = {
        "dbname": parts.path.removeprefix("/"),
        "user": parts.username,
        "password": parts.password,
        "host": parts.hostname,
        "port": str(parts.port or ""),
    }
    return {name: unquote(value) for name, value in named.items() if value}
