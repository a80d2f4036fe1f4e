"""Reads the queue of one source, has its notifications said, and tells the broker when they are on disk."""

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

#: Seconds until the next attempt to connect: at first, and at most; a connection that lasted so long was a good one.
FIRST_PAUSE, LONGEST_PAUSE, GOOD = 0.1, 2.0, 6.0
#: Seconds until something that could not be stored is tried again.
RETRY_DELAY = 1.0
#: Codes of refusals that do not last.
PASSING = {"not-stored", "rate-limited"}

Submit = Callable[[Announce | Whisper, Callable[[Done | CommandRejected], None]], None]
#: What came of a delivery: None if it is on disk, or told, or why it can never be said.
Answer = tuple[Delivery, str | None]


class Line(Protocol):
    """One connection, used once; what fails raises one of its `errors`."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What says that the connection is broken, or was not made."""

    def connect(self, refused: Callable[[str], None]) -> None:
        """Connect; what is delivered from now on is handed over by `read`."""

    def read(self) -> None:
        """Hand over what comes, until the connection fails."""

    def acknowledge(self, delivery: Delivery) -> None:
        """Have the broker forget it."""

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Keep it at the broker for the operator to look at."""

    def close(self) -> None:
        """Disconnect; raises nothing."""


class Reader:
    """Reads one queue over one connection after the other.

    `make_line(take)` makes a connection that calls `take` for each delivery; `submit(command, reply)` has it said;
    `count(outcome)` counts what came of it: "said", "repeated", "whispered", "dropped" or "dead".

    What is delivered again, because a process or the broker died in between, was said under its id already.
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
        self._told = False  # that it is not

    def run(self) -> None:
        """Read until the greenlet is killed."""
        pause = FIRST_PAUSE
        while True:
            begun = time.monotonic()
            error = self._read_once()
            if error is not None and not self._told:
                self._told = True
                log.warning("The queue %s is not read: %s", self._source.queue, error)
            if time.monotonic() - begun > GOOD:
                pause = FIRST_PAUSE
            gevent.sleep(random.uniform(pause / 2, pause))  # noqa: S311 -- not all processes at once
            pause = min(2 * pause, LONGEST_PAUSE)

    def _read_once(self) -> Exception | None:
        """Read over one connection; return why it ended, None if the log has that already."""
        answers: Queue[Answer] = Queue()
        line = self._make_line(lambda delivery: self._take(delivery, answers))
        answering: gevent.Greenlet | None = None
        try:
            line.connect(self._refused)
            self.connected, self._told = True, False
            log.info("The queue %s is read", self._source.queue)
            answering = gevent.spawn(self._answer, line, answers)
            line.read()
        except line.errors as error:
            return error
        except Exception:
            log.exception("Reading the queue %s broke", self._source.queue)
        finally:
            self.connected = False
            if answering is not None:
                answering.kill()
            line.close()
        return None

    def _refused(self, reason: str) -> None:
        log.warning("The broker takes nothing for now: %s", reason)

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
        """Tell the broker what came of deliveries, as the connection of `answers` lasts."""
        try:
            for delivery, reason in answers:
                if reason is not None:
                    log.warning("A notification of %s can never be said: %s", self._source.queue, reason)
                    line.bury(delivery, reason)
                line.acknowledge(delivery)
        except line.errors as error:
            log.debug("Answering to %s failed: %s", self._source.queue, error)
            line.close()  # whoever reads finds that out


def _outcome(command: Announce | Whisper, result: Done) -> str:
    if isinstance(command, Whisper):
        return "dropped" if result is DROPPED else "whispered"
    return "said" if result.repeated is None else "repeated"
