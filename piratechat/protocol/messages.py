"""The messages of clients; piratechat/realtime/messages.py parses and checks them."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from piratechat.protocol.objects import As


class _Answered(TypedDict):
    #: An identifier of your choice, at most 64 characters: `done` or `error` repeats it.
    nonce: NotRequired[str]


_Through = TypedDict(
    "_Through",
    {
        #: The translator to read through.
        "as": NotRequired[str],
    },
)


class Join(_Through):
    """Receive the room from now on; the answer is `welcome`.

    {"type": "join", "after": 0, "as": "pirate", "name": "Ada"}
    {"type": "join", "after": 57, "since": 13, "epoch": "5d41402abc4b2a76"}
    """

    type: Literal["join"]
    #: First send the messages after this number, 0 for all.  Without it you receive only new ones.
    after: NotRequired[int]
    #: First send the changes after this number; see [Changes](#changes).
    since: NotRequired[int]
    #: The `epoch` that `after` and `since` belong to.
    epoch: NotRequired[str]
    #: Your name in the room.  If it is rejected, you join without it, and receive an `error`.
    name: NotRequired[str]


class Say(TypedDict):
    """Post a message.

    It is acknowledged by its `message`.  If you do not know whether it arrived, send it again with the same nonce: it
    is posted only once while it is among the room's last 200 messages, and for a minute at least.

    {"type": "say", "text": "Hello, my friend", "nonce": "k7", "lang": "en", "reply_to": 12}
    """

    type: Literal["say"]
    #: 1 to 4,000 characters, unless the operator has changed `piratechat.message_length`.
    text: str
    #: An identifier of your choice, at most 64 characters: `message` or `error` repeats it.
    nonce: NotRequired[str]
    #: The language of `text`, a BCP 47 tag.  Without it the chat may detect it.
    lang: NotRequired[str]
    #: The number of the message that this one answers, which must not be removed or erased.
    reply_to: NotRequired[int]


class ReadAs(As):
    """Switch to another translator, for all that you receive from now on.

    `deepl:pl` is one language of a translator that offers several, and `:pl` asks for Polish from the first translator
    that has it; the translations then say `deepl:pl`.  If the room is read in too many languages already, you receive
    the error `busy`, and read the original from then on.

    {"type": "as", "as": "original"}
    """

    type: Literal["as"]


class Read(_Through):
    """Request translations: a `view` for each message, and for the topic.

    {"type": "read", "seqs": [12, 13], "topic": true}
    """

    type: Literal["read"]
    #: The numbers of the messages, at most 200.  Optional with `topic`.
    seqs: NotRequired[Sequence[int]]
    #: Also the topic.
    topic: NotRequired[bool]
    #: Also try again what failed lately.
    again: NotRequired[bool]
    #: The messages are not visible, so others are translated first.
    later: NotRequired[bool]
    #: Also translate what was skipped.
    anyway: NotRequired[bool]


class Edit(_Answered):
    """Replace the text of a message of yours.

    You can do that for a day, unless the operator has changed `piratechat.edit_time`, twenty times, and while you may
    post.  It counts as a message does.

    {"type": "edit", "seq": 57, "text": "Hello, my friends", "nonce": "k8"}
    """

    type: Literal["edit"]
    #: The number of the message.
    seq: int
    #: Its new text.
    text: str
    #: Its new language.  Without it the language stays.
    lang: NotRequired[str]


class _AboutMessage(_Answered):
    #: The number of the message.
    seq: int


class Remove(_AboutMessage):
    """Remove a message of yours; the owner can still read it.

    The owner can remove any message, even one that its author has removed: the author can then not restore it.

    {"type": "remove", "seq": 57, "nonce": "k9"}
    """

    type: Literal["remove"]


class Restore(_AboutMessage):
    """Restore a message that you have removed; as the owner, any.

    {"type": "restore", "seq": 57, "nonce": "k10"}
    """

    type: Literal["restore"]


class Erase(_AboutMessage):
    """Overwrite the text of a message of yours for good, as the owner of any; its number, time and author stay.

    See "Erasing" in [operating.md](operating.md).

    {"type": "erase", "seq": 57, "nonce": "k11"}
    """

    type: Literal["erase"]


class React(_AboutMessage):
    """React to a message, or take that back.  You need a name, a cookie, and permission to post.

    {"type": "react", "seq": 57, "emoji": "👍", "on": true}
    """

    type: Literal["react"]
    #: An emoji of Unicode's RGI set; with or without U+FE0F is the same.  A message has at most 20 different ones, from
    #: 1,000 people each.
    emoji: str
    #: False takes it back.
    on: bool


class Typing(TypedDict):
    """Let others see that you are typing.  Send it at most every two seconds; there is no answer.

    {"type": "typing"}
    """

    type: Literal["typing"]


class Ping(TypedDict):
    """Check that the connection works in both directions.  `pong` comes immediately, also before you have joined.

    {"type": "ping"}
    """

    type: Literal["ping"]


class Pin(_AboutMessage):
    """As the owner: pin a message, or unpin it.  At most 20 are pinned.

    {"type": "pin", "seq": 57, "on": true}
    """

    type: Literal["pin"]
    #: False unpins it.
    on: bool


class ChangeRoom(_Answered):
    """As the owner: change the room, in one setting or several.

    {"type": "room", "title": "The cabin", "slow": 10}
    """

    type: Literal["room"]
    #: The title.
    title: NotRequired[str]
    #: What the room is about: one line of at most 500 characters, or empty.
    topic: NotRequired[str]
    #: The default translator, or null for the chat's.
    translator: NotRequired[str | None]
    #: Only the owner may post.
    read_only: NotRequired[bool]
    #: Seconds between two messages of a visitor.
    slow: NotRequired[int]
    #: Texts may be sent to third parties for translation.
    third_party_translation: NotRequired[bool]


class Mute(_Answered):
    """As the owner: stop a visitor from posting.

    {"type": "mute", "name": "Bo"}
    """

    type: Literal["mute"]
    #: The name of the visitor.
    name: str


class Unmute(_Answered):
    """As the owner: let a visitor post again.

    {"type": "unmute", "name": "Bo"}
    """

    type: Literal["unmute"]
    #: The name of the visitor.
    name: str
