"""Files and translations that must be deleted so that no file contains erased text."""

import glob
import os

from piratechat.model.chat import Chat
from piratechat.search.index import NAME as INDEX
from piratechat.translators.engine.cache import digest_of


def earlier_files(path: str) -> list[str]:
    """Return the files beside the database at `path` that contain earlier data.

    These are the file before the last pack, incomplete transactions that were set aside, and databases that a restore
    replaced.
    """
    beside = glob.escape(path)
    return sorted(set(glob.glob(f"{beside}.old") + glob.glob(f"{beside}.tr*") + glob.glob(f"{beside}.replaced-*")))


def index_files(var: str) -> list[str]:
    """Return the files of the search index in the folder `var`, which may still contain deleted text.

    The index itself comes last: when it is gone, the process that fills it creates a new one, with files of these
    names.
    """
    return sorted(glob.glob(f"{glob.escape(os.path.join(var, INDEX))}*"), reverse=True)


def digests_shown(chat: Chat) -> set[bytes]:
    """Return the digests of all texts that readers of `chat` can see, which are the keys of translations."""
    found: set[bytes] = set()
    for slug in chat.rooms:
        room = chat.rooms[slug]
        for message in room.messages(0, room.log.last):
            if message.is_shown:
                found.add(digest_of(message.text))
            if not message.seq % 1000:
                room._p_jar.cacheGC()
        found.add(digest_of(room.topic or ""))
    return found
