"""A translation request on behalf of a reader."""

from collections.abc import Sequence
from typing import NamedTuple

from piratechat.translators.engine.waiting_texts import Turn

#: The turn of a request without a known urgency.
LATER = Turn()


class Asked(NamedTuple):
    """A text to translate."""

    #: It may be a `Mentioning`.
    text: str
    #: The language that its author declared: a BCP 47 tag, or None.
    language: str | None = None
    #: Whether to repeat a recent failure.
    retry: bool = False
    turn: Turn = LATER
    #: Whether to translate it even if that seems unnecessary.
    anyway: bool = False
    #: The preceding messages of its room, oldest first, for a translator with `context`.
    before: Sequence[str] = ()
