"""The committer, which writes all changes to rooms.

It groups commits: commands that arrive during one commit go into the next.  A commit takes the disk about as long for
one message as for five hundred, so when the disk is slow the batches grow, and throughput does not drop.
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

#: Maximum number of commands in one commit: about ten milliseconds of work.
MAX_BATCH = 512
#: Maximum number of waiting commands, in total and in one room; more are rejected.
MAX_QUEUED = 20_000
MAX_QUEUED_PER_ROOM = 5_000
#: Maximum number of attempts at a batch that conflicts with commits of other processes.
MAX_ATTEMPTS = 50
#: Maximum number of rooms whose recent nonces are cached.
MAX_CACHED_ROOMS = 1_000
#: Seconds that a caller waits for the disk.
CALL_TIMEOUT = 10.0
#: Seconds for which a room counts as shared, after another process was seen to write to it.
SHARED_FOR = 10.0
#: Maximum pause in seconds after a commit to a shared room.
MAX_REST = 0.05

Reply = Callable[[Done | CommandRejected], None]


class Connections(Protocol):
    """Opens connections to the database."""

    def open(self, transaction_manager: Any = None) -> Any:
        """Return a connection."""


class Publisher(Protocol):
    """Receives commits for readers."""

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Notify the readers of the room; must not block."""


class CommitMetrics(Protocol):
    """Receives metrics of commits."""

    def committed(self, commands: int, seconds: float, attempts: int) -> None:
        """A commit of `commands` succeeded after `attempts`."""

    def conflicted(self) -> None:
        """An attempt had a conflict."""

    def said(self, messages: int) -> None:
        """New messages were committed."""

    def failed(self) -> None:
        """A commit failed."""


class Committer:
    """Performs commands, commits them in groups, and then notifies the publisher and the callers."""

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
        """`forget` is called with deleted texts, once their deletion is on disk.

        `note_erased` is called in a thread with messages before they are erased; if it raises OSError, they are not
        erased. `nonce_key` identifies nonces of erased messages, and is the same in all processes.
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
        #: Numbers of committed commands and of commits since the start.
        self.performed = 0
        self.commits = 0
        #: When a commit failed (monotonic seconds), if no write has succeeded since.
        self.failed_at: float | None = None
        #: Rooms with commands of unknown result: a server may have stored them before it died.
        self._unclear: set[str] = set()
        self._stopped = False
        self._since = 0.0  # when the queue was last empty, or a batch was last completed
        self._is_stuck = False  # the current batch has exceeded its time limit
        #: The numbers of each room after this process's last commit.
        self._reached: LRUCache[str, Numbers] = LRUCache(MAX_CACHED_ROOMS)
        self._shared_at = -SHARED_FOR  # when others were last seen to write to the same rooms (monotonic seconds)
        self._rest = 0.0  # seconds until the next commit

    def submit(self, command: Command, reply: Reply) -> None:
        """Perform `command`; `reply` is called when it is on disk, or with the reason if it is rejected.

        The committer's greenlet calls replies in the order of the commands in each room; they must not block.

        If the database does not respond for CALL_TIMEOUT seconds the command is rejected.  It may still be stored, and
        is then recognized by its nonce when it is sent again.
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
        """The number of waiting commands."""
        return len(self._waiting)

    @property
    def stalled(self) -> float:
        """Seconds for which commands have been waiting without progress."""
        return 0.0 if self._idle.is_set() else time.monotonic() - self._since

    def note_recovery(self, failed_at: float) -> None:
        """A write has succeeded since the commit that failed at `failed_at`."""
        if self.failed_at == failed_at:
            self.failed_at = None

    def drain(self, timeout: float) -> None:
        """Wait until all submitted commands are on disk, or `timeout` seconds."""
        self._idle.wait(timeout)

    def stop(self, timeout: float) -> None:
        """Stop accepting commands, and wait until all submitted ones are on disk, or `timeout` seconds."""
        self._stopped = True
        self.drain(timeout)

    def close(self) -> None:
        """Stop, and return the connection, before the database is closed."""
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
        rejection = gevent.spawn_later(CALL_TIMEOUT, self._refuse, batch)
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
            rejection.kill(block=False)
        self._publish(batch, results, numbers)
        self._forget_texts(results)
        if self._is_stuck:
            self._is_stuck = False  # their callers have been notified
            return
        for (_command, reply), result in zip(batch, results, strict=True):
            _answer(reply, result)

    def _refuse(self, batch: Sequence[tuple[Command, Reply]]) -> None:
        """Reject the commands of `batch`, which is taking too long, and those that wait for it."""
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
            log.exception("Dropping translations of erased texts failed")

    def _publish(
        self,
        batch: Sequence[tuple[Command, Reply]],
        results: Sequence[Done | CommandRejected],
        numbers: Mapping[str, Numbers],
    ) -> None:
        # Commits without a reply are found by their numbers.
        events: dict[str, list[RoomEvent]] = {slug: [] for slug in self._unclear if slug in numbers}
        self._unclear.difference_update(numbers)
        for (command, _reply), result in zip(batch, results, strict=True):
            if isinstance(result, Done) and (result.events or result.repeated is not None):
                events.setdefault(command.slug, []).extend(result.events)
        # Quiet rooms come first, so that they need not wait for the readers of busy ones.
        for slug, happened in sorted(events.items(), key=lambda item: len(item[1])):
            try:
                self._publisher.publish(slug, Envelope(happened, numbers[slug]))
            except Exception:
                log.exception("Notifying the readers of room %r failed", slug)

    def _commit(self, commands: Sequence[Command]) -> tuple[list[Done | CommandRejected], dict[str, Numbers], int]:
        """Return the results of `commands`, the numbers of their rooms after the commit, and the number of attempts."""
        refused: dict[int, CommandRejected] = {}  # commands that fail regardless of the others
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
        """Delay the next commit, after one that took `seconds`, if others write to the same rooms.

        When several processes write to one room, one commits and the others must repeat their work.  Without a pause
        the first one would usually win again, because it need not read its own changes.
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
        """Record what `commands` erase and is not `noted` yet; return False if that fails: they are then `refused`.

        This happens before the commit, so that an acknowledged erasure survives the restoration of a back-up.
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
            log.exception("Erasures could not be recorded")
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
        """Return the results, or None if a command failed with an internal error.

        At the next attempt that command is `refused`.
        """
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
    """Return the rejection for commands of an unknown result, and for those that waited for them."""
    return CommandRejected("not-stored", text("error.writing_slow"), 5.0)


def _messages(results: Sequence[Done | CommandRejected]) -> int:
    """Return the number of new messages."""
    events = (event for result in results if isinstance(result, Done) for event in result.events)
    return sum(isinstance(event, Message) for event in events)


def _done(commands: Sequence[Command], results: Sequence[Done | CommandRejected]) -> Iterator[tuple[str, str, str]]:
    for command, result in zip(commands, results, strict=True):
        if isinstance(result, Done) and result.repeated is None:
            yield command.slug, type(command).__name__.lower(), command.visitor
