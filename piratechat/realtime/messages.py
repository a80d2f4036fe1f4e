"""The messages that clients send over SockJS, one class for each; docs/talking.md describes them.

A message is checked as a whole before anything is done.  What depends on the
room it is sent to, or on who sends it, the handlers check.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from piratechat.bounded_json import parse_json
from piratechat.errors import CommandRejected
from piratechat.model.commands import checked_changes
from piratechat.model.text import checked_lang, checked_message, checked_name, checked_nonce

#: Messages whose translations can be asked for at once.
MAX_READ = 200
#: Numbers of messages are smaller than this.
SEQ_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the settings of the chat allow."""

    #: Characters of a message.
    message_length: int
    #: The names of the active translators.
    translators: Sequence[str]


@dataclass(frozen=True, slots=True)
class Join:
    """Show me the room, from message `after` + 1 on if that is not None; I am called `name` unless that is None."""

    after: int | None
    name: object
    view: object


@dataclass(frozen=True, slots=True)
class Ping:
    """Answer me, so that I know that the connection is alive."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say `text`, which is written in `lang`, a BCP 47 tag or ""."""

    text: str
    lang: str
    nonce: str


@dataclass(frozen=True, slots=True)
class As:
    """Show me messages through the translator `view` from now on."""

    view: object


@dataclass(frozen=True, slots=True)
class Read:
    """Show me how the messages `seqs` read; translate again what failed if `retry`."""

    seqs: Sequence[int]
    retry: bool


@dataclass(frozen=True, slots=True)
class Typing:
    """Tell the others that I am typing."""


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the message `seq`."""

    seq: int
    nonce: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Take back the removal of the message `seq`."""

    seq: int
    nonce: str


@dataclass(frozen=True, slots=True)
class Room:
    """Change settings of the room."""

    changes: dict[str, Any]
    nonce: str


@dataclass(frozen=True, slots=True)
class Mute:
    """Let the visitor called `name` say no more."""

    name: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Unmute:
    """Let the visitor called `name` speak again."""

    name: str
    nonce: str


ClientMessage = Join | Ping | Say | As | Read | Typing | Remove | Restore | Room | Mute | Unmute
Values = Mapping[str, Any]


def values_of(message: str) -> dict[str, Any]:
    """Return the JSON object in `message`; anything else is said as it stands."""
    try:
        values = parse_json(message)
    except ValueError:
        values = None
    return values if isinstance(values, dict) else {"type": "say", "text": message}


def message_of(values: Values, bounds: Bounds) -> ClientMessage:
    """Return the message that `values` stand for.  Raises CommandRejected with what to send instead."""
    kind = values.get("type")
    parse = PARSERS.get(kind) if isinstance(kind, str) else None
    if parse is None:
        raise CommandRejected("bad-message", f"There is no message of this type; there are {', '.join(PARSERS)}.")
    return parse(values, bounds)


def _join(values: Values, _bounds: Bounds) -> Join:
    after = values.get("after")
    if after is not None and not _is_number(after, 0):
        raise CommandRejected("bad-message", "after must be the number of the last message you have: 0 or more.")
    return Join(after, values.get("name"), values.get("as"))


def _say(values: Values, bounds: Bounds) -> Say:
    nonce = checked_nonce(values.get("nonce"))
    text = checked_message(values.get("text"), bounds.message_length)
    return Say(text, checked_lang(values.get("lang")), nonce)


def _read(values: Values, _bounds: Bounds) -> Read:
    seqs, retry = values.get("seqs"), values.get("again", False)
    if not isinstance(seqs, list) or len(seqs) > MAX_READ or not isinstance(retry, bool):
        raise CommandRejected("bad-message", f"seqs must be a list of numbers of messages, at most {MAX_READ}.")
    return Read(list(dict.fromkeys(map(_checked_seq, seqs))), retry)


def _room(values: Values, bounds: Bounds) -> Room:
    changes = {name: value for name, value in values.items() if name not in ("type", "nonce")}
    return Room(checked_changes(changes, bounds.translators), checked_nonce(values.get("nonce")))


def _about_message(kind: Callable[[int, str], ClientMessage]) -> "Parser":
    return lambda values, _bounds: kind(_checked_seq(values.get("seq")), checked_nonce(values.get("nonce")))


def _about_visitor(kind: Callable[[str, str], ClientMessage]) -> "Parser":
    return lambda values, _bounds: kind(checked_name(values.get("name")), checked_nonce(values.get("nonce")))


def _checked_seq(seq: object) -> int:
    if not _is_number(seq, 1):
        raise CommandRejected("bad-message", "seq must be the number of a message: 1 or more.")
    assert isinstance(seq, int)
    return seq


def _is_number(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < SEQ_LIMIT


Parser = Callable[[Values, Bounds], ClientMessage]

PARSERS: Mapping[str, Parser] = {
    "join": _join,
    "ping": lambda _values, _bounds: Ping(),
    "say": _say,
    "as": lambda values, _bounds: As(values.get("as")),
    "read": _read,
    "typing": lambda _values, _bounds: Typing(),
    "remove": _about_message(Remove),
    "restore": _about_message(Restore),
    "room": _room,
    "mute": _about_visitor(Mute),
    "unmute": _about_visitor(Unmute),
}
