"""Objects in the messages of the server, over SockJS and HTTP."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

#: Where a link starts and ends, and its target.
Links = Sequence[tuple[int, int, str]]
#: Where a mention starts and ends, and the name.
Mentions = Sequence[tuple[int, int, str]]

As = TypedDict(
    "As",
    {
        #: The translator: its `name`, or `NAME:TAG` for one language of a translator that offers several.
        "as": str,
    },
)


class View(As):
    """How a text reads through a translator.

    {"as": "pirate", "state": "ready", "text": "Ahoy, me hearty"}
    {"as": "deepl:pl", "state": "failed", "reason": "DeepL is temporarily unavailable. Try again later."}
    """

    #: `ready`: `text` is the translation.  `pending`: a `view` event follows.  `skipped`: there is nothing to
    #: translate; show the original.  `failed`: show the original, and the `reason`.
    state: Literal["ready", "pending", "skipped", "failed"]
    #: The translation.  Only if ready.
    text: NotRequired[str]
    #: The links in `text`.
    links: NotRequired[Links]
    #: The title of another translator that stood in for the one in `as`.
    by: NotRequired[str]
    #: Why it was skipped, may be empty; or why it failed.  For people, in English where all readers get the same.
    reason: NotRequired[str]
    #: The text was skipped, but may need a translation: `read` with `anyway` asks for it.
    anyway: NotRequired[Literal[True]]
    #: Seconds after which a translation that failed is worth another try.
    retry_after: NotRequired[float]


class Reply(TypedDict):
    """The message that another one answers.

    {"seq": 12, "author": "Bo"}
    """

    #: Its number.
    seq: int
    #: Who wrote it; empty if that message was removed or erased.  The `removed` or `erased` event of that message tells
    #: those who have received the reply before.
    author: str


class Reaction(TypedDict):
    """An emoji at a message.

    {"emoji": "👍", "count": 2, "names": ["Ada", "Bo"], "yours": true}
    """

    #: One of Unicode's RGI set.
    emoji: str
    #: How many people reacted with it.
    count: int
    #: The names of at most 20 of them.
    names: Sequence[str]
    #: Whether you are among them.  Missing where all readers get the same event.
    yours: NotRequired[bool]


class ReactionChange(TypedDict):
    """What has changed about the reactions to a message.

    {"emoji": "👍", "author": "Bo", "on": true}
    """

    #: The emoji.
    emoji: str
    #: Who added or removed it.
    author: str
    #: Whether it was added.
    on: bool


class Translator(TypedDict):
    """A translator that the room can be read through.

    {"name": "pirate", "title": "Pirate", "reach": "none", "recipient": null, "target": "en"}
    """

    #: For `as`.
    name: str
    #: For people.
    title: str
    #: Where texts go: `none`, they stay in the chat; `host`, to the server's machine or another one of the operator's;
    #: `third-party`, to somebody else.
    reach: str
    #: Who receives the texts, for people; null if nobody does.
    recipient: str | None
    #: The language it translates into, a BCP 47 tag; null for a style, and if readers choose.
    target: str | None
    #: The languages to choose from, as BCP 47 tags; `as` is then `NAME:TAG`.
    targets: NotRequired[Sequence[str]]


class Message(TypedDict):
    """A message of the room.

    {"seq": 1, "at": "2026-11-21T10:00:00.123Z", "author": "Bo", "text": "Hello"}
    """

    #: Its number.  Messages of a room are numbered from 1 without gaps.
    seq: int
    #: When it was posted: RFC 3339, in UTC, with milliseconds.
    at: str
    #: The name of its author at that time.
    author: str
    #: The text, as typed; empty if the message was removed or erased.
    text: str
    #: The links in `text`; see [Links, code and formatting](#links-code-and-formatting).
    links: NotRequired[Links]
    #: The language that its author stated, a BCP 47 tag.
    lang: NotRequired[str]
    #: When it was edited last.
    edited: NotRequired[str]
    #: The message that it answers.
    reply_to: NotRequired[Reply]
    #: The people whom `text` mentions; see [Replies and mentions](#replies-and-mentions).
    mentions: NotRequired[Mentions]
    #: It is pinned.
    pinned: NotRequired[Literal[True]]
    #: In the order of their first use.
    reactions: NotRequired[Sequence[Reaction]]
    #: It was removed, and may be restored.
    removed: NotRequired[Literal[True]]
    #: Who removed it; `rule` is a setting of the operator.
    by: NotRequired[Literal["author", "owner", "operator", "rule"] | None]
    #: It was erased for good.
    erased: NotRequired[Literal[True]]
    #: How it reads through your translator.  Missing if that is how it was written.
    view: NotRequired[View]


class Topic(TypedDict):
    """The topic of a room, in an event or an answer."""

    #: What the room is about; may be empty.
    topic: str
    #: The links in `topic`.
    topic_links: NotRequired[Links]
    #: How `topic` reads through your translator.
    topic_view: NotRequired[View]


class _Action(TypedDict):
    #: When: RFC 3339, in UTC, with milliseconds.
    at: str
    #: `removed`, `restored`, `erased`, `pinned`, `unpinned`, `edited`, `reaction_added`, `reaction_removed`,
    #: `removed_many`, `restored_many`, `muted` or `unmuted`, or the setting of the room that was changed.  With
    #: `edited` and `reaction_...` the operator has undone what a visitor did.
    what: str
    #: The number of the message.
    seq: NotRequired[int]
    #: The name of the visitor who was muted or unmuted.
    name: NotRequired[str]
    #: How many messages were removed or restored at once.
    count: NotRequired[int]
    #: The number of that change.
    rev: NotRequired[int]


_Setting = TypedDict(
    "_Setting",
    {
        #: The previous value of the setting.
        "from": NotRequired[str | int | bool | None],
        #: Its new value.
        "to": NotRequired[str | int | bool | None],
    },
)


class LogEntry(_Action, _Setting):
    """An entry of the moderation log.

    {"at": "2026-11-21T10:00:00.123Z", "what": "removed", "seq": 57}
    {"at": "2026-11-21T10:00:00.123Z", "what": "slow", "from": 0, "to": 10}
    """
