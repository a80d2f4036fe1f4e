"""The handlers of clients' messages."""

from collections.abc import Callable, Mapping
from typing import Any

from piratechat.errors import CommandRejected
from piratechat.live.event_json import PONG
from piratechat.model import commands
from piratechat.model.catching_up import Position
from piratechat.model.text import checked_name
from piratechat.realtime import messages
from piratechat.realtime.session import ChatSession
from piratechat.translators.engine.waiting_texts import Urgency


def handle(session: ChatSession, values: messages.Values, bounds: messages.Bounds) -> None:
    """Handle the message in `values`; a client that has not joined joins first.

    Raises CommandRejected, which says what to do instead.  Permissions are checked by the commands, within their
    transactions.
    """
    kind = messages.class_of(values)
    if kind.joins and session.live is None:
        session.join(Position(), None)
    HANDLERS[kind](session, kind.parse(values, bounds))


def join(session: ChatSession, message: messages.Join) -> None:
    """Name the visitor, and let the session join the room; a rejected name is reported, and does not prevent that."""
    if message.name is not None and message.name != session.name():
        try:
            session.services.limits.names.take(session.address)
            name = checked_name(message.name)
            session.services.must_not_be_reserved(name)
            session.services.committer.perform(commands.Claim(session.slug, session.visitor, name))
        except CommandRejected as rejected:
            session.reject(rejected)
    session.join(message.position, message.view)


def ping(session: ChatSession, _message: messages.Ping) -> None:
    """Answer a ping."""
    session.send(PONG)


def say(session: ChatSession, message: messages.Say) -> None:
    """Commit a message; everybody receives it when it is on disk."""
    session.services.limits.say(session.visitor, session.address, len(message.text))
    text, nonce, lang, reply_to = message.text, message.nonce, message.lang, message.reply_to
    command = commands.Say(session.slug, session.visitor, text, nonce, lang=lang, reply_to=reply_to)
    session.submit(command, message.nonce)


def edit(session: ChatSession, message: messages.Edit) -> None:
    """Commit an edit, which counts against the visitor's limits like a new message."""
    services = session.services
    services.limits.say(session.visitor, session.address, len(message.text))
    within = services.settings.edit_time
    command = commands.Edit(session.slug, session.visitor, message.seq, message.text, within, message.lang)
    session.submit(command, message.nonce)


def change_view(session: ChatSession, message: messages.As) -> None:
    """Change the session's translator."""
    session.change_view(message.view)


def read(session: ChatSession, message: messages.Read) -> None:
    """Send translations of messages."""
    assert session.live is not None
    session.services.limits.read(session.visitor, session.address)
    view = session.view if message.view is None else session.passing_view(session.live, message.view)
    topic = session.live.topic_view(view, session, message.retry) if message.topic else None
    urgency = Urgency.LATER if message.later else Urgency.IN_SIGHT
    events = session.live.views(message.seqs, view, session, message.retry, urgency, message.anyway)
    session.send_many(events if topic is None else [topic, *events])


def typing(session: ChatSession, _message: messages.Typing) -> None:
    """Notify the others, if the rate limit allows it."""
    assert session.live is not None
    name = session.live.presence.name_of(session.visitor)
    if name is not None and session.services.limits.may_type(session.visitor, session.address) and session.may_speak():
        session.live.typing(name)


def remove(session: ChatSession, message: messages.Remove) -> None:
    """Remove a message."""
    session.services.limits.change(session.visitor)
    session.submit(commands.Remove(session.slug, session.visitor, message.seq), message.nonce)


def restore(session: ChatSession, message: messages.Restore) -> None:
    """Restore a message."""
    session.services.limits.change(session.visitor)
    session.submit(commands.Restore(session.slug, session.visitor, message.seq), message.nonce)


def erase(session: ChatSession, message: messages.Erase) -> None:
    """Erase a message."""
    session.services.limits.change(session.visitor)
    session.submit(commands.Erase(session.slug, session.visitor, message.seq), message.nonce)


def react(session: ChatSession, message: messages.React) -> None:
    """Add or remove a reaction."""
    session.services.limits.react(session.visitor, session.address, session.slug)
    command = commands.React(session.slug, session.visitor, message.seq, message.emoji, message.on)
    session.submit(command, message.nonce)


def pin(session: ChatSession, message: messages.Pin) -> None:
    """Pin or unpin a message."""
    session.services.limits.change(session.visitor)
    session.submit(commands.Pin(session.slug, session.visitor, message.seq, message.on), message.nonce)


def change_room(session: ChatSession, message: messages.Room) -> None:
    """Change settings of the room."""
    session.services.limits.change(session.visitor)
    session.submit(commands.Change(session.slug, session.visitor, message.changes), message.nonce)


def mute(session: ChatSession, message: messages.Mute) -> None:
    """Mute a visitor."""
    session.services.limits.change(session.visitor)
    session.submit(commands.Mute(session.slug, session.visitor, message.name), message.nonce)


def unmute(session: ChatSession, message: messages.Unmute) -> None:
    """Unmute a visitor."""
    session.services.limits.change(session.visitor)
    session.submit(commands.Unmute(session.slug, session.visitor, message.name), message.nonce)


HANDLERS: Mapping[type[messages.ClientMessage], Callable[[ChatSession, Any], None]] = {
    messages.Join: join,
    messages.Ping: ping,
    messages.Say: say,
    messages.Edit: edit,
    messages.As: change_view,
    messages.Read: read,
    messages.Typing: typing,
    messages.Remove: remove,
    messages.Restore: restore,
    messages.Erase: erase,
    messages.React: react,
    messages.Pin: pin,
    messages.Room: change_room,
    messages.Mute: mute,
    messages.Unmute: unmute,
}
