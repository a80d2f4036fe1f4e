"""What the owner did in a room, for the owner to look up."""

from typing import Any, NamedTuple

from persistent import Persistent

#: Deeds that are remembered of a room; older ones are forgotten.
MOST_DEEDS = 100


class Deed(NamedTuple):
    """Something the owner did."""

    #: Milliseconds since 1970, UTC.
    at: int
    #: What was changed (title, translator, read_only, slow or online), or removed, restored, silenced or forgiven.
    what: str
    #: What it was changed to; the number of a message; or a visitor's name.
    value: Any
    #: What it was changed from, else None.
    before: Any = None


class Deeds(Persistent):
    """The last deeds in a room."""

    def __init__(self) -> None:
        self._deeds: tuple[tuple[Any, ...], ...] = ()

    def add(self, deed: Deed) -> None:
        """Remember `deed`, and forget what is too old."""
        self._deeds = (*self._deeds, tuple(deed))[-MOST_DEEDS:]

    def latest(self) -> list[Deed]:
        """Return the deeds that are remembered, the newest first."""
        return [Deed(*deed) for deed in reversed(self._deeds)]
