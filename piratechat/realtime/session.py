"""The chat over SockJS: a session for each window that has a room open."""

import logging
import secrets
import time
from collections.abc import Callable, Hashable
from typing import Any

from pyramid.registry import Registry
from pyramid.request import Request

from piratechat.bounded_json import parse_json
from piratechat.errors import CommandRejected, retry_after_header
from piratechat.http.security import chosen_view, mark_of
from piratechat.live.room import PAGE, LiveRoom
from piratechat.log_format import about
from piratechat.model.commands import (
    Change,
    Claim,
    Command,
    Done,
    Mute,
    Remove,
    Restore,
    Say,
    Unmute,
    checked_changes,
)
from piratechat.model.text import checked_message, checked_name, checked_nonce
from piratechat.serialization import PONG, done_event, encode, error_event
from piratechat.services import Services
from piratechat.translators.engine.detection import checked_lang
from pyramid_sockjs import Session, SessionManager
from pyramid_sockjs.errors import RequestRejected

log = logging.getLogger(__name__)

#: The name of the SockJS service.
NAME = "chat"

#: How a session is closed that asks for more than its address may.
TOO_MANY = (4429, "You are faster than this chat allows: wait a little")
#: ... and one that could not be let in by a fault of ours.
NOT_NOW = (4503, "The room cannot be read now: try again in a moment")


class ChatSessions(SessionManager):
    """The sessions of the chat, and the parts they use."""

    services: Services

    def __init__(self, registry: Registry) -> None:
        super().__init__(NAME, registry, session=ChatSession)

    def open(self, request: Request | None, id: Hashable = None) -> Session:
        """Make and open a session.  Raises RequestRejected."""
        if request is not None:
            try:
                self.services.limits.sessions.take(self.client_address(request))
            except CommandRejected as rejected:
                self.services.metrics.rejected(rejected.code)
                retry = ("Retry-After", str(retry_after_header(rejected.retry_after) or 1))
                raise RequestRejected(429, rejected.message, [retry]) from None
        return super().open(request, id)

    def measure(self) -> None:
        """Note among the metrics what there is at this moment."""
        self.services.metrics.measure(self.all_sessions(), self.services.rooms.readers, self.services.committer.waiting)


