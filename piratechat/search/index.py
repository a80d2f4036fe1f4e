"""The index: an SQLite file with the words of messages and translations.

Everything in it can be recreated, so it may be deleted at any time.  One process writes it, and any number of processes
read it.  Its rows belong to parts: a part has the original messages of a room, or their translations through one view.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from piratechat.search.shown import Shown

#: The name of the file in settings.var.
NAME = "search.db"
#: The version of the tables and of the folding; a file with another version is recreated.
VERSION = 2
#: Bits of a row's id with the message number; the higher bits are the number of the part.
SEQ_BITS = 40
#: Time limit of a query in seconds, and SQLite VM steps between two checks of the clock.
QUERY_TIME = 0.25
STEPS = 1_000
#: Seconds that a request for another part may wait for the writing process, ...
ASKING_TIME = 0.1
#: ... and a report of translations.
TELLING_TIME = 5.0
#: SQLite's errors when the time limit is exceeded.
OUT_OF_TIME = ("SQLITE_INTERRUPT", "SQLITE_BUSY", "SQLITE_LOCKED")

#: Tables whose rows belong to parts.
_OF_PARTS = ("words", "translations")
#: Suffixes of the files that belong to an SQLite database.
_BESIDE = ("", "-wal", "-shm", "-journal")
_SCHEMA = f"""
    CREATE TABLE IF NOT EXISTS parts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, view TEXT NOT NULL,
        through INTEGER NOT NULL DEFAULT 0, rev INTEGER NOT NULL DEFAULT 0, UNIQUE (room, view)
    );
    CREATE TABLE IF NOT EXISTS wanted (room TEXT NOT NULL, view TEXT NOT NULL, UNIQUE (room, view));
    CREATE TABLE IF NOT EXISTS shown (
        room TEXT NOT NULL, view TEXT NOT NULL, seq INTEGER NOT NULL, rev INTEGER NOT NULL, digest BLOB NOT NULL,
        text TEXT NOT NULL, UNIQUE (room, view, seq)
    );
    CREATE TABLE IF NOT EXISTS translations (id INTEGER PRIMARY KEY, digest BLOB NOT NULL, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS epoch (name TEXT NOT NULL);
    CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, author, tokenize = 'ascii', columnsize = 0);
    PRAGMA user_version = {VERSION};
