"""The translation engine: returns results immediately if possible, and otherwise later.

Messages are sent without waiting for translators.  A translator with reach "none" is called synchronously.  Any other
is called through its dispatcher, once for all readers with the same view, and the result follows when it is ready.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from cachetools import LRUCache, TLRUCache

from piratechat.model.bidi import without_stray_controls
from piratechat.model.text import clean
from piratechat.texts import Text
from piratechat.translation import BadResponse, Failed, Outcome, Skipped, Translated, TranslationError
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.budget import Spent
from piratechat.translators.engine.cache import DIGEST_SIZE, Memory, digest_of, key_of
from piratechat.translators.engine.detection import Languages, is_short
from piratechat.translators.engine.dispatcher import QUEUE_FULL, QUEUE_TIMEOUT, Dispatcher, Job
from piratechat.translators.engine.fallback import WithFallback, may_stand_in
from piratechat.translators.engine.faults import SLOW, Faults
from piratechat.translators.engine.languages import is_same
from piratechat.translators.engine.metrics import TranslationMetrics
from piratechat.translators.engine.others import ALONE, Others
from piratechat.translators.engine.outcomes import (
    PENDING,
    Callback,
    InvalidOutcomes,
    Pending,
    checked,
    translated_in_pieces,
)
from piratechat.translators.engine.protection import Protection
from piratechat.translators.text.masking import check_words, has_words
from piratechat.translators.text.protected_spans import may_have_marks, names_in, without_marks
from piratechat.translators.text.sentence_splitter import has_letters
from piratechat.translators.views import Into, into, name_in, offers_several

log = logging.getLogger(__name__)


#: Seconds for which a failure is cached: about as long as a reader takes to retry, ...
FAILURE_TTL = 2.0
#: ... and if a retry cannot help.
PERMANENT_FAILURE_TTL = 600.0
#: Maximum number of cached failures.
MAX_CACHED_FAILURES = 10_000
#: Maximum number of cached synchronous results, for readers who come a moment later, and of characters in such a text.
MAX_RECENT, RECENT_LENGTH = 2_000, 500


class Engine:
    """Translates for all rooms of a process.

    `others` notifies other processes of translations, of erased texts, and of usage.
    """

    def __init__(
        self,
        protections: Mapping[str, Protection],
        languages: Languages,
        memory: Memory,
        metrics: TranslationMetrics,
        others: Others = ALONE,
    ) -> None:
        self._protections = protections
        self._languages = languages
        self._memory = memory
        self._metrics = metrics
        self._others = others
        self._noted: dict[str, tuple[int, Spent]] = {}  # by the names of translators
        self._faults: dict[str, Faults] = {}
        self._dispatchers: dict[str, Dispatcher] = {}
        self._flights: dict[bytes, tuple[str, Job]] = {}  # with the names of the translators
        self._failures: TLRUCache[bytes, Failed] = TLRUCache(MAX_CACHED_FAILURES, _stands_until, time.monotonic)
        #: By the text, then by the id of the translator, which is unique while it is referenced here, and languages.
        self._recent: LRUCache[str, dict[tuple[int, str | None, str | None], tuple[Any, Translated]]] = LRUCache(
            MAX_RECENT
        )

    def read(
        self, translators: Mapping[str, Any], view: str, asked: Asked, on_done: Callback | None = None
    ) -> Outcome | Pending:
        """Return the outcome for the request `asked` by the translator `view` of a room's `translators`.

        If the outcome is PENDING, `on_done` is called with it later, once.
        """
        translator = translators.get(view)
        if translator is None:
            return Skipped("")
        name = name_in(view)
        spare = self._fallback_of(name, translator, translators)
        if spare is None:
            return self._read(name, translator, on_done, asked)
        read = partial(self._read, asked=asked)
        fallback = translators[spare]
        title = fallback.base.title if isinstance(fallback, Into) else fallback.title
        return WithFallback(
            partial(read, name, translator), partial(read, name_in(spare), fallback), title, on_done
        ).read()

    def known(
        self, translators: Mapping[str, Any], view: str, text: str, language: str | None = None
    ) -> Translated | None:
        """Return the translation of `text` through `view` if it needs no back end, else None.

        This is not for a reader, so it does not count in metrics.
        """
        translator = translators.get(view)
        if translator is None:
            return None
        if translator.reach != "none":
            source = self._source_of(translator, text, language)
            return self._memory.get(key_of(view, translator, source, text))
        try:
            outcome = self._translate_now(name_in(view), translator, text, language)
        except Exception as error:  # noqa: BLE001 -- it is logged
            self._report(name_in(view), error)
            return None
        return outcome if isinstance(outcome, Translated) else None

    def dispatchers(self) -> list[Dispatcher]:
        """The dispatchers of translators that have been used."""
        return list(self._dispatchers.values())

    def remember(self, translators: Mapping[str, Any]) -> None:
        """Load the cached data of `translators` from the last process.  Waits for the disk."""
        for name, tags in self._memory.recall_targets().items():
            recall = getattr(translators.get(name), "recall_targets", None)
            if recall is not None:
                recall(tags)
        for name, process, day, spent in self._memory.recall():
            self.hear_spent(name, process, day, spent)

    def hear_spent(self, name: str, process: str, day: int, spent: Spent) -> None:
        """Record the usage of the translator `name` by another process on `day`, in days since 1970."""
        if name in self._protections:
            self._dispatcher(name).budget.hear(process, day, spent, time.time())

    def tell_spent(self) -> None:
        """Send the usage by this process to other processes."""
        for name, dispatcher in self._dispatchers.items():
            day, spent = dispatcher.budget.own(time.time())
            if any(spent):
                self._others.spent(name, day, spent)

    def flush(self) -> None:
        """Write the cache before the process ends.  Waits for the disk, within a time limit."""
        self._memory.finish()

    def remember_targets(self, translators: Mapping[str, Any]) -> None:
        """Store the target languages of those `translators` that offer several."""
        several = {name: list(each.targets()) for name, each in translators.items() if offers_several(each)}
        self._memory.keep_targets(several)

    def _fallback_of(self, name: str, translator: Any, translators: Mapping[str, Any]) -> str | None:
        """Return the fallback view for `translator`, called `name`, or None.

        For a chosen language it is the next translator on the operator's own machines that offers the language.
        """
        protection = self._protections.get(name)
        if protection is not None and protection.fallback:
            others: Iterable[str] = (protection.fallback,)
        elif isinstance(translator, Into):
            others = (each for each in translators if each != name and translators[each].reach != "third-party")
        else:
            return None
        found = (into(translators, each, translator.target) for each in others)
        return next((view for view in found if view and may_stand_in(translators[view], translator)), None)

    def _read(self, name: str, translator: Any, on_done: Callback | None, asked: Asked) -> Outcome | Pending:
        outcome: Outcome | Pending
        try:
            if translator.reach == "none":
                outcome = self._translate_now(name, translator, asked.text, asked.language)
            else:
                outcome = self._translate_later(name, translator, asked, on_done)
        except TranslationError as error:
            self._report(name, error)
            outcome = Failed(error)
        except Exception as error:  # noqa: BLE001 -- it is logged
            self._report(name, error)
            outcome = Failed(TranslationError(Text("translation.failed", {"title": translator.title})))
        if not isinstance(outcome, Pending):
            self._metrics.of(name).count(outcome)
        return outcome

    def _report(self, name: str, error: Exception) -> None:
        """Log an internal error of a translator, or one that needs the operator's attention.

        Readers see other errors.
        """
        if isinstance(error, InvalidOutcomes):
            self._faults_of(name).invalid(error.problem)
        elif not isinstance(error, TranslationError):
            self._faults_of(name).broke(error)

    def _faults_of(self, name: str) -> Faults:
        faults = self._faults.get(name)
        if faults is None:
            faults = self._faults[name] = Faults(name)
        return faults

    def _translate_now(self, name: str, translator: Any, text: str, language: str | None) -> Outcome:
        """Return the outcome of a translator with reach "none", for a text in `language`.  May raise any exception."""
        if names_in(text):
            return self._timed(name, translator, text, language)
        recent = self._recent.get(text)
        asked = id(getattr(translator, "base", translator)), translator.target, language
        if recent is not None and asked in recent:
            return recent[asked][1]
        outcome = self._timed(name, translator, text, language)
        if isinstance(outcome, Translated) and outcome.cacheable and len(text) <= RECENT_LENGTH:
            if recent is None:
                recent = self._recent[text] = {}
            recent[asked] = (translator, outcome)
        return outcome

    def _timed(self, name: str, translator: Any, text: str, language: str | None) -> Outcome:
        begun = time.monotonic()
        outcome = _in_line(translator, text, language)
        took = time.monotonic() - begun
        if took > SLOW:
            self._faults_of(name).slow(took)
        return outcome

    def _translate_later(self, name: str, translator: Any, asked: Asked, on_done: Callback | None) -> Outcome | Pending:
        text, language = asked.text, asked.language
        if not has_words(text):
            return Skipped(Text("translation.nothing"))
        source = self._source_of(translator, text, language)
        reason = self._reason_to_skip(translator, text, source)
        if reason is not None and not asked.anyway:
            return Skipped(reason)
        if reason is not None and language is None:
            source = None  # the detected language seems wrong: the back end may detect it better
        before = tuple(map(without_marks, asked.before[-translator.context :])) if translator.context else ()
        key = key_of(name, translator, source, text, before)
        known = self._memory.get(key)
        if known is not None:
            self._metrics.of(name).remembered.inc()
            return known
        flight = self._flights.get(key)
        if flight is not None:
            self._metrics.of(name).joined.inc()
            job = flight[1]
            self._dispatcher(name).urge(job, asked.turn)
        else:
            failed = None if asked.retry else self._failures.get(key)
            if failed is not None:
                return failed
            dispatcher = self._dispatcher(name)
            error = dispatcher.reason_to_reject()
            if error is not None:
                return Failed(error)
            job = Job(key, translator, text, source, time.monotonic() + QUEUE_TIMEOUT, asked.turn, before)
            self._flights[key] = name, job
            if not dispatcher.submit(job):
                del self._flights[key]
                return QUEUE_FULL
        if on_done is not None:
            job.callbacks.append(on_done)
        return PENDING

    def learn(self, key: bytes, outcome: Translated) -> None:
        """Store a translation of another process, and notify readers here who wait for it."""
        flight = self._flights.get(key)
        if flight is not None:
            self._settle(*flight, outcome)
        else:
            self._memory.put(key, outcome)

    def forget(self, texts: Sequence[str]) -> None:
        """Drop all translations of the erased `texts`, in this process and in the others."""
        for text in texts:
            self._recent.pop(text, None)
        digests = [digest_of(text) for text in texts]
        self.forget_digests(digests)
        self._others.forgotten(digests)

    def forget_digests(self, digests: Sequence[bytes]) -> None:
        """Drop all translations of the texts with these `digests`."""
        for key, (_name, job) in self._flights.items():
            job.forgotten |= key[:DIGEST_SIZE] in digests
        for digest in digests:
            self._memory.forget(digest)

    def _source_of(self, translator: Any, text: str, declared: str | None) -> str | None:
        """Return the assumed language of `text`: a BCP 47 tag, or None."""
        if translator.kind != "language":
            return declared
        return self._languages.of(text, declared) or translator.source

    def _reason_to_skip(self, translator: Any, text: str, source: str | None) -> Text | None:
        target = translator.target
        if translator.kind != "language" or target is None:
            return None
        if source is not None and is_same(source, target):
            return Text("translation.already")
        if source is None:
            if is_short(text):
                return Text("translation.too_short")
            seems = self._languages.seems(text)
            if seems is not None and is_same(seems, target):
                return Text("translation.seems_already")
        if not translator.supports(source, target):
            return Text("translation.unsupported_source") if source else Text("translation.unknown_source")
        return None

    def _settled(self, name: str, job: Job, outcome: Outcome) -> None:
        self._note_spent(name)
        if job.settled:
            return
        self._settle(name, job, outcome)
        if isinstance(outcome, Translated) and outcome.cacheable and not job.forgotten:
            self._others.translated(job.key, outcome)

    def _note_spent(self, name: str) -> None:
        day, spent = noted = self._dispatcher(name).budget.own(time.time())
        if self._noted.get(name) != noted:  # all texts of a batch are settled in succession
            self._noted[name] = noted
            self._memory.spend(name, self._others.node, day, spent)
            self._others.spent(name, day, spent)

    def _settle(self, name: str, job: Job, outcome: Outcome) -> None:
        job.settled = True
        del self._flights[job.key]
        self._failures.pop(job.key, None)
        if isinstance(outcome, Translated) and not job.forgotten:
            self._memory.put(job.key, outcome)
        elif isinstance(outcome, Failed):
            self._failures[job.key] = outcome
        metrics = self._metrics.of(name)
        for callback in job.callbacks:
            metrics.count(outcome)
            try:
                callback(outcome)
            except Exception:
                log.exception("Delivering a translation failed")

    def _dispatcher(self, name: str) -> Dispatcher:
        dispatcher = self._dispatchers.get(name)
        if dispatcher is None:
            protection = self._protections.get(name, Protection())
            settled = partial(self._settled, name)
            dispatcher = self._dispatchers[name] = Dispatcher(
                name, protection, self._metrics.of(name), settled, self._others.parts
            )
        return dispatcher


def _stands_until(_key: bytes, failed: Failed, now: float) -> float:
    """Return when a cached failure expires, in monotonic seconds."""
    return now + (FAILURE_TTL if failed.error.retryable else PERMANENT_FAILURE_TTL)


def _in_line(translator: Any, text: str, language: str | None) -> Outcome:
    if translator.masking == "own" and len(text) <= translator.max_item_length and not may_have_marks(text):
        outcome = checked(translator.translate((text,), source=language), 1, translator)[0]
        return _tidied(outcome, text, translator.kind == "language") if isinstance(outcome, Translated) else outcome
    return translated_in_pieces(
        translator,
        (text,),
        translator.masking,
        lambda pieces: checked(translator.translate(pieces, source=language), len(pieces), translator),
    )[0]


def _tidied(outcome: Translated, text: str, in_words: bool) -> Outcome:
    """Return the `outcome` of a whole `text` without marks, cleaned, or Failed if it is invalid."""
    if outcome.text.isprintable() and has_letters(outcome.text):
        return outcome  # the common case
    if has_letters(text):
        try:
            check_words(outcome.text, in_words)
        except BadResponse as error:
            return Failed(error)
    found = clean(without_stray_controls(outcome.text, text))
    return Translated(found, outcome.source, outcome.cacheable)
