"""Replay protection: anyone who can write to the relay could repeat earlier messages."""

#: Numbers below the highest one whose messages may still arrive, if the relay has delayed them.
WINDOW = 4_096
_ALL = (1 << WINDOW) - 1


class Received:
    """The numbers of received messages from one process, which numbers its messages."""

    __slots__ = ("_highest", "_seen")

    def __init__(self) -> None:
        self._highest = -1
        self._seen = 0  # bit i: whether the highest number minus i has been received

    def take(self, number: int) -> bool:
        """Record the message `number`; return False if it is a repetition, or too old to tell."""
        ahead = number - self._highest
        if ahead > 0:
            self._seen = 1 if ahead >= WINDOW else (self._seen << ahead | 1) & _ALL
            self._highest = number
            return True
        if -ahead >= WINDOW or self._seen >> -ahead & 1:
            return False
        self._seen |= 1 << -ahead
        return True
