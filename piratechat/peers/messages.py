"""The messages between processes.

A message is an object with the `node` of its sender, a number `n` that is unique for this node, a `type`, and the
fields of the type.  `encoding` writes them as JSON, `decoding` reads them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from piratechat.model.events import Envelope
from piratechat.settings import MAX_MESSAGE_LENGTH
from piratechat.translators.engine.budget import Spent

#: Maximum length of a message in characters.  A longer one is not sent, because its data is in the database.
MAX_LENGTH = 512_000
#: Maximum number of names in a message.
MAX_NAMES = 200
#: Maximum number of text digests in a message.
MAX_FORGOTTEN = 10_000
#: Maximum length of a translation in characters: ten times that of a message, and some more.
MAX_TRANSLATION_LENGTH = 10 * MAX_MESSAGE_LENGTH + 500


@dataclass(frozen=True, slots=True)
class Hello:
    """A heartbeat of the sender; `going` if it is about to end.  `settings` is a digest of shared settings."""

    going: bool = False
    settings: str = ""


@dataclass(frozen=True, slots=True)
class SetUp:
    """The sender's settings, as a digest of each by name, because another process's differ."""

    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody is typing."""

    name: str


@dataclass(frozen=True, slots=True)
class Whispered:
    """A notification that is not stored."""

    author: str
    #: Milliseconds since 1970, UTC.
    at: int
    text: str
    #: A BCP 47 tag, or "".
    lang: str


@dataclass(frozen=True, slots=True)
class Who:
    """A request for the names of a room's readers at each process."""


@dataclass(frozen=True, slots=True)
class Present:
    """The room's readers at the sender: the names of the list `of`, as of its change number `change`.

    `count` is their total number, which may exceed the number of names.
    """

    of: str
    change: int
    names: Sequence[str]
    count: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Names that joined and left at the sender, as change number `change` of the list `of`.

    `count` is the new total.
    """

    of: str
    change: int
    joined: Sequence[str]
    left: Sequence[str]
    count: int


@dataclass(frozen=True, slots=True)
class Learned:
    """A new translation: its cache key, and its text."""

    key: bytes
    text: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Texts that were erased: the digests with which the keys of their translations begin."""

    digests: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Spending:
    """A translator's usage by the sender on a day (days since 1970): characters, and tokens of prompts and answers."""

    translator: str
    day: int
    spent: Spent


@dataclass(frozen=True, slots=True)
class Taken:
    """An address has used a shared limit this many times."""

    limit: str
    address: str
    tokens: int


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """A member has logged out of the Plone site."""

    visitor: str


Content = (
    Envelope
    | Hello
    | SetUp
    | Taken
    | LoggedOut
    | Typing
    | Whispered
    | Who
    | Present
    | Moved
    | Learned
    | Forgotten
    | Spending
)


@dataclass(frozen=True, slots=True)
class Post:
    """A message of another process."""

    node: str
    n: int
    content: Content
