"""Deduplication of messages in a room by their nonces."""

import math
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from piratechat.model.log import Entry, Log, is_erased, nonce_digest, participant_of

#: A nonce is remembered while its message is among the last messages of the room ...
MIN_MESSAGES = 200
#: ... and for this many seconds, by a monotonic clock.
NONCE_TTL = 60.0
#: Maximum number of messages whose nonces are remembered, however many are sent in a minute.
MAX_MESSAGES = 20_000
#: Seconds whose messages expire together, when the last of them is old enough.
EXPIRY_STEP = 1.0


class Nonces:
    """The nonces of the recent messages in one log.

    It reads the log, so that it also knows messages from before a restart or from other processes.  Messages that it
    finds there are treated as new at that moment, because the times in the log come from a clock that can be set.
    """

    def __init__(self, clock: Callable[[], float], key: bytes = b"") -> None:
        """`clock` returns monotonic seconds; digests of the nonces of erased messages use the secret `key`."""
        self._clock = clock
        self.key = key
        # Hash of author and nonce -> number, ascending: the strings would take twice the memory.
        self._seqs: OrderedDict[int, int] = OrderedDict()
        self._has_erased = False  # some were erased when they were read, and have digests
        self._seen = -1  # the number of the last message that was read
        self._began = -math.inf  # start of the current step
        self._steps: deque[tuple[float, int]] = deque()  # the previous steps: start, last number seen in it
        self._old = 0  # the last number that was seen NONCE_TTL seconds ago

    def __len__(self) -> int:
        return len(self._seqs)

    def find(self, log: Log, who: int | str, nonce: str) -> int | None:
        """Return the number of the message that `who` sent with `nonce`, or None.

        `who` is the number of a participant, or the author's name for messages of a database of version 0.
        """
        seq = self._seqs.get(hash((who, nonce)))
        if seq is None and self._has_erased:
            digests = (hash((who, digest)) for digest in self._digests(nonce))
            seq = next((self._seqs[digest] for digest in digests if digest in self._seqs), None)
        entry = None if seq is None else log.get(seq)
        if entry is None or _who(entry) != who:
            return None
        if is_erased(entry):  # it must not be sent again
            return seq if entry[3] in ("", *self._digests(nonce)) else None  # earlier versions kept no digest
        return seq if entry[3] == nonce else None

    def _digests(self, nonce: str) -> Iterator[str]:
        """Yield the possible digests of the nonce of an erased message: earlier versions had no key."""
        yield nonce_digest(nonce, self.key)
        yield nonce_digest(nonce)

    def catch_up(self, log: Log) -> None:
        """Read the new messages in `log`."""
        last = log.last
        if self._seen > last:
            self.forget_after(last)
        self._step()
        if self._seen >= 0 and last - self._seen <= MAX_MESSAGES:
            for seq, entry in log.forward(self._seen, last - self._seen):
                self._remember(seq, entry)
        else:
            self._start(log)
        self._seen = last
        through = max(min(self._old, last - MIN_MESSAGES), last - MAX_MESSAGES)
        while self._seqs and next(iter(self._seqs.values())) <= through:
            self._seqs.popitem(last=False)

    def forget_after(self, last: int) -> None:
        """Forget messages after `last`, which were not stored after all."""
        while self._seqs and next(reversed(self._seqs.values())) > last:
            self._seqs.popitem()
        self._steps = deque((began, min(seq, last)) for began, seq in self._steps)
        self._old = min(self._old, last)
        self._seen = min(self._seen, last)

    def _start(self, log: Log) -> None:
        """Start with the end of `log`: the last MIN_MESSAGES, and all within a minute of the newest entry."""
        log.fetch(MIN_MESSAGES)
        found: list[tuple[int, Entry]] = []
        for seq, entry in log.backward():
            if len(found) == MAX_MESSAGES or (
                len(found) >= MIN_MESSAGES and entry[0] < found[0][1][0] - 1000 * NONCE_TTL
            ):
                break
            found.append((seq, entry))
        self._seqs.clear()
        for seq, entry in reversed(found):
            self._remember(seq, entry)

    def _remember(self, seq: int, entry: Entry) -> None:
        if entry[3]:
            self._has_erased = self._has_erased or is_erased(entry)
            key = hash((_who(entry), entry[3]))
            self._seqs.pop(key, None)
            self._seqs[key] = seq

    def _step(self) -> None:
        now = self._clock()
        if now - self._began < EXPIRY_STEP:
            return
        self._steps.append((self._began, self._seen))
        self._began = now
        while self._steps and now - self._steps[0][0] >= NONCE_TTL + EXPIRY_STEP:
            self._old = self._steps.popleft()[1]


def _who(entry: Entry) -> int | str:
    participant = participant_of(entry)
    return entry[1] if participant is None else participant
