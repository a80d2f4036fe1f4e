"""The one who writes what is done in rooms.

Commits are grouped: what is asked for while one commit runs goes into the
next.  A commit costs the disk about the same for one message and for five
hundred, so batches grow when the disk is slow, and it does not become slower.
"""

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import gevent
from cachetools import LRUCache
from gevent.event import AsyncResult, Event
from transaction import TransactionManager
from ZODB.POSException import ConflictError

from piratechat.cooperative import give_way
from piratechat.errors import CommandRejected
from piratechat.model.chat import Chat, chat_of
from piratechat.model.commands import Command, Done
from piratechat.model.events import Envelope, Message, Numbers
from piratechat.model.events import Event as RoomEvent
from piratechat.model.nonces import Nonces
from piratechat.storage.fair_queue import Waiting
from piratechat.storage.revoked import Erasure, room_digest
from piratechat.storage.transaction_notes import write_note
from piratechat.texts import text

log = logging.getLogger(__name__)

#: Commands in one commit: about ten milliseconds of work.
MAX_BATCH = 512
#: Commands that may wait, in all and in one room; more are refused.
MAX_QUEUED = 20_000
MAX_QUEUED_PER_ROOM = 5_000
#: Attempts at a batch that meets conflicts, which only other processes make.
MAX_ATTEMPTS = 50
#: Rooms whose recent nonces are kept in mind.
MAX_CACHED_ROOMS = 1_000
#: Seconds that a caller waits for the disk.
CALL_TIMEOUT = 10.0
#: Seconds for which a room is taken for one that other processes write to as well, since one of them was seen to.
SHARED_FOR = 10.0
#: Seconds of rest after a commit to such a room at most.
MAX_REST = 0.05

Reply = Callable[[Done | CommandRejected], None]


class Connections(Protocol):
    """Where connections to the database come from."""

    def open(self, transaction_manager: Any = None) -> Any:
        """Return a connection."""


