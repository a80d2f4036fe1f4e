"""The queue of one translator, and the greenlets that process it."""

import copy
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gevent

from piratechat.cooperative import give_way
from piratechat.texts import Text
from piratechat.translation import Failed, Outcome, TranslationError, Unavailable
from piratechat.translators.backends.batches import OF_THE_SERVICE
from piratechat.translators.engine.budget import Budget
from piratechat.translators.engine.caller import Caller, TimedOut
from piratechat.translators.engine.circuit_breaker import Breaker
from piratechat.translators.engine.metrics import TranslatorMetrics
from piratechat.translators.engine.outcomes import Callback, forget_frames
from piratechat.translators.engine.protection import Protection
from piratechat.translators.engine.waiting_texts import Turn, WaitingTexts

log = logging.getLogger(__name__)

#: Seconds that a text may wait in the queue; enough for 50 texts of a slow service, even if rooms take turns.
QUEUE_TIMEOUT = 300.0
#: Seconds after which to retry when the queue is full.
RETRY_DELAY = 5.0
#: Maximum number of texts in a batch: as many as the back end accepts, unless a call has timed out.
MAX_BATCH = 1_000
#: The outcomes of a text after an internal error, ...
BROKEN = Failed(TranslationError(Text("translation.broken")))
#: ... after a timeout in the queue, ...
TIMED_OUT = Failed(Unavailable(Text("translation.queue_timeout"), RETRY_DELAY))
#: ... and if the queue is full.
QUEUE_FULL = Failed(Unavailable(Text("translation.queue_full"), RETRY_DELAY))


@dataclass(slots=True, eq=False)
class Job:
    """A text to be translated, once for all readers who wait for it."""

    #: Its key in the cache.
    key: bytes
    translator: Any
    text: str
    source: str | None
    #: Monotonic seconds by which its translation must begin.
    until: float
    turn: Turn = field(default_factory=Turn)
    #: The preceding messages of its room, if its translator needs them.
    before: tuple[str, ...] = ()
    callbacks: list[Callback] = field(default_factory=list)
    #: Whether it needs a separate call, after one for several texts failed.
    alone: bool = False
    #: Whether its outcome is known: another process may have been faster.
    settled: bool = False
    #: Whether its outcome must not be cached, because the text was erased meanwhile.
    forgotten: bool = False

    def goes_with(self, other: "Job") -> bool:
        """Whether the two can share a call."""
        if self.alone or other.alone or self.translator != other.translator or self.source != other.source:
            return False
        if self.before or other.before:
            return False  # it is part of the context of this one
        return self.translator.mixes_rooms or self.turn.room == other.turn.room != ""


