"""The messages of clients over SockJS, one class for each; `piratechat.protocol.messages` describes them.

A message parses and validates its own fields; handlers check what depends on the room or the sender.  The classes are
not frozen, which would cost half a microsecond for each message.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl

from piratechat.bounded_json import parse_json
from piratechat.errors import CommandRejected
from piratechat.model.catching_up import Position
from piratechat.model.commands import checked_changes
from piratechat.model.reactions import checked_emoji
from piratechat.model.text import checked_lang, checked_message, checked_name, checked_nonce
from piratechat.texts import text

#: The JSON object that a client sent.
Values = Mapping[str, Any]

#: Maximum number of messages whose translations can be requested together.
MAX_READ = 200
#: Upper bound of message numbers.
SEQ_LIMIT = 2**62
#: The fields of `Join` in a URL, and those of them that are numbers.
IN_URL = ("after", "since", "epoch", "as")
NUMBERS_IN_URL = ("after", "since")
#: Maximum length of a number: that of SEQ_LIMIT.
MAX_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits from the chat's settings."""

    #: Maximum length of a message in characters.
    message_length: int
    #: The translators that can be the default of a room.
    translators: Collection[str]


class ClientMessage:
    """A message of a client; a new class also needs a handler, and a description in `piratechat.protocol`."""

    __slots__ = ()

    #: Its `type` in the protocol.
    type: ClassVar[str]
    #: Whether a client that has not joined does so by sending it.
    joins: ClassVar[bool] = True

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        """Parse `values`.  Raises CommandRejected, which says what to send instead."""
        return cls()


@dataclass(slots=True)
class Join(ClientMessage):
    """Joins the room, with the name `name` unless it is None.

    `position` is the client's position, as far as known, from which it receives what it has missed.  `name` and `view`
    are unvalidated: with an invalid one the client still joins, and gets an error.
    """

    type = "join"
    joins = False  # its handler joins when the client has its name

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
    """Requests an answer, to check that the connection works."""

    type = "ping"
    joins = False


@dataclass(slots=True)
class Say(ClientMessage):
    """Sends the message `text`, in the language `lang` (a BCP 47 tag, or "")."""

    type = "say"

    text: str
    lang: str
    nonce: str
    #: The number of the message that it replies to.
    reply_to: int | None = None

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        nonce, reply_to = checked_nonce(values.get("nonce")), values.get("reply_to")
        text = checked_message(values.get("text"), bounds.message_length)
        return cls(text, checked_lang(values.get("lang")), nonce, None if reply_to is None else _checked_seq(reply_to))


@dataclass(slots=True)
class Edit(ClientMessage):
    """Replaces the text of the visitor's message `seq`; `lang` is the new language, or None for the previous one."""

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
    """Changes the client's translator to `view`, which is unvalidated."""

    type = "as"

    view: object

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        return cls(values.get("as"))


@dataclass(slots=True)
class Read(ClientMessage):
    """Requests the translations of messages `seqs` and, if `topic`, of the topic; failed ones again if `retry`.

    `later`: they are not visible.  `anyway`: also translate texts that seem to need no translation.  `view`: the
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
    """Notifies the others that the visitor is typing."""

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
    """Removes the message `seq`."""

    type = "remove"


@dataclass(slots=True)
class Restore(_AboutMessage):
    """Restores the message `seq`."""

    type = "restore"


@dataclass(slots=True)
class Erase(_AboutMessage):
    """Erases the message `seq`."""

    type = "erase"


@dataclass(slots=True)
class React(ClientMessage):
    """Adds a reaction with `emoji` to the message `seq`, or removes it if not `on`."""

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
    """Pins the message `seq`, or unpins it if not `on`."""

    type = "pin"

    seq: int
    on: bool
    nonce: str

    @classmethod
    def parse(cls, values: Values, bounds: Bounds) -> Self:
        return cls(_checked_seq(values.get("seq")), _checked_on(values), checked_nonce(values.get("nonce")))


@dataclass(slots=True)
class Room(ClientMessage):
    """Changes settings of the room."""

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
    """Mutes the visitor with the name `name`."""

    type = "mute"


@dataclass(slots=True)
class Unmute(_AboutVisitor):
    """Unmutes the visitor with the name `name`."""

    type = "unmute"


#: All classes.
CLASSES: Sequence[type[ClientMessage]] = (
    Join,
    Ping,
    Say,
    Edit,
    As,
    Read,
    Typing,
    Remove,
    Restore,
    Erase,
    React,
    Pin,
    Room,
    Mute,
    Unmute,
)
#: The classes by their `type`.
MESSAGES: Mapping[str, type[ClientMessage]] = {each.type: each for each in CLASSES}


def join_in_url(query: str) -> str | None:
    """Return the message of a WebSocket's query string such as `join&after=57&as=pirate`; None if it has no `join`.

    Its other fields are those of `Join` but for the name, because URLs are logged.
    """
    if not query:
        return None
    fields = dict(parse_qsl(query, keep_blank_values=True, separator="&"))
    if Join.type not in fields:
        return None
    values: dict[str, object] = {name: fields[name] for name in IN_URL if name in fields}
    for name in NUMBERS_IN_URL:
        typed = fields.get(name, "")
        if typed.isdecimal() and len(typed) <= MAX_DIGITS:
            values[name] = int(typed)
    return dumps({"type": Join.type, **values})


def values_of(message: str) -> dict[str, Any]:
    """Parse a JSON object; any other text is the text of a message."""
    try:
        values = parse_json(message)
    except ValueError:
        values = None
    return values if isinstance(values, dict) else {"type": "say", "text": message}


def class_of(values: Values) -> type[ClientMessage]:
    """Return the class of the message in `values`.  Raises CommandRejected, which lists the known types."""
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
