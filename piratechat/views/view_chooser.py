"""The choices of a view for readers, and of a language for authors: a short list, and all others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from pyramid.request import Request

from piratechat.http.security import chosen_language, recent_views
from piratechat.model.bidi import isolated
from piratechat.model.events import Message
from piratechat.model.text import checked_tag
from piratechat.texts import text
from piratechat.translators.language_names import NAMES
from piratechat.translators.registry import accepted_tags
from piratechat.translators.views import in_all_languages, offers_several, own_name, resolved

#: Maximum number of views with a link; the others are found by search.
MAX_DIRECT = 8
#: Maximum number of the room's languages with a link.
MAX_SPOKEN = 3
#: Maximum number of languages at the top of those for authors.
MAX_LIKELY = 8


def chooser_values(
    request: Request, translators: Mapping[str, Any], current: str, messages: Sequence[Message]
) -> dict[str, Any]:
    """Return the template values of the view chooser.

    `views`: those with links, including the reader's own and the room's languages; `other_views`: all others, as
    options of a select; `recipient`: the third party that translates into all languages, or None if it translates into
    some of them, in which case each of those names it.
    """
    everything = dict(in_all_languages(translators))
    if current in translators or ":" in current:
        everything.setdefault(current, translators.get(current))
    direct = _direct(request, translators, list(everything), current, messages)
    rest = [view for view in everything if view not in direct]
    rest.sort(key=lambda view: (":" in view, everything[view].title.casefold() if ":" in view else ""))
    recipients = {_third_party(each) for view, each in everything.items() if ":" in view}
    everybody = recipients.pop() if len(recipients) == 1 else None
    groups: dict[str | None, list[str]] = {None: []}
    for view in rest:
        third_party = _third_party(everything[view])
        groups.setdefault(None if third_party == everybody else third_party, []).append(view)
    return {
        "views": [_values(view, everything[view], everybody) for view in direct],
        "other_views": "".join(_group(request, recipient, found, everything) for recipient, found in groups.items()),
        "recipient": everybody,
    }


def _third_party(translator: Any) -> str | None:
    """Return the third party that receives the messages, or None."""
    found: str | None = translator.recipient if translator.reach == "third-party" else None
    return found


def _group(request: Request, recipient: str | None, views: Sequence[str], translators: Mapping[str, Any]) -> str:
    """Return `views` as options of a select, in a separate group if a third party is the `recipient`."""
    found = options(tuple((view, translators[view].target or "", translators[view].title) for view in views))
    if recipient is None:
        return found
    label = request.localized(text("room.recipient", recipient=isolated(recipient)))
    return f'<optgroup label="{escape(label)}">{found}</optgroup>'


def _direct(
    request: Request, translators: Mapping[str, Any], views: Sequence[str], current: str, messages: Sequence[Message]
) -> list[str]:
    """Return the views that have links: the most likely choices, in the order of the menu."""
    single = [view for view in views if ":" not in view]
    asked = [
        *recent_views(request),
        *(f":{tag}" for tag in [*accepted_tags(request.accept_language), *_spoken(messages)]),
    ]
    found = [view for each in asked if (view := resolved(translators, each)) is not None and view in views]
    several = any(map(offers_several, translators.values()))
    # If all fit, all have links.
    styles = [view for view in single if translators[view].kind == "style"]
    likely = dict.fromkeys([current, *styles[: MAX_DIRECT - 4], *found, *single]) if several else dict.fromkeys(single)
    if len(likely) > MAX_DIRECT:
        likely = dict.fromkeys([current, *likely])
    chosen = [view for view in likely if view in views][:MAX_DIRECT]
    return [view for view in single if view in chosen] + [view for view in chosen if ":" in view]


def _spoken(messages: Iterable[Message]) -> list[str]:
    """Return the languages declared for `messages`, most frequent first."""
    return [tag for tag, _count in Counter(each.lang for each in messages if each.lang).most_common(MAX_SPOKEN)]


def _values(view: str, translator: Any, everybody: str | None) -> dict[str, Any]:
    third_party = _third_party(translator)
    is_said_below = ":" in view and everybody is not None
    return {
        "name": view,
        "title": translator.title,
        "reach": translator.reach,
        "recipient": None if is_said_below else third_party,
        "recipient_id": None if third_party is None else "recipient" if is_said_below else f"recipient-{view}",
        "target": translator.target,
    }


@lru_cache(100)
def options(choices: tuple[tuple[str, str, str], ...]) -> str:
    """Return the options of a select as HTML: `choices` are values, languages of the titles or "", and titles."""
    return "".join(
        f'<option value="{escape(value)}"{_lang(tag)}>{escape(title)}</option>' for value, tag, title in choices
    )


def _lang(tag: str) -> str:
    return f' lang="{escape(tag)}"' if tag else ""


#: All languages, as options.
ALL_LANGUAGES = options(
    tuple((tag, tag, name) for tag, name in sorted(NAMES.items(), key=lambda each: each[1].casefold()))
)


def languages_to_write_in(
    request: Request, translators: Mapping[str, Any], messages: Sequence[Message]
) -> list[dict[str, str]] | None:
    """Return the languages that an author is likely to use, or None if nothing is translated."""
    if not any(each.kind == "language" for each in translators.values()):
        return None
    targets = [each.target for each in translators.values() if each.kind == "language" and each.target is not None]
    tags = [chosen_language(request), *accepted_tags(request.accept_language), *_spoken(messages), *targets]
    found = dict.fromkeys(tag for each in tags if (tag := checked_tag(each)))
    return [{"tag": tag, "title": own_name(tag)} for tag in list(found)[:MAX_LIKELY]]
