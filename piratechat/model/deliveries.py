"""What a program has delivered to a room, by the ids it has given: what comes again is not said again."""

import hashlib
from collections.abc import Callable

from BTrees.LLBTree import LLBTree
from persistent import Persistent

#: Ids that are known in any case, milliseconds for which others are, and how many there are at most.
ALWAYS, DAY, MOST = 1_000, 24 * 3600 * 1000, 100_000
#: Old ids that are forgotten with each new one: two are, so that there are fewer of them in the end.
AT_ONCE = 2


class Deliveries(Persistent):
    """The ids of one program in one room: the last thousand, and all of a day as long as they are not too many.

    A broker may deliver again after any outage, when the nonces of what people say are forgotten.  Ids are kept as
    digests, whatever their length is.
    """

    def __init__(self) -> None:
        self._seqs = LLBTree()  # digest of an id -> number of the message
        self._digests = LLBTree()  # running number -> digest

    def __len__(self) -> int:
        return self._digests.maxKey() - self._digests.minKey() + 1 if self._digests else 0

    def find(self, id: str) -> int | None:
        """Return the number of the message that was said for `id`, or None."""
        return self._seqs.get(_digest(id))

    def add(self, id: str, seq: int, now: int, said_at: Callable[[int], int]) -> None:
        """Message number `seq` was said for `id` at `now`.

        `said_at` returns when a message was said; both are milliseconds since 1970.
        """
        digest = _digest(id)
        self._seqs[digest] = seq
        self._digests[self._digests.maxKey() + 1 if self._digests else 1] = digest
        for number, oldest in list(self._digests.items(max=self._digests.minKey() + AT_ONCE - 1)):
            if len(self) <= ALWAYS or (len(self) <= MOST and now - said_at(self._seqs[oldest]) < DAY):
                break
            del self._seqs[oldest], self._digests[number]


def _digest(id: str) -> int:
    return int.from_bytes(
        hashlib.blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )
