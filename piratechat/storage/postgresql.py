"""Addresses of PostgreSQL servers, as stores of the chat: what they may say, and what of them is shown."""

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from ZODB.POSException import StorageError
from zodburi import resolve_uri

try:
    from psycopg2 import Error

    #: What the driver raises where it is installed: the server is away, or refuses.
    DRIVER_ERRORS: tuple[type[Exception], ...] = (Error,)
except ImportError:
    DRIVER_ERRORS = ()

SCHEMES = ("postgres", "postgresql")
#: What RelStorage has beside them, and nobody has tried.
UNTRIED = ("mysql", "oracle", "sqlite")
#: Opens a storage; it is loaded when it is needed.
OPENING = "piratechat.storage.postgresql_storage"
#: What may be said of the connection behind "?", as libpq calls it.
OF_CONNECTION = ("host", "passfile", "sslcert", "sslkey", "sslmode", "sslrootcert")


class ServerAway(StorageError):
    """The server does not answer, or lets nobody in."""


class NoTables(StorageError):
    """The server's database has no chat, or not yet."""


class WrongTables(StorageError):
    """The server's database was made with history, and is to be used without, or the other way round."""


class Store(NamedTuple):
    """What an address names."""

    #: Opens the storage; raises ServerAway or WrongTables.  With True nothing is written, and if there are no tables
    #: it raises NoTables.
    make: Callable[..., Any]
    #: What ZODB.DB is told.
    options: dict[str, Any]
    keeps_history: bool
    #: Has the server write all tables into new files: the old ones hold rows that were deleted.  Others wait meanwhile,
    #: and nobody may have a transaction open for long.  Raises DRIVER_ERRORS.
    rewrite: Callable[[], None]


def is_postgresql(uri: str) -> bool:
    """Whether a zodburi names a PostgreSQL server."""
    return uri.partition(":")[0] in SCHEMES


def postgresql_store(uri: str) -> Store | None:
    """Return what a zodburi names; None if the storage is of another kind.

    Raises ValueError, which does not quote the password, for an address that makes no sense.
    """
    if uri.partition(":")[0] in UNTRIED:
        raise ValueError("of the servers that RelStorage knows only PostgreSQL is supported: postgres://")
    if not is_postgresql(uri):
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:  # which quotes what stands there
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
    except ValueError:  # which quotes what stands there: it may be of a password
        return False


def _connection(parts: SplitResult) -> dict[str, str]:
    """Return what libpq is told of an address, as it calls it."""
    named = {
        "dbname": parts.path.removeprefix("/"),
        "user": parts.username,
        "password": parts.password,
        "host": parts.hostname,
        "port": str(parts.port or ""),
    }
    return {name: unquote(value) for name, value in named.items() if value}
