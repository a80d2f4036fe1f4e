"""The list of erased messages, stored outside the database so that restoring an old back-up cannot bring them back.

Each line is one erasure: numbers and the hash of a room's slug, but no text and no names.  All processes on a machine
append to the same file.
"""

import fcntl
import hashlib
import os
import re
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

#: The name of the file in settings.var.
NAME = "revoked"
#: Maximum size of the file in bytes, about 90,000 lines; beyond it the older half of the lines is dropped.
MAX_SIZE = 8 * 1024 * 1024
#: Seconds to wait for another process that writes to it.
PATIENCE = 5.0

_LINE = re.compile(rb"(erased (\d{1,15}) ([0-9a-f]{32}) (\d{1,18}) (\d{1,15})) ([0-9a-f]{8})")


class Erasure(NamedTuple):
    """An erased message."""

    #: Milliseconds since 1970 when it was erased.
    when: int
    #: The `room_digest` of its room.
    room: str
    seq: int
    #: Milliseconds since 1970 when it was sent: after a restore another message can get the same number.
    at: int


class Revoked:
    """The file of erasures.  Its methods block, and raise OSError."""

    def __init__(self, path: str, size: int = MAX_SIZE) -> None:
        self._path = path
        self._size = size

    def add(self, erasures: Iterable[Erasure]) -> None:
        """Add `erasures`; they are on disk when this returns."""
        lines = b"".join(map(_line, erasures))
        os.makedirs(os.path.dirname(os.path.abspath(self._path)), mode=0o700, exist_ok=True)
        with self._alone():
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                size = os.fstat(handle).st_size
                # Ends a line that was not completed when the disk was full or the machine stopped.
                _write(handle, lines if not size or os.pread(handle, 1, size - 1) == b"\n" else b"\n" + lines)
                os.fsync(handle)
                size = os.fstat(handle).st_size
            finally:
                os.close(handle)
            if size > self._size:
                self._shorten()
            self._sync_folder()

    def read(self) -> tuple[list[Erasure], int]:
        """Return the recorded erasures, oldest first, and the number of invalid lines.  A missing file has none."""
        try:
            with open(self._path, "rb") as file:
                lines = file.read(2 * MAX_SIZE).splitlines()
        except FileNotFoundError:
            return [], 0
        found = [erasure for line in lines if (erasure := _erasure(line)) is not None]
        return found, sum(map(bool, lines)) - len(found)

    def _shorten(self) -> None:
        """Drop the older half of the lines."""
        found, _senseless = self.read()
        fresh = f"{self._path}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write(handle, b"".join(map(_line, found[len(found) // 2 :])))
            os.fsync(handle)
        finally:
            os.close(handle)
        os.rename(fresh, self._path)

    def _sync_folder(self) -> None:
        folder = os.open(os.path.dirname(os.path.abspath(self._path)), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lock the file against other processes.  Raises TimeoutError after PATIENCE seconds."""
        with open(f"{self._path}.lock", "a") as lock:
            end = time.monotonic() + PATIENCE
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise TimeoutError(f"another process has {lock.name}") from None
                time.sleep(0.005)
            yield


def room_digest(slug: str) -> str:
    """Return the identifier of a room: 32 hexadecimal digits."""
    return hashlib.sha256(slug.encode()).hexdigest()[:32]


def _line(erasure: Erasure) -> bytes:
    what = f"erased {erasure.when} {erasure.room} {erasure.seq} {erasure.at}".encode()
    return what + f" {zlib.crc32(what):08x}\n".encode()


def _erasure(line: bytes) -> Erasure | None:
    """Parse `line`; returns None if it is invalid."""
    match = _LINE.fullmatch(line)
    if match is None or int(match[6], 16) != zlib.crc32(match[1]):
        return None
    return Erasure(int(match[2]), match[3].decode(), int(match[4]), int(match[5]))


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
