"""The SockJS session of a window."""

import logging
import secrets
import time
from collections.abc import Sequence
from typing import NamedTuple

import gevent
from pyramid.request import Request

from piratechat.errors import LOGGED_OUT, LOGIN_EXPIRED, CommandRejected
from piratechat.http.security import Visitor, chosen_view, mark_of
from piratechat.live.event_json import done_event, error_event
from piratechat.live.room import LiveRoom
from piratechat.live.welcomes import Shared
from piratechat.model.catching_up import Position
from piratechat.model.commands import Command, Done, Say
from piratechat.model.room import Room
from piratechat.realtime.messages import join_in_url
from piratechat.services import Services
from piratechat.texts import DEFAULT, text
from piratechat.translators.builtin.original import Original
from piratechat.translators.registry import chosen
from piratechat.translators.views import resolved, view_names
from pyramid_sockjs import Session, SessionManager

log = logging.getLogger(__name__)

#: Closes a session that cannot join because of a server error.
NOT_NOW = (4503, "The room cannot be read now: try again in a moment")
#: Maximum number of times that a room is read for a joining client, if it changes meanwhile.
MAX_READINGS = 10


class _State(NamedTuple):
    """The state of the room for a joining client."""

    name: str | None  # of the visitor
    owner: str | None
    read_only: bool
    muted: bool
    topic: str
    pins: tuple[int, ...]
    translator: str | None  # the room's default


class _Seen(NamedTuple):
    """What a window that has not joined yet read when it was opened."""

    commit: bytes  # nothing was committed later, when it was read
    state: _State