"""


@dataclass(slots=True)
class Part:
    """A part of the index, and its state: it has all messages up to `through`, as of the change `rev`."""

    id: int
    room: str
    #: "" for originals, else the key of a view.
    view: str
    through: int = 0
    rev: int = 0


class Index:
    """The index for the process that writes it.  Methods may raise sqlite3.Error or OSError."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection = self._opened()

    @property
    def is_in_place(self) -> bool:
        """Whether the open file is still the one at its path."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def reopen(self, anew: bool = False) -> None:
        """Open the file again after it was deleted; `anew`: delete it because it is broken."""
        self.close()
        if anew:
            remove(self.path)
        self._connection = self._opened()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Write everything in this context in one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def begin(self, epoch: str) -> None:
        """Clear the index unless it belongs to the database `epoch`."""
        if self._connection.execute("SELECT name FROM epoch").fetchall() == [(epoch,)]:
            return
        with self.writing():
            for table in ("words", "translations", "parts", "wanted", "shown", "epoch"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- our own words
            self._connection.execute("INSERT INTO epoch VALUES (?)", (epoch,))

    def parts(self) -> list[Part]:
        """Return all parts."""
        return [Part(*row) for row in self._connection.execute("SELECT id, room, view, through, rev FROM parts")]

    def add_part(self, room: str, view: str) -> Part:
        """Return a new, empty part."""
        cursor = self._connection.execute("INSERT INTO parts (room, view) VALUES (?, ?)", (room, view))
        assert cursor.lastrowid is not None
        return Part(cursor.lastrowid, room, view)

    def keep_part(self, part: Part) -> None:
        """Store the state of `part`."""
        self._connection.execute(
            "UPDATE parts SET through = ?, rev = ? WHERE id = ?", (part.through, part.rev, part.id)
        )

    def drop_part(self, part: Part) -> None:
        """Delete `part` with its rows."""
        self.clear(part)
        self._connection.execute("DELETE FROM parts WHERE id = ?", (part.id,))

    def clear(self, part: Part) -> None:
        """Delete the rows of `part`."""
        first = part.id << SEQ_BITS
        for table in _OF_PARTS:
            self._connection.execute(
                f"DELETE FROM {table} WHERE rowid BETWEEN ? AND ?",  # noqa: S608 -- our own words
                (first, first + (1 << SEQ_BITS) - 1),
            )
        part.through = 0

    def delete(self, part: Part, seqs: Sequence[int]) -> None:
        """Delete the messages `seqs` from `part`."""
        first = part.id << SEQ_BITS
        for table in _OF_PARTS:
            self._connection.executemany(
                f"DELETE FROM {table} WHERE rowid = ?",  # noqa: S608 -- our own words
                [(first + seq,) for seq in seqs],
            )

    def insert(self, part: Part, rows: Sequence[tuple[int, str, str]]) -> None:
        """Add messages to `part`: number, folded text, folded name of the author."""
        first = part.id << SEQ_BITS
        self._connection.executemany(
            "INSERT INTO words (rowid, text, author) VALUES (?, ?, ?)",
            [(first + seq, text, author) for seq, text, author in rows],
        )

    def keep_translation(self, part: Part, shown: Shown) -> None:
        """Store the text whose words `insert` adds, because it cannot be recreated."""
        row = ((part.id << SEQ_BITS) + shown.seq, shown.digest, shown.text)
        self._connection.execute("INSERT INTO translations (id, digest, text) VALUES (?, ?, ?)", row)

    def has_shown(self) -> bool:
        """Whether other processes have reported shown translations."""
        return bool(self._connection.execute("SELECT EXISTS (SELECT 1 FROM shown)").fetchone()[0])

    def shown(self, limit: int) -> list[tuple[int, Shown]]:
        """Return at most `limit` reported translations, each with its key for `forget_shown`."""
        rows = self._connection.execute(
            "SELECT rowid, room, view, seq, rev, digest, text FROM shown ORDER BY rowid LIMIT ?", (limit,)
        )
        return [(row[0], Shown(*row[1:])) for row in rows]

    def forget_shown(self, rows: Sequence[int]) -> None:
        """Delete reports."""
        self._connection.executemany("DELETE FROM shown WHERE rowid = ?", [(row,) for row in rows])

    def wanted(self) -> list[tuple[str, str]]:
        """Return the rooms and views for which other processes have requested a part."""
        return self._connection.execute("SELECT room, view FROM wanted").fetchall()

    def forget_wanted(self) -> None:
        """Delete these requests."""
        self._connection.execute("DELETE FROM wanted")

    def compact(self) -> None:
        """Rewrite the file, so that nothing is left of deleted rows."""
        self._connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _opened(self) -> sqlite3.Connection:
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), mode=0o700, exist_ok=True)
        if not os.path.exists(self.path):
            remove(self.path)  # SQLite would use the leftover log of a deleted file for the next one
        try:
            return self._set_up()
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # the disk fails, or the file is in use
                raise
            remove(self.path)  # not a database, or a broken one
            return self._set_up()

    def _set_up(self) -> sqlite3.Connection:
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite would make it world-readable
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=5.0)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError("another version wrote it")
            connection.executescript(
                f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; {_SCHEMA}"
            )
        except BaseException:
            connection.close()
            raise
        found = os.stat(self.path)
        self._identity = found.st_dev, found.st_ino
        return connection


def remove(path: str) -> None:
    """Delete the index at `path`."""
    for suffix in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + suffix)


@dataclass(slots=True)
class Found:
    """The results from the index."""

    #: Numbers of messages, descending.
    seqs: list[int] = field(default_factory=list)
    #: The translations that matched: the digest of the original text, and the translation.
    translations: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    #: The last message in each part, by its view; missing parts are omitted.
    through: dict[str, int] = field(default_factory=dict)
    #: The duration in seconds.
    seconds: float = 0.0
    #: Whether the search was complete up to the limit, and not stopped by the time limit.
    is_whole: bool = True


class Reader:
    """The index for searches.  Methods block; any thread may call them."""

    def __init__(self, path: str) -> None:
        self._path = path

    def search(
        self,
        epoch: str,
        room: str,
        views: Sequence[str],
        match: str,
        behind: int,
        before: int,
        limit: int,
        seconds: float = QUERY_TIME,
    ) -> Found:
        """Return the newest `limit` messages with numbers between `behind` and `before` (both exclusive) that `match`.

        `match` is an FTS5 expression; `views` are the keys of parts.  The search stops after `seconds`, with partial
        results. Without an index, or with a broken one, it finds nothing.
        """
        found, begun = Found(), time.monotonic()
        end = begun + seconds
        try:
            with self._connected(max(seconds, 0.0)) as connection:
                connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
                if connection.execute("SELECT name FROM epoch").fetchall() == [(epoch,)]:
                    self._search(connection, found, (room, views, match, behind, before, limit))
        except sqlite3.Error as error:
            if error.sqlite_errorname in OUT_OF_TIME:
                found.is_whole = False
        found.seqs = sorted(set(found.seqs), reverse=True)[:limit]
        found.seconds = time.monotonic() - begun
        return found

    def ask_for(self, room: str, view: str) -> None:
        """Request a part for the translator `view` from the writing process."""
        with contextlib.suppress(sqlite3.Error), self._connected(ASKING_TIME) as connection, connection:
            connection.execute("INSERT OR IGNORE INTO wanted VALUES (?, ?)", (room, view))

    def tell(self, shown: Sequence[Shown]) -> bool:
        """Report shown translations to the writing process; return whether that succeeded."""
        try:
            with self._connected(TELLING_TIME) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO shown VALUES (?, ?, ?, ?, ?, ?)", shown)
        except sqlite3.Error:
            return False
        return True

    def _search(
        self, connection: sqlite3.Connection, found: Found, asked: tuple[str, Sequence[str], str, int, int, int]
    ) -> None:
        room, views, match, behind, before, limit = asked
        for view in views:
            row = connection.execute(
                "SELECT id, through FROM parts WHERE room = ? AND view = ?", (room, view)
            ).fetchone()
            if row is None:
                continue
            part, found.through[view] = row
            first = part << SEQ_BITS
            rows = connection.execute(
                "SELECT words.rowid, translations.digest, translations.text "
                "FROM words LEFT JOIN translations ON translations.id = words.rowid "
                "WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? ORDER BY words.rowid DESC LIMIT ?",
                (match, first + behind + 1, first + before - 1, limit),
            )
            for number, digest, text in rows:  # one at a time, to keep those that arrive before the time limit
                found.seqs.append(number - first)
                if text is not None:
                    found.translations[number - first] = digest, text

    @contextlib.contextmanager
    def _connected(self, timeout: float) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{quote(self._path)}?mode=rw", uri=True, timeout=timeout)
        try:
            yield connection
        finally:
            connection.close()
