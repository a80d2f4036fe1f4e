"""Calls of translators with a timeout and a quota."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import gevent

from piratechat.texts import Text
from piratechat.translation import BadResponse, Failed, Outcome, TranslationError, Unavailable
from piratechat.translators.engine.budget import Budget
from piratechat.translators.engine.faults import Faults
from piratechat.translators.engine.metrics import TranslatorMetrics
from piratechat.translators.engine.outcomes import InvalidOutcomes, checked, has_lost_marks, translated_in_pieces
from piratechat.translators.usage import counting

#: Maximum total time for the pieces of one batch, in timeouts of a single call.
MAX_TIMEOUTS = 3
#: Seconds after the deadline in which a translator may still return partial results.
GRACE = 0.25


class TimedOut(Unavailable):
    """A call has exceeded its timeout."""


class Caller:
    """Calls the translator with the name `name`; a call may take `timeout` seconds."""

    def __init__(self, name: str, timeout: float, budget: Budget, metrics: TranslatorMetrics) -> None:
        self._faults = Faults(name)
        self._timeout = timeout
        self._budget = budget
        self._metrics = metrics

    def translate(
        self, translator: Any, texts: Sequence[str], source: str | None, before: Sequence[str] = ()
    ) -> list[Outcome]:
        """Return an outcome for each of `texts`, whose language is `source`.  Raises TranslationError.

        `before` has the preceding messages, for translators with `context`.  Texts that are returned without their
        marks are translated again in pieces.
        """
        more = {"before": before} if before else {}
        ask = partial(
            self._call,
            partial(translator.translate, **more),
            translator,
            source,
            time.monotonic() + MAX_TIMEOUTS * self._timeout,
        )
        outcomes = translated_in_pieces(translator, texts, translator.masking, ask)
        lost = [number for number, outcome in enumerate(outcomes) if has_lost_marks(outcome)]
        if lost and translator.masking != "split":
            try:
                again = translated_in_pieces(translator, [texts[number] for number in lost], "split", ask)
            except TranslationError as error:  # the other texts have outcomes
                again = [Failed(error)] * len(lost)
            for number, outcome in zip(lost, again, strict=True):
                outcomes[number] = outcome
        return outcomes

    def _call(
        self, translate: Any, translator: Any, source: str | None, until: float, pieces: list[str]
    ) -> list[Outcome]:
        """Call the translator once, until `until` at most.  Raises TranslationError."""
        started = time.monotonic()
        timeout = min(self._timeout, until - started)
        if timeout <= 0:
            raise TimedOut(Text("translation.timeout", {"title": translator.title}))
        characters = sum(map(len, pieces))
        self._budget.spend(characters, time.time())
        self._metrics.characters.inc(characters)
        try:
            with gevent.Timeout(timeout + GRACE), counting(self._count_tokens):
                outcomes = translate(pieces, translator.target, source, started + timeout)
                return checked(outcomes, len(pieces), translator)
        except gevent.Timeout:  # our timeout, or one that the translator did not catch
            raise TimedOut(Text("translation.timeout", {"title": translator.title})) from None
        except InvalidOutcomes as error:
            self._faults.invalid(error.problem)
            raise
        except TranslationError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- it is logged
            self._faults.broke(error)
            raise BadResponse(Text("translation.failed", {"title": translator.title})) from None
        finally:
            self._metrics.calls.observe(time.monotonic() - started)

    def _count_tokens(self, prompt: int, answer: int) -> None:
        self._budget.count(prompt, answer, time.time())
        self._metrics.prompt_tokens.inc(prompt)
        self._metrics.answer_tokens.inc(answer)
