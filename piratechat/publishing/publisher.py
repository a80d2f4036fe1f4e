"""Publishes what is said in rooms that the operator names, by one process of all that have the database.

Nothing waits in memory to be published: it is in the log.  What is published behind which position is known to the
process that publishes, and written to the database now and then; whoever goes on after its death begins there, so that
some of it is published twice, under the same ids, and nothing is left out.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import gevent
from gevent.event import Event
from transaction import TransactionManager
from ZODB.POSException import ConflictError

from piratechat.cooperative import give_way, yielding
from piratechat.model.changes import ChangesMissing
from piratechat.model.chat import Chat, chat_of
from piratechat.model.events import Envelope
from piratechat.model.log import LogDamaged
from piratechat.model.published import BEGINNING, Position, RoomNames, follow, published_of
from piratechat.publishing.publications import Publication, unpublished

log = logging.getLogger(__name__)

#: Seconds until the next attempt to connect: at first, and at most; a connection that lasted so long was a good one.
FIRST_PAUSE, LONGEST_PAUSE, GOOD = 0.1, 2.0, 6.0
#: Seconds until a process that may not publish asks again.
LEASE_INTERVAL = 1.0
#: Seconds between two looks at all rooms, for what other processes have committed; and how many times as long as a look
#: took it is at least.
LOOK_INTERVAL, LOOK_SHARE = 1.0, 20
#: Seconds between two times that positions are written, and attempts at that which meet conflicts.
STORE_INTERVAL, STORE_ATTEMPTS = 5.0, 10
#: Messages and changes of a room that are read at once.
PAGE = 100
#: Rooms of which it is noted that something was committed here; with more, all are looked at.
MAX_HINTED = 1_000


class Line(Protocol):
    """One connection, used once; what fails raises one of its `errors`."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What says that the connection is broken, or was not made."""

    def connect(self, refused: Callable[[str], None]) -> None:
        """Connect; `refused` is called with a reason if the broker takes nothing for now."""

    def lead(self, epoch: str) -> bool:
        """Become the one who publishes of the database `epoch`; return False while another process is."""

    def read(self) -> None:
        """Take what comes, until the connection fails."""

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish them, and wait until the broker has them."""

    def close(self) -> None:
        """Disconnect; raises nothing."""


class Database(Protocol):
    """Where the log is."""

    def open(self, transaction_manager: Any = None) -> Any:
        """Return a connection."""

    def reading(self) -> AbstractContextManager[Chat]:
        """Return a moment's view of the chat."""

    def ask(self) -> None:
        """Wait until what was committed anywhere can be read."""


