"""Members: people whose names another site vouches for, such as a site of Plone.

A member's name is reserved in every room, in those that were opened earlier too.
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

#: Characters of a name, at most.
MAX_NAME = 40
#: Tickets that are remembered at once: more in their lifetime are refused.
MAX_USED = 20_000
#: Expired tickets that are forgotten with each new one.
FORGOTTEN_AT_ONCE = 20


class Member(NamedTuple):
    """What is known of a member."""

    #: What they are called in every room.
    name: str
    #: Whether they may do in every room what its owner may.
    owns_rooms: bool
    #: A number that grows when they log out: what was given to them earlier is worth nothing then.
    session: int


class Members(Persistent):
    """Members by their visitor's ids, and the tickets that were used lately."""

    def __init__(self) -> None:
        self._members = OOBTree()  # visitor -> Member
        self._names = OOBTree()  # skeleton of a name -> visitor
        # Seconds since 1970 at which tickets expire -> the ids of those that were used.
        self._used = LOBTree()
        self._count = 0

    def get(self, visitor: str) -> Member | None:
        """Return what is known of `visitor`, None for one who is not a member."""
        found: Member | None = self._members.get(visitor)
        return found

    def __len__(self) -> int:
        return len(self._members)

    def owner(self, name: str) -> str | None:
        """Return the member for whom `name`, or one that looks like it, is reserved; or None."""
        found: str | None = self._names.get(skeleton(name[:MAX_NAMED]))
        return found

    def use_ticket(self, id: str, expires: int, now: int) -> None:
        """Remember that the ticket `id` was used; it expires at `expires` (seconds since 1970).

        Raises CommandRejected if it was used earlier, or if too many are remembered.
        """
        self._forget_expired(now)
        ids: tuple[str, ...] = self._used.get(expires, ())
        if id in ids or self._count >= MAX_USED:
            raise CommandRejected("not-allowed", text("error.ticket_used"))
        self._used[expires] = (*ids, id)
        self._count += 1

    def _forget_expired(self, now: int) -> None:
        forgotten = 0
        while self._used and self._used.minKey() < now and forgotten < FORGOTTEN_AT_ONCE:
            ids = self._used.pop(self._used.minKey())
            forgotten += len(ids)
        if forgotten:
            self._count -= forgotten

    def admit(self, user: str, name: str, owns_rooms: bool, reserved: Container[str] = ()) -> tuple[str, Member]:
        """Make the user `user` of the other site, who is called `name` there, a member; return the visitor's id, too.

        If the name cannot be had, the user gets another that has their id in it.  Raises CommandRejected if none can.
        `reserved`: skeletons of names that nobody gets.
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
        """End all sessions of `visitor`; return whether that is a member."""
        member = self.get(visitor)
        if member is None:
            return False
        self._members[visitor] = member._replace(session=member.session + 1)
        return True


def _candidates(name: str, user: str) -> tuple[str, ...]:
    """Return what the user `user` could be called, the best first."""
    name, short = " ".join(name.split())[:MAX_NAME].strip(), user[: MAX_NAME // 2]
    digest = hashlib.sha256(user.encode()).hexdigest()[:8]
    told_apart = f"{name[: MAX_NAME - len(short) - 3]} ({short})" if name else ""
    return (name, told_apart, user[:MAX_NAME], f"member {digest}")
