"""The messages that clients send over SockJS, one class for each; docs/talking.md describes them.

A message reads and checks its own values.  What depends on the room it is sent
to, or on who sends it, the handlers check.  Messages are not frozen: that would
cost half a microsecond for each.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from piratechat.bounded_json import parse_json
from piratechat.errors import CommandRejected
from piratechat.model.catching_up import Position
from piratechat.model.commands import checked_changes
from piratechat.model.reactions import checked_emoji
from piratechat.model.text import checked_lang, checked_message, checked_name, checked_nonce
from piratechat.texts import text

#: What a client sent: the JSON object.
Values = Mapping[str, Any]

#: Messages whose translations can be asked for at once.
MAX_READ = 200
#: Numbers of messages are smaller than this.
SEQ_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the settings of the chat allow."""

    #: Characters of a message.
    message_length: int
    #: The views that may be the default of a room.
    translators: Collection[str]


class ClientMessage:
    """A message of a client; a new one needs a handler as well, and a line in docs/talking.md."""

    __slots__ = ()

    #: What it is called on the wire.
    type: ClassVar[str]
    #: Whether a client that has not joined joins by it.
    joins: ClassVar[bool] = True

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        """Return the message in `values`.  Raises CommandRejected with what to send instead."""
        return cls()


@dataclass(slots=True)
class Join(ClientMessage):
    """Show me the room; I am called `name` unless that is None.

    `position` is how far I have read, as far as it is known: from there on I am told what I have missed.
    `name` and `view` are what the client sent: with a wrong one it joins all the same, and is told.
    """

    type = "join"
    joins = False  # its handler does that, when it has the name

    position: Position
    name: object
    view: object

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        after, since, epoch = values.get("after"), values.get("since"), values.get("epoch")
        if after is not None and not _is_number(after, 0):
            raise CommandRejected("bad-message", text("error.after_invalid"))
        if since is not None and not _is_number(since, 0):
            raise CommandRejected("bad-message", text("error.since_invalid"))
        if epoch is not None and not isinstance(epoch, str):
            raise CommandRejected("bad-message", text("error.epoch_invalid"))
        return cls(Position(after, since, epoch), values.get("name"), values.get("as"))


@dataclass(slots=True)
class Ping(ClientMessage):
    """Answer me, so that I know that the connection is alive."""

    type = "ping"
    joins = False


@dataclass(slots=True)
class Say(ClientMessage):
    """Say `text`, which is written in `lang`, a BCP 47 tag or ""."""

    type = "say"

    text: str
    lang: str
    nonce: str
    #: The number of the message that it answers.
    reply_to: int | None = None

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        nonce, reply_to = checked_nonce(values.get("nonce")), values.get("reply_to")
        text = checked_message(values.get("text"), bounds.message_length)
        return cls(text, checked_lang(values.get("lang")), nonce, None if reply_to is None else _checked_seq(reply_to))


@dataclass(slots=True)
class Edit(ClientMessage):
    """Let my message `seq` read as `text`, which is written in `lang`, or in the language of the one before if None."""

    type = "edit"

    seq: int
    text: str
    lang: str | None
    nonce: str

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        nonce, seq = checked_nonce(values.get("nonce")), _checked_seq(values.get("seq"))
        said = checked_message(values.get("text"), bounds.message_length)
        return cls(seq, said, checked_lang(values["lang"]) if "lang" in values else None, nonce)


@dataclass(slots=True)
class As(ClientMessage):
    """Show me messages through the translator `view` from now on; `view` is what the client sent."""

    type = "as"

    view: object

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        return cls(values.get("as"))


