"""The owner's panel: settings of the room, visitors, and the moderation log."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from pyramid.request import Request

from piratechat.errors import CommandRejected
from piratechat.model.bidi import isolated
from piratechat.model.commands import MAX_SLOW_MODE
from piratechat.model.moderation_log import LogEntry
from piratechat.model.room import Room
from piratechat.serialization import entry_values
from piratechat.texts import Text, plural_id, text, text_id
from piratechat.translators.views import in_all_languages
from piratechat.views.room_page import room_url

#: The view that the settings form is posted to.
SETTINGS = "settings"
#: Maximum number of listed visitors; the owner can enter other names.
MAX_VISITORS = 500
#: The query for a room's page with the open panel and a confirmation.
SAVED = {"panel": "saved"}


def panel_values(request: Request, room: Room, error: CommandRejected | None = None) -> dict[str, Any]:
    """Return the template values of the panel; `error` is shown next to its field, with the submitted value."""
    translators = request.services.translators
    saved = error is None and request.GET.get("panel") == SAVED["panel"]
    refused_settings = error is not None and request.view_name == SETTINGS
    return {
        "open": saved or error is not None,
        "saved": saved,
        "errors": {} if error is None else {error.field or request.view_name: request.localized(error.message)},
        "settings": _typed(request) if refused_settings else _settings(request, room),
        "longest_pause": MAX_SLOW_MODE,
        "translators": _choices(translators.of(room)),
        "third_parties": translators.recipients(),
        "moderation_log": entries_of(request, room),
        **visitors_of(room),
    }


def entries_of(request: Request, room: Room) -> list[dict[str, Any]]:
    """Return the moderation log, newest first; each entry has a description `says` and a link `url`."""
    titles = {view: each.title for view, each in in_all_languages(request.services.translators.all())}
    return [_entry_json(request, room, entry, titles) for entry in room.moderation_log]


def _choices(translators: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the choices for the default translator: styles and languages, in order."""
    return [{"name": name, "title": each.title} for name, each in in_all_languages(translators)]


def visitors_of(room: Room) -> dict[str, Any]:
    """Return `visitors`, muted ones first, and whether there are `more`."""
    names = room.names
    muted = [name for visitor in islice(names.muted(), MAX_VISITORS) for name in names.used_by(visitor)]
    mine = names.used_by(room.owner)
    others = (name for name, is_muted in names.all() if not is_muted and name not in mine)
    found = [(name, True) for name in sorted(muted, key=str.casefold)]
    found += [(name, False) for name in islice(others, MAX_VISITORS + 1)]
    return {
        "visitors": [{"name": name, "muted": is_muted} for name, is_muted in found[:MAX_VISITORS]],
        "more": len(found) > MAX_VISITORS,
    }


def _settings(request: Request, room: Room) -> dict[str, Any]:
    return {
        "title": room.title,
        "topic": room.topic,
        "translator": request.services.translators.choose(room),
        "read_only": room.read_only,
        "slow": room.slow,
        "third_party_translation": room.third_party_translation,
    }


def _typed(request: Request) -> dict[str, Any]:
    form = request.POST
    texts = {
        name: value if isinstance(value := form.get(name), str) else ""
        for name in ("title", "topic", "translator", "slow")
    }
    return {**texts, "read_only": "read_only" in form, "third_party_translation": "third_party_translation" in form}


def _entry_json(request: Request, room: Room, entry: LogEntry, titles: dict[str, str]) -> dict[str, Any]:
    values = {**entry_values(entry), "says": request.localized(in_words(entry, titles))}
    if "seq" in values:
        values["url"] = room_url(request, room, "messages", str(entry.value))
    return values


def in_words(entry: LogEntry, titles: dict[str, str]) -> str:
    """Return the description of `entry`; `titles` are those of the translators, by name."""
    what, value = entry.what, entry.value
    if what == "title":
        return text("log.room_title", now=isolated(value), before=isolated(entry.before))
    if what == "topic":
        if not value:
            return text("log.topic_removed", before=isolated(entry.before))
        return text("log.topic", now=isolated(value))
    if what == "translator":
        now, before = (
            isolated(titles.get(name, name)) if name else text("log.translator_default")
            for name in (value, entry.before)
        )
        return text("log.translator", now=now, before=before)
    if what == "slow":
        return text("log.slow", now=value, before=entry.before)
    if what in _ABOUT_MANY:
        return Text(_ABOUT_MANY[what], {"count": value[0]}, value[0])
    if what in _ABOUT_MESSAGES:
        return Text(_ABOUT_MESSAGES[what], {"seq": value})
    if what in _ABOUT_VISITORS:
        return Text(_ABOUT_VISITORS[what], {"name": isolated(value)})
    return Text(_FLAGS[what, bool(value)])


#: Ids of descriptions of moderation log entries, by kind.
_ABOUT_MESSAGES = {
    "removed": text_id("log.removed"),
    "restored": text_id("log.restored"),
    "erased": text_id("log.erased"),
    "pinned": text_id("log.pinned"),
    "unpinned": text_id("log.unpinned"),
    "edited": text_id("log.edited"),
    "reaction_added": text_id("log.reaction_added"),
    "reaction_removed": text_id("log.reaction_removed"),
}
_ABOUT_MANY = {
    "removed_many": plural_id("log.removed_many"),
    "restored_many": plural_id("log.restored_many"),
}
_ABOUT_VISITORS = {"muted": text_id("log.muted"), "unmuted": text_id("log.unmuted")}
_FLAGS = {
    ("read_only", True): text_id("log.read_only_on"),
    ("read_only", False): text_id("log.read_only_off"),
    ("third_party_translation", True): text_id("log.third_parties_on"),
    ("third_party_translation", False): text_id("log.third_parties_off"),
}
