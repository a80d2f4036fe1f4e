"""Metrics of translators, for the operator's page and Prometheus."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from piratechat.translation import Outcome, Skipped, Translated

#: Histogram buckets of call durations in seconds.
BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
#: The states of a breaker as numbers.
STATES = {"closed": 0, "half-open": 1, "open": 2}


class TranslationMetrics:
    """Counters of one process.  No metric identifies messages or people."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._found: dict[str, TranslatorMetrics] = {}
        self.texts = Counter(
            "piratechat_translations", "Texts read through a translator", ["translator", "outcome"], registry=registry
        )
        self.failures = Counter(
            "piratechat_translation_failures", "Failed texts by kind", ["translator", "kind"], registry=registry
        )
        self.remembered = Counter(
            "piratechat_translation_cache_hits", "Translations found in the cache", ["translator"], registry=registry
        )
        self.joined = Counter(
            "piratechat_translation_coalesced",
            "Texts that were translated by the call for an equal text",
            ["translator"],
            registry=registry,
        )
        self.characters = Counter(
            "piratechat_translation_characters", "Characters sent to a back end", ["translator"], registry=registry
        )
        self.tokens = Counter(
            "piratechat_translation_tokens",
            "Tokens that a service counted: of prompts, and of answers",
            ["translator", "of"],
            registry=registry,
        )
        self.calls = Histogram(
            "piratechat_translation_call_seconds",
            "Duration of calls to a back end",
            ["translator"],
            buckets=BUCKETS,
            registry=registry,
        )

    def of(self, name: str) -> "TranslatorMetrics":
        """Return those of one translator."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = TranslatorMetrics(self, name)
        return found


class TranslatorMetrics:
    """The counters of the translator `name`, looked up once: messages are counted for every view of every room."""

    def __init__(self, metrics: TranslationMetrics, name: str) -> None:
        self._translated = metrics.texts.labels(name, "translated")
        self._skipped = metrics.texts.labels(name, "skipped")
        self._failed = metrics.texts.labels(name, "failed")
        self._failures = metrics.failures
        self._name = name
        self.remembered = metrics.remembered.labels(name)
        self.joined = metrics.joined.labels(name)
        self.characters = metrics.characters.labels(name)
        self.prompt_tokens = metrics.tokens.labels(name, "prompt")
        self.answer_tokens = metrics.tokens.labels(name, "answer")
        self.calls = metrics.calls.labels(name)

    def count(self, outcome: Outcome) -> None:
        """Count a text for a reader."""
        if isinstance(outcome, Translated):
            self._translated.inc()
        elif isinstance(outcome, Skipped):
            self._skipped.inc()
        else:
            self._failed.inc()
            self._failures.labels(self._name, outcome.error.kind).inc()


class BackEndStates(Collector):
    """The current states of back ends.

    `states`: yields name, state of the breaker, number of waiting texts.
    """

    def __init__(self, states: Callable[[], Iterable[tuple[str, str, int]]], registry: CollectorRegistry) -> None:
        self._states = states
        registry.register(self)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        breaker = GaugeMetricFamily(
            "piratechat_translation_circuit_breaker", "0 closed, 1 half-open, 2 open", labels=["translator"]
        )
        waiting = GaugeMetricFamily("piratechat_translation_queue", "Texts that wait for a call", labels=["translator"])
        for name, state, texts in self._states():
            breaker.add_metric([name], STATES[state])
            waiting.add_metric([name], texts)
        return [breaker, waiting]
