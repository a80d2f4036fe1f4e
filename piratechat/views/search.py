"""Searching a room: a page of results, or JSON."""

from collections.abc import Sequence
from html import escape
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import CommandRejected, retry_after_header
from piratechat.model.room import READ, Room
from piratechat.protocol.objects import View
from piratechat.search.query import MAX_LENGTH, parsed
from piratechat.search.searching import Match, Results
from piratechat.serialization import iso, message_values, view_values
from piratechat.texts import text
from piratechat.translation import Translated
from piratechat.translators.views import resolved, view_names
from piratechat.views.authors import hue
from piratechat.views.formats import as_json, wants_json
from piratechat.views.params import STATUS, number
from piratechat.views.room_page import reading_of, room_url, view_of

TEMPLATE = "piratechat:templates/search.pt"

DEFAULT_LIMIT, MAX_LIMIT = 50, 50
#: Maximum number of characters of a long message to show before the first match, and in total.
BEFORE, SHOWN = 80, 400


@view_config(context=Room, name="search", request_method=("GET", "HEAD"), permission=READ)
def search(room: Room, request: Request) -> Response:
    """Return the newest messages before `before` that match `q` in translation or in the original."""
    typed = request.GET.get("q", "")
    if not typed.strip() and not wants_json(request):
        return _page(request, room, typed)
    try:
        results = _found(request, room, typed)
    except CommandRejected as rejected:
        request.services.metrics.rejected(rejected.code)
        return _refused(request, room, typed, rejected)
    if wants_json(request):
        return as_json(_values(request, room, typed, results))
    return _page(request, room, typed, results)


def _found(request: Request, room: Room, typed: str) -> Results:
    limit = number(request, "limit", 1, MAX_LIMIT) or DEFAULT_LIMIT
    before = number(request, "before", 1)
    query = parsed(typed, request.GET.get("from", ""))
    services = request.services
    translators = services.translators.of(room)
    wanted = request.GET.get("as")
    if wanted is not None and resolved(translators, wanted) is None:
        raise CommandRejected("bad-message", text("error.not_a_translator", names=", ".join(view_names(translators))))
    identity = request.identity
    services.limits.search(identity.id if identity.by_cookie else None, request.network)
    return services.search.search(room, translators, view_of(request, room), query, before, limit)


def _refused(request: Request, room: Room, typed: str, rejected: CommandRejected) -> Response:
    if wants_json(request):
        response = as_json({"error": rejected.message, "code": rejected.code}, STATUS[rejected.code])
    else:
        response = _page(request, room, typed, error=request.localized(rejected.message))
        response.status_int = STATUS[rejected.code]
    response.retry_after = retry_after_header(rejected.retry_after)
    return response


def _values(request: Request, room: Room, typed: str, results: Results) -> dict[str, Any]:
    view = view_of(request, room)
    reading = reading_of(request, room, view)

    def read(match: Match) -> View | None:
        if match.view_text is None:
            return reading(match.message)
        return view_values(view, Translated(match.view_text), match.message.text)  # the text that `found` refers to

    values: dict[str, Any] = {
        "query": typed,
        "messages": [
            {
                **message_values(match.message, read(match)),
                "found": [list(place) for place in match.found],
                "in": match.where,
            }
            for match in results.matches
        ],
        "more": results.more,
    }
    if results.indexed_through is not None:
        values["indexed_through"] = results.indexed_through
    if not results.is_whole:
        values["incomplete"] = True
    return values


def _page(
    request: Request, room: Room, typed: str, results: Results | None = None, error: str | None = None
) -> Response:
    view = view_of(request, room)
    translators = request.services.translators.of(room)
    matches = results.matches if results is not None else []
    sought = {name: request.GET[name] for name in ("from", "as") if request.GET.get(name)}
    values = {
        "title": room.title,
        "room_url": room_url(request, room, query={"as": view}),
        "search_url": room_url(request, room, "search"),
        "typed": typed[:MAX_LENGTH],
        "view": view,
        "sought": sought,
        "max_length": MAX_LENGTH,
        "error": error,
        "results": [_shown(request, room, view, match, translators) for match in matches],
        "found_nothing": results is not None and not matches,
        "older": _older(request, room, typed, sought, results),
        "indexed_through": results.indexed_through if results is not None else None,
        "incomplete": results is not None and not results.is_whole,
    }
    return render_to_response(TEMPLATE, values, request)


def _older(request: Request, room: Room, typed: str, sought: dict[str, str], results: Results | None) -> str | None:
    if results is None or not results.more:
        return None
    query = {"q": typed, **sought, "before": str(results.matches[-1].message.seq)}
    return room_url(request, room, "search", query=query)


def _shown(request: Request, room: Room, view: str, match: Match, translators: Any) -> dict[str, Any]:
    message = match.message
    said = message.text if match.view_text is None else match.view_text
    target = getattr(translators.get(view), "target", None)
    return {
        "url": room_url(request, room, "messages", str(message.seq), query={"as": view}),
        "author": message.author,
        "hue": hue(message.author),
        "at": iso(message.at),
        "date": iso(message.at)[:10],
        "time": iso(message.at)[11:16],
        "lang": (message.lang or None) if match.where == "text" else target,
        "text": marked(said, match.found),
    }


def marked(said: str, found: Sequence[tuple[int, int]]) -> str:
    """Return the part of `said` around the first match, as HTML with the matches `found` marked."""
    begin = max(found[0][0] - BEFORE, 0) if len(said) > SHOWN else 0
    end = min(begin + SHOWN, len(said))
    pieces = ["…"] if begin else []
    place = begin
    for first, last in found:
        if first >= end:
            break
        pieces += [escape(said[place:first]), "<mark>", escape(said[first : min(last, end)]), "</mark>"]
        place = min(last, end)
    return "".join([*pieces, escape(said[place:end]), "…" if end < len(said) else ""])
