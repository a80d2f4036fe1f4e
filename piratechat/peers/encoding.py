"""Messages between processes as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from piratechat.model.events import (
    Changed,
    Envelope,
    Erased,
    Event,
    Logged,
    Message,
    Muted,
    Named,
    Pinned,
    Reacted,
    Removed,
    RemovedMany,
    Revision,
    Unmuted,
    Updated,
)
from piratechat.peers.messages import (
    Content,
    Forgotten,
    Hello,
    Learned,
    LoggedOut,
    Moved,
    Post,
    Present,
    SetUp,
    Spending,
    Taken,
    Typing,
    Whispered,
    Who,
)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encoded(post: Post) -> str:
    """Return `post` as JSON."""
    name, values = _written(post.content)
    return _encode({"node": post.node, "n": post.n, "type": name, **values})


def _written(content: Content) -> tuple[str, Mapping[str, Any]]:
    match content:
        case Envelope(events, (last, rev, epoch)):
            return "events", {
                "events": [_event_written(each) for each in events],
                "last": last,
                "rev": rev,
                "epoch": epoch,
            }
        case Hello() | SetUp() | Taken() | LoggedOut():
            return _for_nodes_written(content)
        case Typing(name):
            return "typing", {"name": name}
        case Whispered(author, at, text, lang):
            return "whispered", {"author": author, "at": at, "text": text, "lang": lang}
        case Who():
            return "who", {}
        case Present(of, change, names, count):
            return "present", {"of": of, "change": change, "names": names, "count": count}
        case Moved(of, change, joined, left, count):
            return "moved", {"of": of, "change": change, "joined": joined, "left": left, "count": count}
        case _:
            return _translation_written(content)


def _for_nodes_written(content: Hello | SetUp | Taken | LoggedOut) -> tuple[str, Mapping[str, Any]]:
    match content:
        case Hello(going, settings):
            return "hello", {"going": going, "settings": settings}
        case SetUp(digests):
            return "set_up", {"digests": dict(digests)}
        case Taken(limit, address, tokens):
            return "taken", {"limit": limit, "address": address, "tokens": tokens}
        case LoggedOut(visitor):
            return "logged_out", {"visitor": visitor}


def _translation_written(content: Learned | Forgotten | Spending) -> tuple[str, Mapping[str, Any]]:
    match content:
        case Learned(key, text, source):
            return "learned", {"key": key.hex(), "text": text, "source": source}
        case Forgotten(digests):
            return "forgotten", {"digests": [digest.hex() for digest in digests]}
        case Spending(translator, day, spent):
            return "spending", {"translator": translator, "day": day, "spent": list(spent)}


def _event_written(event: Event) -> list[Any]:
    match event:
        case Message():
            return ["message", *event]
        case Named(visitor, name):
            return ["named", visitor, name]
        case Muted(visitor):
            return ["muted", visitor]
        case Unmuted(visitor):
            return ["unmuted", visitor]
        case Logged(visitor, entry):
            return ["logged", visitor, entry]
        case _:
            return _revision_written(event)


def _revision_written(event: Revision) -> list[Any]:
    match event:
        case Removed(seq, rev, by):
            return ["removed", seq, rev, by]
        case RemovedMany(seqs, rev, by):
            return ["removed_many", seqs, rev, by]
        case Erased(seqs, rev):
            return ["erased", seqs, rev]
        case Updated(message, rev, mentioned):
            return ["updated", message, rev, mentioned]
        case Pinned(seqs, rev):
            return ["pinned", seqs, rev]
        case Reacted(seq, reactions, rev, changed):
            return ["reacted", seq, reactions, rev, changed]
        case Changed(values, rev):
            return ["changed", values, rev]
