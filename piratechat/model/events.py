"""The events of a room, as its readers receive them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from piratechat.model.log import Mentions
from piratechat.model.moderation_log import LogEntry


class Reply(NamedTuple):
    """The message that another one replies to: its number, and its author, or "" if it was removed or erased."""

    seq: int
    author: str


class Reaction(NamedTuple):
    """An emoji with the number of people who reacted with it, and the names of up to 20 of them."""

    emoji: str
    total: int
    names: tuple[str, ...]


class Message(NamedTuple):
    """A message; `text` is empty if it was removed or erased."""

    seq: int
    #: Milliseconds since 1970, UTC; never earlier than the previous message.
    at: int
    author: str
    text: str
    #: The identifier that its author's client chose, or "".
    nonce: str = ""
    removed: bool = False
    #: The language that its author declared: a BCP 47 tag, or "".
    lang: str = ""
    #: Who removed it, if it was removed.
    by: "By | None" = None
    #: Milliseconds since 1970 of its last edit, or None if `text` is the original.
    edited: int | None = None
    #: The message that it replies to.
    reply_to: Reply | None = None
    #: The names of participants in `text`.
    mentions: Mentions = ()
    #: Whether its text has been erased.
    erased: bool = False
    #: Whether it is pinned.
    pinned: bool = False
    #: In the order of their first use.
    reactions: tuple[Reaction, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether it has text to be read."""
        return not self.removed and not self.erased


#: On whose behalf an action is performed; a rule is a setting that acts automatically.
By = Literal["author", "owner", "operator", "rule"]


@dataclass(frozen=True, slots=True)
class Removed:
    """A message was removed, as change number `rev`."""

    seq: int
    rev: int
    by: By = "owner"


@dataclass(frozen=True, slots=True)
class RemovedMany:
    """Messages were removed together, as one change; `seqs` ascend."""

    seqs: tuple[int, ...]
    rev: int
    by: By = "owner"


@dataclass(frozen=True, slots=True)
class Erased:
    """Messages were erased, as one change; `seqs` ascend."""

    seqs: tuple[int, ...]
    rev: int


@dataclass(frozen=True, slots=True)
class Updated:
    """A message has a new state: it was edited, or restored.

    If several messages are restored together, each has its own event with the same `rev`.
    """

    message: Message
    rev: int
    #: The names that an edit mentions and the previous text did not; unknown to readers who catch up.
    mentioned: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """The room was changed: the settings in `values`, or `owner`, the owner's new name.

    The settings are `title`, `topic`, `translator`, `read_only`, `slow` and `third_party_translation`.
    """

    values: Mapping[str, Any]
    rev: int


@dataclass(frozen=True, slots=True)
class Pinned:
    """The currently pinned messages `seqs`, in this order, without removed or erased ones."""

    seqs: tuple[int, ...]
    rev: int


@dataclass(frozen=True, slots=True)
class Reacted:
    """The current reactions to a message; `changed`: for each emoji, the name and whether it was added."""

    seq: int
    reactions: tuple[Reaction, ...]
    rev: int
    changed: tuple[str, str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Muted:
    """The owner has muted a visitor; only for that visitor."""

    visitor: str


@dataclass(frozen=True, slots=True)
class Unmuted:
    """The owner has unmuted a visitor; only for that visitor."""

    visitor: str


@dataclass(frozen=True, slots=True)
class Named:
    """A visitor has the new name `name`; only for that visitor, in all windows."""

    visitor: str
    name: str


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry was added to the moderation log; only for the owner."""

    visitor: str
    entry: LogEntry


#: Events for all readers of the room other than new messages; each has a `rev`.
Revision = Removed | RemovedMany | Erased | Updated | Pinned | Reacted | Changed
Event = Message | Revision | Muted | Unmuted | Named | Logged


def in_parts(events: Sequence[Revision]) -> Iterator[tuple[Revision, bool]]:
    """Yield `events`, ascending by `rev`, each with whether another event of the same change follows."""
    for event, following in zip_longest(events, events[1:]):
        yield event, following is not None and following.rev == event.rev


class Numbers(NamedTuple):
    """The state of a room: the numbers of its last message and its last change, in the database `epoch`."""

    last: int
    rev: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """The events of one commit in a room, in order, and the room's numbers after it.

    Without events it only announces the numbers.  It has all or none of the commit's messages, and all or none of its
    changes.
    """

    events: Sequence[Event]
    numbers: Numbers

    @property
    def before(self) -> tuple[int, int]:
        """The numbers of the last message and the last change before its events."""
        messages = 0
        revs = set()
        for event in self.events:
            if isinstance(event, Message):
                messages += 1
            elif isinstance(event, Revision):
                revs.add(event.rev)
        return self.numbers.last - messages, self.numbers.rev - len(revs)
