"""What was said in the last minute, by nonces: saying the same again does not say it twice."""

from piratechat.model.room import Room, recent

#: Milliseconds for which a nonce is remembered.
MEMORY = 60_000
#: Messages looked through for a start; a room in which more is said in a minute is remembered as it goes on.
DEPTH = 20_000


class Nonces:
    """The nonces of one room's recent messages.

    It follows the log, so that it also knows what was said before a restart,
    or by way of another process.
    """

    def __init__(self) -> None:
        self._seqs: dict[tuple[str, str], tuple[int, int]] = {}  # author, nonce -> number, time; by number
        self._seen = -1  # the number of the last message that was looked at

    def find(self, author: str, nonce: str) -> int | None:
        """Return the number of what `author` said under `nonce`, or None."""
        found = self._seqs.get((author, nonce))
        return None if found is None else found[0]

    def catch_up(self, room: Room, now: int) -> None:
        """Look at what has been said in `room` until `now` (milliseconds since 1970)."""
        last = room.log.last
        if self._seen > last:
            self.forget_after(last)
        if self._seen < 0:
            start = [found for found, _ in zip(recent(room, now - MEMORY), range(DEPTH), strict=False)]
            for seq, (at, author, _text, nonce, *_lang) in reversed(start):
                self._remember(seq, at, author, nonce)
        else:
            for seq, (at, author, _text, nonce, *_lang) in room.log.forward(self._seen, last - self._seen):
                self._remember(seq, at, author, nonce)
        self._seen = last
        self._forget_before(now - MEMORY)

    def forget_after(self, last: int) -> None:
        """What is behind `last` was not kept after all."""
        while self._seqs:
            key, (seq, _at) = self._seqs.popitem()
            if seq <= last:
                self._seqs[key] = (seq, _at)
                break
        self._seen = min(self._seen, last)

    def _remember(self, seq: int, at: int, author: str, nonce: str) -> None:
        if nonce:
            self._seqs.pop((author, nonce), None)
            self._seqs[author, nonce] = (seq, at)

    def _forget_before(self, oldest: int) -> None:
        while self._seqs:
            key = next(iter(self._seqs))
            if self._seqs[key][1] >= oldest:
                break
            del self._seqs[key]
