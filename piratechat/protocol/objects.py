"""Objects in the messages of the server, over SockJS and HTTP."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

#: The start and the end of each link, and its target.
Links = Sequence[tuple[int, int, str]]
#: The start and the end of each mention, and the name.
Mentions = Sequence[tuple[int, int, str]]

As = TypedDict(
    "As",
    {
        #: The translator: its `name`, or `NAME:TAG` for one language of a translator that offers several.
        "as": str,
    },
)


class View(As):
    """The translation of a text by a translator.

    {"as": "pirate", "state": "ready", "text": "Ahoy, me hearty"}
    {"as": "deepl:pl", "state": "failed", "reason": "DeepL is temporarily unavailable. Try again later."}
    """

    #: `ready`: `text` is the translation.  `pending`: a `view` event follows.  `skipped`: there is nothing to
    #: translate; show the original.  `failed`: show the original, and the `reason`.
    state: Literal["ready", "pending", "skipped", "failed"]
    #: The translation, only if `state` is `ready`.
    text: NotRequired[str]
    #: The links in `text`.
    links: NotRequired[Links]
    #: The title of the fallback translator, if one was used instead of the one in `as`.
    by: NotRequired[str]
    #: The reason, for people, why the text was skipped (may be empty), or why the translation failed.  In an event for
    #: all readers it is in English.
    reason: NotRequired[str]
    #: The text was skipped, but may need a translation, which `read` with `anyway` requests.
    anyway: NotRequired[Literal[True]]
    #: Seconds after which the failed translation can be retried.
    retry_after: NotRequired[float]


class Reply(TypedDict):
    """The message that another one replies to.

    {"seq": 12, "author": "Bo"}
    """

    #: Its number.
    seq: int
    #: Its author; empty if the message has been removed or erased.  Clients that have received the reply earlier learn
    #: this from the `removed` or `erased` event.
    author: str


class Reaction(TypedDict):
    """The reactions to a message with one emoji.

    {"emoji": "👍", "count": 2, "names": ["Ada", "Bo"], "yours": true}
    """

    #: One of Unicode's RGI set.
    emoji: str
    #: The number of people who reacted with it.
    count: int
    #: The names of at most 20 of these people.
    names: Sequence[str]
    #: Whether you are one of them.  Events for all readers do not have this field.
    yours: NotRequired[bool]


class ReactionChange(TypedDict):
    """A change of the reactions to a message.

    {"emoji": "👍", "author": "Bo", "on": true}
    """

    #: The emoji.
    emoji: str
    #: The name of the person who added or removed it.
    author: str
    #: Whether it was added.
    on: bool


class Translator(TypedDict):
    """A translator that is available in the room.

    {"name": "pirate", "title": "Pirate", "reach": "none", "recipient": null, "target": "en"}
    """

    #: The identifier, as in `as`.
    name: str
    #: The label in menus.
    title: str
    #: Where texts are sent: `none`, nowhere; `host`, to a machine of the operator; `third-party`, to a third party.
    reach: str
    #: The recipient of the texts, for people; null if there is none.
    recipient: str | None
    #: The target language, as a BCP 47 tag; null for a style, and for a translator with `targets`.
    target: str | None
    #: The target languages that readers can choose from, as BCP 47 tags; `as` is then `NAME:TAG`.
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
    #: The language that its author declared, a BCP 47 tag.
    lang: NotRequired[str]
    #: The time of the last edit.
    edited: NotRequired[str]
    #: The message that it replies to.
    reply_to: NotRequired[Reply]
    #: The people whom `text` mentions; see [Replies and mentions](#replies-and-mentions).
    mentions: NotRequired[Mentions]
    #: The message is pinned.
    pinned: NotRequired[Literal[True]]
    #: The reactions, in the order of the first use of each emoji.
    reactions: NotRequired[Sequence[Reaction]]
    #: The message was removed, and may be restored.
    removed: NotRequired[Literal[True]]
    #: Who removed it; `rule` is a setting of the operator.
    by: NotRequired[Literal["author", "owner", "operator", "rule"] | None]
    #: The message was permanently erased.
    erased: NotRequired[Literal[True]]
    #: The translation by your translator.  Without this field, show the original.
    view: NotRequired[View]


class Topic(TypedDict):
    """The topic of a room, in an event or an answer."""

    #: The topic; may be empty.
    topic: str
    #: The links in `topic`.
    topic_links: NotRequired[Links]
    #: The translation of `topic` by your translator.
    topic_view: NotRequired[View]


class _Action(TypedDict):
    #: The time: RFC 3339, in UTC, with milliseconds.
    at: str
    #: `removed`, `restored`, `erased`, `pinned`, `unpinned`, `edited`, `reaction_added`, `reaction_removed`,
    #: `removed_many`, `restored_many`, `muted` or `unmuted`, or the setting of the room that was changed.  `edited`
    #: and `reaction_...`: the operator has undone an edit or a reaction.
    what: str
    #: The number of the message.
    seq: NotRequired[int]
    #: The name of the visitor who was muted or unmuted.
    name: NotRequired[str]
    #: The number of messages that were removed or restored together.
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
