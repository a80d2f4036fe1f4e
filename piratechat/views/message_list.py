"""Messages on pages: the values for templates/message.pt, which only arranges them."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from typing import Any

from piratechat.cooperative import in_turns
from piratechat.model.emoji import is_few_emoji
from piratechat.model.events import Message
from piratechat.model.formatting import Link, Part, parts
from piratechat.model.links import links
from piratechat.model.scripts import SPACELESS
from piratechat.protocol.objects import View
from piratechat.serialization import iso, reaction_values
from piratechat.texts import DEFAULT, Text, text, text_id
from piratechat.views.authors import hue, initial

#: Milliseconds within which messages of one author are grouped under one name; also in static/scripts/log/message.js.
GROUPING_WINDOW_MS = 5 * 60 * 1000

#: Maximum length of a quote in a reply; also in static/scripts/log/message_parts.js.
MAX_QUOTED = 200

#: The HTML elements of parts; also in static/scripts/log/markup.js.  Hidden text is included for copying.
_ELEMENTS = {
    "text": "{value}",
    "mark": '<span hidden="">{value}</span>',
    "code": "<code{in_rtl}>{inner}</code>",
    "link": '<a{in_rtl} href="{href}" rel="nofollow noopener noreferrer" target="_blank">{inner}</a>',
    "em": "<em>{inner}</em>",
    "strong": "<strong>{inner}</strong>",
    "both": "<strong><em>{inner}</em></strong>",
    "strike": "<s>{inner}</s>",
    "block": '<div class="block" dir="ltr"{language}><pre tabindex="0"><code>{inner}</code></pre></div>',
    "quote": '<blockquote dir="auto">{inner}</blockquote>',
    "bullets": '<ul dir="auto">{inner}</ul>',
    "numbers": '<ol dir="auto">{inner}</ol>',
    "item": "<li{number}>{inner}</li>",
}

#: Lists and numbers in an attribute, for scripts.
as_text = json.JSONEncoder(ensure_ascii=False).encode

#: A day of each month: in many languages the name has another form after a day.
_MONTHS = (
    text_id("date.january"),
    text_id("date.february"),
    text_id("date.march"),
    text_id("date.april"),
    text_id("date.may"),
    text_id("date.june"),
    text_id("date.july"),
    text_id("date.august"),
    text_id("date.september"),
    text_id("date.october"),
    text_id("date.november"),
    text_id("date.december"),
)

# A letter of a script with spaces: no mention begins after it, and no name ends before it.
_OF_WORD = rf"[^\W{SPACELESS}]"
_SPACELESS = re.compile(f"[{SPACELESS}]")

#: Kinds of parts in which "@" is not a mention.
_LITERAL = ("code", "link", "block")

#: Names of people, and whether they are the reader's.
Names = Mapping[str, bool]


def shown(
    messages: Iterable[Message],
    reading: Callable[[Message], View | None],
    removed_text: Callable[[Message], str | None],
    by_owner: Callable[[str], bool],
    own: Collection[str],
    nonce: Callable[[Message], str | None] = lambda _message: None,
    answered: Callable[[int], Message | None] = lambda _seq: None,
    owner: bool = False,
    language: str = DEFAULT,
    reacted: Callable[[Message], Collection[str]] = lambda _message: (),
) -> list[dict[str, Any]]:
    """Return the template values of `messages` for a reader with the names `own`.

    `by_owner` recognizes the owner's names, `nonce` returns the nonces that the reader may know, `answered` the message
    with a number, and `reacted` the emoji with which the reader has reacted to a message; `owner`: whether the reader
    owns the room; days are in `language`.

    `text`, `original` and `words` (of a removed message) are HTML; `day` is None except for the first message of a day.
    """
    found: list[dict[str, Any]] = []
    above: Message | None = None
    day = ""
    owners: dict[str, bool] = {}
    for message in in_turns(messages):
        at, author = iso(message.at), message.author
        if author not in owners:
            owners[author] = by_owner(author)
        goes_on = at[:10] == day
        again = goes_on and above is not None and continues(message, above)
        hidden = not message.is_shown
        names = {name: name in own for _start, _end, name in message.mentions}
        kinds = [
            ("own", author in own),
            ("by-owner", owners[author]),
            ("removed", hidden),
            ("pinned", message.pinned),
            ("for-you", not hidden and author not in own and any(names.values())),
            ("again", again),
        ]
        found.append(
            {
                "seq": message.seq,
                "at": at,
                "date": at[:10],
                "time": at[11:16],
                "day": None if goes_on else _day(message.at).in_language(language),
                "author": author,
                "hue": hue(author),
                "initial": initial(author),
                "class": " ".join(["message", *(kind for kind, applies in kinds if applies)]),
                "by_owner": owners[author],
                "own": author in own,
                "written": message.text,
                "lang": message.lang or None,
                "nonce": nonce(message),
                "removed": hidden,
                "pinned": message.pinned,
                "reactions": [] if hidden else reaction_values(message.reactions, reacted(message)),
                "erased": message.erased,
                "by": message.by,
                "edited": None if message.edited is None else iso(message.edited),
                "mentions": as_text(message.mentions) if message.mentions else None,
                "reply": None if hidden else _reply(message, answered, reading),
                "removed_text": about_removed(message, author in own, owner) if hidden else None,
                "words": _words(removed_text(message)),
                **_read(message, reading(message), names),
            }
        )
        above, day = message, at[:10]
    return found


def topic_shown(topic: str, view: View | None) -> dict[str, Any] | None:
    """Return the template values of the room's `topic`, like those of a message, or None."""
    return _read(Message(0, 0, "", topic), view, {}) if topic else None


