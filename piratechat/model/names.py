"""Who is called what in a room."""

from collections.abc import Iterator

from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from piratechat.errors import CommandRejected
from piratechat.model.text import skeleton

#: Names that one visitor may take in one room.
NAMES_OF_A_VISITOR = 5


class Names(Persistent):
    """Names and the visitors they belong to, from their first use on."""

    def __init__(self) -> None:
        self._owners = OOBTree()  # skeleton of a name -> (name, visitor)
        self._current = OOBTree()  # visitor -> (names, the current one first; how many belong to them)
        self._muted = OOTreeSet()  # visitors

    def of(self, visitor: str) -> str | None:
        """Return what `visitor` is called, or None."""
        return next(iter(self.used_by(visitor)), None)

    def used_by(self, visitor: str) -> tuple[str, ...]:
        """Return the names that `visitor` used last, as they were typed; the current one first."""
        return self._current.get(visitor, ((),))[0]

    def owner(self, name: str) -> str | None:
        """Return the visitor to whom `name`, or one that looks like it, belongs; or None."""
        return self._owners.get(skeleton(name), (None, None))[1]

    def claim(self, name: str, visitor: str) -> bool:
        """Have `visitor` be called `name`; return whether that is new.  Raises CommandRejected if it is somebody else's."""
        key = skeleton(name)
        owner = self._owners.get(key, (None, visitor))[1]
        if owner != visitor:
            raise CommandRejected(
                "name-taken", f"Somebody else is called {name} here, or nearly so: choose another name."
            )
        used, count = self._current.get(visitor, ((), 0))
        if used[:1] == (name,):
            return False
        if key not in self._owners:
            if count >= NAMES_OF_A_VISITOR:
                raise CommandRejected(
                    "not-allowed", f"You have used {count} names in this room: take one of those again."
                )
            count += 1
        self._owners[key] = (name, visitor)
        self._current[visitor] = ((name, *(other for other in used if other != name))[:NAMES_OF_A_VISITOR], count)
        return True

    def all(self) -> Iterator[tuple[str, bool]]:
        """Yield each name and whether its visitor is muted."""
        for name, visitor in self._owners.values():
            yield name, visitor in self._muted

    def mute(self, visitor: str) -> bool:
        """Let `visitor` say no more; return whether that is new."""
        return bool(self._muted.insert(visitor))

    def unmute(self, visitor: str) -> bool:
        """Let `visitor` speak again; return whether that is new."""
        if visitor not in self._muted:
            return False
        self._muted.remove(visitor)
        return True

    def muted(self) -> Iterator[str]:
        """Yield the visitors who may not speak."""
        return iter(self._muted)

    def is_muted(self, visitor: str) -> bool:
        """Whether `visitor` may not speak."""
        return visitor in self._muted
