"""Prometheus metrics of the chat.  Translators have their own metrics."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

#: Histogram buckets: seconds of commits, ...
COMMIT_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0)
#: ... seconds of page requests, ...
REQUEST_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0, 5.0)
#: ... attempts per commit, ...
ATTEMPT_BUCKETS = (1, 2, 3, 5, 10, 20, 50)
#: ... and commands per commit.
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Live(Protocol):
    """The part of a session that metrics use."""

    transport: str

    @property
    def backlog(self) -> int:
        """Bytes that wait for the client."""


class ChatMetrics:
    """Counters of one process.  None of them identifies messages, rooms or people.

    There are no counters for single deliveries: commits and events come in batches, and sessions are only inspected
    when metrics are requested.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._messages = Counter("piratechat_messages", "Messages posted", registry=registry)
        self._batches = Histogram(
            "piratechat_commit_commands", "Commands in one commit", buckets=BATCH_BUCKETS, registry=registry
        )
        self._commits = Histogram(
            "piratechat_commit_seconds", "Duration of commits", buckets=COMMIT_BUCKETS, registry=registry
        )
        self._failed = Counter("piratechat_commit_failures", "Commits that failed", registry=registry)
        self._conflicts = Counter(
            "piratechat_commit_conflicts",
            "Attempts that conflicted with a commit of another process",
            registry=registry,
        )
        self._attempts = Histogram(
            "piratechat_commit_attempts", "Attempts that commits needed", buckets=ATTEMPT_BUCKETS, registry=registry
        )
        self._refusals = Counter(
            "piratechat_rejections",
            "Requests rejected over SockJS or by the limits of an address, by code",
            ["code"],
            registry=registry,
        )
        self._responses = Counter(
            "piratechat_responses", "Pages, data and files by status", ["status"], registry=registry
        )
        self._requests = Histogram(
            "piratechat_request_seconds",
            "Time until pages and data began to be answered",
            buckets=REQUEST_BUCKETS,
            registry=registry,
        )
        self._sessions = Gauge("piratechat_sessions", "Sessions by transport", ["transport"], registry=registry)
        self._backlog = Gauge("piratechat_backlog_bytes", "Bytes that wait for slow readers", registry=registry)
        self._rooms = Gauge("piratechat_live_rooms", "Rooms with readers", registry=registry)
        self._readers = Gauge("piratechat_readers", "Open windows of readers", registry=registry)
        self._waiting = Gauge("piratechat_commit_queue", "Commands that wait for a commit", registry=registry)

    # Events

    def said(self, messages: int) -> None:
        """Count messages sent."""
        self._messages.inc(messages)

    def committed(self, commands: int, seconds: float, attempts: int) -> None:
        """Count a commit, with its duration and number of attempts."""
        self._attempts.observe(attempts)
        self._batches.observe(commands)
        self._commits.observe(seconds)

    def conflicted(self) -> None:
        """Count an attempt at a commit that had a conflict."""
        self._conflicts.inc()

    def failed(self) -> None:
        """Count a failed commit."""
        self._failed.inc()

    def rejected(self, code: str) -> None:
        """Count a command rejected over SockJS, or a request rejected because of its address."""
        self._refusals.labels(code).inc()

    def answered(self, status: int, seconds: float) -> None:
        """Count a response to a request, and its duration."""
        self._responses.labels(str(status)).inc()
        self._requests.observe(seconds)

    # Current values

    def collect(self, sessions: Iterable[Live], readers: Sequence[int], waiting: int) -> None:
        """Set the current values: sessions, `readers` of each live room, and commands `waiting` for a commit."""
        transports: Tally[str] = Tally()
        backlog = 0
        for session in sessions:
            transports[session.transport] += 1
            backlog += session.backlog
        self._sessions.clear()  # transports that are no longer used
        for transport, count in transports.items():
            self._sessions.labels(transport).set(count)
        self._backlog.set(backlog)
        self._rooms.set(len(readers))
        self._readers.set(sum(readers))
        self._waiting.set(waiting)
