"""What happens in a room, as its readers hear of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class Message(NamedTuple):
    """Something said; `text` is empty if it was removed."""

    seq: int
    #: Milliseconds since 1970, UTC; never earlier than the message before.
    at: int
    author: str
    text: str
    #: What its author's client knows it by, or "".
    nonce: str = ""
    removed: bool = False
    #: What its author says it is written in: a BCP 47 tag, or "".
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """The owner removed a message."""

    seq: int


@dataclass(frozen=True, slots=True)
class Restored:
    """The owner took a removal back."""

    message: Message


@dataclass(frozen=True, slots=True)
class Changed:
    """The owner changed the room: `title`, `translator`, `read_only`, `slow` or `online`."""

    values: Mapping[str, Any]


Event = Message | Removed | Restored | Changed
