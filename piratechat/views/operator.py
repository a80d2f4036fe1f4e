"""The operator's page about translators.  Not for visitors."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from pyramid.request import Request
from pyramid.view import view_config

from piratechat.http.operator_login import require_operator
from piratechat.model.chat import Chat
from piratechat.texts import Text, text_id
from piratechat.translators.engine.budget import Budget

#: The ids of the labels for `reach`, ...
REACHES = {
    "none": text_id("operator.reach_none"),
    "host": text_id("operator.reach_host"),
    "third-party": text_id("operator.reach_third_party"),
}
#: ... and for the states of a circuit breaker.
STATES = {
    "closed": text_id("operator.breaker_closed"),
    "half-open": text_id("operator.breaker_half_open"),
    "open": text_id("operator.breaker_open"),
}


#: Maximum number of rooms to list: those with the most waiting texts.
MAX_ROOMS = 10


@view_config(context=Chat, name="operator", request_method=("GET", "HEAD"), renderer="piratechat:templates/operator.pt")
def operator_page(_chat: Chat, request: Request) -> dict[str, Any]:
    """Show the activity of the translators."""
    require_operator(request)
    return {"rows": list(_rows(request))}


def _rows(request: Request) -> Iterator[dict[str, Any]]:
    services = request.services
    asked = {dispatcher.name: dispatcher for dispatcher in services.engine.dispatchers()}
    for name, translator in services.translators.all().items():
        metrics = _TranslatorMetrics(services.metrics_registry, name)
        dispatcher = asked.get(name)
        error = dispatcher.breaker.error if dispatcher else None
        yield {
            "name": name,
            "title": translator.title,
            "reach": request.localized(Text(REACHES[translator.reach])),
            "recipient": translator.recipient,
            "state": request.localized(Text(STATES[dispatcher.state if dispatcher else "closed"])),
            "problem": str(error or ""),
            "waiting": dispatcher.waiting if dispatcher else 0,
            "rooms": Counter(dispatcher.waiting_by_room).most_common(MAX_ROOMS) if dispatcher else [],
            "translated": metrics.count("s_total", outcome="translated"),
            "skipped": metrics.count("s_total", outcome="skipped"),
            "failures": metrics.failures(),
            "remembered": metrics.count("_cache_hits_total"),
            "joined": metrics.count("_coalesced_total"),
            "characters": metrics.count("_characters_total"),
            "calls": metrics.count("_call_seconds_count"),
            "milliseconds": metrics.milliseconds(),
            "tokens": _tokens(dispatcher.budget) if dispatcher and translator.counts_tokens else None,
        }


def _tokens(budget: Budget) -> dict[str, Any]:
    """Return a translator's tokens and their cost today."""
    _day, spent = budget.on(time.time())
    limits, prices = budget.limits, budget.prices
    return {
        "prompt": spent.prompt_tokens,
        "answer": spent.answer_tokens,
        "limit": limits.tokens or None,
        "cost": f"{budget.cost:.4f} {prices.currency}" if prices.prompt or prices.answer else None,
        "most": f"{limits.cost:.2f} {prices.currency}" if limits.cost else None,
    }


class _TranslatorMetrics:
    """The metrics of one translator."""

    def __init__(self, registry: CollectorRegistry, name: str) -> None:
        self._registry = registry
        self._name = name

    def count(self, metric: str, **labels: str) -> int:
        """Return the value of a counter, given the end of its name and its labels."""
        return int(self._value(metric, **labels))

    def milliseconds(self) -> int | None:
        """Return the average duration of a call."""
        calls = self._value("_call_seconds_count")
        return round(1000 * self._value("_call_seconds_sum") / calls) if calls else None

    def failures(self) -> list[tuple[str, int]]:
        """Return the failures by kind."""
        return [
            (sample.labels["kind"], int(sample.value))
            for metric in self._registry.collect()
            if metric.name == "piratechat_translation_failures"
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels["translator"] == self._name
        ]

    def _value(self, metric: str, **labels: str) -> float:
        found = self._registry.get_sample_value(f"piratechat_translation{metric}", {"translator": self._name, **labels})
        return found or 0.0
