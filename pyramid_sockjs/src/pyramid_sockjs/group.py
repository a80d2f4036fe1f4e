"""Sessions that hear the same."""

import time
from collections.abc import Collection, Iterable, Iterator

from pyramid_sockjs.protocol.frames import Batch, quote
from pyramid_sockjs.scheduler import Engine
from pyramid_sockjs.session import Session


class Audience:
    """Whoever is in a collection of sessions, to broadcast to at a price that hardly grows with the messages.

    What is broadcast in one go is handed to the sessions together: at the end
    of the engine's turn, or as soon as its order relative to something else
    matters.  Whoever changes the collection asks the engine to deliver first.
    """

    def __init__(self, engine: Engine, sessions: Collection[Session]) -> None:
        self._engine = engine
        self._sessions = sessions
        self._waiting: list[tuple[str, bytes]] = []  # messages, and what they are in JSON

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(self._sessions)

    def broadcast(self, message: str) -> None:
        """Send `message` to those who are open.  Raises TypeError for anything but text."""
        quoted = quote(message)
        self._engine.queue_broadcast(self)
        self._waiting.append((message, quoted))

    def deliver(self) -> None:
        """Hand what has been broadcast to the sessions; the engine calls this."""
        messages, self._waiting = self._waiting, []
        deliver(messages, self._sessions)


class Group(Audience):
    """A set of sessions that hear the same; each hears what is broadcast while it is a member."""

    _sessions: set[Session]

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, set())

    def add(self, session: Session) -> None:
        """Let `session` hear what is broadcast from now on."""
        self._engine.deliver_broadcasts()
        self._sessions.add(session)

    def discard(self, session: Session) -> None:
        """Let `session` hear no more, if it did."""
        self._engine.deliver_broadcasts()
        self._sessions.discard(session)


def deliver(messages: list[tuple[str, bytes]], sessions: Iterable[Session]) -> None:
    """Let `messages` (text, and what it is in JSON) wait for each of `sessions`.

    Sessions for which the same waits share one batch, before and after.
    """
    now = time.monotonic()
    batches: dict[Batch | None, Batch] = {}  # what waits for a reader, without and with the messages
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
