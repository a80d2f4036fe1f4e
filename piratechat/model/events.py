"""What happens in a room, as its readers hear of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from piratechat.model.moderation_log import LogEntry


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
    """The owner changed the room: the settings in `values`, or else `owner`, what the owner is called now.

    The settings are `title`, `translator`, `read_only`, `slow` and `third_party_translation`.
    """

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Muted:
    """The owner lets a visitor say no more: for the ears of that visitor."""

    visitor: str


@dataclass(frozen=True, slots=True)
class Unmuted:
    """The owner lets a visitor speak again: for the ears of that visitor."""

    visitor: str


@dataclass(frozen=True, slots=True)
class Named:
    """A visitor is called `name` from now on: for the ears of that visitor, in all their windows."""

    visitor: str
    name: str


@dataclass(frozen=True, slots=True)
class Logged:
    """The owner did something: for the owner's own ears."""

    visitor: str
    entry: LogEntry


Event = Message | Removed | Restored | Changed | Muted | Unmuted | Named | Logged
