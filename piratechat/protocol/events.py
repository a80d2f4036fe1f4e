"""The messages of the server: events, and answers to what a client sent."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from piratechat.protocol.objects import As, Links, LogEntry, Message, Reaction, ReactionChange, Topic, Translator, View


class _Change(TypedDict):
    #: The number of the change.
    rev: int
    #: More events with the same `rev` follow: the change is complete with the last of them.
    more: NotRequired[Literal[True]]


class Welcome(As, Topic):
    """The answer to `join`, and the first event that a client receives.

    {"type": "welcome", "version": "3f2a9c51d07e", "room": "ada", "you": "Ada", "visitor": "9f86d081884c7d65",
     "last": 1, "rev": 0, "epoch": "5d41402abc4b2a76", "as": "original", "translators": [], "present": ["Ada"],
     "here": 1, "owner": "Ada", "topic": "", "pinned": [], "read_only": false, "muted": false}
    """

    type: Literal["welcome"]
    #: The version of the files of the server's pages.  Only pages need it: they are reloaded when it changes.
    version: str
    #: The name of the room in its address.
    room: str
    #: Your name, or null if you have none yet.
    you: str | None
    #: A mark that changes when the server takes you for another visitor.
    visitor: str
    #: The number of the room's last message, 0 if there is none.
    last: int
    #: The number of the room's last change, 0 if there is none.
    rev: int
    #: The database that the numbers belong to; see [Changes](#changes).
    epoch: str
    #: What the room can be read through.
    translators: Sequence[Translator]
    #: The names of those who are here, at most 200.
    present: Sequence[str]
    #: How many they are.
    here: int
    #: The name of the room's owner, or null.
    owner: str | None
    #: The numbers of the pinned messages, the last pinned one last.
    pinned: Sequence[int]
    #: Only the owner may post.
    read_only: bool
    #: You are muted.
    muted: bool


class NewMessage(Message):
    """A message, which is on disk; for its author, this is the acknowledgement.

    A `seq` that you know already is the new state of that message: it was edited or restored, then with a `rev`; or it
    is acknowledged again, to you alone, because you sent its nonce twice.

    {"type": "message", "seq": 1, "at": "2026-11-21T10:00:00.123Z", "author": "Bo", "text": "Hello, my friend",
     "view": {"as": "pirate", "state": "ready", "text": "Ahoy, me hearty"}}
    """

    type: Literal["message"]
    #: What its author's client sent as `nonce`.
    nonce: NotRequired[str]
    #: The number of the change, if the message was edited or restored.
    rev: NotRequired[int]
    #: More events with the same `rev` follow.
    more: NotRequired[Literal[True]]
    #: The names that an edit has added to `mentions`; once, and only for those who are here.
    mentioned: NotRequired[Sequence[str]]


class Viewed(View):
    """How a message or the topic reads, when that was not known before, or was requested by `read`.

    {"type": "view", "seq": 1, "as": "pirate", "state": "ready", "text": "Ahoy, me hearty"}
    """

    type: Literal["view"]
    #: The number of the message.
    seq: NotRequired[int]
    #: In place of `seq`: it is the topic.
    topic: NotRequired[Literal[True]]


class Gap(TypedDict):
    """You have missed more than 200 messages or 128 kB; the last of them follow.

    The others are available as `/rooms/NAME/messages?after=N&before=SEQ&limit=200`.

    {"type": "gap", "before": 812}
    """

    type: Literal["gap"]
    #: The messages below this number are missing.
    before: int


class Removed(_Change):
    """A message was removed, or several at once, at most 500 in an event.

    {"type": "removed", "seq": 57, "rev": 9, "by": "owner"}
    """

    type: Literal["removed"]
    #: The number of the message.
    seq: NotRequired[int]
    #: In place of `seq`: the numbers of several messages.
    seqs: NotRequired[Sequence[int]]
    #: Who removed it; `rule` is a setting of the operator.
    by: Literal["author", "owner", "operator", "rule"]


class Erased(_Change):
    """The texts of messages are gone for good.  Forget them, too.

    {"type": "erased", "seqs": [57], "rev": 10}
    """

    type: Literal["erased"]
    #: The numbers of the messages.
    seqs: Sequence[int]


class Reactions(_Change):
    """The reactions to a message have changed.

    {"type": "reactions", "seq": 57, "reactions": [{"emoji": "👍", "count": 1, "names": ["Bo"]}],
     "changed": {"emoji": "👍", "author": "Bo", "on": true}, "rev": 11}
    """

    type: Literal["reactions"]
    #: The number of the message.
    seq: int
    #: All of its reactions now, in the order of their first use.
    reactions: Sequence[Reaction]
    #: What has changed.  Clients that catch up get `yours` in each reaction instead, and changes that a server has
    #: missed come without either.
    changed: NotRequired[ReactionChange]


class Pinned(_Change):
    """The pinned messages have changed.

    A message that is removed is no longer pinned; if it is restored, its `message` says whether it is.

    {"type": "pinned", "seqs": [12, 57], "rev": 12}
    """

    type: Literal["pinned"]
    #: The numbers of all pinned messages, the last pinned one last.
    seqs: Sequence[int]


class RoomChanged(_Change):
    """The room was changed; only what has changed is there, which may be nothing.

    {"type": "room", "title": "The cabin", "rev": 13}
    """

    type: Literal["room"]
    #: Its title.
    title: NotRequired[str]
    #: What it is about.
    topic: NotRequired[str]
    #: The links in `topic`.
    topic_links: NotRequired[Links]
    #: How `topic` reads through your translator.
    topic_view: NotRequired[View]
    #: The default translator, or null for the chat's.
    translator: NotRequired[str | None]
    #: Only the owner may post.
    read_only: NotRequired[bool]
    #: Seconds between two messages of a visitor.
    slow: NotRequired[int]
    #: Texts may be sent to third parties for translation.
    third_party_translation: NotRequired[bool]
    #: The owner's new name.
    owner: NotRequired[str]


class Named(TypedDict):
    """Your name has changed, in any of your windows or by the form of a page.  Only you receive this.

    All windows of a visitor have one name, and what you send from now on appears under it.

    {"type": "named", "you": "Ada"}
    """

    type: Literal["named"]
    #: Your new name.
    you: str


class Muted(TypedDict):
    """The owner has muted you.  Only you receive this.

    {"type": "muted"}
    """

    type: Literal["muted"]


class Unmuted(TypedDict):
    """You may post again.  Only you receive this.

    {"type": "unmuted"}
    """

    type: Literal["unmuted"]


class Done(TypedDict):
    """What you sent with this nonce is done, and on disk; a `say` is acknowledged by its `message` instead.

    {"type": "done", "nonce": "k8", "rev": 9}
    """

    type: Literal["done"]
    #: What you sent.
    nonce: str
    #: The number of the change, if all readers receive it.
    rev: NotRequired[int]


class Logged(LogEntry):
    """The moderation log has a new entry.  Only the owner's windows receive this.

    {"type": "logged", "at": "2026-11-21T10:00:00.123Z", "what": "removed", "seq": 57}
    """

    type: Literal["logged"]


class Present(TypedDict):
    """Who is here has changed.

    Changes of half a second come together, with `joined` and `left`; a change of name comes immediately, the old one in
    `left` and the new one in `joined`.  While more than 200 are here, only their number comes, as `here`; once they are
    fewer again, `names` and `here`.

    {"type": "present", "joined": ["Bo"], "left": []}
    {"type": "present", "here": 201}
    {"type": "present", "names": ["Ada", "Bo"], "here": 2}
    """

    type: Literal["present"]
    #: The names of those who came.
    joined: NotRequired[Sequence[str]]
    #: The names of those who left.
    left: NotRequired[Sequence[str]]
    #: The names of all who are here.
    names: NotRequired[Sequence[str]]
    #: How many are here.
    here: NotRequired[int]


class Typing(TypedDict):
    """Somebody is typing, until a message of theirs arrives, or they leave.

    {"type": "typing", "author": "Bo"}
    """

    type: Literal["typing"]
    #: Their name.
    author: str


class Whisper(TypedDict):
    """A program says something that is not stored; see [notifications](notifications.md).

    It has no number, and clients that join later do not receive it.

    {"type": "whisper", "at": "2026-11-21T10:00:00.123Z", "author": "Tide", "text": "High water at noon"}
    """

    type: Literal["whisper"]
    #: When: RFC 3339, in UTC, with milliseconds.
    at: str
    #: The name of the program.
    author: str
    #: What it says.
    text: str
    #: The links in `text`.
    links: NotRequired[Links]
    #: The language of `text`, a BCP 47 tag.
    lang: NotRequired[str]
    #: How it reads, if a translator of the server knows that immediately.
    view: NotRequired[View]


class Current(TypedDict):
    """To a client that joined with `since`: you now have everything up to these numbers.

    {"type": "current", "last": 57, "rev": 13}
    """

    type: Literal["current"]
    #: The number of the last message.
    last: int
    #: The number of the last change.
    rev: int


class Reset(TypedDict):
    """The server cannot tell what you have missed: forget what you have of the room, and read it again.

    {"type": "reset"}
    """

    type: Literal["reset"]


class Pong(TypedDict):
    """The answer to `ping`: everything that you sent before it has arrived.

    {"type": "pong"}
    """

    type: Literal["pong"]


class Error(TypedDict):
    """What you sent was rejected.

    {"type": "error", "code": "rate-limited", "message": "You are sending too fast. Try again in 3 s.", "nonce": "k7",
     "retry_after": 2.4}
    """

    type: Literal["error"]
    #: One of the [error codes](#error-codes).
    code: str
    #: What to do, for people, in the language of the page.
    message: str
    #: What you sent as `nonce`.
    nonce: NotRequired[str]
    #: Seconds to wait before you try again.
    retry_after: NotRequired[float]
    #: The field of `room` that is invalid.
    field: NotRequired[str]


#: Changes of the room, which all readers receive.
Revision = NewMessage | Removed | Erased | Pinned | Reactions | RoomChanged

#: Anything that the server sends.
Event = (
    Welcome
    | Revision
    | Viewed
    | Gap
    | Named
    | Muted
    | Unmuted
    | Done
    | Logged
    | Present
    | Typing
    | Whisper
    | Current
    | Reset
    | Pong
    | Error
)
