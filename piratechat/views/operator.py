"""What the operator sees of the translators: a page.  Not for visitors."""

import base64
import hmac
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from pyramid.httpexceptions import HTTPUnauthorized
from pyramid.request import Request
from pyramid.view import view_config

from piratechat.model.chat import Chat
from piratechat.rate_limits import refuse
from piratechat.texts import Text, text, text_id

#: The ids of what the page calls how far texts travel, ...
REACHES = {
    "none": text_id("operator.reach_none"),
    "host": text_id("operator.reach_host"),
    "third-party": text_id("operator.reach_third_party"),
}
#: ... and the states of a circuit breaker.
STATES = {
    "closed": text_id("operator.breaker_closed"),
    "half-open": text_id("operator.breaker_half_open"),
    "open": text_id("operator.breaker_open"),
}
REALM = 'Basic realm="piratechat operator", charset="UTF-8"'


def authorized(request: Request) -> None:
    """Let only the operator pass.

    By HTTP's basic authentication (RFC 7617), under any name, so that browsers
    ask for it; or as a bearer token (RFC 6750).  Raises HTTPUnauthorized, and
    CommandRejected for who has been wrong too often.
    """
    parts = request.services
    given = _given(request)
    if given is None:
        raise _unauthorized()
    failures = parts.limits.failures
    refuse(failures.wait(request.network))  # a right guess after too many wrong ones shall look like those
    if not hmac.compare_digest(given.encode(), parts.operator_secret.encode()):
        failures.spend(request.network)
        raise _unauthorized()


def _given(request: Request) -> str | None:
    """Return the secret that the request brings, or None."""
    # Not by request.authorization, which takes time by the square of what is there.
    scheme, _, params = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return params
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(params, validate=True).decode().partition(":")[2]
    except ValueError:
        return None


def _unauthorized() -> HTTPUnauthorized:
    return HTTPUnauthorized(
        text("error.operator_only"),
        headers={"WWW-Authenticate": REALM},
    )


@view_config(context=Chat, name="operator", request_method=("GET", "HEAD"), renderer="piratechat:templates/operator.pt")
def operator_page(_chat: Chat, request: Request) -> dict[str, Any]:
    """Show what the translators do."""
    authorized(request)
    return {"rows": list(_rows(request))}


def _rows(request: Request) -> Iterator[dict[str, Any]]:
    parts = request.services
    asked = {dispatcher.name: dispatcher for dispatcher in parts.engine.dispatchers()}
    for name, translator in parts.translators.all().items():
        metrics = _TranslatorMetrics(parts.metrics_registry, name)
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
            "translated": metrics.count("s_total", outcome="translated"),
            "skipped": metrics.count("s_total", outcome="skipped"),
            "failures": metrics.failures(),
            "remembered": metrics.count("_cache_hits_total"),
            "joined": metrics.count("_coalesced_total"),
            "characters": metrics.count("_characters_total"),
            "calls": metrics.count("_call_seconds_count"),
            "milliseconds": metrics.milliseconds(),
        }


class _TranslatorMetrics:
    """The metrics of one translator."""

    def __init__(self, registry: CollectorRegistry, name: str) -> None:
        self._registry = registry
        self._name = name

    def count(self, metric: str, **labels: str) -> int:
        """Return a counter: the end of its name, and its labels."""
        return int(self._value(metric, **labels))

    def milliseconds(self) -> int | None:
        """Return what a call takes, on average."""
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
