"""The way to one translator that takes its time: a queue, and the few greenlets that work it off."""

import copy
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gevent

from piratechat.cooperative import give_way
from piratechat.texts import Text
from piratechat.translation import Failed, Outcome, TranslationError, Unavailable
from piratechat.translators.backends.batches import OF_THE_SERVICE
from piratechat.translators.engine.budget import Budget
from piratechat.translators.engine.caller import Caller
from piratechat.translators.engine.circuit_breaker import Breaker
from piratechat.translators.engine.metrics import TranslatorMetrics
from piratechat.translators.engine.outcomes import Callback, forget_frames
from piratechat.translators.engine.protection import Protection

log = logging.getLogger(__name__)

#: Seconds that a text may wait for its turn.
QUEUE_TIMEOUT = 60.0
#: Seconds after which to ask again when too many are waiting.
RETRY_DELAY = 5.0
#: What becomes of a text where the fault is ours, ...
BROKEN = Failed(TranslationError(Text("translation.broken")))
#: ... and where too many were before it.
TIMED_OUT = Failed(Unavailable(Text("translation.queue_timeout"), RETRY_DELAY))


@dataclass(slots=True, eq=False)
class Job:
    """A text on its way through a translator, once for all who wait for it."""

    #: What it is known by.
    key: bytes
    translator: Any
    text: str
    source: str | None
    #: Monotonic seconds by which its turn must have come.
    until: float
    callbacks: list[Callback] = field(default_factory=list)
    #: Whether it is to have a call for itself, after one for several failed.
    alone: bool = False
    #: Whether its outcome is known: another process may have been faster.
    settled: bool = False
    #: Whether nobody is to remember its outcome: the text was erased meanwhile.
    forgotten: bool = False

    def goes_with(self, other: "Job") -> bool:
        """Whether the two can share a call."""
        return not (self.alone or other.alone) and self.translator == other.translator and self.source == other.source


class Dispatcher:
    """Asks one translator, within its protection.

    Jobs wait in a queue.  A few workers, greenlets that end with the queue,
    take them in batches: each batch is one call, if the breaker allows it.
    `settled(job, outcome)` is called for each job, once, from a worker.
    """

    def __init__(
        self, name: str, protection: Protection, metrics: TranslatorMetrics, settled: Callable[[Job, Outcome], None]
    ) -> None:
        self.name = name
        self.breaker = Breaker()
        self.budget = Budget(protection.budget)
        self._protection = protection
        self._caller = Caller(name, protection.timeout, self.budget, metrics)
        self._settled = settled
        self._queue: deque[Job] = deque()
        self._workers = 0

    @property
    def waiting(self) -> int:
        """How many texts wait for their turn."""
        return len(self._queue)

    @property
    def state(self) -> str:
        """The state of the breaker."""
        return self.breaker.state(time.monotonic())

    def reason_to_reject(self) -> TranslationError | None:
        """Return why a text would fail immediately, or None."""
        wait = self.breaker.wait(time.monotonic())
        if wait and self.breaker.error is not None:
            return _with_wait(self.breaker.error, wait)
        if len(self._queue) >= self._protection.queue_size:
            return Unavailable(Text("translation.queue_full"), RETRY_DELAY)
        return None

    def submit(self, job: Job) -> None:
        """Have `job` done."""
        self._queue.append(job)
        self._start_worker()

    def _start_worker(self) -> None:
        if self._queue and self._workers < self._protection.concurrency:
            self._workers += 1
            gevent.spawn(self._work)

    def _work(self) -> None:
        try:
            while self._queue:
                self._settle_next_batch()
                give_way()  # others have their turn, also where all fails immediately
        finally:
            self._workers -= 1
            self._start_worker()

    def _settle_next_batch(self) -> None:
        batch = [self._queue.popleft()]
        outcomes: Mapping[Job, Outcome] | None = None
        try:
            self._fill(batch)
            outcomes = self._translate(batch)
        except Exception:
            log.exception("Calling the translator %s broke", self.name)
        finally:  # whatever happens: somebody waits
            for job, outcome in (dict.fromkeys(batch, BROKEN) if outcomes is None else outcomes).items():
                forget_frames(outcome)
                self._settled(job, outcome)

    def _fill(self, batch: list[Job]) -> None:
        """Move jobs that can share the call of the first from the queue to `batch`."""
        first = batch[0]
        left = first.translator.max_length - len(first.text)
        while self._queue and len(batch) < first.translator.max_items:
            left -= len(self._queue[0].text)
            if left < 0 or not first.goes_with(self._queue[0]):
                return
            batch.append(self._queue.popleft())

    def _translate(self, batch: Sequence[Job]) -> Mapping[Job, Outcome]:
        """Return the outcomes of the jobs of `batch`; those that were put back into the queue have none yet."""
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

        Where the call fails because of a text, and not of the service, each
        job gets a call of its own: nobody is to spoil what others said.
        """
        translator, source = jobs[0].translator, jobs[0].source
        try:
            outcomes = self._caller.translate(translator, [job.text for job in jobs], source)
        except TranslationError as error:
            log.warning("The translator %s (from %s): %s", self.name, source or "?", error)
            if len(jobs) > 1 and not isinstance(error, OF_THE_SERVICE):
                self._put_back_alone(jobs)
                return {}
            self.breaker.failed(call, error, time.monotonic(), [job.key for job in jobs])
            return dict.fromkeys(jobs, Failed(error))
        else:
            self.breaker.answered(call, outcomes, time.monotonic(), [job.key for job in jobs])
            return dict(zip(jobs, outcomes, strict=True))
        finally:
            self.breaker.abandoned(call)  # unless it has been told

    def _put_back_alone(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            job.alone = True
        self._queue.extendleft(reversed(jobs))


def _with_wait(error: TranslationError, wait: float) -> TranslationError:
    """Return a copy of `error` with the seconds to wait as they are now."""
    found = copy.copy(error)
    found.retry_after = round(wait, 1)
    return found
