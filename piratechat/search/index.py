"""The index: an SQLite file with the words of what was said, and of how it reads.

It holds nothing that is not in the log, and may be deleted at any time.  One
process writes it, any others read it.  Its rows belong to parts: a part is
what was said in a room, or how that reads through one view.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from piratechat.search.shown import Shown

#: The file, in the folder of settings.var.
NAME = "search.db"
#: Changes with the tables below, and with how words are folded: a file of another version is made again.
VERSION = 2
#: Bits of a row's id that are the number of the message; those above are the number of the part.
SEQ_BITS = 40
#: Seconds that a query may take, and steps of SQLite's machine between two looks at the clock.
QUERY_TIME = 0.25
STEPS = 1_000
#: Seconds that asking for another part may wait for the process that writes.
ASKING_TIME = 0.1
#: ... and telling it of translations.
TELLING_TIME = 5.0
#: What SQLite says when time was up.
OUT_OF_TIME = ("SQLITE_INTERRUPT", "SQLITE_BUSY", "SQLITE_LOCKED")

#: Tables whose rows belong to parts.
_OF_PARTS = ("words", "translations")
#: What may be left of an SQLite file beside it.
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
    """A part of the index, with what it holds: all up to the message `through`, as it was at the change `rev`."""

    id: int
    room: str
    #: "" for what was said, else a view's key.
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
        """Whether the file that is open is still the one that others find."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def reopen(self, anew: bool = False) -> None:
        """Open the file again, which was deleted; `anew`: delete it, it is broken."""
        self.close()
        if anew:
            remove(self.path)
        self._connection = self._opened()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that is done meanwhile at once."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def begin(self, epoch: str) -> None:
        """Forget everything unless it is of the database `epoch`."""
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
        """Return a new part, in which nothing is."""
        cursor = self._connection.execute("INSERT INTO parts (room, view) VALUES (?, ?)", (room, view))
        assert cursor.lastrowid is not None
        return Part(cursor.lastrowid, room, view)

    def keep_part(self, part: Part) -> None:
        """Keep how far `part` has got."""
        self._connection.execute(
            "UPDATE parts SET through = ?, rev = ? WHERE id = ?", (part.through, part.rev, part.id)
        )

    def drop_part(self, part: Part) -> None:
        """Forget `part` and all that is in it."""
        self.clear(part)
        self._connection.execute("DELETE FROM parts WHERE id = ?", (part.id,))

    def clear(self, part: Part) -> None:
        """Forget all that is in `part`."""
        first = part.id << SEQ_BITS
        for table in _OF_PARTS:
            self._connection.execute(
                f"DELETE FROM {table} WHERE rowid BETWEEN ? AND ?",  # noqa: S608 -- our own words
                (first, first + (1 << SEQ_BITS) - 1),
            )
        part.through = 0

    def delete(self, part: Part, seqs: Sequence[int]) -> None:
        """Forget the messages `seqs` of `part`."""
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
        """Keep the text of what `insert` adds the words of: nobody can make it again."""
        row = ((part.id << SEQ_BITS) + shown.seq, shown.digest, shown.text)
        self._connection.execute("INSERT INTO translations (id, digest, text) VALUES (?, ?, ?)", row)

    def has_shown(self) -> bool:
        """Whether others have told of translations that were shown."""
        return bool(self._connection.execute("SELECT EXISTS (SELECT 1 FROM shown)").fetchone()[0])

    def shown(self, limit: int) -> list[tuple[int, Shown]]:
        """Return translations of which others have told, at most `limit`, each with what `forget_shown` knows it by."""
        rows = self._connection.execute(
            "SELECT rowid, room, view, seq, rev, digest, text FROM shown ORDER BY rowid LIMIT ?", (limit,)
        )
        return [(row[0], Shown(*row[1:])) for row in rows]

    def forget_shown(self, rows: Sequence[int]) -> None:
        """Forget what was told."""
        self._connection.executemany("DELETE FROM shown WHERE rowid = ?", [(row,) for row in rows])

    def wanted(self) -> list[tuple[str, str]]:
        """Return the rooms and views of which others have asked for a part."""
        return self._connection.execute("SELECT room, view FROM wanted").fetchall()

    def forget_wanted(self) -> None:
        """Forget what others have asked for."""
        self._connection.execute("DELETE FROM wanted")

    def compact(self) -> None:
        """Leave nothing in the file of what was deleted from it."""
        self._connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _opened(self) -> sqlite3.Connection:
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), mode=0o700, exist_ok=True)
        if not os.path.exists(self.path):
            remove(self.path)  # a log that outlived its file would be taken for that of the next
        try:
            return self._set_up()
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # the disk fails, or the file is in use
                raise
            remove(self.path)  # it is no database, or a broken one
            return self._set_up()

    def _set_up(self) -> sqlite3.Connection:
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))  # before SQLite makes it readable for all
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
    """What the index knows."""

    #: Numbers of messages, descending.
    seqs: list[int] = field(default_factory=list)
    #: How messages read where that was found: the digest of the text that was translated, and the translation.
    translations: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    #: How far each part has got, by its view; parts that there are not are missing.
    through: dict[str, int] = field(default_factory=dict)
    #: Seconds that it took.
    seconds: float = 0.0
    #: Whether it was all that there is, up to the limit, and not only what was found in time.
    is_whole: bool = True


class Reader:
    """The index for those who search.  Methods block; any thread may call them."""

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
        """Return the messages with numbers above `behind` and below `before` that `match`, the newest `limit` of them.

        `match` is of FTS5's syntax; `views` are the keys of parts.  It ends after `seconds`, with what was found by
        then.  Without an index, or with a broken one, there is nothing to be found in it.
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
        """Have the process that writes add the part of the translator `view`, soon."""
        with contextlib.suppress(sqlite3.Error), self._connected(ASKING_TIME) as connection, connection:
            connection.execute("INSERT OR IGNORE INTO wanted VALUES (?, ?)", (room, view))

    def tell(self, shown: Sequence[Shown]) -> bool:
        """Have the process that writes add translations that were shown, soon; return whether it will."""
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
            for number, digest, text in rows:  # one by one: those that came before time was up are kept
                found.seqs.append(number - first)
                if text is not None:
                    found.translations[number - first] = digest, text

    @contextlib.contextmanager
    def _connected(self, patience: float) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{quote(self._path)}?mode=rw", uri=True, timeout=patience)
        try:
            yield connection
        finally:
            connection.close()
