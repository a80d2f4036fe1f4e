"""What was taken away for good, noted beside the database: a back-up from before that must not bring it back.

Each line is one erasure: numbers and the hash of a room's address, no words and no names.  Processes on one machine
append to one file.
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

#: The name of the file, in the folder of settings.var.
NAME = "revoked"
#: Bytes of the file, about 90,000 lines; when it is larger, the older half of its lines is dropped.
MAX_SIZE = 8 * 1024 * 1024
#: Seconds to wait for another process that writes to it.
PATIENCE = 5.0

_LINE = re.compile(rb"(erased (\d{1,15}) ([0-9a-f]{32}) (\d{1,18}) (\d{1,15})) ([0-9a-f]{8})")


class Erasure(NamedTuple):
    """A message whose words are gone for good."""

    #: Milliseconds since 1970 at which it was erased.
    when: int
    #: What `room_digest` returns for its room.
    room: str
    seq: int
    #: Milliseconds since 1970 at which it was said: another message can get its number after a restore.
    at: int


class Revoked:
    """The file of what was taken away for good.  Its methods block, and raise OSError."""

    def __init__(self, path: str, size: int = MAX_SIZE) -> None:
        self._path = path
        self._size = size

    def add(self, erasures: Iterable[Erasure]) -> None:
        """Note `erasures`; they are on disk when this returns."""
        lines = b"".join(map(_line, erasures))
        os.makedirs(os.path.dirname(os.path.abspath(self._path)), mode=0o700, exist_ok=True)
        with self._alone():
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                size = os.fstat(handle).st_size
                # A line that was not finished, when the disk was full or the machine stopped, ends here.
                _write(handle, lines if not size or os.pread(handle, 1, size - 1) == b"\n" else b"\n" + lines)
                os.fsync(handle)
                size = os.fstat(handle).st_size
            finally:
                os.close(handle)
            if size > self._size:
                self._shorten()
            self._sync_folder()

    def read(self) -> tuple[list[Erasure], int]:
        """Return what is noted, the oldest first, and how many lines make no sense.  Nothing is noted in no file."""
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
        """Let no other process write meanwhile.  Raises TimeoutError after PATIENCE seconds."""
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
    """Return what a room is noted by: 32 hexadecimal digits."""
    return hashlib.sha256(slug.encode()).hexdigest()[:32]


def _line(erasure: Erasure) -> bytes:
    what = f"erased {erasure.when} {erasure.room} {erasure.seq} {erasure.at}".encode()
    return what + f" {zlib.crc32(what):08x}\n".encode()


def _erasure(line: bytes) -> Erasure | None:
    """Return what `line` says, None if it makes no sense."""
    match = _LINE.fullmatch(line)
    if match is None or int(match[6], 16) != zlib.crc32(match[1]):
        return None
    return Erasure(int(match[2]), match[3].decode(), int(match[4]), int(match[5]))


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
