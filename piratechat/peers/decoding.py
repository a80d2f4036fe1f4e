"""Messages of other processes, from JSON: they are validated like any input."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from piratechat.bounded_json import parse_json
from piratechat.errors import CommandRejected
from piratechat.model.commands import checked_changes
from piratechat.model.events import (
    By,
    Changed,
    Envelope,
    Erased,
    Event,
    Logged,
    Message,
    Muted,
    Named,
    Numbers,
    Pinned,
    Reacted,
    Reaction,
    Removed,
    RemovedMany,
    Reply,
    Unmuted,
    Updated,
)
from piratechat.model.log import MAX_MENTIONS, Mentions
from piratechat.model.moderation_log import LogEntry
from piratechat.model.reactions import MAX_EMOJI, checked_emoji
from piratechat.model.reactions import MAX_NAMES as REACTION_NAMES
from piratechat.model.text import NAME_LENGTH, NONCE_LENGTH, TAG_LENGTH, TOPIC_LENGTH, clean
from piratechat.peers.agreement import LENGTH, WHOLE_LENGTH
from piratechat.peers.messages import (
    MAX_FORGOTTEN,
    MAX_LENGTH,
    MAX_NAMES,
    MAX_TRANSLATION_LENGTH,
    Content,
    Forgotten,
    Hello,
    Learned,
    LoggedOut,
    Moved,
    Post,
    Present,
    SetUp,
    Spending,
    Taken,
    Typing,
    Whispered,
    Who,
)
from piratechat.settings import MAX_MESSAGE_LENGTH
from piratechat.translators.engine.budget import Spent

#: Maximum number of settings in a message.
MAX_SETTINGS = 2_000
#: Maximum length of ids of processes, visitors and databases in characters.
MAX_ID_LENGTH = 200
#: Upper bound of numbers.
LIMIT = 2**62


def decoded(text: str) -> Post:
    """Parse a message.  Raises ValueError if it is invalid."""
    if len(text) > MAX_LENGTH:
        raise ValueError("it is too long")
    values = parse_json(text)
    if not isinstance(values, dict):
        raise ValueError("it is no object")
    reader = _READERS.get(str(values.get("type")))
    if reader is None:
        raise ValueError("its type is not known")
    return Post(_id(values.get("node")), _number(values.get("n")), reader(values))


def _envelope(values: Mapping[str, Any]) -> Envelope:
    numbers = Numbers(_number(values.get("last")), _number(values.get("rev")), _id(values.get("epoch")))
    return Envelope([_event(each) for each in _list(values.get("events"))], numbers)


def _event(values: Any) -> Event:
    name, *arguments = _list(values)
    reader = _EVENTS.get(name) if isinstance(name, str) else None
    if reader is None:
        raise ValueError("an event's type is not known")
    try:
        return reader(*arguments)
    except TypeError:
        raise ValueError("an event has another number of values") from None


def _message(
    seq: Any,
    at: Any,
    author: Any,
    said: Any,
    nonce: Any,
    removed: Any,
    lang: Any,
    by: Any,
    edited: Any,
    reply_to: Any,
    mentions: Any,
    erased: Any,
    pinned: Any,
    reactions: Any,
) -> Message:
    return Message(
        _number(seq),
        _number(at),
        _text(author, NAME_LENGTH),
        _text(said, MAX_MESSAGE_LENGTH),
        _text(nonce, NONCE_LENGTH),
        _flag(removed),
        _text(lang, TAG_LENGTH),
        None if by is None else _by(by),
        None if edited is None else _number(edited),
        None if reply_to is None else _reply(*_list(reply_to, 2)),
        _mentions(mentions),
        _flag(erased),
        _flag(pinned),
        _reactions(reactions),
    )


def _reply(seq: Any, author: Any) -> Reply:
    return Reply(_number(seq), _text(author, NAME_LENGTH))


def _mentions(values: Any) -> Mentions:
    found = [_list(value, 3) for value in _list(values)]
    if len(found) > MAX_MENTIONS:
        raise ValueError("there are too many mentions")
    return tuple((_number(start), _number(end), _text(name, NAME_LENGTH)) for start, end, name in found)


def _reacted(seq: Any, reactions: Any, rev: Any, changed: Any) -> Reacted:
    if changed is not None:
        emoji, author, on = _list(changed, 3)
        changed = (_emoji(emoji), _text(author, NAME_LENGTH), _flag(on))
    return Reacted(_number(seq), _reactions(reactions), _number(rev), changed)


def _reactions(values: Any) -> tuple[Reaction, ...]:
    found = [_list(value, 3) for value in _list(values)]
    if len(found) > MAX_EMOJI or any(len(_list(names)) > REACTION_NAMES for _emoji, _count, names in found):
        raise ValueError("there are too many reactions")
    return tuple(Reaction(_emoji(emoji), _number(count), tuple(_names(names))) for emoji, count, names in found)


def _emoji(value: Any) -> str:
    try:
        emoji = checked_emoji(value)
    except CommandRejected:
        emoji = None
    if emoji is None or emoji != value:
        raise ValueError("a reaction is no emoji")
    return emoji


def _changed(values: Any, rev: Any) -> Changed:
    if not isinstance(values, dict):
        raise ValueError("the values of a change are no object")
    found = dict(values)
    owner = {"owner": _optional(found.pop("owner"), NAME_LENGTH)} if "owner" in found else {}
    name = found.get("translator")
    try:
        checked = checked_changes(found, [name] if isinstance(name, str) else []) if found or not owner else {}
    except CommandRejected as rejected:
        raise ValueError(str(rejected)) from None
    return Changed(checked | owner, _number(rev))


def _logged(visitor: Any, entry: Any) -> Logged:
    at, what, value, before = _list(entry, 4)
    return Logged(_id(visitor), LogEntry(_number(at), _text(what, NAME_LENGTH), _plain(value), _plain(before)))


def _plain(value: Any) -> Any:
    """Return a value of the moderation log: that of a setting, a name, or two numbers."""
    if isinstance(value, list):
        return tuple(map(_number, _list(value, 2)))
    if isinstance(value, str):
        return _text(value, TOPIC_LENGTH)
    return value if value is None or isinstance(value, bool) else _number(value)


_EVENTS: Mapping[str, Callable[..., Event]] = {
    "message": _message,
    "removed": lambda seq, rev, by: Removed(_number(seq), _number(rev), _by(by)),
    "removed_many": lambda seqs, rev, by: RemovedMany(tuple(map(_number, _list(seqs))), _number(rev), _by(by)),
    "erased": lambda seqs, rev: Erased(tuple(map(_number, _list(seqs))), _number(rev)),
    "updated": lambda message, rev, mentioned: Updated(
        _message(*_list(message)), _number(rev), tuple(_names(mentioned))
    ),
    "pinned": lambda seqs, rev: Pinned(tuple(map(_number, _list(seqs))), _number(rev)),
    "reacted": _reacted,
    "changed": _changed,
    "named": lambda visitor, name: Named(_id(visitor), _text(name, NAME_LENGTH)),
    "muted": lambda visitor: Muted(_id(visitor)),
    "unmuted": lambda visitor: Unmuted(_id(visitor)),
    "logged": _logged,
}

_READERS: Mapping[str, Callable[[Mapping[str, Any]], Content]] = {
    "events": _envelope,
    "hello": lambda values: Hello(_flag(values.get("going")), _text(values.get("settings", ""), WHOLE_LENGTH)),
    "set_up": lambda values: SetUp(_digests(values.get("digests"))),
    "taken": lambda values: Taken(_id(values.get("limit")), _id(values.get("address")), _number(values.get("tokens"))),
    "logged_out": lambda values: LoggedOut(_id(values.get("visitor"))),
    "typing": lambda values: Typing(_text(values.get("name"), NAME_LENGTH)),
    "whispered": lambda values: Whispered(
        _text(values.get("author"), NAME_LENGTH),
        _number(values.get("at")),
        _text(values.get("text"), MAX_MESSAGE_LENGTH),
        _text(values.get("lang"), TAG_LENGTH),
    ),
    "who": lambda _values: Who(),
    # Processes of the previous version do not send the count.
    "present": lambda values: Present(
        _id(values.get("of")),
        _number(values.get("change")),
        _names(values.get("names")),
        _number(values.get("count", 0)),
    ),
    "moved": lambda values: Moved(
        _id(values.get("of")),
        _number(values.get("change")),
        _names(values.get("joined")),
        _names(values.get("left")),
        _number(values.get("count", 0)),
    ),
    "learned": lambda values: Learned(
        bytes.fromhex(_text(values.get("key"), 64)),
        _text(values.get("text"), MAX_TRANSLATION_LENGTH),
        _optional(values.get("source"), TAG_LENGTH),
    ),
    "spending": lambda values: Spending(
        _id(values.get("translator")),
        _number(values.get("day")),
        Spent(*map(_number, _list(values.get("spent"), len(Spent._fields)))),
    ),
    "forgotten": lambda values: Forgotten(
        [bytes.fromhex(_text(each, 32)) for each in _list(values.get("digests"))[:MAX_FORGOTTEN]]
    ),
}


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LIMIT:
        return value
    raise ValueError("a number is missing")


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false is missing")


def _text(value: Any, limit: int) -> str:
    if isinstance(value, str) and len(value) <= limit and clean(value) == value:
        return value
    raise ValueError("a text is missing, too long, or cannot be shown")


def _optional(value: Any, limit: int) -> str | None:
    return None if value is None else _text(value, limit)


def _id(value: Any) -> str:
    return _text(value, MAX_ID_LENGTH)


def _digests(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MAX_SETTINGS:
        raise ValueError("settings are missing, or too many")
    return {_id(name): _text(digest, LENGTH) for name, digest in value.items()}


def _by(value: Any) -> By:
    if value in get_args(By):
        by: By = value
        return by
    raise ValueError("it is not known who did it")


def _list(value: Any, length: int | None = None) -> list[Any]:
    if isinstance(value, list) and value and (length is None or len(value) == length):
        return value
    if value == [] and length is None:
        return []
    raise ValueError("a list is missing, or of another length")


def _names(value: Any) -> list[str]:
    names = _list(value)
    if len(names) > MAX_NAMES:
        raise ValueError("there are too many names")
    return [_text(name, NAME_LENGTH) for name in names]
