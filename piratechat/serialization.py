"""Serialization of rooms for clients: JSON for SockJS and HTTP, and lines of text."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from piratechat.model.bidi import isolated
from piratechat.model.events import Message, Reaction
from piratechat.model.links import links, links_of_view
from piratechat.model.moderation_log import LogEntry
from piratechat.protocol import objects
from piratechat.texts import DEFAULT, Text, localized, text_id
from piratechat.translation import Failed, Outcome, Translated
from piratechat.translators.engine.outcomes import Pending


def iso(at: int) -> str:
    """Convert milliseconds since 1970 to RFC 3339, in UTC: "2026-11-21T10:00:00.123Z"."""
    return f"{datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19]}.{at % 1000:03}Z"


def kept_values(message: Message) -> objects.Message:
    """Return the stored fields of a message, except its nonce."""
    values: objects.Message = {
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
        values["reply_to"] = {"seq": message.reply_to.seq, "author": message.reply_to.author}
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


def reaction_values(reactions: Iterable[Reaction], yours: Collection[str] | None = None) -> list[objects.Reaction]:
    """Return `reactions` for clients; `yours`: the emoji of the reader, or None if it is for all readers."""
    found: list[objects.Reaction] = [
        {"emoji": emoji, "count": total, "names": names} for emoji, total, names in reactions
    ]
    if yours is not None:
        for each in found:
            each["yours"] = each["emoji"] in yours
    return found


def message_values(
    message: Message, view: objects.View | None = None, yours: Collection[str] | None = None
) -> objects.Message:
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


def topic_values(topic: str, view: objects.View | None) -> objects.Topic:
    """Return the fields of a room's `topic` for clients, over HTTP and SockJS; `view` is its translation."""
    values: objects.Topic = {"topic": topic}
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


def view_values(name: str, outcome: Outcome | Pending, said: str, language: str = DEFAULT) -> objects.View | None:
    """Return the fields of the translation of `said` by the translator `name`, or None if there is nothing to say.

    Reasons are in `language`; an event for all readers of a room has them in English.
    """
    if isinstance(outcome, Pending):
        return {"as": name, "state": "pending"}
    if isinstance(outcome, Translated):
        values: objects.View = {"as": name, "state": "ready", "text": outcome.text}
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


#: Actions on one message, in the moderation log.
_ABOUT_MESSAGES = frozenset(
    {"removed", "restored", "erased", "pinned", "unpinned", "edited", "reaction_added", "reaction_removed"}
)


def entry_values(entry: LogEntry) -> objects.LogEntry:
    """Return the fields of a moderation log entry for the owner, over HTTP and SockJS."""
    values: objects.LogEntry = {"at": iso(entry.at), "what": entry.what}
    if entry.what in ("removed_many", "restored_many"):
        values["count"], values["rev"] = entry.value
    elif entry.what in _ABOUT_MESSAGES:
        values["seq"] = entry.value
    elif entry.what in ("muted", "unmuted"):
        values["name"] = entry.value
    else:
        values["from"], values["to"] = entry.before, entry.value
    return values
