"""The way to one translator that takes its time: a queue, and the few greenlets that work it off."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
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
from piratechat.translators.batches import OF_THE_SERVICE
from piratechat.translators.figures import TranslatorFigures
from piratechat.translators.masking import Masked, mask
from piratechat.translators.protection import AT_ONCE, Breaker, Budget, Protection

log = logging.getLogger(__name__)

#: Seconds that a text may wait for its turn.
PATIENCE = 60.0
#: Seconds after which to ask again when too many are waiting.
SOON = 5.0
#: What becomes of a text where the fault is ours.
BROKEN = Failed(TranslationError("This could not be translated."))
#: How much longer than its original a translation may be, and how many characters more.
GROWTH, MORE = 10, 500

Then = Callable[[Outcome], None]


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
    then: list[Then] = field(default_factory=list)
    #: Whether it is to have a call for itself, after one for several failed.
    alone: bool = False


class Dispatcher:
    """Asks one translator, within its protection.

    `settled(job, outcome)` is called for each job, once, from a greenlet of
    the dispatcher's own.
    """

    def __init__(
        self, name: str, protection: Protection, figures: TranslatorFigures, settled: Callable[[Job, Outcome], None]
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
        self._have_it_done()

    def _have_it_done(self) -> None:
        if self._queue and self._workers < self._protection.concurrency:
            self._workers += 1
            gevent.spawn(self._work)

    def _work(self) -> None:
        try:
            while self._queue:
                self._do_some()
                gevent.sleep(0)  # others have their turn, also where all fails at once
        finally:
            self._workers -= 1
            self._have_it_done()

    def _do_some(self) -> None:
        """Do the jobs at the head of the queue that can go into one call."""
        jobs = [self._queue.popleft()]
        outcomes: dict[Job, Outcome] | None = None
        try:
            self._gather(jobs)
            outcomes = self._outcomes(jobs)
        except Exception:
            log.exception("Asking the translator %s broke", self.name)
        finally:  # whatever happens: somebody waits
            for job, outcome in (dict.fromkeys(jobs, BROKEN) if outcomes is None else outcomes).items():
                _forget_frames(outcome)
                self._settled(job, outcome)

    def _gather(self, jobs: list[Job]) -> None:
        """Add to the one of `jobs` what can go into its call."""
        first = jobs[0]
        alike, length = (first.translator, first.source, False), len(first.text)
        while self._queue and len(jobs) < first.translator.max_items:
            job = self._queue[0]
            length += len(job.text)
            if first.alone or (job.translator, job.source, job.alone) != alike or length > first.translator.max_length:
                break
            jobs.append(self._queue.popleft())

    def _outcomes(self, jobs: Sequence[Job]) -> dict[Job, Outcome]:
        """Return what becomes of `jobs`, but for those that are to be done again."""
        now = time.monotonic()
        late = Failed(Unavailable("Its turn did not come in time.", SOON))
        outcomes: dict[Job, Outcome] = {job: late for job in jobs if now > job.until}
        in_time = [job for job in jobs if job not in outcomes]
        if in_time:
            call = self.breaker.allow(now)
            outcomes.update(self._called(call, in_time) if call else dict.fromkeys(in_time, self._refused(now)))
        return outcomes

    def _refused(self, now: float) -> Failed:
        error = self.breaker.error or Unavailable("It is being tried again.")
        return Failed(_again(error, self.breaker.wait(now) or SOON))

    def _called(self, call: int, jobs: Sequence[Job]) -> Mapping[Job, Outcome]:
        """Return what becomes of `jobs` in one call, of which the breaker is told.

        Where that fails for a text, and not for the service, each is to have
        a call for itself: nobody is to spoil what others said.
        """
        try:
            outcomes = self._translated(jobs)
        except TranslationError as error:
            log.warning("The translator %s (from %s): %s", self.name, jobs[0].source or "?", error)
            if len(jobs) > 1 and not isinstance(error, OF_THE_SERVICE):
                for job in jobs:
                    job.alone = True
                self._queue.extendleft(reversed(jobs))
                return {}
            self.breaker.failed(call, error, time.monotonic())
            return dict.fromkeys(jobs, Failed(error))
        else:
            self._tell_breaker(call, outcomes)
            return dict(zip(jobs, outcomes, strict=True))
        finally:
            self.breaker.abandoned(call)  # unless it has been told

    def _translated(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Return the outcomes of `jobs`, which have one translator and source.  Raises TranslationError."""
        masking = jobs[0].translator.masking
        outcomes = self._read(jobs, masking)
        lost = [number for number, outcome in enumerate(outcomes) if _lost_marks(outcome)]
        if lost and masking != "split":
            try:
                again = self._read([jobs[number] for number in lost], "split")
            except TranslationError as error:  # the others have what they came for
                again = [Failed(error)] * len(lost)
            for number, outcome in zip(lost, again, strict=True):
                outcomes[number] = outcome
        return outcomes

    def _tell_breaker(self, call: int, outcomes: Sequence[Outcome]) -> None:
        errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
        worst = next((error for error in errors if isinstance(error, tuple(AT_ONCE))), None)
        if worst is None and len(errors) == len(outcomes):
            worst = errors[0]
        if worst is None:
            self.breaker.succeeded(call)
        else:
            self.breaker.failed(call, worst, time.monotonic())

    def _read(self, jobs: Sequence[Job], masking: str) -> list[Outcome]:
        """Return the outcomes of `jobs`, which have one translator and source.  Raises TranslationError."""
        translator, source = jobs[0].translator, jobs[0].source
        masked = [mask(job.text, masking, translator.max_item_length) for job in jobs]
        pieces = [piece for each in masked for piece in each.pieces]
        found: list[Outcome] = []
        for chunk in chunks(pieces, translator.max_items, translator.max_length):
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
        self._figures.characters.inc(characters)
        timeout = self._protection.timeout
        started = time.monotonic()
        try:
            with gevent.Timeout(timeout):
                outcomes = translator.translate(pieces, translator.target, source, started + timeout)
                return checked(outcomes, len(pieces), translator)
        except gevent.Timeout:  # ours, or one that the translator forgot
            raise Unavailable(f"{translator.title} did not answer in time.") from None
        except TranslationError:
            raise
        except (Exception, SystemExit):
            log.exception("The translator %s broke", self.name)
            raise BadResponse(f"{translator.title} could not translate this.") from None
        finally:
            self._figures.calls.observe(time.monotonic() - started)


