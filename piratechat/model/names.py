"""The names of the visitors of a room."""

from collections.abc import Iterator

from BTrees.LOBTree import LOBTree
from BTrees.OLBTree import OLBTree
from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from piratechat.errors import CommandRejected
from piratechat.model.bidi import isolated
from piratechat.model.text import skeleton
from piratechat.texts import text

#: Maximum number of names that one visitor can take in one room.
NAMES_OF_A_VISITOR = 5


class Names(Persistent):
    """Names and the visitors who own them since their first use, and the numbers of those visitors.

    A visitor with a name is a participant with a unique number, from 1.  Messages store this number, so that they
    belong to their author under any name.
    """

    def __init__(self) -> None:
        # Skeleton of a name -> pairs of name and visitor; one pair, except for names that look alike only since an
        # upgrade.
        self._owners = OOBTree()
        self._current = OOBTree()  # visitor -> (names, current one first; number of names that the visitor owns)
        self._muted = OOTreeSet()  # visitors
        self._numbers = OLBTree()  # visitor -> number
        self._visitors = LOBTree()  # number -> visitor

    def of(self, visitor: str) -> str | None:
        """Return the name of `visitor`, or None."""
        return next(iter(self.used_by(visitor)), None)

    def used_by(self, visitor: str) -> tuple[str, ...]:
        """Return the recent names of `visitor` as typed, current one first."""
        return self._current.get(visitor, ((),))[0]

    def owner(self, name: str) -> str | None:
        """Return the visitor who owns `name` or one that looks like it, or None."""
        pairs = self._owners.get(skeleton(name), ())
        return next((visitor for owned, visitor in pairs if owned == name), pairs[0][1] if pairs else None)

    def longest_look(self, looks: str) -> str | None:
        """Return the longest skeleton of a name that is a prefix of the skeleton `looks`, or None.

        This takes only a few lookups in the tree, however many names there are.
        """
        while looks:
            try:
                found: str = self._owners.maxKey(looks)
            except ValueError:
                return None
            # Any prefix of `looks` sorts before the found name, so it is a prefix of that as well.
            if looks.startswith(found):
                return found
            looks = looks[: next((n for n, (a, b) in enumerate(zip(found, looks, strict=False)) if a != b), len(found))]
        return None

    def as_written(self, look: str, typed: str) -> str:
        """Return the name with the existing skeleton `look`: `typed` itself, or its owner's spelling."""
        pairs = self._owners[look]
        return next((name for name, _visitor in pairs if name == typed), pairs[0][0])

    def participant(self, visitor: str) -> int | None:
        """Return the number of `visitor`, or None for one who has never had a name here."""
        return self._numbers.get(visitor)

    def visitor(self, participant: int) -> str | None:
        """Return the visitor with the number `participant`, or None."""
        return self._visitors.get(participant)

    def claim(self, name: str, visitor: str) -> bool:
        """Give `visitor` the name `name`; return whether that is new.

        Raises CommandRejected: name-taken if somebody else owns it, not-allowed after NAMES_OF_A_VISITOR names.
        """
        key = skeleton(name)
        pairs = self._owners.get(key, ())
        others = tuple(pair for pair in pairs if pair[1] != visitor)
        if others == pairs and pairs:
            raise CommandRejected("name-taken", text("error.name_taken", name=isolated(name)))
        used, count = self._current.get(visitor, ((), 0))
        if used[:1] == (name,):
            return False
        if not pairs:
            if count >= NAMES_OF_A_VISITOR:
                raise CommandRejected("not-allowed", text("error.too_many_names", count=count))
            count += 1
        self._owners[key] = ((name, visitor), *others)
        self._current[visitor] = ((name, *(other for other in used if other != name))[:NAMES_OF_A_VISITOR], count)
        self.number(visitor)
        return True

    def give_up(self, name: str, visitor: str) -> None:
        """Take `name`, and names that look like it, from everybody but `visitor`, because it is reserved.

        Messages that others have posted under it remain theirs, because messages have their author's number.
        """
        key = skeleton(name)
        for owned, other in self._owners.get(key, ()):
            if other != visitor:
                used, count = self._current.get(other, ((), 1))
                self._current[other] = (tuple(each for each in used if each != owned), count - 1)
        mine = tuple(pair for pair in self._owners.get(key, ()) if pair[1] == visitor)
        if mine:
            self._owners[key] = mine
        else:
            self._owners.pop(key, None)

    def number(self, visitor: str) -> int:
        """Return the number of `visitor`; assigns one if there is none."""
        number = self._numbers.get(visitor)
        if number is None:
            number = self._numbers[visitor] = self._visitors.maxKey() + 1 if self._visitors else 1
            self._visitors[number] = visitor
        return number

    def all(self) -> Iterator[tuple[str, bool]]:
        """Yield each name, and whether its visitor is muted."""
        for pairs in self._owners.values():
            for name, visitor in pairs:
                yield name, visitor in self._muted

    def mute(self, visitor: str) -> bool:
        """Mute `visitor`; return whether that is new."""
        return bool(self._muted.insert(visitor))

    def unmute(self, visitor: str) -> bool:
        """Unmute `visitor`; return whether that is new."""
        if visitor not in self._muted:
            return False
        self._muted.remove(visitor)
        return True

    def muted(self) -> Iterator[str]:
        """Yield the muted visitors."""
        return iter(self._muted)

    def is_muted(self, visitor: str) -> bool:
        """Whether `visitor` is muted."""
        return visitor in self._muted
