"""Which messages of another process have come before: whoever can write to the relay can repeat what was once sent."""

#: Numbers below the highest one whose messages may still come, because a relay has delayed them.
WINDOW = 4_096
_ALL = (1 << WINDOW) - 1


class Received:
    """The numbers of messages that have come from one process, which counts those it sends."""

    __slots__ = ("_highest", "_seen")

    def __init__(self) -> None:
        self._highest = -1
        self._seen = 0  # bit i: whether the highest number minus i has come

    def take(self, number: int) -> bool:
        """Note that the message `number` has come; return False if it came before, or is too old to tell."""
        ahead = number - self._highest
        if ahead > 0:
            self._seen = 1 if ahead >= WINDOW else (self._seen << ahead | 1) & _ALL
            self._highest = number
            return True
        if -ahead >= WINDOW or self._seen >> -ahead & 1:
            return False
        self._seen |= 1 << -ahead
        return True
