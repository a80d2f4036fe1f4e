"""Consumes the queue of one source: posts its notifications, and acknowledges them when they are on disk."""

import logging
import random
import time
from collections.abc import Callable
from typing import Any, Protocol

import gevent
from gevent.queue import Queue

from piratechat.errors import CommandRejected
from piratechat.model.commands import Announce, Done
from piratechat.notifications.delivery import Delivery
from piratechat.notifications.source import Source, Undeliverable
from piratechat.notifications.whispers import DROPPED, Whisper

log = logging.getLogger(__name__)

#: Seconds before reconnecting, initially and at most; and how long a connection must last to reset the delay.
FIRST_PAUSE, LONGEST_PAUSE, GOOD = 0.1, 2.0, 6.0
#: Seconds before a notification that could not be stored is tried again.
RETRY_DELAY = 1.0
#: Codes of temporary rejections.
PASSING = {"not-stored", "rate-limited"}

Submit = Callable[[Announce | Whisper, Callable[[Done | CommandRejected], None]], None]
#: The result of a delivery: None if it is on disk or has been sent, or the reason why it can never be posted.
Answer = tuple[Delivery, str | None]


class Line(Protocol):
    """A connection, used once; failures raise one of its `errors`."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """The exceptions for a broken or failed connection."""

    def connect(self, refused: Callable[[str], None]) -> None:
        """Connect; `read` then passes on deliveries."""

    def read(self) -> None:
        """Pass on deliveries until the connection fails."""

    def acknowledge(self, delivery: Delivery) -> None:
        """Acknowledge a delivery."""

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Move a delivery to the queue for the operator."""

    def close(self) -> None:
        """Disconnect; raises nothing."""


class Reader:
    """Consumes one queue over successive connections.

    `make_line(take)` creates a connection that calls `take` for each delivery; `submit(command, reply)` posts it;
    `count(outcome)` counts the outcome: "said", "repeated", "whispered", "dropped" or "dead".

    If a delivery is repeated because a process or the broker died, its id shows that it has already been posted.
    """

    def __init__(
        self,
        source: Source,
        make_line: Callable[[Callable[[Delivery], None]], Line],
        submit: Submit,
        count: Callable[[str], None],
    ) -> None:
        self._source = source
        self._make_line = make_line
        self._submit = submit
        self._count = count
        self.connected = False
        self._told = False  # whether the failure has been logged

    def run(self) -> None:
        """Consume until the greenlet is killed."""
        pause = FIRST_PAUSE
        while True:
            begun = time.monotonic()
            error = self._read_once()
            if error is not None and not self._told:
                self._told = True
                log.warning("The queue %s is not being read: %s", self._source.queue, error)
            if time.monotonic() - begun > GOOD:
                pause = FIRST_PAUSE
            gevent.sleep(random.uniform(pause / 2, pause))  # noqa: S311 -- not all processes at once
            pause = min(2 * pause, LONGEST_PAUSE)

    def _read_once(self) -> Exception | None:
        """Consume over one connection; return why it ended, or None if that has been logged."""
        answers: Queue[Answer] = Queue()
        line = self._make_line(lambda delivery: self._take(delivery, answers))
        answering: gevent.Greenlet | None = None
        try:
            line.connect(self._refused)
            self.connected, self._told = True, False
            log.info("The queue %s is being read", self._source.queue)
            answering = gevent.spawn(self._answer, line, answers)
            line.read()
        except line.errors as error:
            return error
        except Exception:
            log.exception("Reading the queue %s failed", self._source.queue)
        finally:
            self.connected = False
            if answering is not None:
                answering.kill()
            line.close()
        return None

    def _refused(self, reason: str) -> None:
        log.warning("The broker blocks publishing: %s", reason)

    def _take(self, delivery: Delivery, answers: Any) -> None:
        try:
            command = self._source.command(delivery)
        except Undeliverable as error:
            self._count("dead")
            answers.put((delivery, str(error)))
            return
        self._submit(command, lambda result: self._replied(command, delivery, answers, result))

    def _replied(
        self, command: Announce | Whisper, delivery: Delivery, answers: Any, result: Done | CommandRejected
    ) -> None:
        if isinstance(result, Done):
            self._count(_outcome(command, result))
            answers.put((delivery, None))
        elif result.code in PASSING:
            gevent.spawn_later(RETRY_DELAY, self._take, delivery, answers)
        else:
            self._count("dead")
            answers.put((delivery, f"room {command.slug}: {result}"))

    def _answer(self, line: Line, answers: Any) -> None:
        """Answer deliveries while the connection of `answers` lasts."""
        try:
            for delivery, reason in answers:
                if reason is not None:
                    log.warning("A notification from %s can never be posted: %s", self._source.queue, reason)
                    line.bury(delivery, reason)
                line.acknowledge(delivery)
        except line.errors as error:
            log.debug("Answering to %s failed: %s", self._source.queue, error)
            line.close()  # the reading greenlet notices that


def _outcome(command: Announce | Whisper, result: Done) -> str:
    if isinstance(command, Whisper):
        return "dropped" if result is DROPPED else "whispered"
    return "said" if result.repeated is None else "repeated"
