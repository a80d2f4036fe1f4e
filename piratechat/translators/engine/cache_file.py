"""A file for translations, separate from the database: it may be deleted at any time."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import TypeVar

from piratechat.translators.engine.budget import Spending, Spent

#: Overhead of a row in characters.
OVERHEAD = 100
#: Maximum size of a key in bytes.
MAX_KEY_LENGTH = 32
#: The fraction of its size that is written before the size of the file is checked.
ROUND = 0.1

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS translations (
        id INTEGER PRIMARY KEY, key BLOB UNIQUE NOT NULL, text TEXT NOT NULL, source TEXT, size INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS targets (name TEXT PRIMARY KEY, tags TEXT NOT NULL);
    DROP TABLE IF EXISTS spent;  -- of earlier versions, which counted characters only
    DROP TABLE IF EXISTS usage;  -- and for all processes together
    CREATE TABLE IF NOT EXISTS spending (
        name TEXT NOT NULL, process TEXT NOT NULL, day INTEGER NOT NULL, characters INTEGER NOT NULL,
        prompt_tokens INTEGER NOT NULL, answer_tokens INTEGER NOT NULL, PRIMARY KEY (name, process)
    );
"""
#: The version of the schema: keys of earlier ones do not begin with the digest of a text, so their rows are dropped.
_VERSION = 1
_EARLIER = "DROP TABLE IF EXISTS translations"
#: Ids of rows older than the newest ones with the given total size.
_NEWEST = "SELECT id FROM (SELECT id, sum(size) OVER (ORDER BY id DESC) AS total FROM translations) WHERE total > ?"

Row = tuple[bytes, str, str | None]
Found = TypeVar("Found")


class TranslationsFile:
    """An SQLite database of translations, with about `size` characters at most.

    All methods block, and may raise sqlite3.Error or OSError; a broken file is recreated.  A connection lives for one
    call only, so any thread may call them.
    """

    def __init__(self, path: str, size: int) -> None:
        self._path = path
        self._size = size
        self._written = size  # check its size after the first write

    def load(self, size: int) -> list[Row]:
        """Return the newest rows of at most `size` characters in total, oldest first."""
        query = f"SELECT key, text, source FROM translations WHERE id NOT IN ({_NEWEST}) ORDER BY id"  # noqa: S608 -- our own words
        return self._done(lambda connection: connection.execute(query, (size,)).fetchall())

    def save(self, rows: list[Row], spent: list[Spending]) -> None:
        """Store `rows`, and usage; usage of earlier days is dropped."""
        sized = [(key, text, source, len(text) + OVERHEAD) for key, text, source in rows]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT OR REPLACE INTO translations (key, text, source, size) VALUES (?, ?, ?, ?)", sized
            )
            spending = [(name, process, day, *what) for name, process, day, what in spent]
            connection.executemany("INSERT OR REPLACE INTO spending VALUES (?, ?, ?, ?, ?, ?)", spending)
            if spent:
                newest = max(day for _name, _process, day, _what in spent)
                connection.execute("DELETE FROM spending WHERE day < ?", (newest,))
            if self._written >= self._size * ROUND:
                connection.execute(f"DELETE FROM translations WHERE id IN ({_NEWEST})", (self._size,))  # noqa: S608 -- our own words

        self._written += sum(size for *_row, size in sized)
        self._done(write)
        if self._written >= self._size * ROUND:
            self._written = 0

    def forget(self, digests: list[bytes]) -> None:
        """Delete the rows whose keys begin with one of `digests`, and overwrite them in the file."""
        ranges = [(digest, digest + b"\xff" * MAX_KEY_LENGTH) for digest in digests]
        self._done(
            lambda connection: connection.executemany("DELETE FROM translations WHERE key BETWEEN ? AND ?", ranges)
        )

    def keep_only(self, digests: Container[bytes], size: int) -> int:
        """Delete all rows whose keys do not begin with one of `digests`, each of `size` bytes; return their number.

        Then the file is rewritten without deleted data.
        """

        def drop(connection: sqlite3.Connection) -> int:
            keys = [key for (key,) in connection.execute("SELECT key FROM translations") if key[:size] not in digests]
            connection.executemany("DELETE FROM translations WHERE key = ?", [(key,) for key in keys])
            return len(keys)

        dropped = self._done(drop)
        with self._connected() as connection:
            connection.commit()
            connection.execute("VACUUM")
        return dropped

    def spent(self) -> list[Spending]:
        """Return the stored usage of the last day."""
        query = "SELECT name, process, day, characters, prompt_tokens, answer_tokens FROM spending"
        rows = self._done(lambda connection: connection.execute(query).fetchall())
        return [(name, process, day, Spent(*what)) for name, process, day, *what in rows]

    def targets(self) -> dict[str, list[str]]:
        """Return the target languages of translators: BCP 47 tags by the translators' names."""
        rows = self._done(lambda connection: connection.execute("SELECT name, tags FROM targets").fetchall())
        return {name: tags.split() for name, tags in rows}

    def save_targets(self, targets: Mapping[str, Sequence[str]]) -> None:
        """Replace the result of `targets`."""
        rows = [(name, " ".join(tags)) for name, tags in targets.items()]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM targets")
            connection.executemany("INSERT INTO targets VALUES (?, ?)", rows)

        self._done(write)

    def _done(self, work: Callable[[sqlite3.Connection], Found]) -> Found:
        """Return the result of `work` with the database, which is recreated if it is broken."""
        try:
            with self._connected() as connection:
                return work(connection)
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # the disk fails, or the file is in use
                raise
            # It is not a database, or a broken one.
            for path in (self._path, f"{self._path}-journal"):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(path)
            with self._connected() as connection:
                return work(connection)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        os.makedirs(os.path.dirname(os.path.abspath(self._path)), mode=0o700, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite would make it world-readable
        connection = sqlite3.connect(self._path)
        try:
            # Translations that are lost in a crash are made again.
            connection.executescript("PRAGMA synchronous = OFF; PRAGMA secure_delete = ON;")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            earlier = "" if version == _VERSION else f"{_EARLIER}; PRAGMA user_version = {_VERSION};"
            connection.executescript(earlier + _SCHEMA)
            with connection:
                yield connection
        finally:
            connection.close()
