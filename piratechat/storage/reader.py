"""A read-only connection, whose reads start at a fraction of a transaction's cost."""

from typing import Any

from ZODB import DB

from piratechat.model.chat import Chat, chat_of


class _Readings:
    """Replaces a transaction manager and its transactions, since nothing is ever committed."""

    #: The connection reads new commits only when it is told to.
    explicit = True

    def __init__(self) -> None:
        self._changed: list[Any] = []  # connections with changes

    def registerSynch(self, _connection: Any) -> None:
        """Do nothing: `Reader` itself notifies its only connection."""

    def unregisterSynch(self, _connection: Any) -> None:
        """Do nothing."""

    def get(self) -> "_Readings":
        """Return the object that a connection with changes joins."""
        return self

    def join(self, connection: Any) -> None:
        """Record that `connection` has changes, which must be discarded."""
        self._changed.append(connection)

    def abort(self) -> None:
        """Discard all changes; also called when a database is closed."""
        while self._changed:
            self._changed.pop().abort(self)


class Reader:
    """A connection to a database, for one read at a time."""

    def __init__(self, db: DB) -> None:
        self._readings = _Readings()
        self._connection = db.open(transaction_manager=self._readings)
        self._commit: bytes | None = None  # the last transaction that the connection has certainly seen

    def begin(self, commit: bytes | None) -> Chat:
        """Return the current chat, for reading until `end`.

        `commit` is the id of the last transaction, or None if it is unknown.  Nothing is updated if the previous read
        has seen it.
        """
        if commit is None or commit != self._commit:
            self._connection.newTransaction(self._readings)
            self._commit = commit
        return chat_of(self._connection)

    def end(self) -> None:
        """End the read, and discard changes."""
        self._readings.abort()
        self._connection.afterCompletion(self._readings)

    def is_of(self, db: DB | None) -> bool:
        """Whether it reads from `db`."""
        return self._connection.db() is db

    def close(self) -> None:
        """Return the connection to its database; only between two reads."""
        self._connection.close()
