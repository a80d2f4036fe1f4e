"""Health checks: whether the database responds, commits succeed, and the disk has free space."""

import logging
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator

import gevent

from piratechat.storage.committer import Committer
from piratechat.storage.database import Database

log = logging.getLogger(__name__)

#: Timeout of the database check in seconds.
DATABASE_TIMEOUT = 2.0
#: Seconds for which commands may wait without a commit.
STALL = 10.0
#: Seconds between two test writes after a commit has failed, however often /healthz is requested.
PROBE_INTERVAL = 1.0
#: The problem to report until a test write succeeds.
REFUSED = "writing: the store rejects writes; see the log"


class Health:
    """Reports problems, in words that contain no secrets.

    The disks of `folders` must have `reserve` bytes of free space; `degraded` returns problems that do not stop the
    service.
    """

    def __init__(
        self,
        database: Database,
        committer: Committer,
        folders: Iterable[str],
        reserve: int,
        degraded: Callable[[], Iterable[str]] = lambda: (),
    ) -> None:
        self._database = database
        self._committer = committer
        self._folders = list(folders)
        self._reserve = reserve
        self._degraded = degraded
        self._asking: gevent.Greenlet | None = None
        self._probed_at = -math.inf
        #: Whether this process will end soon while others continue.
        self.draining = False

    def problems(self) -> list[str]:
        """Return the problems, or an empty list; takes at most DATABASE_TIMEOUT."""
        if self.draining:
            return ["draining: this process is about to end"]
        return [*self._database_problems(), *self._committer_problems(), *self._disk_problems()]

    def drain(self) -> None:
        """Report from now on that this process will end soon."""
        self.draining = True

    def worries(self) -> list[str]:
        """Return problems that do not prevent visitors from being served."""
        return [f"degraded: {each}" for each in self._degraded()]

    def _database_problems(self) -> Iterator[str]:
        # One query at a time, which is never cancelled: a database may take minutes to open.
        asking = self._asking
        if asking is None or asking.ready():
            asking = self._asking = gevent.spawn(self._ask)
        asking.join(DATABASE_TIMEOUT)
        if not asking.ready():
            yield f"database: no response for {DATABASE_TIMEOUT:.0f} s"
        elif asking.value is not None:
            yield asking.value

    def _ask(self) -> str | None:
        try:
            self._database.ask()
            with self._database.reading() as chat:
                is_empty = chat.rooms is None
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is what is wrong
            log.error("The database cannot be read: %s", error)
            return f"database: cannot be read ({type(error).__name__}); see the log"
        if is_empty:
            return "database: empty"
        return REFUSED if self._is_refused() else None

    def _is_refused(self) -> bool:
        """Whether a commit has failed and test writes still fail; without writers this would go unnoticed."""
        failed_at = self._committer.failed_at
        if failed_at is None:
            return False
        if time.monotonic() - self._probed_at >= PROBE_INTERVAL:
            self._probed_at = time.monotonic()
            try:
                self._database.try_to_write()
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is what is wrong
                log.error("The database cannot be written: %s", error)
            else:
                self._committer.note_recovery(failed_at)
                return False
        return True

    def _committer_problems(self) -> Iterator[str]:
        if self._committer.stalled > STALL:
            yield f"writing: nothing has been written for {self._committer.stalled:.0f} s, and commands are waiting"

    def _disk_problems(self) -> Iterator[str]:
        for folder in self._folders:
            try:
                left = os.statvfs(folder)
            except OSError:
                yield "disk: a data folder is missing"
                continue
            free = left.f_bavail * left.f_frsize
            if free < self._reserve:
                yield (
                    f"disk: {free / 1e6:.0f} MB are left of the {self._reserve / 1e6:.0f} MB "
                    "that piratechat.disk_reserve asks for: make room"
                )
