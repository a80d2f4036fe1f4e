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
        #: The translator.
        "as": NotRequired[str],
    },
)


class Join(_Through):
    """Join the room, to receive its events; the answer is `welcome`.

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

    The server acknowledges it by sending you the `message`.  If you do not know whether it has arrived, send it again
    with the same nonce.  It is then stored only once, as long as the server remembers the nonce: while the message is
    among the last 200 of the room, and for at least a minute.

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
    """Switch to another translator.

    `deepl:pl` is one language of a translator that offers several.  `:pl` selects the first translator that offers
    Polish; its translations then have `deepl:pl`.  If the room is already being read in too many languages, you receive
    the error `busy`, and original texts from then on.

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
    #: Also translate the topic.
    topic: NotRequired[bool]
    #: Retry failed translations.
    again: NotRequired[bool]
    #: The messages are not visible, so others are translated first.
    later: NotRequired[bool]
    #: Also translate texts that were skipped.
    anyway: NotRequired[bool]


class Edit(_Answered):
    """Edit your message.

    You can do this for a day, unless the operator has changed `piratechat.edit_time`; at most twenty times; and only
    while you may post.  An edit counts as a message in rate limits.

    {"type": "edit", "seq": 57, "text": "Hello, my friends", "nonce": "k8"}
    """

    type: Literal["edit"]
    #: The number of the message.
    seq: int
    #: Its new text.
    text: str
    #: Its new language.  Without it the language does not change.
    lang: NotRequired[str]


class _AboutMessage(_Answered):
    #: The number of the message.
    seq: int


class Remove(_AboutMessage):
    """Remove your message; the owner can still read it.

    The owner can remove any message, even one that its author has removed: then the author can no longer restore it.

    {"type": "remove", "seq": 57, "nonce": "k9"}
    """

    type: Literal["remove"]


class Restore(_AboutMessage):
    """Restore a message that you have removed; the owner can restore any message.

    {"type": "restore", "seq": 57, "nonce": "k10"}
    """

    type: Literal["restore"]


class Erase(_AboutMessage):
    """Permanently overwrite the text of your message; its number, time and author remain.

    The owner can erase any message.  See "Erasing" in [operating.md](operating.md).

    {"type": "erase", "seq": 57, "nonce": "k11"}
    """

    type: Literal["erase"]


class React(_AboutMessage):
    """Add a reaction to a message, or remove it.  You need a name, a cookie, and permission to post.

    {"type": "react", "seq": 57, "emoji": "👍", "on": true}
    """

    type: Literal["react"]
    #: An emoji of Unicode's RGI set; U+FE0F makes no difference.  A message can have at most 20 different emoji, from
    #: at most 1,000 people each.
    emoji: str
    #: False removes the reaction.
    on: bool


class Typing(TypedDict):
    """Notify other readers that you are typing.  Send it at most every two seconds; there is no answer.

    {"type": "typing"}
    """

    type: Literal["typing"]


class Ping(TypedDict):
    """Check that the connection works in both directions.  The server answers with `pong`, even before you join.

    {"type": "ping"}
    """

    type: Literal["ping"]


class Pin(_AboutMessage):
    """As the owner: pin a message, or unpin it.  A room can have at most 20 pinned messages.

    {"type": "pin", "seq": 57, "on": true}
    """

    type: Literal["pin"]
    #: False unpins it.
    on: bool


class ChangeRoom(_Answered):
    """As the owner: change one or more settings of the room.

    {"type": "room", "title": "The cabin", "slow": 10}
    """

    type: Literal["room"]
    #: The title.
    title: NotRequired[str]
    #: What the room is about: one line of at most 500 characters, or empty.
    topic: NotRequired[str]
    #: The default translator of the room, or null for the default of the chat.
    translator: NotRequired[str | None]
    #: Whether only the owner may post.
    read_only: NotRequired[bool]
    #: Minimum number of seconds between two messages of a visitor.
    slow: NotRequired[int]
    #: Whether texts may be sent to third parties for translation.
    third_party_translation: NotRequired[bool]


class Mute(_Answered):
    """As the owner: mute a visitor, who then cannot post.

    {"type": "mute", "name": "Bo"}
    """

    type: Literal["mute"]
    #: The name of the visitor.
    name: str


class Unmute(_Answered):
    """As the owner: unmute a visitor.

    {"type": "unmute", "name": "Bo"}
    """

    type: Literal["unmute"]
    #: The name of the visitor.
    name: str
