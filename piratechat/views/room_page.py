"""The page of a room."""

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from pyramid.csrf import get_csrf_token
from pyramid.events import BeforeRender, subscriber
from pyramid.request import Request

from piratechat.errors import CommandRejected
from piratechat.http.frame import is_framed, site_path
from piratechat.http.routing import STATIC
from piratechat.http.security import chosen_language, chosen_view, mark_of
from piratechat.interfaces import IServices
from piratechat.live.room import LiveRoom
from piratechat.live.translations import texts_before
from piratechat.model.bidi import isolated
from piratechat.model.events import Message
from piratechat.model.room import OWN, Room
from piratechat.protocol.objects import View
from piratechat.serialization import iso, view_values
from piratechat.services import Services
from piratechat.texts import direction, plural, text
from piratechat.themes.choices import CHOICES
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.waiting_texts import Turn
from piratechat.translators.text.protected_spans import mentioning
from piratechat.views.authors import hue, initial
from piratechat.views.message_list import as_text, lines, shown, topic_shown
from piratechat.views.view_chooser import ALL_LANGUAGES, chooser_values, languages_to_write_in

#: The translator that shows originals.
ORIGINAL = "original"
#: Size in bytes of the mark that distinguishes forms of different pages.
ONCE_SIZE = 12
#: Milliseconds for which visitors can read the nonces of their own messages.
NONCES_TOLD = 60 * 60 * 1000
#: Number of people shown next to the total; also in static/scripts/ui/presence.js.
COINS = 3


def services_of(request: Request) -> Services:
    """Return the services of the chat; used as the request attribute `services`."""
    return request.registry.getUtility(IServices)


@subscriber(BeforeRender)
def add_what_all_pages_have(event: BeforeRender) -> None:
    """Add to every page: CSRF token, URLs of the home page and of files, texts, themes, and isolation of names."""
    request = event["request"]
    event["csrf_token"] = get_csrf_token(request)
    event["home"] = home_path(request)
    event["static"] = site_path(request) + STATIC + request.services.files.version
    event["isolated"], event["as_text"] = isolated, as_text
    event["text"], event["plural"], event["localized"] = text, plural, request.localized
    event["locale"], event["direction"] = request.locale_name, direction(request.locale_name)
    event["themes"] = request.environ.get(CHOICES)
    event["framed"] = is_framed(request)


def view_of(request: Request, room: Room) -> str:
    """Return the view of `room` for the request: from the URL, the reader's choice, or the default.

    Returns the original if too many other languages are in use in the room.
    """
    view = wanted_view(request, room)
    return view if request.services.language_slots.visit(room.__name__, view) else ORIGINAL


def wanted_view(request: Request, room: Room) -> str:
    """Return the requested view of `room`: from the URL, the reader's choice, or the default."""
    wanted = (request.params.get("as"), chosen_view(request))
    view: str = request.services.translators.choose(room, *wanted, accepted=request.environ.get("HTTP_ACCEPT_LANGUAGE"))
    return view


def reading_of(request: Request, room: Room, view: str) -> Callable[[Message], View | None]:
    """Return a function that returns translations of messages of `room` through `view`, if these are available."""
    engine, translators = request.services.engine, request.services.translators.of(room)

    context = translators[view].context if view in translators else 0

    def among(seqs: Iterable[int]) -> Iterable[Message]:
        return filter(None, map(room.message, seqs))

    def reading(message: Message) -> View | None:
        if not message.is_shown:
            return None
        said = mentioning(message.text, message.mentions)
        before = texts_before(message.seq, context, among) if context else ()
        turn = Turn(room.__name__, message.seq)
        outcome = engine.read(translators, view, Asked(said, message.lang or None, turn=turn, before=before))
        return view_values(view, outcome, message.text, request.locale_name)

    return reading


def topic_view(request: Request, room: Room, topic: str, view: str | None) -> View | None:
    """Return the translation of the `topic` of `room` through `view`, or None if there is nothing to show."""
    return reading_of(request, room, view)(Message(0, 0, "", topic)) if topic and view is not None else None


def removed_text(request: Request, room: Room, message: Message) -> str | None:
    """Return the text of a removed message of `room` for its author and the room's owner; else None.

    They may also read its history, and see what they would restore.
    """
    if not message.removed:
        return None
    if not room.is_author(request.identity.id, message.seq) and not request.has_permission(OWN, room):
        return None
    whole = room.message(message.seq, include_removed=True)
    assert whole is not None
    return whole.text


def own_nonces(request: Request, room: Room) -> Callable[[Message], str | None]:
    """Return a function that returns the nonce of a message of `room`, or None.

    With it a browser recognizes which of its own messages are stored.  It gets no nonces of other visitors, none after
    an hour, and none without a cookie, because then everybody at one address is the same visitor.
    """
    identity = request.identity
    oldest = time.time_ns() // 1_000_000 - NONCES_TOLD

    def nonce(message: Message) -> str | None:
        if not identity.by_cookie or not message.nonce or message.at < oldest:
            return None
        return message.nonce if room.author(message.seq) == identity.id else None

    return nonce