def continues(message: Message, above: Message) -> bool:
    """Whether `message` continues `above`: the same author, shortly after, on the same day."""
    return message.author == above.author and message.at - above.at <= GROUPING_WINDOW_MS


def as_html(said: str, found: Sequence[Link], names: Names = MappingProxyType({})) -> str:
    """Return `said` as HTML, with formatting and the links `found`; everything else is escaped.

    `names` are the people who may be mentioned in it, and whether they are the reader.
    """
    pattern = _mentions_of(names)
    return "".join(_part_as_html(part, names, pattern) for part in parts(said, found))


def _mentions_of(names: Names) -> re.Pattern[str] | None:
    if not names:
        return None
    # If a name is the beginning of another one, the longer one takes precedence.
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(f"((?<!{_OF_WORD})[@\uff20](?:{'|'.join(map(_whole, longest_first))}))", re.IGNORECASE)


def _whole(name: str) -> str:
    """Return a pattern for `name` that does not end within a word; static/scripts/log/mentions.js has the same."""
    return re.escape(name) if _SPACELESS.match(name[-1]) else f"{re.escape(name)}(?!{_OF_WORD})"


def _text_as_html(said: str, names: Names, pattern: re.Pattern[str] | None) -> str:
    if pattern is None:
        return escape(said)
    found = pattern.split(said)
    found[0::2] = map(escape, found[0::2])
    found[1::2] = (
        f'<span class="mention{" you" if names.get(one[1:]) else ""}">{escape(one)}</span>' for one in found[1::2]
    )
    return "".join(found)


def _part_as_html(part: Part, names: Names, pattern: re.Pattern[str] | None) -> str:
    if part.kind == "text":
        return _text_as_html(part.value, names, pattern)
    value = escape(part.value)
    if part.kind in _LITERAL:
        pattern = None
    return _ELEMENTS[part.kind].format(
        value=value,
        inner="".join(_part_as_html(inner, names, pattern) for inner in part.parts),
        href=escape(part.href or ""),
        in_rtl=' class="in-rtl"' if part.in_rtl else "",
        language=f' data-language="{value}"' if value else "",
        number=f' value="{value}"' if value else "",
    )


def _reply(
    message: Message, answered: Callable[[int], Message | None], reading: Callable[[Message], View | None]
) -> dict[str, Any] | None:
    """Return the message that `message` replies to: number, author, and first line in translation.

    None if it is gone.
    """
    if message.reply_to is None:
        return None
    seq, author = message.reply_to
    target = answered(seq) if author else None
    if target is None:
        return {"seq": seq, "author": "", "line": None}
    return {"seq": seq, "author": author, "line": _line(target, reading(target))}


def lines(messages: Iterable[Message], reading: Callable[[Message], View | None]) -> list[dict[str, Any]]:
    """Return the numbers and authors of `messages`, and the beginning of their translated texts."""
    return [{"seq": each.seq, "author": each.author, "line": _line(each, reading(each))} for each in messages]


def _line(message: Message, view: View | None) -> str:
    return shortened(view["text"] if view is not None and view["state"] == "ready" else message.text)


def about_removed(message: Message, own: bool, owner: bool) -> Text:
    """Return the notice in place of a removed message; static/scripts/log/message_parts.js has the same."""
    if message.erased:
        return text("message.erased")
    if message.by == "author":
        return text("message.removed_by_yourself") if own else text("message.removed_by_author")
    return text("message.removed_by_you") if owner else text("message.removed_by_owner")


def shortened(said: str) -> str:
    """Return the beginning of `said` in one line; static/scripts/log/message_parts.js does the same."""
    line = " ".join(said.split())
    return line if len(line) <= MAX_QUOTED else f"{line[:MAX_QUOTED]}…"


def _words(said: str | None) -> str | None:
    return None if said is None else as_html(said, links(said))


def _read(message: Message, view: View | None, names: Names) -> dict[str, Any]:
    state = None if view is None else view["state"]
    said = as_html(message.text, links(message.text), names)
    values: dict[str, Any] = {
        "state": state,
        "reason": None,
        "ready": False,
        "anyway": None,
        "translated_by": None,
        "unchanged": False,
        "text": said,
        "is_large": is_few_emoji(message.text),
        "original": None,
    }
    if view is None:
        return values
    values["translated_by"] = view.get("by")
    if state == "ready" and view["text"] == message.text:
        return {**values, "ready": True, "unchanged": "by" not in view}
    if state == "ready":
        read = as_html(view["text"], [Link(*each) for each in view.get("links", ())], names)
        return {**values, "ready": True, "text": read, "is_large": is_few_emoji(view["text"]), "original": said}
    return {**values, "reason": view.get("reason"), "anyway": "yes" if view.get("anyway") else None}


def _day(at: int) -> Text:
    """Return the day of `at` (milliseconds since 1970) in UTC: "21 November 2026"."""
    day = datetime.fromtimestamp(at // 1000, UTC)
    return Text(_MONTHS[day.month - 1], {"day": str(day.day), "year": str(day.year)})
