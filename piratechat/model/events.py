"""What happens in a room, as its readers hear of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from piratechat.model.log import Mentions
from piratechat.model.moderation_log import LogEntry


class Reply(NamedTuple):
    """What a message answers: the number of another, and who wrote that; "" if it was removed or erased."""

    seq: int
    author: str


class Reaction(NamedTuple):
    """An emoji that people have reacted with: how many, and what up to 20 of them are called."""

    emoji: str
    total: int
    names: tuple[str, ...]


class Message(NamedTuple):
    """Something said; `text` is empty if it was removed or erased."""

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
    #: Who removed it, if it was removed.
    by: "By | None" = None
    #: Milliseconds since 1970 of its last edit, None if `text` is what was said at first.
    edited: int | None = None
    #: What it answers.
    reply_to: Reply | None = None
    #: The names of participants in `text`.
    mentions: Mentions = ()
    #: Whether its words are gone for good.
    erased: bool = False
    #: Whether it is among the pinned messages of its room.
    pinned: bool = False
    #: In the order in which they came first.
    reactions: tuple[Reaction, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether there are words to be read."""
        return not self.removed and not self.erased


#: On whose behalf something is done: a rule is a setting that acts by itself.
By = Literal["author", "owner", "operator", "rule"]


@dataclass(frozen=True, slots=True)
class Removed:
    """A message was removed, as change number `rev`."""

    seq: int
    rev: int
    by: By = "owner"


@dataclass(frozen=True, slots=True)
class RemovedMany:
    """Messages were removed at once, as one change; `seqs` ascend."""

    seqs: tuple[int, ...]
    rev: int
    by: By = "owner"


@dataclass(frozen=True, slots=True)
class Erased:
    """The words of messages are gone for good, as one change; `seqs` ascend."""

    seqs: tuple[int, ...]
    rev: int


@dataclass(frozen=True, slots=True)
class Updated:
    """A message has changed, and is to be shown as it is now: it was edited, or its removal was taken back.

    Of messages that were restored at once each has its event, with the same `rev`.
    """

    message: Message
    rev: int
    #: The names that an edit mentions and the text before did not; not known to those who catch up.
    mentioned: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """The room was changed: the settings in `values`, or else `owner`, what the owner is called now.

    The settings are `title`, `topic`, `translator`, `read_only`, `slow` and `third_party_translation`.
    """

    values: Mapping[str, Any]
    rev: int


@dataclass(frozen=True, slots=True)
class Pinned:
    """The messages `seqs` are pinned now, in this order; none that was removed or erased."""

    seqs: tuple[int, ...]
    rev: int


@dataclass(frozen=True, slots=True)
class Reacted:
    """A message has these reactions now; `changed`: by the emoji, the name and whether it was added."""

    seq: int
    reactions: tuple[Reaction, ...]
    rev: int
    changed: tuple[str, str, bool] | None = None


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


#: What all readers of the room hear and is no new message: it has a `rev`.
Revision = Removed | RemovedMany | Erased | Updated | Pinned | Reacted | Changed
Event = Message | Revision | Muted | Unmuted | Named | Logged


def in_parts(events: Sequence[Revision]) -> Iterator[tuple[Revision, bool]]:
    """Yield `events`, ascending by `rev`, and whether another event of the same change follows each of them."""
    for event, following in zip_longest(events, events[1:]):
        yield event, following is not None and following.rev == event.rev


class Numbers(NamedTuple):
    """How far a room has got: the numbers of its last message and of its last change, in the database `epoch`."""

    last: int
    rev: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """The events of one commit in a room, in order, and the numbers that the room had after it.

    Without events it says only that.  The events of messages are all that the commit numbered, or none of them; so
    are those of changes.
    """

    events: Sequence[Event]
    numbers: Numbers

    @property
    def before(self) -> tuple[int, int]:
        """The numbers of the last message and of the last change before its events."""
        messages = 0
        revs = set()
        for event in self.events:
            if isinstance(event, Message):
                messages += 1
            elif isinstance(event, Revision):
                revs.add(event.rev)
        return self.numbers.last - messages, self.numbers.rev - len(revs)
