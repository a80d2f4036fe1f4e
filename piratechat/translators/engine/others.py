"""The engine's connection to the other processes of the chat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from piratechat.translation import Translated
from piratechat.translators.engine.budget import Spent


def _nothing(*_what: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """Callbacks that notify the other processes; by default there are none."""

    #: The name of this process.
    node: str = ""
    #: Sends a translation, by its cache key.
    translated: Callable[[bytes, Translated], None] = _nothing
    #: Sends the digests of texts whose translations must be dropped.
    forgotten: Callable[[Sequence[bytes]], None] = _nothing
    #: Sends a translator's usage by this process on a day, in days since 1970.
    spent: Callable[[str, int, Spent], None] = _nothing
    #: Returns the number of disconnected processes among which a quota is divided; 1 if they are connected.
    parts: Callable[[], int] = lambda: 1


ALONE = Others()
