"""The messages of the server: events, and answers to clients' messages."""

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
    #: A value that changes if the server identifies you as another visitor.
    visitor: str
    #: The number of the room's last message, 0 if there is none.
    last: int
    #: The number of the room's last change, 0 if there is none.
    rev: int
    #: The database that the numbers belong to; see [Changes](#changes).
    epoch: str
    #: The translators that are available in the room.
    translators: Sequence[Translator]
    #: The names of the people who are present, at most 200.
    present: Sequence[str]
    #: The number of people who are present.
    here: int
    #: The name of the room's owner, or null.
    owner: str | None
    #: The numbers of the pinned messages, in the order of pinning.
    pinned: Sequence[int]
    #: Whether only the owner may post.
    read_only: bool
    #: Whether you are muted.
    muted: bool


class NewMessage(Message):
    """A message, which is on disk; for its author, this is the acknowledgement.

    If you already know the `seq`, and there is a `rev`, the message was edited or restored, and this is its new state.
    If there is no `rev`, the message is acknowledged again, only to you, because you have sent its nonce twice.

    {"type": "message", "seq": 1, "at": "2026-11-21T10:00:00.123Z", "author": "Bo", "text": "Hello, my friend",
     "view": {"as": "pirate", "state": "ready", "text": "Ahoy, me hearty"}}
    """

    type: Literal["message"]
    #: The `nonce` of the `say` that posted the message.
    nonce: NotRequired[str]
    #: The number of the change, if the message was edited or restored.
    rev: NotRequired[int]
    #: More events with the same `rev` follow.
    more: NotRequired[Literal[True]]
    #: The names that an edit has added to `mentions`.  They are sent once, to current readers.
    mentioned: NotRequired[Sequence[str]]


class Viewed(View):
    """The translation of a message or of the topic, which was pending, or requested by `read`.

    {"type": "view", "seq": 1, "as": "pirate", "state": "ready", "text": "Ahoy, me hearty"}
    """

    type: Literal["view"]
    #: The number of the message.
    seq: NotRequired[int]
    #: Instead of `seq`, if this is the translation of the topic.
    topic: NotRequired[Literal[True]]


class Gap(TypedDict):
    """You have missed more than 200 messages or 128 kB; the last of them follow.

    Request the others from `/rooms/NAME/messages?after=N&before=SEQ&limit=200`.

    {"type": "gap", "before": 812}
    """

    type: Literal["gap"]
    #: The messages below this number are missing.
    before: int


class Removed(_Change):
    """A message was removed, or several messages together, at most 500 in an event.

    {"type": "removed", "seq": 57, "rev": 9, "by": "owner"}
    """

    type: Literal["removed"]
    #: The number of the message.
    seq: NotRequired[int]
    #: Instead of `seq`: the numbers of several messages.
    seqs: NotRequired[Sequence[int]]
    #: Who removed it; `rule` is a setting of the operator.
    by: Literal["author", "owner", "operator", "rule"]


