"""Deduplication of a program's messages by the ids that it gives them."""

import hashlib
from collections.abc import Callable

from BTrees.LLBTree import LLBTree
from persistent import Persistent

#: Number of ids that are always remembered, milliseconds for which more are remembered, and their maximum number.
ALWAYS, DAY, MOST = 1_000, 24 * 3600 * 1000, 100_000
#: Old ids to drop for each new one; two, so that their number decreases.
AT_ONCE = 2


class Deliveries(Persistent):
    """The ids of one program in one room: always the last thousand, and those of a day within a limit.

    A broker may redeliver messages after an outage, when the nonces of people's messages have already expired.  Ids are
    stored as digests, so their length does not matter.
    """

    def __init__(self) -> None:
        self._seqs = LLBTree()  # digest of an id -> number of the message
        self._digests = LLBTree()  # sequence number -> digest

    def __len__(self) -> int:
        return self._digests.maxKey() - self._digests.minKey() + 1 if self._digests else 0

    def find(self, id: str) -> int | None:
        """Return the number of the message with this `id`, or None."""
        return self._seqs.get(_digest(id))

    def add(self, id: str, seq: int, now: int, said_at: Callable[[int], int]) -> None:
        """Record that message number `seq` has the id `id`.

        `now` and the result of `said_at`, which returns the time of a message, are milliseconds since 1970.
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
