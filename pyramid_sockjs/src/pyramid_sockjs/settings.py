"""The settings of a SockJS service, with defaults: durations in seconds, sizes in bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyramid_sockjs.ini_values import check_positive, parse_values

#: Ini file settings with this prefix are the defaults of every route.
PREFIX = "pyramid_sockjs."

#: The suffix of a host that names its scheme's default port.
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

ANY_ORIGIN = "*"
SAME_ORIGIN = "same"


@dataclass(frozen=True, slots=True)
class Settings:
    """The limits and delays of one service.

    Raises ValueError, naming the setting, for an invalid value.
    """

    #: Seconds between two heartbeats of an open receiver.
    heartbeat_delay: float = 25.0
    #: Seconds that a session survives without a receiver, and that closing may take.
    disconnect_delay: float = 5.0
    #: Bytes of frames after which a streaming response ends, so that browsers can release its memory.
    response_limit: int = 128 * 1024
    #: Maximum size of a message from a client, in bytes of UTF-8.
    max_message_size: int = 128 * 1024
    #: Maximum size of a frame or request body from a client, which may hold many messages, in bytes.
    max_body_size: int = 1024 * 1024
    #: Maximum number of messages in one array from a client.
    max_messages: int = 10_000
    #: Maximum bytes that wait for a slow reader before it is closed, not counting the frame being written.
    max_backlog: int = 1024 * 1024
    #: Maximum number of sessions of this service in this process.
    max_sessions: int = 100_000
    #: Maximum number of sessions for one client address.
    max_sessions_per_address: int = 1_000
    #: Seconds in which the body of a request must arrive.
    request_timeout: float = 10.0
    #: Maximum seconds over which the sessions are closed when the server stops, 1,000 a second; 0: all at the same
    #: time.
    close_time: float = 0.0
    #: Allowed origins: "*" for any, "same" for pages of the same origin, or a list such as "https://chat.example".
    origins: str | tuple[str, ...] = field(default=ANY_ORIGIN)

    def __post_init__(self) -> None:
        check_positive(self, may_be_zero=("close_time",))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], base: "Settings | None" = None) -> "Settings":
        """Return `base` (or the defaults) updated with `values`, which may be text from an ini file.

        Raises ValueError for an unknown name or an invalid value.
        """
        changes = parse_values(cls, {name: value for name, value in values.items() if name != "origins"})
        if "origins" in values:
            changes["origins"] = _origins(values["origins"])
        return replace(base or cls(), **changes)


def from_ini(settings: Mapping[str, Any]) -> Settings:
    """Return the settings that `pyramid_sockjs.NAME = VALUE` lines of an ini file define."""
    ours = {name[len(PREFIX) :]: value for name, value in settings.items() if name.startswith(PREFIX)}
    return Settings.from_mapping(ours)


def _origins(value: str | Iterable[str]) -> str | tuple[str, ...]:
    names = value.split() if isinstance(value, str) else list(value)
    if names in ([ANY_ORIGIN], [SAME_ORIGIN]):
        return names[0]
    for name in names:
        if name != "null" and ("://" not in name or name.endswith("/")):
            raise ValueError(f'origins must be "*", "same" or origins such as "https://chat.example", not {name!r}')
    return tuple(plain_origin(name) for name in names)


def plain_origin(origin: str) -> str:
    """Return `origin` in lower case, without its scheme's default port (RFC 9110 section 4.2)."""
    scheme, separator, host = origin.lower().partition("://")
    return scheme + separator + host.removesuffix(_DEFAULT_PORTS.get(scheme, ""))