class ChatSession(Session):
    """One window: reads the room through a view, and speaks for a visitor."""

    __slots__ = ("heard", "live", "since", "slug", "tag", "view", "visitor")

    def __init__(self, manager: ChatSessions, request: Request | None = None) -> None:
        super().__init__(manager, request)
        self.slug = ""
        self.visitor = ""
        self.view = ""
        self.live: LiveRoom | None = None  # once the client has joined
        self.tag = secrets.token_hex(4)  # by which lines of the log know the session
        self.since = time.monotonic()
        self.heard = 0  # messages of the client

    @property
    def services(self) -> Services:
        """The parts of the chat in this process."""
        return self.manager.services

    # What SockJS tells

    def on_open(self) -> None:
        request = self.request
        assert request is not None
        room = request.context
        self.slug = room.__name__
        self.visitor = request.identity.id
        self.view = self.services.translators.choose(room, chosen_view(request), accepting=request.accept_language)

    def on_message(self, message: str) -> None:
        self.heard += 1
        with about("session", self.tag):
            self._take(message)

    def _take(self, message: str) -> None:
        if not self.services.limits.commands.may(self.address):
            self.close(*TOO_MANY)
            return
        values = parsed(message)
        try:
            self._handle(values)
        except CommandRejected as rejected:
            nonce = values.get("nonce")
            self._refuse(rejected, nonce if isinstance(nonce, str) else "")
            if self.live is None and rejected.code == "rate-limited":
                self.close(*TOO_MANY)  # it may not even join: clients come back, later each time

    def on_close(self) -> None:
        live, self.live = self.live, None
        if live is not None:
            live.discard(self, self.view)
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

    # What the client says

    def _handle(self, values: dict[str, Any]) -> None:
        kind = values.get("type")
        handle = HANDLERS.get(kind) if isinstance(kind, str) else None
        if handle is None:
            raise CommandRejected("bad-message", f"There is no message of this type; there are {', '.join(HANDLERS)}.")
        if self.live is None and kind not in WITHOUT_JOINING:
            self._join(None, None)
        handle(self, values)

    def _handle_join(self, values: dict[str, Any]) -> None:
        after, name = values.get("after"), values.get("name")
        if after is not None and (isinstance(after, bool) or not isinstance(after, int) or after < 0):
            raise CommandRejected("bad-message", "after must be the number of the last message you have: 0 or more.")
        if name is not None and name != self._name():
            try:
                self.services.limits.names.take(self.address)
                self.services.committer.perform(Claim(self.slug, self.visitor, checked_name(name)))
            except CommandRejected as rejected:
                self._refuse(rejected)
        self._join(after, values.get("as"))

    def _handle_ping(self, _values: dict[str, Any]) -> None:
        self.send(PONG)

    def _handle_say(self, values: dict[str, Any]) -> None:
        nonce = checked_nonce(values.get("nonce"))
        text = checked_message(values.get("text"), self.services.settings.message_length)
        lang = checked_lang(values.get("lang"))
        self.services.limits.say(self.visitor, self.address, len(text))
        self._submit(Say(self.slug, self.visitor, text, nonce, lang=lang), nonce)

    def _handle_as(self, values: dict[str, Any]) -> None:
        assert self.live is not None
        view = self._checked_view(self.live, values.get("as"))
        self.live.discard(self, self.view)
        self.view = view
        self.live.add(self, view)

    def _handle_read(self, values: dict[str, Any]) -> None:
        assert self.live is not None
        seqs, again = values.get("seqs"), values.get("again", False)
        if not isinstance(seqs, list) or len(seqs) > PAGE or not isinstance(again, bool):
            raise CommandRejected("bad-message", f"seqs must be a list of numbers of messages, at most {PAGE}.")
        seqs = dict.fromkeys(checked_seq({"seq": seq}) for seq in seqs)
        self.services.limits.read(self.visitor, self.address)
        self.send_many(self.live.views(seqs, self.view, self, again))

    def _handle_typing(self, values: dict[str, Any]) -> None:
        assert self.live is not None
        name = self.live.presence.name_of(self.visitor)
        if name is not None and self.services.limits.may_type(self.visitor, self.address) and self._may_speak():
            self.live.whisper({"type": "typing", "author": name})

    def _handle_remove(self, values: dict[str, Any]) -> None:
        self._own(Remove(self.slug, self.visitor, checked_seq(values)), values)

    def _handle_restore(self, values: dict[str, Any]) -> None:
        self._own(Restore(self.slug, self.visitor, checked_seq(values)), values)

    def _handle_room(self, values: dict[str, Any]) -> None:
        changes = {name: value for name, value in values.items() if name not in ("type", "nonce")}
        self._own(Change(self.slug, self.visitor, checked_changes(changes, self.services.translators.names)), values)

    def _handle_mute(self, values: dict[str, Any]) -> None:
        self._own(Mute(self.slug, self.visitor, checked_name(values.get("name"))), values)

    def _handle_unmute(self, values: dict[str, Any]) -> None:
        self._own(Unmute(self.slug, self.visitor, checked_name(values.get("name"))), values)

    # How it is done

    def _join(self, after: int | None, view: Any) -> None:
        self.services.limits.requests.take(self.address)
        try:
            self._enter(after, view)
        except Exception:
            self.close(*NOT_NOW)  # it would hear nothing: clients come back, and ask again
            raise

    def _enter(self, after: int | None, view: Any) -> None:
        live = self.live
        if live is None:
            # From here on, closing leaves the room again, whatever happens.
            live = self.live = self.services.rooms.enter(self.slug)
            live.presence.enter(self)
        else:
            live.discard(self, self.view)
        try:
            self.view = self._checked_view(live, self.view if view is None else view)
        except CommandRejected as rejected:
            self._refuse(rejected)
        self.send(encode(self._welcome(live)))
        if after is not None:
            self.send_many(live.history(after, self.view, self))
        live.add(self, self.view)

    def _welcome(self, live: LiveRoom) -> dict[str, Any]:
        with self.services.database.reading() as chat:
            room = chat.rooms[self.slug]
            name, owner = room.names.of(self.visitor), room.names.of(room.owner)
            read_only, muted = room.read_only, room.names.is_muted(self.visitor)
        live.presence.introduce(self.visitor, name)
        return {
            "type": "welcome",
            "version": self.services.files.version.rstrip("/"),
            "room": self.slug,
            "you": live.presence.name_of(self.visitor),
            "visitor": mark_of(self.visitor),
            "last": live.last,
            "as": self.view,
            "translators": [
                {
                    "name": name,
                    "title": found.title,
                    "reach": found.reach,
                    "recipient": found.recipient,
                    "target": found.target,
                }
                for name, found in live.translators.items()
            ],
            "present": live.presence.names,
            "owner": owner,
            "read_only": read_only,
            "muted": muted,
        }

    def _checked_view(self, live: LiveRoom, view: Any) -> str:
        if isinstance(view, str) and view in live.translators:
            return view
        raise CommandRejected(
            "bad-message", f"as must be one of this room's translators: {', '.join(live.translators)}."
        )

    def _name(self) -> str | None:
        """Return what the visitor is called in the room."""
        with self.services.database.reading() as chat:
            name: str | None = chat.rooms[self.slug].names.of(self.visitor)
        return name

    def _may_speak(self) -> bool:
        with self.services.database.reading() as chat:
            try:
                chat.rooms[self.slug].may_speak(self.visitor)
            except CommandRejected:
                return False
        return True

    def _submit(self, command: Command, nonce: str = "") -> None:
        def reply(result: Done | CommandRejected) -> None:
            if isinstance(result, CommandRejected):
                self._refuse(result, nonce)
            else:
                self._done(result)

        self.services.committer.submit(command, reply)

    def _own(self, command: Command, values: dict[str, Any]) -> None:
        """Have done what the owner asks for, and say so if that was asked under a nonce."""
        nonce = checked_nonce(values.get("nonce"))

        def reply(result: Done | CommandRejected) -> None:
            if isinstance(result, CommandRejected):
                self._refuse(result, nonce)
            elif nonce:
                self.send(done_event(nonce))

        self.services.committer.submit(command, reply)

    def _done(self, done: Done) -> None:
        """What was asked for is on disk, and those who are here have heard of it."""
        if done.repeated is not None and self.live is not None:
            self.send(self.live.event(done.repeated, self.view, self))

    def _refuse(self, rejected: CommandRejected, nonce: str = "") -> None:
        self.services.metrics.rejected(rejected.code)
        self.send(error_event(rejected, nonce))


