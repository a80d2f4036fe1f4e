"""A connection that only reads, and begins a reading for a fraction of what a transaction costs."""

from typing import Any

from ZODB import DB

from piratechat.model.chat import Chat, chat_of


class _Readings:
    """Stands in for a transaction manager and its transactions: nothing of what a connection reads is committed."""

    #: Has the connection look for what was committed when it is told to, and at no other time.
    explicit = True

    def __init__(self) -> None:
        self._changed: list[Any] = []  # connections that hold changes

    def registerSynch(self, _connection: Any) -> None:
        """Do nothing: `Reader` tells its only connection itself."""

    def unregisterSynch(self, _connection: Any) -> None:
        """Do nothing."""

    def get(self) -> "_Readings":
        """Return what a connection with changes joins."""
        return self

    def join(self, connection: Any) -> None:
        """Note that `connection` holds changes, which are to be forgotten."""
        self._changed.append(connection)

    def abort(self) -> None:
        """Forget all changes; a database that is closed asks for it, too."""
        while self._changed:
            self._changed.pop().abort(self)


class Reader:
    """One connection to a database, for one reading at a time."""

    def __init__(self, db: DB) -> None:
        self._readings = _Readings()
        self._connection = db.open(transaction_manager=self._readings)

    def begin(self) -> Chat:
        """Return the chat as it is on disk now, to be read until `end`."""
        self._connection.newTransaction(self._readings)
        return chat_of(self._connection)

    def end(self) -> None:
        """End the reading, and forget what was changed meanwhile."""
        self._readings.abort()
        self._connection.afterCompletion(self._readings)

    def is_of(self, db: DB | None) -> bool:
        """Whether it reads from `db`."""
        return self._connection.db() is db

    def close(self) -> None:
        """Return the connection, between two readings, to its database."""
        self._connection.close()
