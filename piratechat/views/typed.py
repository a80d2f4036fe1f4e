"""The text submitted with a rejected form, which is returned to its author."""

from dataclasses import dataclass

from pyramid.request import Request

from piratechat.http.csrf import comes_from_here
from piratechat.texts import Text, text_id

#: Form fields for typed text, and the ids of their labels.
FIELDS = {
    "text": text_id("error_page.field_text"),
    "name": text_id("error_page.field_name"),
    "title": text_id("error_page.field_title"),
}
#: Fields that are sent again with them.
OTHERS = ("as", "lang", "once", "nonce", "reply_to", "translator", "slow", "read_only", "third_party_translation")


@dataclass(frozen=True, slots=True)
class Typed:
    """A submitted form of ours: typed text as (name, label, value), the rest as (name, value)."""

    action: str
    fields: list[tuple[str, str, str]]
    others: list[tuple[str, str]]


def typed(request: Request) -> Typed | None:
    """Return the typed text in the form of `request`, or None.

    Returns nothing from a form that may be another site's, which could otherwise use our page to show and submit its
    content.
    """
    if request.method != "POST" or not comes_from_here(request):
        return None
    fields = [(name, _label(request, name), value) for name in FIELDS if (value := text_of(request, name))]
    if not fields:
        return None
    others = [(name, text_of(request, name)) for name in OTHERS if text_of(request, name)]
    return Typed(request.path, fields, others)


def _label(request: Request, name: str) -> str:
    return str(request.localized(Text(FIELDS[name])))


def text_of(request: Request, name: str) -> str:
    """Return the text in the field `name` of the form of `request`, or ""."""
    try:
        value = request.POST.get(name)
    except ValueError:  # not a form
        return ""
    return value if isinstance(value, str) else ""