def parsed(message: str) -> dict[str, Any]:
    """Return the JSON object in `message`; anything else is said as it stands."""
    try:
        values = parse_json(message)
    except ValueError:
        values = None
    return values if isinstance(values, dict) else {"type": "say", "text": message}


def checked_seq(values: dict[str, Any]) -> int:
    """Return the number of a message.  Raises CommandRejected if there is none."""
    seq = values.get("seq")
    if isinstance(seq, bool) or not isinstance(seq, int) or not 0 < seq < 2**62:
        raise CommandRejected("bad-message", "seq must be the number of a message: 1 or more.")
    return seq


HANDLERS: dict[str, Callable[[ChatSession, dict[str, Any]], None]] = {
    "join": ChatSession._handle_join,
    "ping": ChatSession._handle_ping,
    "say": ChatSession._handle_say,
    "as": ChatSession._handle_as,
    "read": ChatSession._handle_read,
    "typing": ChatSession._handle_typing,
    "remove": ChatSession._handle_remove,
    "restore": ChatSession._handle_restore,
    "room": ChatSession._handle_room,
    "mute": ChatSession._handle_mute,
    "unmute": ChatSession._handle_unmute,
}

#: Messages that do not let a client in that has not joined.
WITHOUT_JOINING = ("join", "ping")