class Publisher(Protocol):
    """Where readers hear of what is on disk."""

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Tell the readers of the room; must not block."""


class CommitMetrics(Protocol):
    """Where commits are counted."""

    def committed(self, commands: int, seconds: float, attempts: int) -> None:
        """So many commands were committed at once, in so many attempts."""

    def conflicted(self) -> None:
        """An attempt has met a conflict."""

    def said(self, messages: int) -> None:
        """So many of them were new messages."""

    def failed(self) -> None:
        """A commit failed."""


class Committer:
    """Performs commands, commits them in groups, and then tells the publisher and whoever asked."""

    def __init__(
        self,
        database: Connections,
        publisher: Publisher,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        metrics: CommitMetrics | None = None,
        forget: Callable[[Sequence[str]], None] = lambda _texts: None,
        note_erased: Callable[[Sequence[Erasure]], None] | None = None,
        nonce_key: bytes = b"",
    ) -> None:
        """`forget` is called with the texts that are not to be read any more, once that is on disk.

        `note_erased` is called in a thread with what is to be erased, before it is.  It may raise OSError: then it is
        not erased.  By `nonce_key` nonces of erased messages are recognized: it is the same at all processes.
        """
        self._database = database
        self._publisher = publisher
        self._clock = clock
        self._metrics = metrics
        self._forget = forget
        self._note_erased = note_erased
        self._nonce_key = nonce_key
        self._waiting: Waiting[tuple[Command, Reply]] = Waiting()
        self._wanted = Event()
        self._idle = Event()
        self._idle.set()
        self._worker: gevent.Greenlet | None = None
        self._connection: Any = None
        self._manager = TransactionManager(explicit=True)
        self._nonces: LRUCache[str, Nonces] = LRUCache(MAX_CACHED_ROOMS)
        #: Commands committed and commits made, since the start.
        self.performed = 0
        self.commits = 0
        #: When a commit failed (monotonic seconds), if the store has taken nothing since.
        self.failed_at: float | None = None
        #: Rooms of commands of which it is not clear whether they were stored: a server may have, and died.
        self._unclear: set[str] = set()
        self._stopped = False
        self._since = 0.0  # when there was last nothing to do, or a batch was done
        self._is_stuck = False  # the batch under way has been waited for too long
        #: How far rooms had got after this process's last commit to them.
        self._reached: LRUCache[str, Numbers] = LRUCache(MAX_CACHED_ROOMS)
        self._shared_at = -SHARED_FOR  # when it was last seen that others write to the same rooms (monotonic seconds)
        self._rest = 0.0  # seconds until the next commit

    def submit(self, command: Command, reply: Reply) -> None:
        """Have `command` performed; `reply` hears of it when it is on disk, or why it is not.

        Replies come in the order of the commands in each room, from the
        committer's greenlet, and must not block.

        What the database does not answer for CALL_TIMEOUT seconds is refused.  It may be stored all the same, and
        is known by its nonce when it is asked for again.
        """
        if self._is_stuck:
            reply(_too_slow())
            return
        if self._stopped:
            reply(CommandRejected("not-stored", text("error.restarting"), 1.0))
            return
        if len(self._waiting) >= MAX_QUEUED or self._waiting.of(command.slug) >= MAX_QUEUED_PER_ROOM:
            reply(CommandRejected("not-stored", text("error.overloaded"), 1.0))
            return
        if self._idle.is_set():
            self._since = time.monotonic()
        self._waiting.add(command.slug, (command, reply))
        self._idle.clear()
        self._wanted.set()
        if self._worker is None:
            self._worker = gevent.spawn(self._run)

    def perform(self, command: Command, timeout: float = CALL_TIMEOUT) -> Done:
        """Wait until `command` is performed and on disk.  Raises CommandRejected."""
        answer = AsyncResult()
        self.submit(command, answer.set)
        try:
            result = answer.get(timeout=timeout)
        except gevent.Timeout:
            raise _too_slow() from None
        if isinstance(result, CommandRejected):
            raise result
        return result

    @property
    def waiting(self) -> int:
        """Commands that wait."""
        return len(self._waiting)

    @property
    def stalled(self) -> float:
        """Seconds for which something has waited and nothing was done."""
        return 0.0 if self._idle.is_set() else time.monotonic() - self._since

    def note_recovery(self, failed_at: float) -> None:
        """The store takes something again since the commit that failed at `failed_at`."""
        if self.failed_at == failed_at:
            self.failed_at = None

    def drain(self, timeout: float) -> None:
        """Wait until all that was submitted is on disk, or `timeout` seconds."""
        self._idle.wait(timeout)

    def stop(self, timeout: float) -> None:
        """Take no more commands, and wait until all that were submitted are on disk, or `timeout` seconds."""
        self._stopped = True
        self.drain(timeout)

    def close(self) -> None:
        """Stop, and give the connection back: before the database is closed."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            while self._waiting:
                self._take_batch()
                self._since = time.monotonic()
                give_way()
                if self._rest:
                    gevent.sleep(self._rest)
            self._idle.set()

    def _take_batch(self) -> None:
        batch = self._waiting.take(MAX_BATCH)
        started = time.monotonic()
        patience = gevent.spawn_later(CALL_TIMEOUT, self._refuse, batch)
        try:
            results, numbers, attempts = self._commit([command for command, _reply in batch])
            self.failed_at = None
            if self._metrics is not None:
                self._metrics.committed(len(batch), time.monotonic() - started, attempts)
                self._metrics.said(_messages(results))
        except Exception:
            self.failed_at = time.monotonic()
            if self._metrics is not None:
                self._metrics.failed()
            log.exception("A commit of %d commands failed", len(batch))
            self._unclear.update(command.slug for command, _reply in batch)
            results, numbers = [CommandRejected("not-stored", text("error.not_stored"), 1.0)] * len(batch), {}
        finally:
            patience.kill(block=False)
        self._publish(batch, results, numbers)
        self._forget_texts(results)
        if self._is_stuck:
            self._is_stuck = False  # they have been told
            return
        for (_command, reply), result in zip(batch, results, strict=True):
            _answer(reply, result)

    def _refuse(self, batch: Sequence[tuple[Command, Reply]]) -> None:
        """Tell those who wait for `batch`, which is under way, and those behind them that it takes too long."""
        log.error("A commit of %d commands has not ended for %.0f s", len(batch), CALL_TIMEOUT)
        self._is_stuck = True
        for _command, reply in [*batch, *self._waiting.take(len(self._waiting))]:
            _answer(reply, _too_slow())

    def _forget_texts(self, results: Sequence[Done | CommandRejected]) -> None:
        texts = [text for result in results if isinstance(result, Done) for text in result.forgotten]
        try:
            if texts:
                self._forget(texts)
        except Exception:
            log.exception("Forgetting the translations of texts failed")

    def _publish(
        self,
        batch: Sequence[tuple[Command, Reply]],
        results: Sequence[Done | CommandRejected],
        numbers: Mapping[str, Numbers],
    ) -> None:
        # What was stored without anybody having heard of it is found by its number.
        events: dict[str, list[RoomEvent]] = {slug: [] for slug in self._unclear if slug in numbers}
        self._unclear.difference_update(numbers)
        for (command, _reply), result in zip(batch, results, strict=True):
            if isinstance(result, Done) and (result.events or result.repeated is not None):
                events.setdefault(command.slug, []).extend(result.events)
        # Where little was said, nobody waits until a crowd has heard of all the rest.
        for slug, happened in sorted(events.items(), key=lambda item: len(item[1])):
            try:
                self._publisher.publish(slug, Envelope(happened, numbers[slug]))
            except Exception:
                log.exception("Telling the readers of room %r failed", slug)

    def _commit(self, commands: Sequence[Command]) -> tuple[list[Done | CommandRejected], dict[str, Numbers], int]:
        """Return what came of `commands`, how far each of their rooms has got, both on disk, and how often it tried."""
        refused: dict[int, CommandRejected] = {}  # commands that cannot be performed, whatever the others are
        noted: set[Erasure] = set()
        for attempt in range(MAX_ATTEMPTS):
            marks: dict[str, int] = {}  # the last number of each room before the batch
            began = time.monotonic()
            self._connect()
            try:
                self._manager.begin()
                results = self._perform_all(commands, refused, marks)
                if results is not None and self._has_noted(commands, results, refused, noted):
                    write_note(self._manager.get(), _done(commands, results), self._participant)
                    numbers = self._numbers(marks.keys() | self._unclear)
                    self._manager.commit()
                    self.commits += 1
                    self.performed += len(commands)
                    self._rest_for_others(marks, numbers, time.monotonic() - began)
                    return results, numbers, attempt + 1
                self._roll_back(marks)
            except ConflictError:
                self._roll_back(marks)
                if self._metrics is not None:
                    self._metrics.conflicted()
                gevent.sleep(random.uniform(0, 0.001 * attempt))  # noqa: S311 -- nothing is secret about it
            except BaseException:
                self._roll_back(marks)
                raise
        raise RuntimeError(f"{MAX_ATTEMPTS} attempts met conflicts")

    def _rest_for_others(self, marks: Mapping[str, int], numbers: Mapping[str, Numbers], seconds: float) -> None:
        """Have the next commit wait, after one of so many `seconds`, if others write to the same rooms.

        Of processes that write to one room at once, one commits, and the others have to begin again.  That one would
        be the first to commit again, and often the only one: what it has written it need not read.
        """
        now = time.monotonic()
        for slug, last in marks.items():
            before = self._reached.get(slug)
            if before is not None and before.last != last:
                self._shared_at = now
        self._reached.update(numbers)
        is_shared = now - self._shared_at < SHARED_FOR
        self._rest = min(seconds, MAX_REST) * random.uniform(1.5, 3) if is_shared else 0.0  # noqa: S311 -- as above

    def _has_noted(
        self,
        commands: Sequence[Command],
        results: Sequence[Done | CommandRejected],
        refused: dict[int, CommandRejected],
        noted: set[Erasure],
    ) -> bool:
        """Note what `commands` erase and is not `noted` yet; return False if that failed: then those are `refused`.

        It is done before the commit: what is acknowledged then stays erased, also when a back-up is restored.
        """
        erasing = {n: result.erased for n, result in enumerate(results) if isinstance(result, Done) and result.erased}
        if not erasing or self._note_erased is None:
            return True
        now = self._clock()
        erasures = [
            Erasure(now, room_digest(commands[n].slug), seq, at) for n, erased in erasing.items() for seq, at in erased
        ]
        fresh = [erasure for erasure in erasures if erasure not in noted]
        try:
            if fresh:
                gevent.get_hub().threadpool.apply(self._note_erased, (fresh,))
        except OSError:
            log.exception("What is to be erased could not be noted")
            refused.update(dict.fromkeys(erasing, CommandRejected("not-stored", text("error.not_stored"), 1.0)))
            return False
        noted.update(fresh)
        return True

    def _participant(self, slug: str, visitor: str) -> int | None:
        names = chat_of(self._connection).rooms[slug].names
        return names.participant(visitor)

    def _numbers(self, slugs: Iterable[str]) -> dict[str, Numbers]:
        rooms = chat_of(self._connection).rooms
        return {slug: room.numbers for slug in slugs if (room := rooms.get(slug)) is not None}

    def _connect(self) -> None:
        if self._connection is None:
            self._connection = self._database.open(self._manager)

    def _roll_back(self, marks: dict[str, int]) -> None:
        self._manager.abort()
        for slug, last in marks.items():
            if slug in self._nonces:
                self._nonces[slug].forget_after(last)

    def _perform_all(
        self, commands: Sequence[Command], refused: dict[int, CommandRejected], marks: dict[str, int]
    ) -> list[Done | CommandRejected] | None:
        """Return the results, or None if a command failed by a fault of ours: that one is `refused` the next time."""
        chat = chat_of(self._connection)
        now = self._clock()
        results: list[Done | CommandRejected] = []
        for number, command in enumerate(commands):
            if number in refused:
                results.append(refused[number])
                continue
            try:
                results.append(self._perform(command, chat, now, marks))
            except CommandRejected as rejected:
                results.append(rejected)
            except ConflictError:
                raise
            except Exception:
                log.exception("%s failed", type(command).__name__)
                refused[number] = CommandRejected("not-stored", text("error.broken"), None)
                return None
        return results

    def _perform(self, command: Command, chat: Chat, now: int, marks: dict[str, int]) -> Done:
        room = chat.rooms.get(command.slug)
        if room is None:
            raise CommandRejected("bad-message", text("error.no_such_room"))
        if command.slug not in marks:
            marks[command.slug] = room.log.last
        return command.perform(room, now, self._nonces_of(command.slug))

    def _nonces_of(self, slug: str) -> Nonces:
        nonces = self._nonces.get(slug)
        if nonces is None:
            nonces = self._nonces[slug] = Nonces(time.monotonic, self._nonce_key)
        return nonces


def _answer(reply: Reply, result: Done | CommandRejected) -> None:
    try:
        reply(result)
    except Exception:
        log.exception("A reply failed")


def _too_slow() -> CommandRejected:
    """Return why something is refused that the database may have, or what has waited behind that."""
    return CommandRejected("not-stored", text("error.writing_slow"), 5.0)


def _messages(results: Sequence[Done | CommandRejected]) -> int:
    """Return how many messages are new."""
    events = (event for result in results if isinstance(result, Done) for event in result.events)
    return sum(isinstance(event, Message) for event in events)


def _done(commands: Sequence[Command], results: Sequence[Done | CommandRejected]) -> Iterator[tuple[str, str, str]]:
    for command, result in zip(commands, results, strict=True):
        if isinstance(result, Done) and result.repeated is None:
            yield command.slug, type(command).__name__.lower(), command.visitor