class Erased(_Change):
    """The texts of messages were permanently deleted.  Delete your copies, too.

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
    #: The change.  Clients that catch up receive `yours` in each reaction instead.  After messages between processes
    #: were lost, an event can lack both.
    changed: NotRequired[ReactionChange]


class Pinned(_Change):
    """The pinned messages have changed.

    Do not show a removed message as pinned.  If a pinned message is restored, its `message` has `pinned`.

    {"type": "pinned", "seqs": [12, 57], "rev": 12}
    """

    type: Literal["pinned"]
    #: The numbers of all pinned messages, in the order of pinning.
    seqs: Sequence[int]


class RoomChanged(_Change):
    """Settings of the room have changed.  The event contains only these settings, and may contain none.

    {"type": "room", "title": "The cabin", "rev": 13}
    """

    type: Literal["room"]
    #: The title.
    title: NotRequired[str]
    #: The topic.
    topic: NotRequired[str]
    #: The links in `topic`.
    topic_links: NotRequired[Links]
    #: The translation of `topic` by your translator.
    topic_view: NotRequired[View]
    #: The default translator of the room, or null for the default of the chat.
    translator: NotRequired[str | None]
    #: Whether only the owner may post.
    read_only: NotRequired[bool]
    #: Minimum number of seconds between two messages of a visitor.
    slow: NotRequired[int]
    #: Whether texts may be sent to third parties for translation.
    third_party_translation: NotRequired[bool]
    #: The owner's new name.
    owner: NotRequired[str]


class Named(TypedDict):
    """Your name has changed, in any of your windows or through a form.  Only you receive this event.

    All windows of a visitor have the same name, so your next messages appear under the new name.

    {"type": "named", "you": "Ada"}
    """

    type: Literal["named"]
    #: Your new name.
    you: str


class Muted(TypedDict):
    """The owner has muted you.  Only you receive this event.

    {"type": "muted"}
    """

    type: Literal["muted"]


class Unmuted(TypedDict):
    """The owner has unmuted you, so you may post again.  Only you receive this event.

    {"type": "unmuted"}
    """

    type: Literal["unmuted"]


class Done(TypedDict):
    """The command with this nonce was performed, and its result is on disk.

    A `say` is acknowledged by its `message` instead.

    {"type": "done", "nonce": "k8", "rev": 9}
    """

    type: Literal["done"]
    #: The nonce of the command.
    nonce: str
    #: The number of the change, if all readers receive it.
    rev: NotRequired[int]


class Logged(LogEntry):
    """The moderation log has a new entry.  Only the owner's windows receive this event.

    {"type": "logged", "at": "2026-11-21T10:00:00.123Z", "what": "removed", "seq": 57}
    """

    type: Literal["logged"]


class Present(TypedDict):
    """People have joined or left.

    The changes of half a second are sent in one event, with `joined` and `left`.  A change of name is sent immediately,
    with the old name in `left` and the new one in `joined`.  While more than 200 people are present, the event has only
    their number, as `here`.  When there are no longer more than 200, it has all `names`, and `here`.

    {"type": "present", "joined": ["Bo"], "left": []}
    {"type": "present", "here": 201}
    {"type": "present", "names": ["Ada", "Bo"], "here": 2}
    """

    type: Literal["present"]
    #: The names of people who have joined.
    joined: NotRequired[Sequence[str]]
    #: The names of people who have left.
    left: NotRequired[Sequence[str]]
    #: The names of all people who are present.
    names: NotRequired[Sequence[str]]
    #: The number of people who are present.
    here: NotRequired[int]


class Typing(TypedDict):
    """Somebody is typing.  They have stopped when they post a message, or leave.

    {"type": "typing", "author": "Bo"}
    """

    type: Literal["typing"]
    #: Their name.
    author: str


class Whisper(TypedDict):
    """A notification of a program that is not stored; see [notifications](notifications.md).

    It has no number, and clients that join later do not receive it.

    {"type": "whisper", "at": "2026-11-21T10:00:00.123Z", "author": "Tide", "text": "High water at noon"}
    """

    type: Literal["whisper"]
    #: The time: RFC 3339, in UTC, with milliseconds.
    at: str
    #: The name of the program.
    author: str
    #: The text.
    text: str
    #: The links in `text`.
    links: NotRequired[Links]
    #: The language of `text`, a BCP 47 tag.
    lang: NotRequired[str]
    #: The translation, if it is available immediately.
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
    """The server does not know what you have missed: discard your state of the room, and load it again.

    {"type": "reset"}
    """

    type: Literal["reset"]


class Pong(TypedDict):
    """The answer to `ping`: everything that you sent before it has arrived.

    {"type": "pong"}
    """

    type: Literal["pong"]


class Error(TypedDict):
    """Your message was rejected.

    {"type": "error", "code": "rate-limited", "message": "You are sending too fast. Try again in 3 s.", "nonce": "k7",
     "retry_after": 2.4}
    """

    type: Literal["error"]
    #: One of the [error codes](#error-codes).
    code: str
    #: A sentence for people that says what to do, in the language of the page.
    message: str
    #: The nonce of the rejected message.
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
