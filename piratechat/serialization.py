"""What is told of a room: as JSON, over SockJS and HTTP, and as lines of text."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from piratechat.errors import CommandRejected
from piratechat.model.bidi import isolated
from piratechat.model.events import Changed, Event, Logged, Message, Muted, Named, Removed, Restored, Unmuted
from piratechat.model.links import links, links_of_view
from piratechat.model.moderation_log import LogEntry
from piratechat.translation import Failed, Outcome, Translated
from piratechat.translators.engine.outcomes import Pending

encode = json.JSONEncoder(ensure_ascii=False).encode

#: The answer to a ping.
PONG = encode({"type": "pong"})


def iso(at: int) -> str:
    """Return milliseconds since 1970 as RFC 3339 has it, in UTC: "2026-11-21T10:00:00.123Z"."""
    return f"{datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19]}.{at % 1000:03}Z"


def kept_values(message: Message) -> dict[str, Any]:
    """Return what is kept of a message, but for its nonce."""
    values: dict[str, Any] = {
        "seq": message.seq,
        "at": iso(message.at),
        "author": message.author,
        "text": message.text,
    }
    if message.lang:
        values["lang"] = message.lang
    if message.removed:
        values["removed"] = True
    return values


def message_values(message: Message, view: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what clients are told of a message, over HTTP as over SockJS."""
    values = kept_values(message)
    found = links(message.text)
    if found:
        values["links"] = found
    if view is not None:
        values["view"] = view
    return values


def message_line(message: Message) -> str:
    """Return a message as text: one line, and further ones of what was said indented below it."""
    first, *others = ["(removed)"] if message.removed else message.text.split("\n")
    begin = f"{message.seq}  {iso(message.at)}  {isolated(message.author)}: {isolated(first)}"
    return "\n    ".join([begin, *others]) + "\n"


def view_values(name: str, outcome: Outcome | Pending, said: str) -> dict[str, Any] | None:
    """Return how the translator `name` reads what was `said`; None if there is nothing to say about it."""
    if isinstance(outcome, Pending):
        return {"as": name, "state": "pending"}
    if isinstance(outcome, Translated):
        values: dict[str, Any] = {"as": name, "state": "ready", "text": outcome.text}
        found = links_of_view(outcome.text, said)
        if found:
            values["links"] = found
        return values
    if isinstance(outcome, Failed):
        values = {"as": name, "state": "failed", "reason": str(outcome.error)}
        if outcome.error.retry_after is not None:
            values["retry_after"] = outcome.error.retry_after
        return values
    return {"as": name, "state": "skipped", "reason": outcome.reason} if outcome.reason else None


def view_event(seq: int, view: Mapping[str, Any]) -> str:
    """Return the event of how a message reads, where it is told apart from the message."""
    return encode({"type": "view", "seq": seq, **view})


def message_event(message: Message, view: Mapping[str, Any] | None) -> str:
    """Return the event of something said; with its nonce it is its author's acknowledgement."""
    values = {"type": "message", **message_values(message, view)}
    if message.nonce:
        values["nonce"] = message.nonce
    return encode(values)


def other_event(event: Event) -> str:
    """Return the event of what is no message, and reads the same in every view."""
    return encode(_OTHER_EVENTS[type(event)](event))


def entry_values(entry: LogEntry) -> dict[str, Any]:
    """Return what the owner is told of a entry, over HTTP as over SockJS."""
    about = {"removed": "seq", "restored": "seq", "muted": "name", "unmuted": "name"}.get(entry.what)
    values: dict[str, Any] = {"at": iso(entry.at), "what": entry.what}
    return values | ({about: entry.value} if about else {"from": entry.before, "to": entry.value})


def done_event(nonce: str) -> str:
    """Return the event that says that what was asked for under `nonce` is done, and on disk."""
    return encode({"type": "done", "nonce": nonce})


def error_event(rejected: CommandRejected, nonce: str = "") -> str:
    """Return the event of a refusal."""
    values: dict[str, Any] = {"type": "error", "code": rejected.code, "message": rejected.message}
    if nonce:
        values["nonce"] = nonce
    if rejected.retry_after is not None:
        values["retry_after"] = round(rejected.retry_after, 3)
    if rejected.field is not None:
        values["field"] = rejected.field
    return encode(values)


def said(event: Event) -> Message | None:
    """Return the message that `event` is about to show, or None."""
    if isinstance(event, Message):
        return event
    return event.message if isinstance(event, Restored) else None


_OTHER_EVENTS: dict[type, Callable[[Any], dict[str, Any]]] = {
    Removed: lambda event: {"type": "removed", "seq": event.seq},
    Changed: lambda event: {"type": "room", **event.values},
    Logged: lambda event: {"type": "logged", **entry_values(event.entry)},
    Named: lambda event: {"type": "named", "you": event.name},
    Muted: lambda _event: {"type": "muted"},
    Unmuted: lambda _event: {"type": "unmuted"},
}
