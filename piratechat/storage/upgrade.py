"""Bringing a database of an earlier version up to the one that this code reads.

Each step of STEPS leads from the version of its index to the next.  A step is a
generator that works in batches: what it has done is committed at each `yield`.
It may be ended anywhere, by kill -9 too, and begins again at the next start, so
it has to leave alone what it has done already.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import gevent
from BTrees.LOBTree import LOBTree
from BTrees.OOBTree import OOBTree
from transaction import TransactionManager
from ZODB.broken import find_global
from ZODB.POSException import ConflictError

from piratechat.cooperative import give_way
from piratechat.model.chat import KEY, VERSION, VERSION_KEY, Chat, make_epoch
from piratechat.model.names import Names
from piratechat.model.room import Room
from piratechat.model.text import SKELETON_VERSION, skeleton

log = logging.getLogger(__name__)

#: Rooms in one commit.
ROOMS_PER_COMMIT = 100
#: Seconds to wait when another process upgrades the same database.
RETRY_DELAY = 0.1

#: Classes as databases know them, and where they are now.
MOVED = {
    ("piratechat.model.deeds", "Deeds"): ("piratechat.model.moderation_log", "ModerationLog"),
    ("piratechat.interfaces", "IOnlineRoom"): ("piratechat.interfaces", "IThirdPartyRoom"),
}

#: What was done in rooms, as version 0 called it, and what it is called now.
ACTIONS = {"silenced": "muted", "forgiven": "unmuted", "online": "third_party_translation"}


class DatabaseTooNew(Exception):
    """A later version of piratechat has written the database."""


def class_factory(_connection: Any, module: str, name: str) -> Any:
    """Return the class that a database calls `module.name`: ZODB.DB.classFactory."""
    return find_global(*MOVED.get((module, name), (module, name)))


def version_of(root: Any) -> int:
    """Return the version of the database with this root.  Raises DatabaseTooNew."""
    version = root.get(VERSION_KEY, 0)
    if version > VERSION:
        raise DatabaseTooNew(
            f"This database was written by a later piratechat: its version is {version}, and this one "
            f"reads {VERSION} at most. Start the later one, or put a back-up in place: bin/piratechat restore FOLDER."
        )
    return int(version)


def upgrade(db: Any, steps: list[Callable[[Chat], Iterator[None]]] | None = None) -> None:
    """Bring `db` up to VERSION.  Raises DatabaseTooNew.

    Other processes may be doing the same with a database that they share.
    """
    manager = TransactionManager()
    connection = db.open(manager)
    try:
        while not _upgraded(connection, manager, STEPS if steps is None else steps):
            gevent.sleep(RETRY_DELAY)
    finally:
        manager.abort()
        connection.close()


def _upgraded(connection: Any, manager: Any, steps: list[Callable[[Chat], Iterator[None]]]) -> bool:
    """Do what is left to do; return False if another process was in the way."""
    try:
        manager.begin()
        root = connection.root()
        first = version_of(root)
        for version in range(first, len(steps)):
            log.info("upgrading the database from version %d to %d", version, version + 1)
            for _batch in steps[version](root[KEY]):
                _commit(connection, manager, f"upgrade to version {version + 1}")
            root[VERSION_KEY] = version + 1
            _commit(connection, manager, f"upgraded to version {version + 1}")
    except ConflictError:
        manager.abort()
        return False
    return True


def _commit(connection: Any, manager: Any, note: str) -> None:
    manager.get().note(note)
    manager.commit()
    connection.cacheMinimize()
    give_way()
    manager.begin()


def name_things_anew(chat: Chat) -> Iterator[None]:
    """From version 0: new names, numbers of participants, who removed what, look-alikes and the epoch.

    Version 0 is what commit 5a35df3 wrote.  What was said is not touched.
    """
    rooms = chat.rooms
    if "_looks" not in vars(rooms):
        rooms._looks = OOBTree()
    if "epoch" not in vars(chat):
        chat.epoch = make_epoch()
    for number, slug in enumerate(list(rooms), 1):
        _upgrade_room(rooms[slug])
        rooms.file_look(slug)
        if number % ROOMS_PER_COMMIT == 0:
            yield
    chat.skeleton_version = SKELETON_VERSION
    yield


def _upgrade_room(room: Room) -> None:
    if isinstance(room.removed, LOBTree):
        return  # done before
    room.removed = LOBTree(dict.fromkeys(room.removed, "owner"))
    deeds = room.__dict__.pop("_deeds", None)
    if deeds is not None:
        _upgrade_moderation_log(deeds)
        room._moderation_log = deeds
    _upgrade_names(room.names)
    # Also for the interface of rooms that third parties may translate: it is stored by its name.
    room._p_changed = True


def _upgrade_moderation_log(moderation_log: Any) -> None:
    moderation_log._p_activate()
    found = moderation_log.__dict__.pop("_deeds", ())
    moderation_log._entries = tuple((at, ACTIONS.get(what, what), *rest) for at, what, *rest in found)


def _upgrade_names(names: Names) -> None:
    names._p_activate()
    names.__setstate__({**Names().__dict__, **_names_state(names.__dict__)})
    for visitor in names._current:
        names.number(visitor)
    names._p_changed = True


def _names_state(old: dict[str, Any]) -> dict[str, Any]:
    owners = OOBTree()
    for name, visitor in old["_owners"].values():
        key = skeleton(name)
        owners[key] = (*owners.get(key, ()), (name, visitor))
    return {"_owners": owners, "_current": old["_current"], "_muted": old["_silenced"]}


def number_changes(_chat: Chat) -> Iterator[None]:
    """From version 1: rooms have a log of changes, from the first one on, so there is nothing to write.

    What had been changed before has no number: nobody has asked for any yet.  But version 1 would neither number its
    own changes nor read the log.
    """
    yield


def edit_messages(_chat: Chat) -> Iterator[None]:
    """From version 2: messages can be edited and erased, answer others and mention people; nothing is written for that.

    But version 2 would show edited messages as they were, and cannot read erased ones.
    """
    yield


#: The steps; the first leads from version 0 to version 1.
STEPS: list[Callable[[Chat], Iterator[None]]] = [name_things_anew, number_changes, edit_messages]
assert len(STEPS) == VERSION
