"""The JSON of events for clients, one function or constant for each; `piratechat.protocol.events` describes them."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import cast

from piratechat.errors import CommandRejected
from piratechat.model.events import Changed, Erased, Message, Pinned, Reacted, Removed, RemovedMany, Revision, Updated
from piratechat.model.links import links
from piratechat.model.moderation_log import LogEntry
from piratechat.peers.messages import Whispered
from piratechat.protocol import events
from piratechat.protocol.objects import View
from piratechat.serialization import entry_values, iso, message_values, reaction_values, topic_values
from piratechat.texts import DEFAULT, localized

_encode: Callable[[events.Event], str] = json.JSONEncoder(ensure_ascii=False).encode

RESET = _encode({"type": "reset"})
PONG = _encode({"type": "pong"})
MUTED = _encode({"type": "muted"})
UNMUTED = _encode({"type": "unmuted"})


def part_of_welcome(values: Mapping[str, object]) -> str:
    """Return `values`, some fields of `events.Welcome`, for `welcome_event`."""
    return _encode(cast("events.Welcome", values))


def welcome_event(*parts: str) -> str:
    """Return the event for a client that joins, from its `parts`; each has a field or more."""
    return f"{{{', '.join([part[1:-1] for part in parts])}}}"


def message_event(
    message: Message,
    view: View | None,
    rev: int = 0,
    mentioned: Sequence[str] = (),
    yours: Collection[str] | None = None,
) -> str:
    """Return the event of a message; with its nonce it is the author's acknowledgement.

    `rev`: the number of the change that repeats the message, or 0 for a new one; `mentioned`: names that this change
    added; `yours`: see `message_values`.
    """
    values = _message(message, view, yours)
    if message.nonce and not rev:
        values["nonce"] = message.nonce
    if rev:
        values["rev"] = rev
    if mentioned:
        values["mentioned"] = mentioned
    return _encode(values)


def _message(message: Message, view: View | None, yours: Collection[str] | None) -> events.NewMessage:
    return cast("events.NewMessage", {"type": "message", **message_values(message, view, yours)})


def view_event(seq: int, view: View) -> str:
    """Return the event of a translation that is sent separately from its message."""
    return _encode(cast("events.Viewed", {"type": "view", "seq": seq, **view}))


def topic_view_event(view: View) -> str:
    """Return the event of a translation of the topic that is sent separately."""
    return _encode(cast("events.Viewed", {"type": "view", "topic": True, **view}))


def gap_event(before: int) -> str:
    """Return the event of a gap: there are more missing messages, below number `before`, than are sent."""
    return _encode({"type": "gap", "before": before})


def current_event(last: int, rev: int) -> str:
    """Return the event that ends catching up: the client now has everything up to these numbers."""
    return _encode({"type": "current", "last": last, "rev": rev})


def revision_values(event: Revision, view: View | None = None, yours: Collection[str] | None = None) -> events.Revision:
    """Return the fields of a change's event, for HTTP and SockJS; `view` is the translation of its message or topic.

    `yours`: the emoji with which the single recipient has reacted to the message; None if it is for all readers.
    """
    match event:
        case Updated(message, rev):
            return {**_message(message, view, yours), "rev": rev}
        case Removed(seq, rev, by):
            return {"type": "removed", "seq": seq, "rev": rev, "by": by}
        case RemovedMany(seqs, rev, by):
            return {"type": "removed", "seqs": list(seqs), "rev": rev, "by": by}
        case Erased(seqs, rev):
            return {"type": "erased", "seqs": list(seqs), "rev": rev}
        case Pinned(seqs, rev):
            return {"type": "pinned", "seqs": list(seqs), "rev": rev}
        case Reacted(seq, reactions, rev, changed):
            told: events.Reactions = {
                "type": "reactions",
                "seq": seq,
                "reactions": reaction_values(reactions, yours),
                "rev": rev,
            }
            if changed is not None and yours is None:
                emoji, author, on = changed
                told["changed"] = {"emoji": emoji, "author": author, "on": on}
            return told
        case Changed(values, rev):
            changed_room = {"type": "room", **values, "rev": rev}
            if "topic" in values:
                changed_room.update(topic_values(values["topic"], view))
            return cast("events.RoomChanged", changed_room)


def revision_event(
    event: Removed | RemovedMany | Erased | Pinned | Reacted | Changed,
    view: View | None = None,
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
    values: events.Present = {"type": "present", "here": count}
    if len(names) == count:
        values["names"] = names
    return _encode(values)


def typing_event(name: str) -> str:
    """Return the event of somebody who is typing."""
    return _encode({"type": "typing", "author": name})


def whisper_event(whispered: Whispered, view: View | None) -> str:
    """Return the event of a program's text that is not stored; `view` is its translation."""
    author, at, said = whispered.author, iso(whispered.at), whispered.text
    values: events.Whisper = {"type": "whisper", "author": author, "at": at, "text": said}
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
    values: events.Done = {"type": "done", "nonce": nonce}
    if rev is not None:
        values["rev"] = rev
    return _encode(values)


def error_event(rejected: CommandRejected, nonce: str = "", language: str = DEFAULT) -> str:
    """Return the event of an error."""
    values: events.Error = {
        "type": "error",
        "code": rejected.code,
        "message": localized(rejected.message, language),
    }
    if nonce:
        values["nonce"] = nonce
    if rejected.retry_after is not None:
        values["retry_after"] = round(rejected.retry_after, 3)
    if rejected.field is not None:
        values["field"] = rejected.field
    return _encode(values)
