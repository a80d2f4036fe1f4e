"""The owner's panel: what can be changed in a room, who visits it, and what its owner did."""

from itertools import islice
from typing import Any

from pyramid.request import Request

from piratechat.errors import Refused
from piratechat.model.commands import LONGEST_PAUSE
from piratechat.model.moderation_log import Deed
from piratechat.model.room import Room
from piratechat.serialization import deed_values
from piratechat.views.room_page import room_url

#: The view that the form of the room's settings is sent to.
SETTINGS = "settings"
#: Visitors in the list; the owner can name others.
MOST_VISITORS = 500
#: In the query of the room's page: the panel is open, and says that what was asked for is done.
SAVED = {"panel": "saved"}


def panel_values(request: Request, room: Room, error: Refused | None = None) -> dict[str, Any]:
    """Return the values of the panel's template; `error` is shown at its field, with what was typed there."""
    shelf = request.parts.shelf
    saved = error is None and request.GET.get("panel") == SAVED["panel"]
    refused_settings = error is not None and request.view_name == SETTINGS
    return {
        "open": saved or error is not None,
        "saved": saved,
        "errors": {} if error is None else {error.field or request.view_name: error.message},
        "settings": _typed(request) if refused_settings else _settings(request, room),
        "longest_pause": LONGEST_PAUSE,
        "translators": [{"name": name, "title": found.title} for name, found in shelf.of(room).items()],
        "third_parties": shelf.recipients(),
        "deeds": deeds_of(request, room),
        **visitors_of(room),
    }


def deeds_of(request: Request, room: Room) -> list[dict[str, Any]]:
    """Return what the owner did, the newest first, with `says`: the same in words; `url`: where it is to be seen."""
    titles = {name: found.title for name, found in request.parts.shelf.all().items()}
    return [_deed(request, room, deed, titles) for deed in room.deeds]


def visitors_of(room: Room) -> dict[str, Any]:
    """Return `visitors`, those who are silenced first, and whether there are `more` than those."""
    names = room.names
    silenced = [name for visitor in islice(names.silenced(), MOST_VISITORS) for name in names.used_by(visitor)]
    mine = names.used_by(room.owner)
    others = (name for name, is_silenced in names.all() if not is_silenced and name not in mine)
    found = [(name, True) for name in sorted(silenced, key=str.casefold)]
    found += [(name, False) for name in islice(others, MOST_VISITORS + 1)]
    return {
        "visitors": [{"name": name, "silenced": is_silenced} for name, is_silenced in found[:MOST_VISITORS]],
        "more": len(found) > MOST_VISITORS,
    }


def _settings(request: Request, room: Room) -> dict[str, Any]:
    return {
        "title": room.title,
        "translator": request.parts.shelf.choose(room),
        "read_only": room.read_only,
        "slow": room.slow,
        "online": room.online,
    }


def _typed(request: Request) -> dict[str, Any]:
    form = request.POST
    texts = {
        name: value if isinstance(value := form.get(name), str) else "" for name in ("title", "translator", "slow")
    }
    return {**texts, "read_only": "read_only" in form, "online": "online" in form}


def _deed(request: Request, room: Room, deed: Deed, titles: dict[str, str]) -> dict[str, Any]:
    values = {**deed_values(deed), "says": in_words(deed, titles)}
    if "seq" in values:
        values["url"] = room_url(request, room, "messages", str(deed.value))
    return values


def in_words(deed: Deed, titles: dict[str, str]) -> str:
    """Return `deed` in words; `titles` are those of the translators, by name."""
    what, value = deed.what, deed.value
    if what == "title":
        return f"Title: {_apart(value)}, before: {_apart(deed.before)}"
    if what == "translator":
        now, before = (titles.get(name, name) if name else "as the chat has it" for name in (value, deed.before))
        return f"Visitors read it as: {now}, before: {before}"
    if what == "read_only":
        return "Only you may speak" if value else "Everybody may speak"
    if what == "slow":
        return f"Seconds between messages: {value}, before: {deed.before}"
    if what == "online":
        return "May be translated by third parties" if value else "May not be translated by third parties"
    if what in ("removed", "restored"):
        return f"Message {value} {what}"
    return f"{_apart(value)} {what}"


def _apart(text: str) -> str:
    """Return `text` so that its direction does not turn the words around it (Unicode Annex 9, FSI and PDI)."""
    return f"\u2068{text}\u2069"
