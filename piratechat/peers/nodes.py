"""The list of other processes."""

#: Seconds of silence after which a process counts as gone, and seconds between its heartbeats.
LEASE, HEARTBEAT = 7.0, 2.0
#: Maximum number of known processes: any sender can claim to be one.
MAX_NODES = 1_000


class Nodes:
    """The other processes, each known until its lease expires; times are monotonic seconds."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._heard)

    def __contains__(self, node: str) -> bool:
        return node in self._heard

    def heard(self, node: str, now: float) -> bool:
        """Record a message from `node`; return False if there are too many nodes."""
        if node not in self._heard and len(self._heard) >= MAX_NODES:
            return False
        self._heard[node] = now
        return True

    def left(self, node: str) -> None:
        """`node` has announced its end."""
        self._heard.pop(node, None)

    def extend(self, now: float) -> None:
        """Extend all leases, because nothing could be received while the relay was down."""
        self._heard = dict.fromkeys(self._heard, now)

    def expired(self, now: float) -> list[str]:
        """Remove and return the nodes whose leases have expired."""
        gone = [node for node, heard in self._heard.items() if now - heard > LEASE]
        for node in gone:
            del self._heard[node]
        return gone
