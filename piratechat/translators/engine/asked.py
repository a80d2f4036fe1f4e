"""What is asked of a translator, for somebody who wants to read it."""

from collections.abc import Sequence
from typing import NamedTuple

from piratechat.translators.engine.waiting_texts import Turn

#: The turn of a text of which nobody has said how urgent it is.
LATER = Turn()


class Asked(NamedTuple):
    """A text to translate."""

    #: It may be a `Mentioning`.
    text: str
    #: What its author declared it is written in: a BCP 47 tag, or None.
    language: str | None = None
    #: Whether a reader wants it tried again though it failed lately.
    retry: bool = False
    turn: Turn = LATER
    #: Whether a reader wants it translated also where that seems needless.
    anyway: bool = False
    #: What was said before it in its room, the oldest first, for a translator with `context`.
    before: Sequence[str] = ()
