"""All notification sources of one process."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import gevent
from prometheus_client import CollectorRegistry, Counter

from piratechat.amqp_address import NAME, address_from, line_class
from piratechat.errors import CommandRejected
from piratechat.model.commands import Announce, Done
from piratechat.model.text import skeleton
from piratechat.notifications.reader import Reader
from piratechat.notifications.source import SETTING, Source, sources_from
from piratechat.notifications.whispers import Whisper, Whispers
from piratechat.options import Options, of_the_chat

#: Creates the connection for the queue of a source.
MakeLine = Callable[..., Any]
#: Posts a message, and calls back with the result.
Submit = Callable[[Announce, Callable[[Done | CommandRejected], None]], None]


class Notifications:
    """Consumes the queues of `sources`, from `start` to `stop`.

    `submit(command, reply)` is that of a committer; `whispers` sends notifications that are not stored.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        make_line: MakeLine,
        submit: Submit,
        whispers: Whispers,
        registry: CollectorRegistry,
    ) -> None:
        def have_said(command: Any, reply: Any) -> None:
            (whispers.submit if isinstance(command, Whisper) else submit)(command, reply)

        self._whispers = whispers
        self._counter = Counter(
            "piratechat_notifications",
            "Received notifications, by source and outcome: said, repeated, whispered, dropped or dead",
            ["source", "outcome"],
            registry=registry,
        )
        self._readers = [
            Reader(source, partial(make_line, source.queue), have_said, partial(self._count, source.name))
            for source in sources
        ]
        self._names = [source.queue for source in sources]
        #: The skeletons of the sources' names.
        self.reserved_names = frozenset(skeleton(source.author) for source in sources)
        self._greenlets: list[gevent.Greenlet] = []

    @property
    def problem(self) -> str | None:
        """A sentence that names the queues that are not being read, or None."""
        away = [name for name, reader in zip(self._names, self._readers, strict=True) if not reader.connected]
        return f"notifications: {', '.join(away)}: not read, messages wait at the broker" if away else None

    def start(self) -> None:
        """Start consuming."""
        if not self._greenlets:
            self._greenlets = [gevent.spawn(reader.run) for reader in self._readers]
            self._greenlets.append(gevent.spawn(self._whispers.run))

    def stop(self, timeout: float) -> None:
        """Stop consuming; unacknowledged notifications are delivered to another process."""
        gevent.killall(self._greenlets, timeout=timeout)
        self._greenlets = []

    def _count(self, source: str, outcome: str) -> None:
        self._counter.labels(source, outcome).inc()


def notifications_from(
    names: Sequence[str],
    settings: Mapping[str, str],
    most: int,
    submit: Submit,
    whispers: Whispers,
    registry: CollectorRegistry,
) -> Notifications:
    """Return the consumer of the sources `names` in the ini file; `most`: maximum length of a message in characters.

    Raises ValueError, with the name of the setting, for an invalid value.
    """
    sources = sources_from(names, settings, most)
    make_line: MakeLine = _nothing
    if sources:
        shared = Options(SETTING, of_the_chat(settings)).shared(NAME)
        address = address_from(shared)
        shared.finish()
        make_line = partial(line_class("piratechat.notifications.line", "QueueLine", SETTING), address)
    return Notifications(sources, make_line, submit, whispers, registry)


def _nothing(*_arguments: Any) -> Any:
    raise AssertionError("there is no source")
