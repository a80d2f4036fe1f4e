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

#: The result of a whisper that exceeded the room's rate limit.
DROPPED = Done()

Reply = Callable[[Done | CommandRejected], None]


@dataclass(frozen=True, slots=True)
class Whisper:
    """Show a program's text, under the name `name`, to the current readers of a room."""

    slug: str
    visitor: str
    name: str
    text: str
    lang: str = ""
    #: The epoch of the database that published it, if any.
    origin: str = ""


class Whispers:
    """Sends whispers, one after the other.

    `reading()` opens a read-only view of the database and may block, which consumers of queues must not. `tell(slug,
    whispered)` sends to the readers of a room, in all processes; `may(slug)` checks the rate limit.
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
        self._waiting: Queue[tuple[Whisper, Reply]] = Queue()  # the brokers' prefetch counts limit it

    def submit(self, whisper: Whisper, reply: Reply) -> None:
        """Queue `whisper`.

        `reply` is called when readers and other processes have been notified, or with a rejection.
        """
        self._waiting.put((whisper, reply))

    def run(self) -> None:
        """Send queued whispers until the greenlet is killed."""
        for whisper, reply in self._waiting:
            reply(self._told(whisper))

    def _told(self, whisper: Whisper) -> Done | CommandRejected:
        try:
            if not self._may(whisper.slug):  # first, because it is cheap
                return DROPPED
            with self._reading() as chat:
                _check(chat.rooms.get(whisper.slug), whisper)
            self._tell(whisper.slug, Whispered(whisper.name, self._clock(), whisper.text, whisper.lang))
        except CommandRejected as rejected:
            return rejected
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is tried again
            log.warning("A whispered notification cannot be sent now: %s: %s", type(error).__name__, error)
            return CommandRejected("not-stored", text("error.not_stored"), 1.0)
        return Done()


def _check(room: Room | None, whisper: Whisper) -> None:
    """Raise CommandRejected if the program may not post, so that its message could not be stored, either."""
    if room is None:
        raise CommandRejected("bad-message", text("error.no_such_room"))
    must_be_from_elsewhere(room, whisper.origin)
    if room.names.is_muted(whisper.visitor):
        raise CommandRejected("muted", text("error.muted"))
    if room.names.owner(whisper.name) not in (None, whisper.visitor):
        raise CommandRejected("name-taken", text("error.name_taken", name=isolated(whisper.name)))
