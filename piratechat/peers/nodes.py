"""Which other processes are there."""

#: Seconds after which a process that has said nothing is gone, and between two of its words.
LEASE, HEARTBEAT = 7.0, 2.0
#: Processes that are known at most: whatever says so can call itself one.
MAX_NODES = 1_000


class Nodes:
    """The other processes, each known as long as it says something; seconds are monotonic."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._heard)

    def __contains__(self, node: str) -> bool:
        return node in self._heard

    def heard(self, node: str, now: float) -> bool:
        """Note that `node` has said something; return False if there are too many to listen to it."""
        if node not in self._heard and len(self._heard) >= MAX_NODES:
            return False
        self._heard[node] = now
        return True

    def left(self, node: str) -> None:
        """`node` has said that it goes."""
        self._heard.pop(node, None)

    def extend(self, now: float) -> None:
        """The relay was away: what is there could not be heard."""
        self._heard = dict.fromkeys(self._heard, now)

    def expired(self, now: float) -> list[str]:
        """Return those that are not there any more, and forget them."""
        gone = [node for node, heard in self._heard.items() if now - heard > LEASE]
        for node in gone:
            del self._heard[node]
        return gone
