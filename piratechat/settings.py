"""The settings `piratechat.*` of the ini file, with defaults."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pyramid_sockjs.ini_values import check_positive, parse_values

PREFIX = "piratechat."

#: The name of the translation cache in Settings.var.
TRANSLATIONS = "translations.db"

#: Upper limit for the length of messages: over SockJS each character may take twelve bytes (an escaped surrogate pair),
#: and a SockJS message has at most 128 kB.
MAX_MESSAGE_LENGTH = 10_000
#: Maximum length of a process's name in characters.
MAX_NODE_LENGTH = 100
#: The last port.
MAX_PORT = 65_535
#: Former names of settings, and their present names.
RENAMED = {"online": "third_party_translation"}
#: Settings that several parts of the chat read and check.
SHARED = ("amqp.url", "amqp.rooms")


#: Characters of the secret that the chat and Plone share, at least.
MIN_PLONE_SECRET = 16

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}

_ALLOWANCE = re.compile(r"([0-9]{1,15}) ?/ ?(?:([0-9]{1,9}) )?(second|minute|hour|day)s?")
# "60 in 3600", the notation of the first ini files
_SECONDS = re.compile(r"([0-9]{1,15}) +in +([0-9]{1,9})(?:\.0*)?")


# Scheme, host and port, as browsers write them.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")


def _is_origin(text: str) -> bool:
    found = _ORIGIN.fullmatch(text)
    return found is not None and int(found[1] or 0) <= MAX_PORT


@dataclass(frozen=True, slots=True)
class Allowance:
    """A rate limit: `count` times in a burst, and `count` times every `seconds` in the long run."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Allowance":
        """Parse a rate limit: "60/hour", "2000/10 seconds".  Raises ValueError."""
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
        """Return the notation that `parse` reads, in the largest unit that fits."""
        unit, length = next((unit, size) for unit, size in reversed(UNITS.items()) if not self.seconds % size)
        times = int(self.seconds // length)
        return f"{self.count}/{unit}" if times == 1 else f"{self.count}/{times} {unit}s"

    @property
    def rate(self) -> float:
        """The rate per second in the long run."""
        return self.count / self.seconds


def is_web_address(url: str) -> bool:
    """Whether `url` is http or https, and has a host and perhaps a path, but no user, query or fragment."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    rest = parts.username or parts.query or parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_fits and not rest and url.isprintable()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings; durations are in seconds, lengths in characters, sizes in bytes.

    Raises ValueError, naming the setting, for an invalid value.
    """

    #: Names of the translators that readers can choose from, in order; the first is the default.
    translators: tuple[str, ...] = ("pirate", "original")
    #: Whether new rooms allow translation by third parties.
    third_party_translation: bool = False
    #: Size of the translation cache in characters.
    translations_size: int = 10_000_000
    #: Folder for generated files: secrets that are not set, and caches.
    var: str = "var"
    #: Signs cookies; if empty, generated in `var`.
    secret: str = ""
    #: The operator's password; if empty, generated in `var`.
    operator_secret: str = ""
    #: Whether a separate process fills the search index; otherwise only the newest messages are found.
    search_index: bool = True
    #: The name of the relay, which connects several processes.
    relay: str = "local"
    #: The name of this process among them; if empty, its host name and process id.
    node: str = ""
    #: Names of notification sources: queues of a message broker.
    notifications: tuple[str, ...] = ()
    #: Allowed hosts, with ports if necessary; empty for any.
    hosts: tuple[str, ...] = ()
    #: Origins of the sites that may show rooms in a frame; empty: none.
    frame_ancestors: tuple[str, ...] = ()
    #: The URL, for browsers, of the Plone site whose members use the chat with their Plone login; empty: none.
    plone_url: str = ""
    #: The URL of the same site for this server.
    plone_internal_url: str = ""
    #: Interval in seconds at which the chat checks the site's page for changes.
    plone_interval: float = 60.0
    #: The secret with which the site signs tickets.
    plone_secret: str = ""
    #: The roles whose members have the permissions of an owner in every room.
    plone_owners: tuple[str, ...] = ()
    #: The lifetime of a member's session in seconds.
    plone_session: float = 43_200.0
    #: Maximum length of a message.
    message_length: int = 4_000
    #: Messages of one visitor per second in the long run, ...
    message_rate: float = 2.0
    #: ... and in a burst.
    message_burst: int = 20
    #: Seconds for which authors may edit a message; 0 for never.
    edit_time: float = 86_400.0
    # Rate limits for all visitors who share an address.
    #: Commands over SockJS; a session that exceeds this is closed.
    commands_per_address: Allowance = Allowance(2000, 10)
    #: Messages sent.
    messages_per_address: Allowance = Allowance(200, 10)
    #: Characters sent.
    characters_per_address: Allowance = Allowance(100_000, 60)
    #: Reactions added and removed.
    reactions_per_address: Allowance = Allowance(200, 10)
    #: Typing notifications.
    typing_per_address: Allowance = Allowance(30, 2)
    #: Attempts to take a name in a room.
    names_per_address: Allowance = Allowance(120, 600)
    #: Rooms created.
    rooms_per_address: Allowance = Allowance(60, 3600)
    #: SockJS sessions opened.
    sessions_per_address: Allowance = Allowance(300, 150)
    #: Pages, forms and JSON requests; rooms joined, and changes of translator.
    requests_per_address: Allowance = Allowance(600, 60)
    #: Full exports.
    exports_per_address: Allowance = Allowance(20, 600)
    #: Searches.
    searches_per_address: Allowance = Allowance(120, 60)
    #: Failed logins of the operator.
    failures_per_address: Allowance = Allowance(10, 50)
    #: Seconds in which a form must arrive.
    form_timeout: float = 10.0
    #: Minimum free disk space; below it the health check fails.
    disk_reserve: int = 100_000_000
    #: Number of messages on the page of a room.
    page_length: int = 50
    #: The path of sockjs-client's script; empty for the one that comes with piratechat.
    sockjs_client: str = ""

    def __post_init__(self) -> None:
        check_positive(self, PREFIX, may_be_zero=("edit_time",))
        if self.message_length > MAX_MESSAGE_LENGTH:
            raise ValueError(
                f"{PREFIX}message_length must be {MAX_MESSAGE_LENGTH:,} or less, not {self.message_length:,}"
            )
        if len(self.node) > MAX_NODE_LENGTH or not self.node.isprintable():
            raise ValueError(f"{PREFIX}node must be a name of {MAX_NODE_LENGTH} characters at most, not {self.node!r}")
        for origin in self.frame_ancestors:
            if not _is_origin(origin):
                raise ValueError(
                    f"{PREFIX}frame_ancestors must list origins of sites, such as https://www.example.org or "
                    f"http://localhost:8000: scheme, host and port in lower case, without a path; not {origin!r}"
                )
        self._check_plone()
        if not self.translators:
            raise ValueError(f"{PREFIX}translators must name one translator at least: pirate, for example")

    def _check_plone(self) -> None:
        for name in ("plone_url", "plone_internal_url"):
            if getattr(self, name) and not is_web_address(getattr(self, name)):
                raise ValueError(f"{PREFIX}{name} must be a URL such as https://www.example.org, without a query")
        if self.plone_url and len(self.plone_secret) < MIN_PLONE_SECRET:
            raise ValueError(
                f"{PREFIX}plone_secret must have {MIN_PLONE_SECRET} characters or more, because anyone who guesses "
                "it can pose as any member. This command prints one: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if not self.plone_url and (self.plone_secret or self.plone_owners or self.plone_internal_url):
            raise ValueError(f"{PREFIX}plone_url is missing: the other settings of Plone require it")

    @classmethod
    def from_ini(cls, settings: Mapping[str, Any]) -> "Settings":
        """Return the settings in an ini file.  Raises ValueError for an unknown name or an invalid value."""
        values: dict[str, Any] = {}
        for key, value in settings.items():
            name = key.removeprefix(PREFIX)
            if name == key or name.startswith(("translator.", "relay.", "notification.")) or name in SHARED:
                continue  # settings of translators, relays and queues, and shared settings
            if name in RENAMED:
                raise ValueError(f"{key} has been renamed to {PREFIX}{RENAMED[name]}: change it in the ini file")
            values[name] = value
        return cls(**parse_values(cls, values, PREFIX))