class ChatSession(Session):
    """One window: reads the room through a translator, and posts for a visitor."""

    __slots__ = (
        "accepted",
        "chosen",
        "expiry",
        "heard",
        "language",
        "live",
        "member_session",
        "seen",
        "since",
        "slug",
        "tag",
        "taken",
        "view",
        "visitor",
    )

    keeps_request = False

    def __init__(self, manager: SessionManager, request: Request | None = None) -> None:
        super().__init__(manager, request)
        self.slug = ""
        self.visitor = ""
        self.chosen: str | None = None  # the translator stored in the browser
        self.accepted: str | None = None  # the browser's Accept-Language
        self.member_session: int | None = None  # that of a member, which ends when they log out elsewhere
        self.expiry: gevent.Greenlet | None = None  # closes the session when the member's login expires
        self.seen: _Seen | None = None
        self.view = ""
        self.taken = ""  # the language slot that it holds
        self.language = DEFAULT
        self.live: LiveRoom | None = None  # set when the client has joined
        self.tag = secrets.token_hex(4)  # identifies the session in log lines
        self.since = time.monotonic()
        self.heard = 0  # number of messages from the client

    @property
    def services(self) -> Services:
        """The services of this process."""
        services: Services = self.manager.services
        return services

    # Called by SockJS

    def on_open(self) -> None:
        request = self.request
        assert request is not None
        room: Room = request.context
        self.slug = room.__name__
        identity: Visitor = request.identity
        self.visitor, self.member_session = identity.id, identity.session
        if request.commit is not None:
            self.seen = _Seen(request.commit, self._read(room))
        if identity.until is not None:
            self.expiry = gevent.spawn_later(max(0.0, identity.until - time.time()), self.close, *LOGIN_EXPIRED)
        self.language = request.locale_name
        self.chosen = chosen_view(request)
        self.accepted = request.environ.get("HTTP_ACCEPT_LANGUAGE")

    def messages_of(self, request: Request) -> Sequence[str]:
        message = join_in_url(request.environ.get("QUERY_STRING", ""))
        return () if message is None else (message,)

    def on_message(self, message: str) -> None:
        self.heard += 1
        if self.member_session is not None and not self._is_logged_in():
            self.close(*LOGGED_OUT)
            return
        self.manager.receive(self, message)

    def _is_logged_in(self) -> bool:
        """Whether the member's session has not ended since the window was opened; another process may have ended it."""
        with self.services.database.reading() as chat:
            member = None if chat.members is None else chat.members.get(self.visitor)
        return member is not None and member.session == self.member_session

    def on_close(self) -> None:
        if self.expiry is not None and self.expiry is not gevent.getcurrent():
            self.expiry.kill(block=False)
        live, self.live = self.live, None
        if live is not None:
            live.discard(self, self.view)
            self._leave_slot()
            live.presence.leave(self)
            self.services.rooms.leave(self.slug)
        self._log_end()

    def _log_end(self) -> None:
        if log.isEnabledFor(logging.INFO):
            ending = self.ending
            fields = {
                "session": self.tag,
                "room": self.slug,
                "transport": self.transport,
                "address": self.address,
                "seconds": round(time.monotonic() - self.since, 1),
                "messages": self.heard,
                "reason": ending.reason if ending is not None else "the client is gone",
            }
            log.info("session closed", extra=fields)

    # Called by handlers

    def join(self, position: Position, view: object) -> None:
        """Let the client join the room, or join again, and send the events that it has missed since `position`."""
        self.services.limits.requests.take(self.address)
        try:
            self._enter(position, view)
        except Exception:
            self.close(*NOT_NOW)  # it would receive nothing; clients reconnect and try again
            raise

    def change_view(self, view: object) -> None:
        """Change the translator of the client, which has joined, to `view`.  Raises CommandRejected.

        If too many languages are in use already, the client then reads originals.
        """
        assert self.live is not None
        view = self.checked_view(self.live, view)
        self.live.discard(self, self.view)
        busy = not self._take_slot(view)
        self.live.add(self, self.view)
        if busy:
            raise CommandRejected("busy", text("error.languages_busy"))

    def _take_slot(self, view: str) -> bool:
        """Use `view`, or else the original; return whether it is `view`."""
        self._leave_slot()
        may = self.services.language_slots.enter(self.slug, view)
        self.view, self.taken = (view, view) if may else (Original.name, "")
        return may

    def _leave_slot(self) -> None:
        self.services.language_slots.leave(self.slug, self.taken)
        self.taken = ""

    def name(self) -> str | None:
        """Return the visitor's name in the room."""
        seen = self.seen
        if seen is not None and seen.commit == self.services.database.last_commit():
            return seen.state.name
        with self.services.database.reading() as chat:
            name: str | None = chat.rooms[self.slug].name_of(self.visitor)
        return name

    def may_speak(self) -> bool:
        """Whether the visitor may post now."""
        with self.services.database.reading() as chat:
            try:
                chat.rooms[self.slug].may_speak(self.visitor)
            except CommandRejected:
                return False
        return True

    def submit(self, command: Command, nonce: str) -> None:
        """Perform `command`, and send the result to the client.

        A message with the client's nonce is its own acknowledgement; other commands with a nonce are acknowledged by
        "done".
        """

        def reply(result: Done | CommandRejected) -> None:
            if isinstance(result, CommandRejected):
                self.reject(result, nonce)
            elif isinstance(command, Say):
                self._repeat(result)
            elif nonce:
                self.send(done_event(nonce, result.rev))

        self.services.committer.submit(command, reply)

    def _repeat(self, done: Done) -> None:
        """Send a message again whose nonce was repeated; readers here that have not received it yet get it as well."""
        live, message = self.live, done.repeated
        if message is not None and live is not None and message.seq <= live.last:
            self.send(live.event(message, self.view, self))

    def reject(self, rejected: CommandRejected, nonce: str = "") -> None:
        """Send an error to the client."""
        self.services.metrics.rejected(rejected.code)
        self.send(error_event(rejected, nonce, self.language))

    # Joining

    def _enter(self, position: Position, view: object) -> None:
        live = self.live
        if live is None:
            # From here on closing the session leaves the room, whatever happens.
            live = self.live = self.services.rooms.enter(self.slug)
            live.presence.enter(self)
        else:
            live.discard(self, self.view)
        asked_for = self._view_asked_for(live, view)
        state = self._state(live)
        translators = live.translations.translators
        self.view = asked_for or chosen(translators, self.chosen, state.translator, accepted=self.accepted)
        self.chosen = self.accepted = None
        busy = not self._take_slot(self.view)
        self.send(self._welcome(live, state))
        if busy:
            self.reject(CommandRejected("busy", text("error.languages_busy")))
        if position != Position():
            self.send_many(live.coming_back.missed(position, self.view, self))
        live.add(self, self.view)

    def _view_asked_for(self, live: LiveRoom, view: object) -> str | None:
        """Return `view` if it is valid for the room, else the previous view, else None."""
        for each in (view, self.view or None):
            if each is not None:
                try:
                    return self.checked_view(live, each)
                except CommandRejected as rejected:
                    self.reject(rejected)
        return None

    def _state(self, live: LiveRoom) -> _State:
        """Return the room's state for the client, consistent with the events that readers have received."""
        seen, self.seen = self.seen, None
        if seen is not None and seen.commit == self.services.database.last_commit():
            return seen.state
        for _ in range(MAX_READINGS):
            before = live.told
            with self.services.rooms.room(self.slug) as room:
                state = self._read(room)
            if live.told == before:  # other greenlets run meanwhile, and their events precede the welcome
                break
        return state

    def _read(self, room: Room) -> _State:
        return _State(
            name=room.name_of(self.visitor),
            owner=room.names.of(room.owner),
            read_only=room.read_only,
            muted=room.names.is_muted(self.visitor),
            topic=room.topic,
            pins=room.pins,
            translator=room.translator,
        )

    def _welcome(self, live: LiveRoom, state: "_State") -> str:
        live.presence.introduce(self.visitor, state.name)
        live.note_muted(self.visitor, state.muted)
        shared = Shared(
            version=self.services.files.version.rstrip("/"),
            room=self.slug,
            last=live.last,
            rev=live.rev,
            epoch=live.epoch,
            view=self.view,
            owner=state.owner,
            topic=state.topic,
            topic_view=live.translations.read_topic(state.topic, self.view, self),
            pinned=state.pins,
            read_only=state.read_only,
        )
        you, mark = live.presence.name_of(self.visitor), mark_of(self.visitor)
        return live.welcomes.event(you, mark, state.muted, shared, live.presence, live.translations.translators)

    def passing_view(self, live: LiveRoom, view: object) -> str:
        """Return the view for `view`, to translate some messages with it now.  Raises CommandRejected."""
        found = self.checked_view(live, view)
        if found != self.view and not self.services.language_slots.visit(self.slug, found):
            raise CommandRejected("busy", text("error.languages_busy"))
        return found

    def checked_view(self, live: LiveRoom, view: object) -> str:
        """Return the room's view for `view`.  Raises CommandRejected if it is invalid."""
        translators = live.translations.translators
        found = resolved(translators, view) if isinstance(view, str) else None
        if found is None:
            raise CommandRejected(
                "bad-message", text("error.not_a_translator", names=", ".join(view_names(translators)))
            )
        return found
