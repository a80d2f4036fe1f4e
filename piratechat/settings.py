"""What can be set in the ini file under `piratechat.`, with defaults."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

PREFIX = "piratechat."


@dataclass(frozen=True, slots=True, init=False)
class Allowance:
    """How often something may be done: `count` times at once, and as often every `seconds` in the long run.

    Made from text such as "60 in 3600".  Raises ValueError for any other.
    """

    count: int
    seconds: float

    def __init__(self, text: str) -> None:
        words = text.split()
        try:
            count, seconds = int(words[0]), float(words[2])
            good = len(words) == 3 and words[1] == "in" and count > 0 and 0 < seconds < math.inf
        except (ValueError, IndexError):
            good = False
        if not good:
            raise ValueError(f"it must be a number in seconds, such as 60 in 3600, not {text!r}")
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "seconds", seconds)

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
    online: bool = False
    #: Characters of translations that are remembered.
    translations_size: int = 10_000_000
    #: Folder for what is made once and kept: secrets, if none are set, and translations.
    var: str = "var"
    #: Signs cookies; made once, and kept in `var`, if it is empty.
    secret: str = ""
    #: Opens the operator's page; made once, and kept in `var`, if it is empty.
    operator_secret: str = ""
    #: Hosts under which the chat is reached, with their ports where they have any; none for every one.
    hosts: tuple[str, ...] = ()
    #: Characters of the longest message.
    message_length: int = 4_000
    #: Messages a second that one visitor may say in the long run, ...
    message_rate: float = 2.0
    #: ... and how many at once.
    message_burst: int = 20
    # What all who share an address may do together.
    #: Whatever is sent over SockJS; more ends the session.
    commands_per_address: Allowance = Allowance("2000 in 10")
    #: Messages said.
    messages_per_address: Allowance = Allowance("200 in 10")
    #: Characters said.
    characters_per_address: Allowance = Allowance("100000 in 60")
    #: Times that others are told that somebody types.
    typing_per_address: Allowance = Allowance("30 in 2")
    #: Names tried in rooms.
    names_per_address: Allowance = Allowance("120 in 600")
    #: Rooms opened.
    rooms_per_address: Allowance = Allowance("60 in 3600")
    #: SockJS sessions opened.
    sessions_per_address: Allowance = Allowance("300 in 150")
    #: Pages, forms and JSON asked for; rooms joined, and messages read anew.
    requests_per_address: Allowance = Allowance("600 in 60")
    #: Whole logs fetched.
    exports_per_address: Allowance = Allowance("20 in 600")
    #: Times wrong about the operator's secret.
    failures_per_address: Allowance = Allowance("10 in 50")
    #: Seconds that a form may take to arrive.
    form_timeout: float = 10.0
    #: Bytes that the disk has left at least, or else the chat calls itself unhealthy.
    disk_reserve: int = 100_000_000
    #: Messages on the page of a room.
    page_length: int = 50
    #: sockjs-client's script, from npm.
    sockjs_client: str = "node_modules/sockjs-client/dist/sockjs.min.js"

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            if setting.type in (int, float) and not 0 < value < math.inf:
                raise ValueError(f"{PREFIX}{setting.name} must be greater than 0, not {value!r}")
        if not self.translators:
            raise ValueError(f"{PREFIX}translators must name one translator at least: pirate, for example")

    @classmethod
    def from_ini(cls, settings: Mapping[str, Any]) -> "Settings":
        """Return the settings of an ini file.  Raises ValueError for an unknown name or a value of the wrong kind."""
        known = {setting.name: setting.type for setting in fields(cls)}
        values: dict[str, Any] = {}
        for key, value in settings.items():
            name = key.removeprefix(PREFIX)
            if name == key or name.startswith("translator."):
                continue  # others' settings, and those of single translators
            if name not in known:
                raise ValueError(f"There is no setting {key!r}; there are {', '.join(PREFIX + name for name in known)}")
            values[name] = _value(key, known[name], value)
        return cls(**values)


def _value(key: str, kind: Any, value: str) -> Any:
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            raise ValueError(f"{key} must be {what}, not {value!r}") from None
    if kind is Allowance:
        try:
            return Allowance(value)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    if kind is bool:
        if value.strip() not in ("true", "false"):
            raise ValueError(f"{key} must be true or false, not {value!r}")
        return value.strip() == "true"
    return value.strip() if kind is str else tuple(value.split())