class Dispatcher:
    """Calls one translator, within the limits of its protection.

    Jobs wait in a queue.  A few workers, greenlets that end when the queue is empty, take them in batches: each batch
    is one call, if the breaker allows it.  Batches become smaller when a call times out, and grow again.  A worker
    calls `settled(job, outcome)` once for each job.  `parts` is that of the budget.
    """

    def __init__(
        self,
        name: str,
        protection: Protection,
        metrics: TranslatorMetrics,
        settled: Callable[[Job, Outcome], None],
        parts: Callable[[], int] = lambda: 1,
    ) -> None:
        self.name = name
        self.breaker = Breaker()
        self.budget = Budget(protection.budget, protection.prices, parts)
        self._protection = protection
        self._caller = Caller(name, protection.timeout, self.budget, metrics)
        self._settled = settled
        self._queue: WaitingTexts[Job] = WaitingTexts()
        self._workers = 0
        self._batch_limit = MAX_BATCH

    @property
    def waiting(self) -> int:
        """The number of waiting texts."""
        return len(self._queue)

    @property
    def waiting_by_room(self) -> Mapping[str, int]:
        """The number of waiting texts, by room."""
        return dict(self._queue.by_room)

    @property
    def state(self) -> str:
        """The state of the breaker."""
        return self.breaker.state(time.monotonic())

    def reason_to_reject(self) -> TranslationError | None:
        """Return why a text would fail immediately, or None."""
        wait = self.breaker.wait(time.monotonic())
        if wait and self.breaker.error is not None:
            return _with_wait(self.breaker.error, wait)
        return None

    def submit(self, job: Job) -> bool:
        """Queue `job`; if the queue is full the room with most texts loses one: return False if it is this job."""
        self._queue.put(job, job.turn)
        dropped = self._queue.drop() if len(self._queue) > self._protection.queue_size else None
        if dropped is job:
            return False
        if dropped is not None:
            gevent.spawn(self._settled, dropped, QUEUE_FULL)
        self._start_worker()
        return True

    def urge(self, job: Job, turn: Turn) -> None:
        """Give the waiting `job` the more urgent of its turn and `turn`."""
        if job in self._queue and turn.urgency < job.turn.urgency:
            job.turn = turn
            self._queue.put(job, turn)

    def _start_worker(self) -> None:
        if self._queue and self._workers < self._protection.concurrency:
            self._workers += 1
            gevent.spawn(self._work)

    def _work(self) -> None:
        try:
            while (job := self._queue.pop()) is not None:
                self._settle_batch(job)
                give_way()  # let other greenlets run, even if everything fails immediately
        finally:
            self._workers -= 1
            self._start_worker()

    def _settle_batch(self, first: Job) -> None:
        batch = [first]
        outcomes: Mapping[Job, Outcome] | None = None
        try:
            self._fill(batch)
            outcomes = self._translate(batch)
        except Exception:
            log.exception("The worker of the translator %s failed", self.name)
        finally:  # in any case, because readers are waiting
            for job, outcome in (dict.fromkeys(batch, BROKEN) if outcomes is None else outcomes).items():
                forget_frames(outcome)
                self._settled(job, outcome)

    def _fill(self, batch: list[Job]) -> None:
        """Move jobs that can share the call of the first from the queue to `batch`."""
        first = batch[0]
        left = first.translator.max_length - len(first.text)
        most = min(first.translator.max_items, self._batch_limit)
        room = None if first.translator.mixes_rooms else first.turn.room
        while len(batch) < most and (job := self._queue.first(room)) is not None:
            left -= len(job.text)
            if left < 0 or not first.goes_with(job):
                return
            batch.append(job)
            self._queue.pop(room)

    def _translate(self, batch: Sequence[Job]) -> Mapping[Job, Outcome]:
        """Return the outcomes of the jobs of `batch`; jobs that were returned to the queue have none yet."""
        now = time.monotonic()
        outcomes: dict[Job, Outcome] = {job: TIMED_OUT for job in batch if now > job.until}
        in_time = [job for job in batch if job not in outcomes and not job.settled]
        if not in_time:
            return outcomes
        call = self.breaker.allow(now)
        if not call:
            error = self.breaker.error or Unavailable(Text("translation.retrying"))
            failed = Failed(_with_wait(error, self.breaker.wait(now) or RETRY_DELAY))
            return outcomes | dict.fromkeys(in_time, failed)
        return outcomes | self._call(call, in_time)

    def _call(self, call: int, jobs: Sequence[Job]) -> dict[Job, Outcome]:
        """Return the outcomes of `jobs` in the `call` that the breaker allowed, and report to it.

        If the call fails because of a text rather than the service, each job gets a separate call, so that one text
        cannot affect others.  If it times out, later batches are smaller.
        """
        translator, source = jobs[0].translator, jobs[0].source
        try:
            outcomes = self._caller.translate(translator, [job.text for job in jobs], source, jobs[0].before)
        except TranslationError as error:
            log.warning("The translator %s (from %s): %s", self.name, source or "?", error)
            if len(jobs) > 1 and not isinstance(error, OF_THE_SERVICE):
                self._put_back(jobs, alone=True)
                return {}
            self.breaker.failed(call, error, time.monotonic(), [job.key for job in jobs])
            if self.breaker.error not in (None, error):
                log.warning("The translator %s is suspended for a while: %s", self.name, self.breaker.error)
            if len(jobs) > 1 and isinstance(error, TimedOut):
                self._batch_limit = max(1, len(jobs) // 2)
                self._put_back(jobs)
                return {}
            return dict.fromkeys(jobs, Failed(error))
        else:
            self.breaker.answered(call, outcomes, time.monotonic(), [job.key for job in jobs])
            self._batch_limit = min(MAX_BATCH, self._batch_limit + 1)
            return dict(zip(jobs, outcomes, strict=True))
        finally:
            self.breaker.abandoned(call)  # unless it has been notified

    def _put_back(self, jobs: Sequence[Job], alone: bool = False) -> None:
        for job in jobs:
            job.alone |= alone
            self._queue.put(job, job.turn)


def _with_wait(error: TranslationError, wait: float) -> TranslationError:
    """Return a copy of `error` with the current number of seconds to wait."""
    found = copy.copy(error)
    found.retry_after = round(wait, 1)
    return found
