"""Publishes the messages of configured rooms, in one process among all with the same database.

There is no queue in memory, because everything is in the log.  The publishing process knows the position in each room,
and writes it to the database periodically.  After a crash its successor continues from there, so that some messages are
published again, with the same ids, and none is lost.
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

#: Seconds before reconnecting, initially and at most; and how long a connection must last to reset the delay.
FIRST_PAUSE, LONGEST_PAUSE, GOOD = 0.1, 2.0, 6.0
#: Seconds between two attempts to become the publisher.
LEASE_INTERVAL = 1.0
#: Minimum seconds between two scans of all rooms for commits of other processes, and the minimum ratio of that pause to
#: the duration of a scan.
LOOK_INTERVAL, LOOK_SHARE = 1.0, 20
#: Seconds between two writes of positions, and attempts at a write that conflicts.
STORE_INTERVAL, STORE_ATTEMPTS = 5.0, 10
#: Messages and changes of a room to read at once.
PAGE = 100
#: Maximum number of rooms with known commits of this process; if there are more, all are scanned.
MAX_HINTED = 1_000


class Line(Protocol):
    """A connection, used once; failures raise one of its `errors`."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """The exceptions for a broken or failed connection."""

    def connect(self, refused: Callable[[str], None]) -> None:
        """Connect; `refused` is called with a reason when the broker blocks publishing."""

    def lead(self, epoch: str) -> bool:
        """Become the publisher for the database `epoch`; return False while another process is."""

    def read(self) -> None:
        """Read until the connection fails."""

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish, and wait for the broker's confirmations."""

    def close(self) -> None:
        """Disconnect; raises nothing."""


class Database(Protocol):
    """The database with the log."""

    def open(self, transaction_manager: Any = None) -> Any:
        """Return a connection."""

    def reading(self) -> AbstractContextManager[Chat]:
        """Return a read-only view of the chat."""

    def ask(self) -> None:
        """Wait until all commits of any process can be read."""


class Told(Protocol):
    """Notifies readers of commits."""

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Notify the readers of the room; must not block."""


class Publisher:
    """Publishes the messages of the rooms `names`, over successive connections.

    `make_line()` creates a connection; `count(kind)` counts publications.
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
        #: While this process publishes: the position in each room, and the rooms whose position is not in the database
        #: yet.
        self._positions: dict[str, Position] | None = None
        self._epoch = ""
        self._unwritten: dict[str, Position] = {}
        self._damaged: set[str] = set()
        self._told_unwritten = False

    @property
    def problem(self) -> str | None:
        """A sentence that says that publishing does not work, or None."""
        if self._greenlet is None or (self._connected and not self._refused):
            return None
        return "publishing: the broker is down, messages will be published later"

    def start(self) -> None:
        """Start publishing; rooms that were not published before begin with their next message."""
        if self._names and self._greenlet is None:
            self._follow()
            self._greenlet = gevent.spawn(self._run)

    def stop(self, timeout: float) -> None:
        """Stop publishing, and store the positions."""
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is not None:
            greenlet.kill(timeout=timeout)
            self._store()

    def beside(self, rooms: Told) -> Told:
        """Return an object that passes commits on to `rooms`, and has them published soon."""
        return _Beside(rooms, self._hint) if self._names else rooms

    def _hint(self, slug: str) -> None:
        """There was a commit of this process in a room."""
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
                log.warning("Messages are not being published: %s", error)
            if time.monotonic() - begun > GOOD:
                pause = FIRST_PAUSE
            gevent.sleep(random.uniform(pause / 2, pause))  # noqa: S311 -- not all processes at once
            pause = min(2 * pause, LONGEST_PAUSE)

    def _publish_once(self) -> Exception | None:
        """Publish over one connection; return why it ended, or None if that has been logged."""
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
            log.exception("Publishing failed")
        finally:
            self._positions = None
            self._connected = self._refused = False
            if reading is not None:
                reading.kill()
            line.close()
        return None

    def _is_refused(self, reason: str) -> None:
        self._refused = True
        log.warning("The broker blocks publishing: %s", reason)

    def _begin(self, line: Line) -> None:
        """Wait until this process is the publisher, and read the positions."""
        while not self._follow():
            gevent.sleep(LEASE_INTERVAL)  # otherwise all old messages would be published
        with self._database.reading() as chat:
            epoch = chat.epoch
        while not line.lead(epoch):
            self._told = False
            gevent.sleep(LEASE_INTERVAL)
        self._database.ask()  # for the positions of other processes
        with self._database.reading() as chat:
            published = published_of(chat)
            self._epoch = epoch
            self._positions = {} if published is None else published.positions
        self._told = False
        log.info("Messages are being published")

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
        """Return the rooms with unpublished items."""
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
        """Publish all items of rooms, a page of each in turn."""
        while slugs:
            slugs = {slug for slug in slugs if self._publish_page(line, slug)}
            give_way()

    def _publish_page(self, line: Line, slug: str) -> bool:
        """Publish the next items of a room; return whether there may be more."""
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
                    log.error("Room %s is no longer published: %s", slug, error)
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
        """Write the positions to the database; if that fails, try again later."""
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
        """Change the database; return whether the change is on disk."""
        manager = TransactionManager(explicit=True)
        try:
            connection = self._database.open(manager)
            try:
                written = any(_committed(manager, connection, change) for _attempt in range(STORE_ATTEMPTS))
            finally:
                connection.close()
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is tried again
            if not self._told_unwritten:
                log.warning(
                    "The positions of published rooms cannot be written now: %s: %s", type(error).__name__, error
                )
            written = False
        self._told_unwritten = not written
        return written


def _committed(manager: TransactionManager, connection: Any, change: Callable[[Chat], None]) -> bool:
    """Make a change; return False if it conflicted."""
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
    """Passes commits on to another recipient first."""

    def __init__(self, rooms: Told, hint: Callable[[str], None]) -> None:
        self._rooms = rooms
        self._hint = hint

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Notify the readers of the room, and then the publisher."""
        self._rooms.publish(slug, envelope)
        self._hint(slug)
