"""Whispered notifications: sent to the current readers of a room, and never stored."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from gevent.queue import Queue

from piratechat.errors import CommandRejected
from piratechat.model.bidi import isolated
from piratechat.model.chat import Chat
from piratechat.model.commands import Done, must_be_from_elsewhere
from piratechat.model.room import Room
from piratechat.peers.messages import Whispered
from piratechat.texts import text

log = logging.getLogger(__name__)

#: What came of a whisper of which there were too many in its room.
DROPPED = Done()

Reply = Callable[[Done | CommandRejected], None]


@dataclass(frozen=True, slots=True)
class Whisper:
    """Have a program, called `name`, tell something to those who are reading a room."""

    slug: str
    visitor: str
    name: str
    text: str
    lang: str = ""
    #: The epoch of the database of which it was published, if it was.
    origin: str = ""


class Whispers:
    """Has whispers told, one after the other.

    `reading()` opens a moment's view of the database, which may have to be waited for: those who read queues must not
    wait.  `tell(slug, whispered)` tells the readers of a room at all processes; `may(slug)` says whether there
    were not too many of late.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Chat]],
        tell: Callable[[str, Whispered], None],
        may: Callable[[str], bool],
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._reading = reading
        self._tell = tell
        self._may = may
        self._clock = clock
        self._waiting: Queue[tuple[Whisper, Reply]] = Queue()  # no more than brokers hand over at once

    def submit(self, whisper: Whisper, reply: Reply) -> None:
        """Have `whisper` told; `reply` hears of it when readers and other processes were told, or why they are not."""
        self._waiting.put((whisper, reply))

    def run(self) -> None:
        """Tell what is submitted, until the greenlet is killed."""
        for whisper, reply in self._waiting:
            reply(self._told(whisper))

    def _told(self, whisper: Whisper) -> Done | CommandRejected:
        try:
            if not self._may(whisper.slug):  # first, for it costs next to nothing
                return DROPPED
            with self._reading() as chat:
                _check(chat.rooms.get(whisper.slug), whisper)
            self._tell(whisper.slug, Whispered(whisper.name, self._clock(), whisper.text, whisper.lang))
        except CommandRejected as rejected:
            return rejected
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is tried again
            log.warning("A whisper cannot be told now: %s: %s", type(error).__name__, error)
            return CommandRejected("not-stored", text("error.not_stored"), 1.0)
        return Done()


def _check(room: Room | None, whisper: Whisper) -> None:
    """Raises CommandRejected where the program may not speak: where what it said could not be kept, either."""
    if room is None:
        raise CommandRejected("bad-message", text("error.no_such_room"))
    must_be_from_elsewhere(room, whisper.origin)
    if room.names.is_muted(whisper.visitor):
        raise CommandRejected("muted", text("error.muted"))
    if room.names.owner(whisper.name) not in (None, whisper.visitor):
        raise CommandRejected("name-taken", text("error.name_taken", name=isolated(whisper.name)))
