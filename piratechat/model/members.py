"""Members: people who are authenticated by another site, such as a Plone site.

A member's name is reserved in every room, including those that were created earlier.
"""

import hashlib
from collections.abc import Container
from typing import NamedTuple

from BTrees.LOBTree import LOBTree
from BTrees.OOBTree import OOBTree
from persistent import Persistent

from piratechat.errors import CommandRejected
from piratechat.model.bidi import isolated
from piratechat.model.text import MAX_NAMED, checked_name, skeleton
from piratechat.model.visitors import member_id
from piratechat.texts import text

#: Maximum length of a name in characters.
MAX_NAME = 40
#: Maximum number of used tickets to store until they expire; further tickets are rejected.
MAX_USED = 20_000
#: Maximum number of expired tickets to delete with each new one.
FORGOTTEN_AT_ONCE = 20


class Member(NamedTuple):
    """The data of a member."""

    #: The member's name, in every room.
    name: str
    #: Whether they have the permissions of an owner in every room.
    owns_rooms: bool
    #: The number of the current session, which increases at logout, so that earlier cookies become invalid.
    session: int


class Members(Persistent):
    """Members by their visitor ids, and the tickets that were used recently."""

    def __init__(self) -> None:
        self._members = OOBTree()  # visitor -> Member
        self._names = OOBTree()  # skeleton of a name -> visitor
        # Seconds since 1970 at which used tickets can be forgotten -> their ids.
        self._used = LOBTree()
        self._count = 0

    def get(self, visitor: str) -> Member | None:
        """Return the member with the id `visitor`, or None."""
        found: Member | None = self._members.get(visitor)
        return found

    def __len__(self) -> int:
        return len(self._members)

    def owner(self, name: str) -> str | None:
        """Return the member for whom `name`, or one that looks like it, is reserved; or None."""
        found: str | None = self._names.get(skeleton(name[:MAX_NAMED]))
        return found

    def use_ticket(self, id: str, until: int, now: int) -> None:
        """Remember that the ticket `id` was used, until `until` (seconds since 1970), when it is no longer valid.

        Raises CommandRejected if it was used earlier, or if too many are stored.
        """
        self._forget_expired(now)
        ids: tuple[str, ...] = self._used.get(until, ())
        if id in ids or self._count >= MAX_USED:
            raise CommandRejected("not-allowed", text("error.ticket_used"))
        self._used[until] = (*ids, id)
        self._count += 1

    def _forget_expired(self, now: int) -> None:
        forgotten = 0
        while self._used and self._used.minKey() < now and forgotten < FORGOTTEN_AT_ONCE:
            ids = self._used.pop(self._used.minKey())
            forgotten += len(ids)
        if forgotten:
            self._count -= forgotten

    def admit(self, user: str, name: str, owns_rooms: bool, reserved: Container[str] = ()) -> tuple[str, Member]:
        """Add or update the member for the user `user` of the other site; return the visitor's id, and the member.

        The member gets the `name`, or if it is taken, another one that contains the user's id.  Raises CommandRejected
        if no name is free.  `reserved`: skeletons of names that nobody can take.
        """
        visitor = member_id(user)
        before = self.get(visitor)
        called = self._free_name(visitor, _candidates(name, user), reserved)
        member = Member(called, owns_rooms, 0 if before is None else before.session)
        if member != before:
            if before is not None and self._names.get(skeleton(before.name)) == visitor:
                del self._names[skeleton(before.name)]
            self._names[skeleton(called)] = visitor
            self._members[visitor] = member
        return visitor, member

    def _free_name(self, visitor: str, candidates: tuple[str, ...], reserved: Container[str]) -> str:
        for candidate in candidates:
            try:
                name = checked_name(candidate)
            except CommandRejected:
                continue
            if self.owner(name) in (None, visitor) and skeleton(name) not in reserved:
                return name
        raise CommandRejected("name-taken", text("error.name_taken", name=isolated(candidates[0][:MAX_NAMED])))

    def leave(self, visitor: str) -> bool:
        """End all sessions of `visitor`; return whether the visitor is a member."""
        member = self.get(visitor)
        if member is None:
            return False
        self._members[visitor] = member._replace(session=member.session + 1)
        return True


def _candidates(name: str, user: str) -> tuple[str, ...]:
    """Return possible names for the user `user`, the best one first."""
    name, short = " ".join(name.split())[:MAX_NAME].strip(), user[: MAX_NAME // 2]
    digest = hashlib.sha256(user.encode()).hexdigest()[:8]
    told_apart = f"{name[: MAX_NAME - len(short) - 3]} ({short})" if name else ""
    return (name, told_apart, user[:MAX_NAME], f"member {digest}")
