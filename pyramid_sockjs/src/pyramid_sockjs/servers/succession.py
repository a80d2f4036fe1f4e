"""Which worker follows which, when a server is reloaded.

gunicorn asks the workers it has to end as soon as it has forked the new ones,
which then load the application.  A worker that knows of them serves on until
they do; nobody waits for that time.
"""

import mmap
import struct

_NUMBER = struct.Struct("Q")
_NEWEST, _SERVING = 0, _NUMBER.size


class Succession:
    """Generations of workers, in memory that a master shares with those it forks later."""

    def __init__(self) -> None:
        self._numbers = mmap.mmap(-1, 2 * _NUMBER.size)
        self._settings: object = None

    def follow(self, settings: object) -> int:
        """A worker is about to be forked; return its generation.

        `settings` is what the server was configured with: a reload makes another one.
        """
        if settings is not self._settings:
            self._settings = settings
            self._write(_NEWEST, self._read(_NEWEST) + 1)
        return self._read(_NEWEST)

    def serve(self, generation: int) -> None:
        """A worker of `generation` serves."""
        self._write(_SERVING, max(generation, self._read(_SERVING)))

    def replaces(self, generation: int) -> bool:
        """Whether an earlier generation than this one serves, and none of this one does yet."""
        return 0 < self._read(_SERVING) < generation

    def is_coming(self, generation: int) -> bool:
        """Whether there is a later generation than this one, and whether none of those is known to serve yet."""
        return self._read(_NEWEST) > max(generation, self._read(_SERVING))

    def has_come(self, generation: int) -> bool:
        """Whether a later generation than this one serves."""
        return self._read(_SERVING) > generation

    def _read(self, offset: int) -> int:
        return _NUMBER.unpack_from(self._numbers, offset)[0]

    def _write(self, offset: int, number: int) -> None:
        _NUMBER.pack_into(self._numbers, offset, number)
