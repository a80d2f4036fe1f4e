"""Messages as the room's page shows them: the values of templates/message.pt, which only puts them in their places."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from piratechat.cooperative import yielding
from piratechat.model.emoji import is_few_emoji
from piratechat.model.events import Message
from piratechat.model.formatting import Link, Part, parts
from piratechat.model.links import links
from piratechat.serialization import iso
from piratechat.texts import DEFAULT, Text, text_id
from piratechat.views.authors import hue, initial

#: Milliseconds within which an author goes on: the name need not be said again; so static/scripts/log/message.js.
GROUPING_WINDOW_MS = 5 * 60 * 1000

#: The elements of parts; static/scripts/log/markup.js has the same.  What is hidden is there to be copied.
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

#: A day of each month: in many languages the name has another form beside the number of the day.
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

#: How a message reads, as `piratechat.serialization.view_values` has it.
View = Mapping[str, Any]


def shown(
    messages: Iterable[Message],
    reading: Callable[[Message], View | None],
    removed_text: Callable[[Message], str | None],
    by_owner: Callable[[str], bool],
    own: Collection[str],
    nonce: Callable[[Message], str | None] = lambda _message: None,
    language: str = DEFAULT,
) -> list[dict[str, Any]]:
    """Return the values of `messages` for a reader with the names `own`.

    `by_owner` tells the owner's names, `nonce` the nonces that the reader may know; days are in `language`.

    `text`, `original` and `words`, those of what was removed, are HTML; `day`
    is None but for the first message of a day.
    """
    found: list[dict[str, Any]] = []
    above: Message | None = None
    day = ""
    owners: dict[str, bool] = {}
    for message in yielding(messages):
        at, author = iso(message.at), message.author
        if author not in owners:
            owners[author] = by_owner(author)
        goes_on = at[:10] == day
        again = goes_on and above is not None and continues(message, above)
        kinds = [("own", author in own), ("by-owner", owners[author]), ("removed", message.removed), ("again", again)]
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
                "lang": message.lang or None,
                "nonce": nonce(message),
                "removed": message.removed,
                "words": _words(removed_text(message)),
                **_read(message, reading(message)),
            }
        )
        above, day = message, at[:10]
    return found


def continues(message: Message, above: Message) -> bool:
    """Whether `message` goes on what its author said just before, in `above`, on the same day."""
    return message.author == above.author and message.at - above.at <= GROUPING_WINDOW_MS


def as_html(text: str, found: Sequence[Link]) -> str:
    """Return `text`, in which the links `found` are, as HTML: formatted, and everything else as it stands."""
    return "".join(map(_part_as_html, parts(text, found)))


def _part_as_html(part: Part) -> str:
    if part.kind == "text":
        return escape(part.value)
    value = escape(part.value)
    return _ELEMENTS[part.kind].format(
        value=value,
        inner="".join(map(_part_as_html, part.parts)),
        href=escape(part.href or ""),
        in_rtl=' class="in-rtl"' if part.in_rtl else "",
        language=f' data-language="{value}"' if value else "",
        number=f' value="{value}"' if value else "",
    )


def _words(text: str | None) -> str | None:
    return None if text is None else as_html(text, links(text))


def _read(message: Message, view: View | None) -> dict[str, Any]:
    state = None if view is None else view["state"]
    said = as_html(message.text, links(message.text))
    values: dict[str, Any] = {
        "state": state,
        "reason": None,
        "ready": False,
        "text": said,
        "is_large": is_few_emoji(message.text),
        "original": None,
    }
    if view is None:
        return values
    if state == "ready" and view["text"] == message.text:
        return {**values, "ready": True}
    if state == "ready":
        text = as_html(view["text"], view.get("links", ()))
        return {**values, "ready": True, "text": text, "is_large": is_few_emoji(view["text"]), "original": said}
    return {**values, "reason": view.get("reason")}


def _day(at: int) -> Text:
    """Return the day of `at` (milliseconds since 1970) in UTC: "21 November 2026"."""
    day = datetime.fromtimestamp(at // 1000, UTC)
    return Text(_MONTHS[day.month - 1], {"day": str(day.day), "year": str(day.year)})
