"""The events that are sent to clients, as JSON, one function or constant for each; docs/talking.md describes them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from piratechat.errors import CommandRejected
from piratechat.model.events import Message
from piratechat.model.moderation_log import LogEntry
from piratechat.serialization import entry_values, message_values
from piratechat.texts import DEFAULT, localized

_encode = json.JSONEncoder(ensure_ascii=False).encode

PONG = _encode({"type": "pong"})
MUTED = _encode({"type": "muted"})
UNMUTED = _encode({"type": "unmuted"})


def welcome_event(values: Mapping[str, Any]) -> str:
    """Return the answer to a client that joins."""
    return _encode({"type": "welcome", **values})


def message_event(message: Message, view: Mapping[str, Any] | None) -> str:
    """Return the event of something said; with its nonce it is its author's acknowledgement."""
    values = {"type": "message", **message_values(message, view)}
    if message.nonce:
        values["nonce"] = message.nonce
    return _encode(values)


def view_event(seq: int, view: Mapping[str, Any]) -> str:
    """Return the event of how a message reads, where it is told apart from the message."""
    return _encode({"type": "view", "seq": seq, **view})


def gap_event(before: int) -> str:
    """Return the event of more missing messages than are sent at once: those below number `before`."""
    return _encode({"type": "gap", "before": before})


def removed_event(seq: int) -> str:
    """Return the event of a message that was removed."""
    return _encode({"type": "removed", "seq": seq})


def room_event(values: Mapping[str, Any]) -> str:
    """Return the event of settings of the room that changed."""
    return _encode({"type": "room", **values})


def named_event(name: str) -> str:
    """Return the event of a visitor's new name, for that visitor."""
    return _encode({"type": "named", "you": name})


def logged_event(entry: LogEntry) -> str:
    """Return the event of what the owner did, for the owner."""
    return _encode({"type": "logged", **entry_values(entry)})


def present_event(joined: Sequence[str], left: Sequence[str]) -> str:
    """Return the event of names that came and went."""
    return _encode({"type": "present", "joined": joined, "left": left})


def typing_event(name: str) -> str:
    """Return the event of somebody who is typing."""
    return _encode({"type": "typing", "author": name})


def done_event(nonce: str) -> str:
    """Return the event that says that what was asked for under `nonce` is done, and on disk."""
    return _encode({"type": "done", "nonce": nonce})


def error_event(rejected: CommandRejected, nonce: str = "", language: str = DEFAULT) -> str:
    """Return the event of a refusal."""
    values: dict[str, Any] = {"type": "error", "code": rejected.code, "message": localized(rejected.message, language)}
    if nonce:
        values["nonce"] = nonce
    if rejected.retry_after is not None:
        values["retry_after"] = round(rejected.retry_after, 3)
    if rejected.field is not None:
        values["field"] = rejected.field
    return _encode(values)
