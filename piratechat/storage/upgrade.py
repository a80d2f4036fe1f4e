"""Upgrades databases of earlier versions.

Each step of STEPS upgrades from the version of its index to the next.  A step is a generator that works in batches, and
its work is committed at each `yield`.  It may be interrupted at any point, even by kill -9, and starts again at the
next start, so it must skip what it has done before.
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

#: Rooms per commit.
ROOMS_PER_COMMIT = 100
#: Seconds to wait when another process upgrades the same database.
RETRY_DELAY = 0.1

#: Classes by their names in old databases, and their present locations.
MOVED = {
    ("piratechat.model.deeds", "Deeds"): ("piratechat.model.moderation_log", "ModerationLog"),
    ("piratechat.interfaces", "IOnlineRoom"): ("piratechat.interfaces", "IThirdPartyRoom"),
}

#: Actions by their names in version 0, and their present names.
ACTIONS = {"silenced": "muted", "forgiven": "unmuted", "online": "third_party_translation"}


class DatabaseTooNew(Exception):
    """A later version of piratechat has written the database."""


def class_factory(_connection: Any, module: str, name: str) -> Any:
    """Return the class with the stored name `module.name`: ZODB.DB.classFactory."""
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
    """Upgrade `db` to VERSION.  Raises DatabaseTooNew.

    Other processes may be doing the same with a shared database.
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
    """Perform the remaining steps; return False if another process interfered."""
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
    """From version 0: new names, participant numbers, who removed messages, look-alikes, and the epoch.

    Version 0 is that of commit 5a35df3.  Messages are not rewritten.
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
    # This also updates the interface of rooms that allow third parties, which is stored by name.
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
    """From version 1: rooms have a log of changes from their first change on, so nothing needs to be written.

    Earlier changes have no numbers, and no client needs them.  But version 1 would neither number its changes nor read
    the log.
    """
    yield


def edit_messages(_chat: Chat) -> Iterator[None]:
    """From version 2: messages can be edited and erased, and have replies and mentions; nothing needs to be written.

    But version 2 would show the original text of edited messages, and cannot read erased ones.
    """
    yield


#: The steps; the first upgrades version 0 to version 1.
STEPS: list[Callable[[Chat], Iterator[None]]] = [name_things_anew, number_changes, edit_messages]
assert len(STEPS) == VERSION
