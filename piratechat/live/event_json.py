"""The JSON of events for clients, one function or constant for each; docs/talking.md describes them."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from piratechat.errors import CommandRejected
from piratechat.model.events import Changed, Erased, Message, Pinned, Reacted, Removed, RemovedMany, Revision, Updated
from piratechat.model.links import links
from piratechat.model.moderation_log import LogEntry
from piratechat.peers.messages import Whispered
from piratechat.serialization import entry_values, iso, message_values, reaction_values, topic_values
from piratechat.texts import DEFAULT, localized

_encode = json.JSONEncoder(ensure_ascii=False).encode

RESET = _encode({"type": "reset"})
PONG = _encode({"type": "pong"})
MUTED = _encode({"type": "muted"})
UNMUTED = _encode({"type": "unmuted"})


def welcome_event(values: Mapping[str, Any]) -> str:
    """Return the welcome event for a client that joins."""
    return _encode({"type": "welcome", **values})


def message_event(
    message: Message,
    view: Mapping[str, Any] | None,
    rev: int = 0,
    mentioned: Sequence[str] = (),
    yours: Collection[str] | None = None,
) -> str:
    """Return the event of a message; with its nonce it is the author's acknowledgement.

    `rev`: the number of the change that repeats the message, or 0 for a new one; `mentioned`: names that this change
    added; `yours`: see `message_values`.
    """
    values = {"type": "message", **message_values(message, view, yours)}
    if message.nonce and not rev:
        values["nonce"] = message.nonce
    if rev:
        values["rev"] = rev
    if mentioned:
        values["mentioned"] = mentioned
    return _encode(values)


def view_event(seq: int, view: Mapping[str, Any]) -> str:
    """Return the event of a translation that is sent separately from its message."""
    return _encode({"type": "view", "seq": seq, **view})


def topic_view_event(view: Mapping[str, Any]) -> str:
    """Return the event of a translation of the topic that is sent separately."""
    return _encode({"type": "view", "topic": True, **view})


def gap_event(before: int) -> str:
    """Return the event of a gap: there are more missing messages, below number `before`, than are sent."""
    return _encode({"type": "gap", "before": before})


def current_event(last: int, rev: int) -> str:
    """Return the event that ends catching up: the client now has everything up to these numbers."""
    return _encode({"type": "current", "last": last, "rev": rev})


def revision_values(
    event: Revision, view: Mapping[str, Any] | None = None, yours: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the fields of a change's event, for HTTP and SockJS; `view` is the translation of its message or topic.

    `yours`: the emoji with which the single recipient has reacted to the message; None if it is for all readers.
    """
    match event:
        case Updated(message, rev):
            return {"type": "message", **message_values(message, view, yours), "rev": rev}
        case Removed(seq, rev, by):
            return {"type": "removed", "seq": seq, "rev": rev, "by": by}
        case RemovedMany(seqs, rev, by):
            return {"type": "removed", "seqs": list(seqs), "rev": rev, "by": by}
        case Erased(seqs, rev):
            return {"type": "erased", "seqs": list(seqs), "rev": rev}
        case Pinned(seqs, rev):
            return {"type": "pinned", "seqs": list(seqs), "rev": rev}
        case Reacted(seq, reactions, rev, changed):
            told = {"type": "reactions", "seq": seq, "reactions": reaction_values(reactions, yours), "rev": rev}
            if changed is None or yours is not None:
                return told
            return {**told, "changed": dict(zip(("emoji", "author", "on"), changed, strict=True))}
        case Changed(values, rev):
            topic = topic_values(values["topic"], view) if "topic" in values else {}
            return {"type": "room", **values, **topic, "rev": rev}


def revision_event(
    event: Removed | RemovedMany | Erased | Pinned | Reacted | Changed,
    view: Mapping[str, Any] | None = None,
    yours: Collection[str] | None = None,
) -> str:
    """Return the event of a change without a message; see `revision_values`."""
    return _encode(revision_values(event, view, yours))


def with_more(event: str) -> str:
    """Mark `event` as part of a change: other events with the same `rev` follow."""
    return f'{event[:-1]}, "more": true}}'


def named_event(name: str) -> str:
    """Return the event of a visitor's new name, for that visitor."""
    return _encode({"type": "named", "you": name})


def logged_event(entry: LogEntry) -> str:
    """Return the event of a moderation log entry, for the owner."""
    return _encode({"type": "logged", **entry_values(entry)})


def present_event(joined: Sequence[str], left: Sequence[str]) -> str:
    """Return the event of names that joined and left."""
    return _encode({"type": "present", "joined": joined, "left": left})


def crowd_event(names: Sequence[str], count: int) -> str:
    """Return the event of the number of people present, with their `names` if these are all."""
    values = {"names": names} if len(names) == count else {}
    return _encode({"type": "present", **values, "here": count})


def typing_event(name: str) -> str:
    """Return the event of somebody who is typing."""
    return _encode({"type": "typing", "author": name})


def whisper_event(whispered: Whispered, view: Mapping[str, Any] | None) -> str:
    """Return the event of a program's text that is not stored; `view` is its translation."""
    author, at, said = whispered.author, iso(whispered.at), whispered.text
    values: dict[str, Any] = {"type": "whisper", "author": author, "at": at, "text": said}
    if whispered.lang:
        values["lang"] = whispered.lang
    found = links(said)
    if found:
        values["links"] = found
    if view is not None:
        values["view"] = view
    return _encode(values)


def done_event(nonce: str, rev: int | None = None) -> str:
    """Return the acknowledgement for the command with `nonce`: it is on disk, as the change `rev`."""
    values: dict[str, Any] = {"type": "done", "nonce": nonce}
    return _encode(values if rev is None else values | {"rev": rev})


def error_event(rejected: CommandRejected, nonce: str = "", language: str = DEFAULT) -> str:
    """Return the event of an error."""
    values: dict[str, Any] = {"type": "error", "code": rejected.code, "message": localized(rejected.message, language)}
    if nonce:
        values["nonce"] = nonce
    if rejected.retry_after is not None:
        values["retry_after"] = round(rejected.retry_after, 3)
    if rejected.field is not None:
        values["field"] = rejected.field
    return _encode(values)