@dataclass(slots=True)
class Read(ClientMessage):
    """Show me how the messages `seqs` and, if `topic`, the topic read; translate again what failed if `retry`.

    `later`: they are not in sight.  `anyway`: translate also what needs no translation, it seems.  `view`: the
    translator, or None for the reader's own.
    """

    type = "read"

    seqs: Sequence[int]
    retry: bool
    topic: bool = False
    later: bool = False
    anyway: bool = False
    view: object = None

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        retry, topic, later, anyway = flags = [
            values.get(name, False) for name in ("again", "topic", "later", "anyway")
        ]
        seqs = values.get("seqs", [] if topic is True else None)
        if not isinstance(seqs, list) or len(seqs) > MAX_READ:
            raise CommandRejected("bad-message", text("error.seqs_invalid", most=MAX_READ))
        if not all(isinstance(flag, bool) for flag in flags):
            raise CommandRejected("bad-message", text("error.read_flags"))
        return cls(list(dict.fromkeys(map(_checked_seq, seqs))), retry, topic, later, anyway, values.get("as"))


@dataclass(slots=True)
class Typing(ClientMessage):
    """Tell the others that I am typing."""

    type = "typing"


@dataclass(slots=True)
class _AboutMessage(ClientMessage):
    seq: int
    nonce: str

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        return cls(_checked_seq(values.get("seq")), checked_nonce(values.get("nonce")))


@dataclass(slots=True)
class Remove(_AboutMessage):
    """Remove the message `seq`."""

    type = "remove"


@dataclass(slots=True)
class Restore(_AboutMessage):
    """Take back the removal of the message `seq`."""

    type = "restore"


@dataclass(slots=True)
class Erase(_AboutMessage):
    """Overwrite the message `seq` for good."""

    type = "erase"


@dataclass(slots=True)
class React(ClientMessage):
    """React to the message `seq` with `emoji`, or take that back if not `on`."""

    type = "react"

    seq: int
    emoji: str
    on: bool
    nonce: str

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        seq, emoji = _checked_seq(values.get("seq")), checked_emoji(values.get("emoji"))
        return cls(seq, emoji, _checked_on(values), checked_nonce(values.get("nonce")))


@dataclass(slots=True)
class Pin(ClientMessage):
    """Pin the message `seq`, or unpin it if not `on`."""

    type = "pin"

    seq: int
    on: bool
    nonce: str

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        return cls(_checked_seq(values.get("seq")), _checked_on(values), checked_nonce(values.get("nonce")))


@dataclass(slots=True)
class Room(ClientMessage):
    """Change settings of the room."""

    type = "room"

    changes: dict[str, Any]
    nonce: str

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        changes = {name: value for name, value in values.items() if name not in ("type", "nonce")}
        return cls(checked_changes(changes, bounds.translators), checked_nonce(values.get("nonce")))


@dataclass(slots=True)
class _AboutVisitor(ClientMessage):
    name: str
    nonce: str

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        return cls(checked_name(values.get("name")), checked_nonce(values.get("nonce")))


@dataclass(slots=True)
class Mute(_AboutVisitor):
    """Let the visitor called `name` say no more."""

    type = "mute"


@dataclass(slots=True)
class Unmute(_AboutVisitor):
    """Let the visitor called `name` speak again."""

    type = "unmute"


#: The classes by the `type` on the wire.
MESSAGES: Mapping[str, type[ClientMessage]] = {
    each.type: each
    for each in (Join, Ping, Say, Edit, As, Read, Typing, Remove, Restore, Erase, React, Pin, Room, Mute, Unmute)
}


def values_of(message: str) -> dict[str, Any]:
    """Return the JSON object in `message`; anything else is said as it stands."""
    try:
        values = parse_json(message)
    except ValueError:
        values = None
    return values if isinstance(values, dict) else {"type": "say", "text": message}


def class_of(values: Values) -> type[ClientMessage]:
    """Return the class of the message in `values`.  Raises CommandRejected with the types that are known."""
    name = values.get("type")
    found = MESSAGES.get(name) if isinstance(name, str) else None
    if found is None:
        raise CommandRejected("bad-message", text("error.unknown_type", types=", ".join(MESSAGES)))
    return found


def _checked_seq(seq: object) -> int:
    if not _is_number(seq, 1):
        raise CommandRejected("bad-message", text("error.seq_invalid"))
    assert isinstance(seq, int)
    return seq


def _checked_on(values: Values) -> bool:
    on = values.get("on")
    if not isinstance(on, bool):
        raise CommandRejected("bad-message", text("error.not_a_flag"))
    return on


def _is_number(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < SEQ_LIMIT
