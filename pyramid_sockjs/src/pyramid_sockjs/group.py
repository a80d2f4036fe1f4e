"""Groups of sessions that receive the same messages."""

import time
from collections.abc import Collection, Iterable, Iterator

from pyramid_sockjs.protocol.frames import Batch, quote
from pyramid_sockjs.scheduler import Engine
from pyramid_sockjs.session import Session


class Audience:
    """The sessions in a collection, for broadcasts whose cost hardly grows with the number of messages.

    Messages that are broadcast together are delivered to the sessions together: at the end of the engine's turn, or
    earlier if their order relative to other messages matters.  Before the collection changes, the engine must deliver
    them.
    """

    def __init__(self, engine: Engine, sessions: Collection[Session]) -> None:
        self._engine = engine
        self._sessions = sessions
        self._waiting: list[tuple[str, bytes]] = []  # messages, and their JSON form

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(self._sessions)

    def broadcast(self, message: str) -> None:
        """Send `message` to the open sessions.  Raises TypeError if it is not text."""
        quoted = quote(message)
        self._engine.queue_broadcast(self)
        self._waiting.append((message, quoted))

    def deliver(self) -> None:
        """Deliver the broadcast messages to the sessions; called by the engine."""
        messages, self._waiting = self._waiting, []
        deliver(messages, self._sessions)


class Group(Audience):
    """A set of sessions that receive the same messages: those that are broadcast while a session is a member."""

    _sessions: set[Session]

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, set())

    def add(self, session: Session) -> None:
        """Add `session`, which receives all messages that are broadcast from now on."""
        self._engine.deliver_broadcasts()
        self._sessions.add(session)

    def discard(self, session: Session) -> None:
        """Remove `session` if it is a member."""
        self._engine.deliver_broadcasts()
        self._sessions.discard(session)


def deliver(messages: list[tuple[str, bytes]], sessions: Iterable[Session]) -> None:
    """Queue `messages` (text, and its JSON form) for each of `sessions`.

    Sessions with the same pending batch share one batch, before and after.
    """
    now = time.monotonic()
    batches: dict[Batch | None, Batch] = {}  # the pending batch of a reader, without and with the messages
    for session in sessions:
        core = session.core
        before = core.pending
        batch = batches.get(before)
        if batch is None:
            batch = batches[before] = _grown(before, messages)
        if core.send(batch, now):
            session.pushed()


def _grown(before: Batch | None, messages: list[tuple[str, bytes]]) -> Batch:
    batch = before
    for text, quoted in messages:
        batch = Batch(text, quoted, batch)
    assert batch is not None
    return batch
