"""The way to one translator that takes its time: a queue, and the few greenlets that work it off."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import gevent

from piratechat.model.text import clean
from piratechat.translation import (
    BadResponse,
    Failed,
    Outcome,
    Skipped,
    Translated,
    TranslationError,
    Unavailable,
)
from piratechat.translators.figures import Figures
from piratechat.translators.masking import Masked, mask
from piratechat.translators.protection import Breaker, Budget, Protection

log = logging.getLogger(__name__)

#: Seconds that a text may wait for its turn.
PATIENCE = 60.0
#: Seconds after which to ask again when too many are waiting.
SOON = 5.0
#: How much longer than its original a translation may be, and how many characters more.
GROWTH, MORE = 10, 500

Then = Callable[[Outcome], None]


@dataclass(slots=True, eq=False)
class Job:
    """A text on its way through a translator, once for all who wait for it."""

    translator: Any
    text: str
    source: str | None
    #: Monotonic seconds by which its turn must have come.
    until: float
    then: list[Then] = field(default_factory=list)


class Dispatcher:
    """Asks one translator, within its protection.

    `settled(job, outcome)` is called for each job, once, from a greenlet of
    the dispatcher's own.
    """

    def __init__(
        self, name: str, protection: Protection, figures: Figures, settled: Callable[[Job, Outcome], None]
    ) -> None:
        self.name = name
        self._protection = protection
        self._figures = figures
        self._settled = settled
        self._queue: deque[Job] = deque()
        self._workers = 0
        self.breaker = Breaker()
        self.budget = Budget(protection.budget)

    @property
    def waiting(self) -> int:
        """How many texts wait for their turn."""
        return len(self._queue)

    @property
    def state(self) -> str:
        """The state of the breaker."""
        return self.breaker.state(time.monotonic())

    def refusal(self) -> TranslationError | None:
        """Return why a text would fail at once, or None."""
        wait = self.breaker.wait(time.monotonic())
        if wait and self.breaker.error is not None:
            return _again(self.breaker.error, wait)
        if len(self._queue) >= self._protection.waiting:
            return Unavailable("Too much is waiting to be translated.", SOON)
        return None

    def submit(self, job: Job) -> None:
        """Have `job` done."""
        self._queue.append(job)
        if self._workers < self._protection.concurrency:
            self._workers += 1
            gevent.spawn(self._work)

    def _work(self) -> None:
        try:
            while self._queue:
                jobs = self._batch()
                for job, outcome in zip(jobs, self._outcomes(jobs), strict=True):
                    self._settled(job, outcome)
        finally:
            self._workers -= 1

    def _batch(self) -> list[Job]:
        """Take jobs that can go into one call from the head of the queue, one at least."""
        first = self._queue.popleft()
        jobs, length = [first], len(first.text)
        while self._queue and len(jobs) < first.translator.max_items:
            job = self._queue[0]
            length += len(job.text)
            if (job.translator, job.source) != (first.translator, first.source) or length > first.translator.max_length:
                break
            jobs.append(self._queue.popleft())
        return jobs

    def _outcomes(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        now = time.monotonic()
        if not self.breaker.allow(now):
            error = self.breaker.error or Unavailable("It is being tried again.")
            return [Failed(_again(error, self.breaker.wait(now) or SOON))] * len(jobs)
        in_time = [job for job in jobs if now <= job.until]
        if not in_time:
            self.breaker.abandoned()
        found = iter(self._translated(in_time) if in_time else ())
        late = Failed(Unavailable("Its turn did not come in time.", SOON))
        return [next(found) if now <= job.until else late for job in jobs]

    def _translated(self, jobs: Sequence[Job]) -> list[Outcome]:
        translator, source = jobs[0].translator, jobs[0].source
        try:
            outcomes = self._read(jobs, translator.masking)
            lost = [number for number, outcome in enumerate(outcomes) if _lost_marks(outcome)]
            if lost and translator.masking != "split":
                again = self._read([jobs[number] for number in lost], "split")
                for number, outcome in zip(lost, again, strict=True):
                    outcomes[number] = outcome
        except TranslationError as error:
            self.breaker.failed(error, time.monotonic())
            log.warning("The translator %s (from %s): %s", self.name, source or "?", error)
            return [Failed(error)] * len(jobs)
        self._tell_breaker(outcomes)
        return outcomes

    def _tell_breaker(self, outcomes: Sequence[Outcome]) -> None:
        errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
        if len(errors) == len(outcomes):
            self.breaker.failed(errors[0], time.monotonic())
        else:
            self.breaker.succeeded()

    def _read(self, jobs: Sequence[Job], masking: str) -> list[Outcome]:
        """Return the outcomes of `jobs`, which have one translator and source.  Raises TranslationError."""
        translator, source = jobs[0].translator, jobs[0].source
        masked = [mask(job.text, masking, translator.max_item_length) for job in jobs]
        pieces = [piece for each in masked for piece in each.pieces]
        found: list[Outcome] = []
        for chunk in _chunks(pieces, translator.max_items, translator.max_length):
            found += self._call(translator, chunk, source)
        outcomes, at = [], 0
        for each in masked:
            end = at + len(each.pieces)
            outcomes.append(together(each, found[at:end]))
            at = end
        return outcomes

    def _call(self, translator: Any, pieces: list[str], source: str | None) -> list[Outcome]:
        """Ask the translator, once.  Raises TranslationError."""
        characters = sum(map(len, pieces))
        self.budget.spend(characters, time.time())
        self._figures.characters.labels(self.name).inc(characters)
        timeout = self._protection.timeout
        started = time.monotonic()
        try:
            with gevent.Timeout(timeout, _TooSlow()):
                outcomes = translator.translate(pieces, translator.target, source, started + timeout)
                return checked(outcomes, len(pieces), translator)
        except _TooSlow:
            raise Unavailable(f"{translator.title} did not answer in time.") from None
        except TranslationError:
            raise
        except Exception:
            log.exception("The translator %s broke", self.name)
            raise BadResponse(f"{translator.title} could not translate this.") from None
        finally:
            self._figures.calls.labels(self.name).observe(time.monotonic() - started)


class _TooSlow(Exception):
    """The time of a call is over."""


def checked(outcomes: Iterable[Any], count: int, translator: Any) -> list[Outcome]:
    """Return the outcomes that a translator gave.  Raises BadResponse unless they are what was promised."""
    found = list(outcomes)
    if len(found) != count or not all(_is_outcome(each) for each in found):
        raise BadResponse(f"{translator.title} did not translate what it was given.")
    return found


def _is_outcome(found: Any) -> bool:
    return isinstance(found.text, str) if isinstance(found, Translated) else isinstance(found, Skipped | Failed)


def together(masked: Masked, outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome of a text from those of its pieces."""
    texts, sources, cacheable, reason = [], set(), True, "there is nothing to translate"
    for piece, outcome in zip(masked.pieces, outcomes, strict=True):
        if isinstance(outcome, Failed):
            return outcome
        if isinstance(outcome, Skipped):
            reason = outcome.reason
            texts.append(piece)
        else:
            if len(outcome.text) > GROWTH * len(piece) + MORE:
                return Failed(BadResponse("What came back is far longer than what was said."))
            texts.append(outcome.text)
            sources.add(outcome.source)
            cacheable = cacheable and outcome.cacheable
    if not sources:
        return Skipped(reason)
    try:
        text = clean(masked.restore(texts))
    except BadResponse as error:
        return Failed(error)
    return Translated(text, sources.pop() if len(sources) == 1 else None, cacheable)


def _lost_marks(outcome: Outcome) -> bool:
    return isinstance(outcome, Failed) and isinstance(outcome.error, BadResponse)


def _chunks(pieces: Sequence[str], items: int, length: int) -> Iterator[list[str]]:
    chunk: list[str] = []
    used = 0
    for piece in pieces:
        if chunk and (len(chunk) >= items or used + len(piece) > length):
            yield chunk
            chunk, used = [], 0
        chunk.append(piece)
        used += len(piece)
    if chunk:
        yield chunk


def _again(error: TranslationError, wait: float) -> TranslationError:
    """Return `error` with the time to wait as it is now."""
    return type(error)(str(error), round(wait, 1))