def checked(outcomes: Iterable[Any], count: int, translator: Any) -> list[Outcome]:
    """Return the outcomes that a translator gave.  Raises BadResponse unless they are what was promised."""
    found = list(islice(outcomes, count + 1))
    if len(found) != count or not all(_is_outcome(each) for each in found):
        raise BadResponse(f"{translator.title} did not translate what it was given.")
    return found


def _is_outcome(found: Any) -> bool:
    if isinstance(found, Translated):
        return isinstance(found.text, str) and isinstance(found.source, str | None)
    if isinstance(found, Skipped):
        return isinstance(found.reason, str)
    return isinstance(found, Failed) and isinstance(found.error, TranslationError)


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


def chunks(pieces: Sequence[str], items: int, length: int) -> Iterator[list[str]]:
    """Yield `pieces` in batches of at most `items`, and `length` characters if that can be."""
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
    again = type(error).__new__(type(error), str(error))  # whatever its __init__ asks for
    vars(again).update(vars(error), retry_after=round(wait, 1))
    return again


def _forget_frames(outcome: Outcome) -> None:
    """Let an error that is kept for long not hold what all was under way when it was raised."""
    if isinstance(outcome, Failed):
        outcome.error.__traceback__ = outcome.error.__cause__ = outcome.error.__context__ = None
