"""The events that are sent to clients, as JSON, one function or constant for each; docs/talking.md describes them."""

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
    """Return the answer to a client that joins."""
    return _encode({"type": "welcome", **values})


def message_event(
    message: Message,
    view: Mapping[str, Any] | None,
    rev: int = 0,
    mentioned: Sequence[str] = (),
    yours: Collection[str] | None = None,
) -> str:
    """Return the event of something said; with its nonce it is its author's acknowledgement.

    `rev`: the number of the change that tells of it again, 0 where it is new; `mentioned`: names that this one added;
    `yours`: see `message_values`.
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
    """Return the event of how a message reads, where it is told apart from the message."""
    return _encode({"type": "view", "seq": seq, **view})


def topic_view_event(view: Mapping[str, Any]) -> str:
    """Return the event of how the topic reads, where it is told apart from the topic."""
    return _encode({"type": "view", "topic": True, **view})


def gap_event(before: int) -> str:
    """Return the event of more missing messages than are sent at once: those below number `before`."""
    return _encode({"type": "gap", "before": before})


def current_event(last: int, rev: int) -> str:
    """Return the event that ends what a client has missed: it has all up to these numbers now."""
    return _encode({"type": "current", "last": last, "rev": rev})


def revision_values(
    event: Revision, view: Mapping[str, Any] | None = None, yours: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the event of a change, over HTTP as over SockJS; `view` is how a message or the topic in it reads.

    `yours` are the emoji with which the one reader who is told has reacted to the message; None for all readers.
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
    """Return the event of a change that has no message in it; see `revision_values`."""
    return _encode(revision_values(event, view, yours))


def with_more(event: str) -> str:
    """Return `event`, which tells of a part of its change: others of the same `rev` follow."""
    return f'{event[:-1]}, "more": true}}'


def named_event(name: str) -> str:
    """Return the event of a visitor's new name, for that visitor."""
    return _encode({"type": "named", "you": name})


def logged_event(entry: LogEntry) -> str:
    """Return the event of what the owner did, for the owner."""
    return _encode({"type": "logged", **entry_values(entry)})


def present_event(joined: Sequence[str], left: Sequence[str]) -> str:
    """Return the event of names that came and went."""
    return _encode({"type": "present", "joined": joined, "left": left})


def crowd_event(names: Sequence[str], count: int) -> str:
    """Return the event of how many are here: with their `names` where these are all."""
    values = {"names": names} if len(names) == count else {}
    return _encode({"type": "present", **values, "here": count})


def typing_event(name: str) -> str:
    """Return the event of somebody who is typing."""
    return _encode({"type": "typing", "author": name})


def whisper_event(whispered: Whispered, view: Mapping[str, Any] | None) -> str:
    """Return the event of what a program says and is not kept; `view` is how it reads, as that of a message."""
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
    """Return the event that says that what was asked for under `nonce` is done, and on disk, as the change `rev`."""
    values: dict[str, Any] = {"type": "done", "nonce": nonce}
    return _encode(values if rev is None else values | {"rev": rev})


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
