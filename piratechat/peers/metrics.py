"""Prometheus metrics of the communication between processes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Info
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class PeerMetrics:
    """Counters of the process with the name `node`; with a single process all of them stay zero.

    `relay`, an IRelay, may count its dropped messages itself.
    """

    def __init__(self, registry: CollectorRegistry, node: str, relay: Any) -> None:
        Info("piratechat_node", "Name of this process in messages of others", registry=registry).info({"node": node})
        self.connected = Gauge("piratechat_relay_connected", "Whether the relay is connected", registry=registry)
        self.nodes = Gauge("piratechat_relay_nodes", "Other processes of the chat", registry=registry)
        self.delay = Gauge("piratechat_relay_delay_seconds", "Round-trip time of the last heartbeat", registry=registry)
        self.sent = Counter("piratechat_relay_sent", "Messages passed to the relay", registry=registry)
        self.received = Counter(
            "piratechat_relay_received", "Messages received from other processes", registry=registry
        )
        self.reconnects = Counter("piratechat_relay_connections", "Connections made to the relay", registry=registry)
        self._dropped: dict[str, int] = {}
        _Dropped(lambda: (self._dropped, getattr(relay, "dropped", {})), registry)

    def drop(self, reason: str) -> None:
        """Count a message that was discarded, or not sent completely."""
        self._dropped[reason] = self._dropped.get(reason, 0) + 1


class _Dropped(Collector):
    """Messages dropped here and by the relay itself."""

    def __init__(self, counts: Callable[[], Iterable[Mapping[str, int]]], registry: CollectorRegistry) -> None:
        self._counts = counts
        registry.register(self)

    def collect(self) -> Iterable[CounterMetricFamily]:
        family = CounterMetricFamily(
            "piratechat_relay_dropped", "Messages that were not sent or not taken, by reason", labels=["reason"]
        )
        for counts in self._counts():
            for reason, count in sorted(counts.items()):
                family.add_metric([reason], count)
        return [family]