class Told(Protocol):
    """Who else hears of what was committed."""

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Tell the readers of the room; must not block."""


class Publisher:
    """Publishes what is said in the rooms `names`, over one connection after the other.

    `make_line()` makes a connection; `count(kind)` counts what was published.
    """

    def __init__(
        self, names: RoomNames, make_line: Callable[[], Line], database: Database, count: Callable[[str], None]
    ) -> None:
        self._names = names
        self._make_line = make_line
        self._database = database
        self._count = count
        self._greenlet: gevent.Greenlet | None = None
        self._connected = self._told = False
        self._refused = False
        self._wanted = Event()
        self._hinted: set[str] = set()
        #: While this process publishes: how far rooms were, and which of that is not in the database yet.
        self._positions: dict[str, Position] | None = None
        self._epoch = ""
        self._unwritten: dict[str, Position] = {}
        self._damaged: set[str] = set()
        self._told_unwritten = False

    @property
    def problem(self) -> str | None:
        """A sentence that says that nothing is published; None if all is well."""
        if self._greenlet is None or (self._connected and not self._refused):
            return None
        return "publishing: the broker is away, what is said in rooms is published later"

    def start(self) -> None:
        """Publish from now on: what is said in rooms that were not published before, from the next message on."""
        if self._names and self._greenlet is None:
            self._follow()
            self._greenlet = gevent.spawn(self._run)

    def stop(self, timeout: float) -> None:
        """Publish no more, and keep how far it got."""
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is not None:
            greenlet.kill(timeout=timeout)
            self._store()

    def beside(self, rooms: Told) -> Told:
        """Return what tells `rooms` of commits and has them published soon."""
        return _Beside(rooms, self._hint) if self._names else rooms

    def _hint(self, slug: str) -> None:
        """Something was committed here."""
        if self._positions is not None and slug in self._names:
            if len(self._hinted) < MAX_HINTED:
                self._hinted.add(slug)
            self._wanted.set()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            begun = time.monotonic()
            error = self._publish_once()
            self._store()
            if error is not None and not self._told:
                self._told = True
                log.warning("What is said in rooms is not published: %s", error)
            if time.monotonic() - begun > GOOD:
                pause = FIRST_PAUSE
            gevent.sleep(random.uniform(pause / 2, pause))  # noqa: S311 -- not all processes at once
            pause = min(2 * pause, LONGEST_PAUSE)

    def _publish_once(self) -> Exception | None:
        """Publish over one connection; return why it ended, None if the log has that already."""
        line = self._make_line()
        reading: gevent.Greenlet | None = None
        try:
            line.connect(self._is_refused)
            self._connected = True
            self._begin(line)
            reading = gevent.spawn(self._read, line)
            self._publish_all(line, reading)
        except line.errors as error:
            return error
        except Exception:
            log.exception("Publishing broke")
        finally:
            self._positions = None
            self._connected = self._refused = False
            if reading is not None:
                reading.kill()
            line.close()
        return None

    def _is_refused(self, reason: str) -> None:
        self._refused = True
        log.warning("The broker takes nothing for now: %s", reason)

    def _begin(self, line: Line) -> None:
        """Wait until it is this process that publishes, and find out from where."""
        while not self._follow():
            gevent.sleep(LEASE_INTERVAL)  # without that all that was ever said would be published
        with self._database.reading() as chat:
            epoch = chat.epoch
        while not line.lead(epoch):
            self._told = False
            gevent.sleep(LEASE_INTERVAL)
        self._database.ask()  # for what others have published before
        with self._database.reading() as chat:
            published = published_of(chat)
            self._epoch = epoch
            self._positions = {} if published is None else published.positions
        self._told = False
        log.info("What is said in rooms is published")

    def _read(self, line: Line) -> Exception | None:
        try:
            line.read()
        except line.errors as error:
            return error
        finally:
            self._wanted.set()
        return None

    def _publish_all(self, line: Line, reading: gevent.Greenlet) -> None:
        look_at = 0.0
        stored = time.monotonic()
        while True:
            self._wanted.clear()
            hinted, self._hinted = self._hinted, set()
            begun = time.monotonic()
            if begun >= look_at or len(hinted) >= MAX_HINTED:
                hinted = set(self._behind())
                took = time.monotonic() - begun
                look_at = begun + took + max(LOOK_INTERVAL, LOOK_SHARE * took)
            self._publish_rooms(line, hinted)
            if time.monotonic() - stored >= STORE_INTERVAL:
                self._store()
                stored = time.monotonic()
            if reading.ready():
                if reading.value is not None:
                    raise reading.value
                raise RuntimeError("reading has ended")
            self._wanted.wait(max(0.0, look_at - time.monotonic()))

    def _behind(self) -> list[str]:
        """Return the rooms of which something is to be published."""
        assert self._positions is not None
        with self._database.reading() as chat:
            if chat.epoch != self._epoch:
                raise RuntimeError("the database was replaced")
            found = []
            for slug in yielding(self._names.among(chat.rooms)):
                last, rev, _epoch = chat.rooms[slug].numbers
                published_last, published_rev = self._positions.get(slug, BEGINNING)
                if last > published_last or rev > published_rev:
                    found.append(slug)
            return found

    def _publish_rooms(self, line: Line, slugs: set[str]) -> None:
        """Publish what there is of rooms, a page of each in turn."""
        while slugs:
            slugs = {slug for slug in slugs if self._publish_page(line, slug)}
            give_way()

    def _publish_page(self, line: Line, slug: str) -> bool:
        """Publish what comes next of a room; return whether there may be more."""
        assert self._positions is not None
        before = self._positions.get(slug, BEGINNING)
        with self._database.reading() as chat:
            room = chat.rooms.get(slug)
            if room is None or chat.epoch != self._epoch:
                return False
            try:
                publications, position = unpublished(room, before, PAGE)
            except (LogDamaged, ChangesMissing) as error:
                if slug not in self._damaged:
                    log.error("Room %s is not published any more: %s", slug, error)
                self._damaged.add(slug)
                return False
        line.publish(publications)
        for each in publications:
            self._count(each.kind)
        if position == before:
            return False
        self._positions[slug] = self._unwritten[slug] = position
        return True

    def _store(self) -> None:
        """Write to the database how far rooms were published; what cannot be written now is later."""
        positions, self._unwritten = self._unwritten, {}
        epoch = self._epoch

        def note(chat: Chat) -> None:
            published = published_of(chat)
            if published is not None and chat.epoch == epoch:
                published.note(positions)

        if positions and not self._write(note):
            self._unwritten = positions | self._unwritten

    def _follow(self) -> bool:
        return self._write(lambda chat: follow(chat, self._names))

    def _write(self, change: Callable[[Chat], None]) -> bool:
        """Change something in the database; return whether that is on disk."""
        manager = TransactionManager(explicit=True)
        try:
            connection = self._database.open(manager)
            try:
                written = any(_committed(manager, connection, change) for _attempt in range(STORE_ATTEMPTS))
            finally:
                connection.close()
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is tried again
            if not self._told_unwritten:
                log.warning("How far rooms were published cannot be written now: %s: %s", type(error).__name__, error)
            written = False
        self._told_unwritten = not written
        return written


def _committed(manager: TransactionManager, connection: Any, change: Callable[[Chat], None]) -> bool:
    """Change something; return whether it met no conflict."""
    manager.begin()
    try:
        change(chat_of(connection))
        manager.get().note("how far rooms were published")
        manager.commit()
    except ConflictError:
        manager.abort()
        return False
    except BaseException:
        manager.abort()
        raise
    return True


class _Beside:
    """Tells others first."""

    def __init__(self, rooms: Told, hint: Callable[[str], None]) -> None:
        self._rooms = rooms
        self._hint = hint

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Tell the readers of the room, and whoever publishes."""
        self._rooms.publish(slug, envelope)
        self._hint(slug)
