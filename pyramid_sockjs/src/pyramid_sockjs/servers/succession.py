"""Generations of workers across reloads of a server.

gunicorn tells old workers to end as soon as it has forked the new ones, which then load the application.  An old worker
that knows its successor continues to serve until the successor does, so that clients do not wait.
"""

import mmap
import struct

_NUMBER = struct.Struct("Q")
_NEWEST, _SERVING = 0, _NUMBER.size


class Succession:
    """Generations of workers, in memory that a master process shares with the workers that it forks."""

    def __init__(self) -> None:
        self._numbers = mmap.mmap(-1, 2 * _NUMBER.size)
        self._settings: object = None

    def follow(self, settings: object) -> int:
        """Return the generation of a worker that is about to be forked.

        `settings` is the server's configuration object: a reload creates another one.
        """
        if settings is not self._settings:
            self._settings = settings
            self._write(_NEWEST, self._read(_NEWEST) + 1)
        return self._read(_NEWEST)

    def serve(self, generation: int) -> None:
        """Record that a worker of `generation` serves."""
        self._write(_SERVING, max(generation, self._read(_SERVING)))

    def replaces(self, generation: int) -> bool:
        """Return whether an earlier generation serves, and none of this generation does yet."""
        return 0 < self._read(_SERVING) < generation

    def is_coming(self, generation: int) -> bool:
        """Return whether there is a later generation of which no worker is known to serve yet."""
        return self._read(_NEWEST) > max(generation, self._read(_SERVING))

    def has_come(self, generation: int) -> bool:
        """Return whether a later generation serves."""
        return self._read(_SERVING) > generation

    def _read(self, offset: int) -> int:
        return _NUMBER.unpack_from(self._numbers, offset)[0]

    def _write(self, offset: int, number: int) -> None:
        _NUMBER.pack_into(self._numbers, offset, number)
