"""The log as data: pages of JSON, and full exports."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.cooperative import in_turns
from piratechat.errors import CommandRejected
from piratechat.live.event_json import revision_values
from piratechat.model.catching_up import KeptChanges, Position
from piratechat.model.events import Changed, Message, Reacted, Revision, Updated
from piratechat.model.reactions import checked_emoji
from piratechat.model.room import READ, MessageResource, Messages, Room
from piratechat.protocol.objects import View
from piratechat.serialization import kept_values, message_line, message_values, reaction_values, topic_values
from piratechat.storage.database import Database
from piratechat.texts import text
from piratechat.translators.text.protected_spans import mentioning
from piratechat.translators.views import resolved, view_names
from piratechat.views.days import beginning_of_day
from piratechat.views.formats import as_json
from piratechat.views.params import STATUS, number
from piratechat.views.room_page import ORIGINAL, own_nonces, own_reactions, reading_of, removed_text, topic_view

DEFAULT_LIMIT = 50
MAX_PAGE = 200


@view_config(context=Messages, request_method=("GET", "HEAD"), permission=READ)
def messages_json(messages: Messages, request: Request) -> Response:
    """Return messages in ascending order: after `after`, from the day `on`, before `before`, or the last ones."""
    room = messages.__parent__
    try:
        limit = number(request, "limit", 1, MAX_PAGE) or DEFAULT_LIMIT
        before, after = number(request, "before", 1), number(request, "after", 0)
        day = beginning_of_day(request)
        view = _wanted_view(request, room)
    except CommandRejected as rejected:
        return as_json({"error": rejected.message}, STATUS[rejected.code])
    if day is not None:
        after = max(after or 0, room.before(day))
    if after is not None:
        most = limit if before is None else max(0, min(limit, before - after - 1))
        found = room.messages(after, most)
    else:
        found = room.latest(limit, before)
    topic = topic_values(room.topic, topic_view(request, room, room.topic, view))
    return as_json({**_numbers(room), **topic, "pinned": room.pins, "messages": _read(request, room, found, view)})


@view_config(context=Room, name="pinned", request_method=("GET", "HEAD"), permission=READ, accept="application/json")
def pinned_json(room: Room, request: Request) -> Response:
    """Return the visible pinned messages, in the order of pinning."""
    try:
        view = _wanted_view(request, room)
    except CommandRejected as rejected:
        return as_json({"error": rejected.message}, STATUS[rejected.code])
    return as_json({**_numbers(room), "messages": _read(request, room, room.pinned_messages(), view)})


@view_config(context=Room, name="changes", request_method=("GET", "HEAD"), permission=READ)
def changes_json(room: Room, request: Request) -> Response:
    """Return the changes after the number `since`, as events with the current state.

    With `reset` instead of events, the client must load the room from its beginning.
    """
    try:
        limit = number(request, "limit", 1, MAX_PAGE) or MAX_PAGE
        since = number(request, "since", 0)
        view = _wanted_view(request, room)
        if since is None:
            raise CommandRejected("bad-message", text("error.since_needed"))
    except CommandRejected as rejected:
        return as_json({"error": rejected.message}, STATUS[rejected.code])
    numbers = _numbers(room)
    position = Position(since=since, epoch=request.GET.get("epoch"))
    fits = position.fits(numbers["last"], numbers["rev"], numbers["epoch"])
    page = KeptChanges(room).page(since, limit) if fits else None
    if page is None:
        return as_json({**numbers, "reset": True})
    restored = [event.message for event in page.events if isinstance(event, Updated)]
    messages = {values["seq"]: values for values in _read(request, room, restored, view)}
    changes = [
        {"type": "message", **messages[event.message.seq], "rev": event.rev}
        if isinstance(event, Updated)
        else revision_values(
            event,
            _view_of_topic(request, room, event, view),
            room.reacted(request.identity.id, event.seq) if isinstance(event, Reacted) else None,
        )
        for event in page.events
    ]
    return as_json({**numbers, "changes": changes, "more": page.more})


def _view_of_topic(request: Request, room: Room, event: Revision, view: str | None) -> View | None:
    topic = event.values.get("topic", "") if isinstance(event, Changed) else ""
    return topic_view(request, room, topic, view)


def _numbers(room: Room) -> dict[str, Any]:
    """Return the numbers of `room`: last message, last change, and epoch."""
    return {"room": room.__name__, "epoch": room.epoch, "last": room.log.last, "rev": room.rev}


@view_config(context=MessageResource, request_method=("GET", "HEAD"), permission=READ, accept="application/json")
def message_json(message: MessageResource, request: Request) -> Response:
    """Return one message."""
    found = message.room.message(message.seq)
    assert found is not None
    try:
        view = _wanted_view(request, message.room)
    except CommandRejected as rejected:
        return as_json({"error": rejected.message}, STATUS[rejected.code])
    return as_json(_read(request, message.room, [found], view)[0])


@view_config(context=MessageResource, name="reactions", request_method=("GET", "HEAD"), permission=READ)
def reactions_json(message: MessageResource, request: Request) -> Response:
    """Return the reactions to a message; with an `emoji`, all people who reacted with it."""
    room, seq = message.room, message.seq
    answer = {**_numbers(room), "seq": seq}
    if "emoji" not in request.GET:
        yours = room.reacted(request.identity.id, seq)
        return as_json({**answer, "reactions": reaction_values(room.reactions(seq), yours)})
    try:
        emoji = checked_emoji(request.GET["emoji"])
    except CommandRejected as rejected:
        return as_json({"error": rejected.message}, STATUS[rejected.code])
    names = room.people(seq, emoji)
    return as_json({**answer, "emoji": emoji, "count": len(names), "names": names})


@view_config(context=Room, name="export.json", request_method="GET", permission=READ)
def export_json(room: Room, request: Request) -> Response:
    """Stream the whole log as one JSON document."""
    request.services.limits.exports.take(request.network)
    slug, last = room.__name__, room.log.last  # now, because the room's connection is closed before the body is read
    head = json.dumps({"room": slug, "title": room.title, "topic": room.topic, "last": last})

    def body() -> Iterator[bytes]:
        yield head[:-1].encode() + b', "messages": ['
        comma = ""
        for found in in_turns(whole_log(request.services.database, slug, last)):
            yield "".join(
                (",\n" if number or comma else "\n") + json.dumps(kept_values(message))
                for number, message in enumerate(found)
            ).encode()
            comma = ","
        yield b"\n]}\n"

    return _download(body(), room, "json", "application/json")


@view_config(context=Room, name="export.txt", request_method="GET", permission=READ)
def export_text(room: Room, request: Request) -> Response:
    """Stream the whole log as text: a line for each message, with further lines indented.

    With `as`, in translation: no service is used, and messages that are not translated yet are marked.
    """
    view = _wanted_view(request, room)
    request.services.limits.exports.take(request.network)

    slug, last = room.__name__, room.log.last
    read = _known_translations(request, room, view)

    def body() -> Iterator[bytes]:
        for found in in_turns(whole_log(request.services.database, slug, last)):
            yield "".join(message_line(message, read(message)) for message in in_turns(found)).encode()

    return _download(body(), room, "txt", "text/plain")


def _known_translations(request: Request, room: Room, view: str | None) -> Callable[[Message], str | None]:
    """Return a function that returns the translation of a message for an export through `view`.

    It returns None for the original.
    """
    if view is None or view == ORIGINAL:
        return lambda _message: None
    engine, translators = request.services.engine, request.services.translators.of(room)

    def read(message: Message) -> str | None:
        if not message.is_shown:
            return None
        said = mentioning(message.text, message.mentions)
        known = engine.known(translators, view, said, message.lang or None)
        return f"[original] {message.text}" if known is None else known.text

    return read


def whole_log(database: Database, slug: str, last: int) -> Iterator[list[Message]]:
    """Yield the messages up to `last`, in pages."""
    after = 0
    while after < last:
        with database.reading() as chat:
            room = chat.rooms[slug]
            found = room.messages(after, min(MAX_PAGE, last - after))
            room.log.release(after, found[-1].seq)
        yield found
        after = found[-1].seq


def _download(body: Iterator[bytes], room: Room, kind: str, content_type: str) -> Response:
    response = Response(content_type=content_type, charset="UTF-8", cache_control="no-store")
    response.app_iter = body
    response.content_disposition = f"attachment; filename=room.{kind}"
    return response


def _wanted_view(request: Request, room: Room) -> str | None:
    """Return the view in the query, or None.  Raises CommandRejected."""
    typed = request.GET.get("as")
    if typed is None:
        return None
    translators = request.services.translators.of(room)
    view = resolved(translators, typed)
    if view is None:
        raise CommandRejected("bad-message", text("error.not_a_translator", names=", ".join(view_names(translators))))
    if not request.services.language_slots.visit(room.__name__, view):
        raise CommandRejected("busy", text("error.languages_busy"))
    return view


def _read(request: Request, room: Room, messages: list[Message], view: str | None) -> list[dict[str, Any]]:
    reading = reading_of(request, room, view) if view is not None else lambda _message: None
    nonce, yours = own_nonces(request, room), own_reactions(request, room)

    def values(message: Message) -> dict[str, Any]:
        found = {"nonce": nonce(message), "removed_text": removed_text(request, room, message)}
        return message_values(message, reading(message), yours(message)) | {
            name: one for name, one in found.items() if one is not None
        }

    return [values(message) for message in in_turns(messages)]