def own_reactions(request: Request, room: Room) -> Callable[[Message], set[str]]:
    """Return a function that returns the emoji with which the reader has reacted to a message of `room`."""
    visitor = request.identity.id
    return lambda message: room.reacted(visitor, message.seq) if message.reactions else set()


def home_path(request: Request) -> str:
    """Return the path of the home page."""
    return f"{site_path(request)}/"


def room_url(
    request: Request, room: Room, *elements: str, query: dict[str, str] | None = None, anchor: str = ""
) -> str:
    """Return the path of `room`, or of something below it."""
    path = request.resource_path(room, *elements).rstrip("/")
    return path + (f"?{urlencode(query)}" if query else "") + (f"#{anchor}" if anchor else "")


def room_link(request: Request, room: Room) -> str:
    """Return the link to `room` that its owner can share."""
    return request.host_url + room_url(request, room)


class RoomPage:
    """The page of a room for one reader: the values of its template."""

    def __init__(self, request: Request, room: Room) -> None:
        self._request = request
        self._room = room
        self._visitor = request.identity.id
        self._view = view_of(request, room)
        self._translators = request.services.translators.of(room)

    def values(
        self,
        messages: Sequence[Message],
        *,
        highlight: int | None = None,
        error: CommandRejected | None = None,
        draft: str = "",
        draft_name: str = "",
    ) -> dict[str, Any]:
        """Return the values for a page with these `messages`."""
        room, request = self._room, self._request
        owner = self._is_owner
        you = room.name_of(self._visitor)
        reason = self._reason_not_to_speak()
        live = self._live
        present = live.presence.names if live is not None else []
        return {
            "room": {
                "slug": room.__name__,
                "title": room.title,
                "topic": topic_shown(room.topic, topic_view(request, room, room.topic, self._view)),
                "owner": room.names.of(room.owner),
                "url": room_url(request, room),
                "link": room_link(request, room),
                "own_tab": site_path(request) + room_url(request, room).removeprefix(request.script_name),
                "read_only": room.read_only,
                "rev": room.rev,
                "epoch": room.epoch,
                "last": messages[-1].seq if messages else room.log.last,
            },
            "messages": self._shown(messages),
            "pinned": lines(room.pinned_messages(), reading_of(request, room, self._view)),
            "older": self._page("before", messages[0].seq) if messages and messages[0].seq > 1 else None,
            "newer": self._page("after", messages[-1].seq) if messages and messages[-1].seq < room.log.last else None,
            "highlight": highlight,
            **self._chooser(messages),
            "view": self._view,
            "busy": self._view != wanted_view(request, room),
            "first_visit": self._view != ORIGINAL and ORIGINAL in self._translators and not self._has_chosen(),
            "view_lang": getattr(self._translators.get(self._view), "target", None),
            "languages": languages_to_write_in(request, self._translators, messages),
            "all_languages": ALL_LANGUAGES,
            "language": chosen_language(request),
            "present": present,
            "here": live.presence.count if live is not None else 0,
            "coins": [{"hue": hue(name), "initial": initial(name)} for name in present[:COINS]],
            "visitor": mark_of(self._visitor),
            "you": {"name": you, "owner": owner},
            "can_speak": reason is None,
            "reason": reason,
            "error": request.localized(error.message) if error else None,
            "draft": draft,
            "draft_name": draft_name,
            "once": secrets.token_urlsafe(ONCE_SIZE),
            "sockjs_url": room_url(request, room, "sockjs"),
            "text_limit": request.services.settings.message_length,
            "edit_time": request.services.settings.edit_time,
            "editable_since": iso(int(max(0, time.time_ns() / 1e6 - 1000 * request.services.settings.edit_time))),
        }

    def _shown(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        request, room = self._request, self._room
        return shown(
            messages,
            reading_of(request, room, self._view),
            self._removed_text,
            self._is_owners,
            room.names.used_by(self._visitor),
            own_nonces(request, room),
            room.message,
            self._is_owner,
            request.locale_name,
            own_reactions(request, room),
        )

    @property
    def _is_owner(self) -> bool:
        return self._room.is_owned_by(self._visitor) and not is_framed(self._request)

    def _removed_text(self, message: Message) -> str | None:
        return removed_text(self._request, self._room, message)

    def _is_owners(self, name: str) -> bool:
        return self._room.is_owned_by(self._room.names.owner(name))

    def _chooser(self, messages: Sequence[Message]) -> dict[str, Any]:
        values = chooser_values(self._request, self._translators, self._view, messages)
        for one in values["views"]:
            one["url"] = room_url(self._request, self._room, query={"as": one["name"]})
            one["current"] = one["name"] == self._view
        return values

    def _has_chosen(self) -> bool:
        """Whether the reader has chosen a translator, now or earlier."""
        return "as" in self._request.params or chosen_view(self._request) is not None

    @property
    def _live(self) -> LiveRoom | None:
        live: LiveRoom | None = self._request.services.rooms.get(self._room.__name__)
        return live

    def _page(self, way: str, seq: int) -> str:
        return room_url(self._request, self._room, query={way: str(seq), "as": self._view})

    def _reason_not_to_speak(self) -> str | None:
        try:
            self._room.may_speak(self._visitor)
        except CommandRejected as rejected:
            return str(self._request.localized(rejected.message))
        return None
