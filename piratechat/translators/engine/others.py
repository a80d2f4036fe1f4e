"""The other processes of the chat, as the engine of one knows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from piratechat.translation import Translated
from piratechat.translators.engine.budget import Spent


def _nothing(*_what: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """How to tell them; by default there are none."""

    #: What this process is known by.
    node: str = ""
    #: Tells what a text reads like, by the key of its translation.
    translated: Callable[[bytes, Translated], None] = _nothing
    #: Tells whose translations nobody is to remember, by the digests of texts.
    forgotten: Callable[[Sequence[bytes]], None] = _nothing
    #: Tells what a translator has had from this process on a day, in days since 1970.
    spent: Callable[[str, int, Spent], None] = _nothing
    #: Returns among how many processes that cannot hear each other a budget is divided; 1 where they do.
    parts: Callable[[], int] = lambda: 1


ALONE = Others()
