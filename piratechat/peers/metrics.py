"""Counts what the processes of the chat tell each other, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class PeerMetrics:
    """Counters of one process; of a chat with one process all of them stay zero."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.connected = Gauge("piratechat_relay_connected", "Whether the relay is connected", registry=registry)
        self.nodes = Gauge("piratechat_relay_nodes", "Other processes of the chat", registry=registry)
        self.delay = Gauge(
            "piratechat_relay_delay_seconds", "Time that the last heartbeat took to come back", registry=registry
        )
        self.received = Counter("piratechat_relay_received", "Messages of other processes", registry=registry)
        self.rejected = Counter(
            "piratechat_relay_rejected", "Messages by the relay that make no sense", registry=registry
        )
        self.reconnects = Counter("piratechat_relay_connections", "Connections made to the relay", registry=registry)
