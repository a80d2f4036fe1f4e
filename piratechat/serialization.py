"""Serialization of rooms for clients: JSON for SockJS and HTTP, and lines of text."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from piratechat.model.bidi import isolated
from piratechat.model.events import Message, Reaction
from piratechat.model.links import links, links_of_view
from piratechat.model.moderation_log import LogEntry
from piratechat.texts import DEFAULT, Text, localized, text_id
from piratechat.translation import Failed, Outcome, Translated
from piratechat.translators.engine.outcomes import Pending


def iso(at: int) -> str:
    """Convert milliseconds since 1970 to RFC 3339, in UTC: "2026-11-21T10:00:00.123Z"."""
    return f"{datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19]}.{at % 1000:03}Z"


def kept_values(message: Message) -> dict[str, Any]:
    """Return the stored fields of a message, except its nonce."""
    values: dict[str, Any] = {
        "seq": message.seq,
        "at": iso(message.at),
        "author": message.author,
        "text": message.text,
    }
    if message.lang:
        values["lang"] = message.lang
    if message.edited is not None:
        values["edited"] = iso(message.edited)
    if message.reply_to is not None:
        values["reply_to"] = message.reply_to._asdict()
    if message.mentions:
        values["mentions"] = message.mentions
    if message.pinned:
        values["pinned"] = True
    if message.reactions:
        values["reactions"] = reaction_values(message.reactions)
    if message.removed:
        values["removed"] = True
        values["by"] = message.by
    if message.erased:
        values["erased"] = True
    return values


def reaction_values(reactions: Iterable[Reaction], yours: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Return `reactions` for clients; `yours`: the emoji of the reader, or None if it is for all readers."""
    return [
        {"emoji": emoji, "count": total, "names": names, **({} if yours is None else {"yours": emoji in yours})}
        for emoji, total, names in reactions
    ]


def message_values(
    message: Message, view: Mapping[str, Any] | None = None, yours: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the fields of a message for clients, over HTTP and SockJS.

    `yours`: the emoji with which the reader has reacted, or None if it is for all readers.
    """
    values = kept_values(message)
    if message.reactions and yours is not None:
        values["reactions"] = reaction_values(message.reactions, yours)
    found = links(message.text)
    if found:
        values["links"] = found
    if view is not None:
        values["view"] = view
    return values


def topic_values(topic: str, view: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the fields of a room's `topic` for clients, over HTTP and SockJS; `view` is its translation."""
    values: dict[str, Any] = {"topic": topic}
    found = links(topic)
    if found:
        values["topic_links"] = found
    if view is not None:
        values["topic_view"] = view
    return values


def message_line(message: Message, read: str | None = None) -> str:
    """Return a message as text: its first line, and further lines indented; `read` is its translation."""
    first, *others = _told(message, read).split("\n")
    answers = "" if message.reply_to is None else f" (in reply to {message.reply_to.seq})"
    begin = f"{message.seq}  {iso(message.at)}  {isolated(message.author)}{answers}: {isolated(first)}"
    return "\n    ".join([begin, *others]) + "\n"


def _told(message: Message, read: str | None) -> str:
    if message.erased:
        return "(erased)"
    if message.removed:
        return "(removed)"
    return message.text if read is None else read


#: Reasons for not translating that the reader may override.
UNSURE = frozenset({text_id("translation.too_short"), text_id("translation.unknown_source")})


def view_values(name: str, outcome: Outcome | Pending, said: str, language: str = DEFAULT) -> dict[str, Any] | None:
    """Return the fields of the translation of `said` by the translator `name`, or None if there is nothing to say.

    Reasons are in `language`; an event for all readers of a room has them in English.
    """
    if isinstance(outcome, Pending):
        return {"as": name, "state": "pending"}
    if isinstance(outcome, Translated):
        values: dict[str, Any] = {"as": name, "state": "ready", "text": outcome.text}
        if outcome.by is not None:
            values["by"] = outcome.by
        found = links_of_view(outcome.text, said)
        if found:
            values["links"] = found
        return values
    if isinstance(outcome, Failed):
        values = {"as": name, "state": "failed", "reason": localized(outcome.error.message, language)}
        if outcome.error.retry_after is not None:
            values["retry_after"] = outcome.error.retry_after
        return values
    if not outcome.reason:
        return None
    values = {"as": name, "state": "skipped", "reason": localized(outcome.reason, language)}
    if isinstance(outcome.reason, Text) and outcome.reason.id in UNSURE:
        values["anyway"] = True
    return values


#: Subjects of moderation log entries that do not concern a setting.
_ABOUT = {
    "removed": "seq",
    "restored": "seq",
    "erased": "seq",
    "pinned": "seq",
    "unpinned": "seq",
    "edited": "seq",
    "reaction_added": "seq",
    "reaction_removed": "seq",
    "muted": "name",
    "unmuted": "name",
}


def entry_values(entry: LogEntry) -> dict[str, Any]:
    """Return the fields of a moderation log entry for the owner, over HTTP and SockJS."""
    about = _ABOUT.get(entry.what)
    values: dict[str, Any] = {"at": iso(entry.at), "what": entry.what}
    if entry.what in ("removed_many", "restored_many"):
        count, rev = entry.value
        return values | {"count": count, "rev": rev}
    return values | ({about: entry.value} if about else {"from": entry.before, "to": entry.value})
