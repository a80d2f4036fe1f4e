"""What can be set in the ini file under `piratechat.`, with defaults."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid_sockjs.ini_values import check_positive, parse_values

PREFIX = "piratechat."

#: The file of what has been translated, in the folder of Settings.var.
TRANSLATIONS = "translations.db"

#: Characters that the longest message may ever have: over SockJS each may take twelve bytes (a pair of surrogates,
#: escaped), and a SockJS message has at most 128 kB.
MAX_MESSAGE_LENGTH = 10_000
#: Characters of what a process is called.
MAX_NODE_LENGTH = 100
#: Former names of settings, and what they are called now.
RENAMED = {"online": "third_party_translation"}
#: What several parts of the chat read; each checks it.
SHARED = ("amqp.url", "amqp.rooms")


UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}

_ALLOWANCE = re.compile(r"([0-9]{1,15}) ?/ ?(?:([0-9]{1,9}) )?(second|minute|hour|day)s?")
# "60 in 3600", as it was written in the first ini files
_SECONDS = re.compile(r"([0-9]{1,15}) +in +([0-9]{1,9})(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often something may be done: `count` times at once, and as often every `seconds` in the long run."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Allowance":
        """Return the allowance that is written as `text`: "60/hour", "2000/10 seconds".  Raises ValueError."""
        found = _ALLOWANCE.fullmatch(text.strip())
        if found is not None:
            allowance = cls(int(found[1]), int(found[2] or 1) * UNITS[found[3]])
            if allowance.count and allowance.seconds:
                return allowance
        old = _SECONDS.fullmatch(text.strip())
        if old is not None and int(old[1]) and int(old[2]):
            raise ValueError(f"must now be written {cls(int(old[1]), int(old[2]))}, not {text!r}")
        raise ValueError(f"must be a number in a time, such as 60/hour or 2000/10 seconds, not {text!r}")

    def __str__(self) -> str:
        """Return what `parse` reads, in the largest unit that fits."""
        unit, length = next((unit, size) for unit, size in reversed(UNITS.items()) if not self.seconds % size)
        times = int(self.seconds // length)
        return f"{self.count}/{unit}" if times == 1 else f"{self.count}/{times} {unit}s"

    @property
    def rate(self) -> float:
        """How often a second, in the long run."""
        return self.count / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Durations in seconds, lengths in characters, sizes in bytes.

    Raises ValueError, naming the setting, for a value that makes no sense.
    """

    #: Names of the translators that readers can choose, in the order they see; the first is the default.
    translators: tuple[str, ...] = ("pirate", "original")
    #: Whether new rooms may be translated by third parties until their owners say otherwise.
    third_party_translation: bool = False
    #: Characters of translations that are remembered.
    translations_size: int = 10_000_000
    #: Folder for what is made once and kept: secrets, if none are set, and translations.
    var: str = "var"
    #: Signs cookies; made once, and kept in `var`, if it is empty.
    secret: str = ""
    #: Opens the operator's page; made once, and kept in `var`, if it is empty.
    operator_secret: str = ""
    #: Whether a process of its own fills the search index; without, only what was said last is found.
    search_index: bool = True
    #: What carries to other processes what happens here: the name of a relay.
    relay: str = "local"
    #: What this process is called among them; its host and process id if it is empty.
    node: str = ""
    #: Names of the queues of a message broker whose notifications are said in rooms.
    notifications: tuple[str, ...] = ()
    #: Hosts under which the chat is reached, with their ports where they have any; none for every one.
    hosts: tuple[str, ...] = ()
    #: Characters of the longest message.
    message_length: int = 4_000
    #: Messages a second that one visitor may say in the long run, ...
    message_rate: float = 2.0
    #: ... and how many at once.
    message_burst: int = 20
    #: Seconds for which authors may edit what they have said; 0 for never.
    edit_time: float = 86_400.0
    # What all who share an address may do together.
    #: Whatever is sent over SockJS; more ends the session.
    commands_per_address: Allowance = Allowance(2000, 10)
    #: Messages said.
    messages_per_address: Allowance = Allowance(200, 10)
    #: Characters said.
    characters_per_address: Allowance = Allowance(100_000, 60)
    #: Reactions to messages, added and taken back.
    reactions_per_address: Allowance = Allowance(200, 10)
    #: Times that others are told that somebody types.
    typing_per_address: Allowance = Allowance(30, 2)
    #: Names tried in rooms.
    names_per_address: Allowance = Allowance(120, 600)
    #: Rooms opened.
    rooms_per_address: Allowance = Allowance(60, 3600)
    #: SockJS sessions opened.
    sessions_per_address: Allowance = Allowance(300, 150)
    #: Pages, forms and JSON asked for; rooms joined, and messages read anew.
    requests_per_address: Allowance = Allowance(600, 60)
    #: Whole logs fetched.
    exports_per_address: Allowance = Allowance(20, 600)
    #: Searches.
    searches_per_address: Allowance = Allowance(120, 60)
    #: Times wrong about the operator's secret.
    failures_per_address: Allowance = Allowance(10, 50)
    #: Seconds that a form may take to arrive.
    form_timeout: float = 10.0
    #: Bytes that the disk has left at least, or else the chat calls itself unhealthy.
    disk_reserve: int = 100_000_000
    #: Messages on the page of a room.
    page_length: int = 50
    #: sockjs-client's script, from npm.
    sockjs_client: str = "node_modules/sockjs-client/dist/sockjs.min.js"

    def __post_init__(self) -> None:
        check_positive(self, PREFIX, may_be_zero=("edit_time",))
        if self.message_length > MAX_MESSAGE_LENGTH:
            raise ValueError(
                f"{PREFIX}message_length must be {MAX_MESSAGE_LENGTH:,} or less, not {self.message_length:,}"
            )
        if len(self.node) > MAX_NODE_LENGTH or not self.node.isprintable():
            raise ValueError(f"{PREFIX}node must be a name of {MAX_NODE_LENGTH} characters at most, not {self.node!r}")
        if not self.translators:
            raise ValueError(f"{PREFIX}translators must name one translator at least: pirate, for example")

    @classmethod
    def from_ini(cls, settings: Mapping[str, Any]) -> "Settings":
        """Return the settings of an ini file.  Raises ValueError for an unknown name or a value of the wrong kind."""
        values: dict[str, Any] = {}
        for key, value in settings.items():
            name = key.removeprefix(PREFIX)
            if name == key or name.startswith(("translator.", "relay.", "notification.")) or name in SHARED:
                continue  # those of single translators, relays and queues, and what several parts read
            if name in RENAMED:
                raise ValueError(f"{key} is called {PREFIX}{RENAMED[name]} now: write that in the ini file")
            values[name] = value
        return cls(**parse_values(cls, values, PREFIX))
