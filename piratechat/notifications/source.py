"""A notification source: a queue, and the message for each of its notifications."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from piratechat.bounded_json import parse_json
from piratechat.errors import CommandRejected
from piratechat.model.commands import Announce
from piratechat.model.text import checked_message, checked_name, slug
from piratechat.model.visitors import program_id
from piratechat.notifications.delivery import MODE, Delivery
from piratechat.notifications.template import Missing, Template
from piratechat.notifications.whispers import Whisper
from piratechat.options import Options, of_the_chat

#: The setting that lists the sources, and the prefix of their settings.
SETTING, PREFIX = "piratechat.notifications", "piratechat.notification."
#: Maximum size of a notification in bytes.
MAX_SIZE = 65_536
#: Maximum length of a notification's id in characters; AMQP allows 255 bytes.
MAX_ID_LENGTH = 255
#: The modes of a notification: a stored message, or shown to current readers and not stored.
KEPT, WHISPERED = "kept", "whispered"
MODES = (KEPT, WHISPERED)
#: Maximum number of sources.
MAX_SOURCES = 100

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Undeliverable(Exception):
    """A notification can never be posted; the message says why."""


@dataclass(frozen=True)
class Source:
    """The queue `queue`, whose notifications are posted by `author`: `text` in `room`, both filled with their JSON."""

    name: str
    queue: str
    room: Template
    author: str
    text: Template
    lang: str
    mentions_people: bool
    #: Maximum length of the text in characters.
    most: int
    #: The mode of notifications that do not have one: one of MODES.
    mode: str = KEPT

    def command(self, delivery: Delivery) -> Announce | Whisper:
        """Return the command for a notification, which is JSON in UTF-8.  Raises Undeliverable."""
        mode, body = delivery.mode or self.mode, delivery.body
        if mode not in MODES:
            raise Undeliverable(f"its header {MODE} is neither {KEPT} nor {WHISPERED}")
        if delivery.source:
            raise Undeliverable("a program has said it in a room of a chat, and programs do not answer each other")
        if len(body) > MAX_SIZE:
            raise Undeliverable(f"it has {len(body):,} bytes, and {MAX_SIZE:,} is the limit")
        try:
            values = parse_json(body.decode())
        except (ValueError, RecursionError) as error:
            raise Undeliverable(f"it is no JSON in UTF-8: {error}") from None
        try:
            room = _slug(self.room.fill(values))
            said = checked_message(self.text.fill(values), self.most)
        except Missing as missing:
            raise Undeliverable(str(missing)) from None
        except CommandRejected as rejected:
            raise Undeliverable(str(rejected)) from None
        if not room:
            raise Undeliverable("the room has no name")
        program = program_id(self.name)
        if mode == WHISPERED:
            return Whisper(room, program, self.author, said, self.lang, delivery.epoch)
        known_by = delivery.id[:MAX_ID_LENGTH]
        mentions = self.mentions_people
        return Announce(room, program, self.author, said, known_by, self.lang, mentions, delivery.epoch)


def _slug(room: str) -> str:
    if len(room) > MAX_ID_LENGTH:
        raise Undeliverable(f"its room has a name of {len(room):,} characters")
    return slug(room)


def sources_from(names: Sequence[str], settings: Mapping[str, str], most: int) -> list[Source]:
    """Return the sources `names` in the ini file; `most`: maximum length of a message in characters.

    Raises ValueError, with the name of the setting, for an invalid value.
    """
    for key in settings:
        if key.startswith(PREFIX) and key.removeprefix(PREFIX).partition(".")[0] not in names:
            raise ValueError(f"{key}: there is no such source; {SETTING} names {', '.join(names) or 'none'}")
    if len(names) > MAX_SOURCES:
        raise ValueError(f"{SETTING} names {len(names)} sources, and {MAX_SOURCES} is the limit")
    sources = [_source(name, settings, most) for name in dict.fromkeys(names)]
    _check_each_has_its_own(sources)
    return sources


def _source(name: str, settings: Mapping[str, str], most: int) -> Source:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{SETTING} must be names of lowercase letters, digits, - and _, not {name!r}")
    options = Options(name, of_the_chat(settings), prefix=PREFIX)
    author = options.text("name", name)
    try:
        author = checked_name(author)
    except CommandRejected as rejected:
        raise options.wrong("name", f"must be a name: {rejected}") from None
    source = Source(
        name=name,
        queue=_queue(options, f"piratechat.{name}"),
        room=_template(options, "room"),
        author=author,
        text=_template(options, "text"),
        lang=options.tag("lang") if options.has("lang") else "",
        mentions_people=options.flag("mentions", False),
        most=most,
        mode=_mode(options),
    )
    options.finish()
    return source


def _queue(options: Options, default: str) -> str:
    queue = options.text("queue", default)
    if not queue or len(queue.encode()) > MAX_ID_LENGTH or not queue.isprintable():
        raise options.wrong("queue", f"must be the name of a queue, of {MAX_ID_LENGTH} bytes or fewer")
    return queue


def _mode(options: Options) -> str:
    mode = options.text("mode", KEPT)
    if mode not in MODES:
        raise options.wrong("mode", f"must be {KEPT} or {WHISPERED}")
    return mode


def _template(options: Options, key: str) -> Template:
    try:
        return Template(options.text(key))
    except ValueError as error:
        if str(error).startswith(PREFIX):
            raise
        raise options.wrong(key, str(error)) from None


def _check_each_has_its_own(sources: list[Source]) -> None:
    """Check that no two sources share a queue, which would split it, or a name, which would confuse readers."""
    for attribute, setting in (("queue", "queue"), ("author", "name")):
        owners: dict[str, str] = {}
        for source in sources:
            other = owners.setdefault(getattr(source, attribute), source.name)
            if other != source.name:
                raise ValueError(f"{PREFIX}{source.name}.{setting} must be another than that of {other}")
