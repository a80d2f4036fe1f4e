"""Say what a chat of many readers needs, and what breaks first: bin/python tools/scaling.py --help.

Prints two tables: what so many readers take, and how near each limit is.  It is
arithmetic with costs that were measured: docs/scaling.md explains it, and shows
what this prints.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from piratechat.live.names_here import MAX_NAMES, PRESENCE_DELAY
from piratechat.peers.beacons import DELAYS
from piratechat.peers.nodes import HEARTBEAT, MAX_NODES
from piratechat.peers.peers import PATROL

# What one more costs: seconds of a processor core (CPU), and bytes.  The commands print these names; docs/scaling.md
# says on which machine, and tools/scaling_guide.py puts them in there.

# bin/python bench/slopes.py --only sessions
PROCESS_BYTES = 131e6
SESSION_BYTES = 1_790.0
SOCKET_BYTES = 4_000.0  # one end of a connection, in the kernel
JOIN_CPU = 795e-6
IDLE_CPU = 1.7e-6  # a second of a reader
PROXY_PROCESS_BYTES = 7.09e6
PROXY_SESSION_BYTES = 22_300.0
PROXY_JOIN_CPU = 222e-6
PROXY_IDLE_CPU = 1.35e-6

# bin/python bench/slopes.py --only deliveries
SAY_CPU = 1_050e-6
DELIVERY_CPU = 7.85e-6
DELIVERY_BYTES = 186.0
PROXY_DELIVERY_CPU = 12.9e-6

# bin/python bench/slopes.py --only stored
ZEO_WRITER_CPU = 1_130e-6
ZEO_COMMIT_CPU = 704e-6
ZEO_MESSAGE_CPU = 8.99e-6
ZEO_LOOK_CPU = 46.2e-6
POSTGRES_WRITER_CPU = 1_810e-6
POSTGRES_COMMIT_CPU = 3_100e-6
POSTGRES_MESSAGE_CPU = 15.4e-6
POSTGRES_LOOK_CPU = 121e-6

# bin/python bench/slopes.py --only told
REDIS_SEND_CPU = 116e-6
REDIS_HEAR_CPU = 87.6e-6
REDIS_CPU = 12.5e-6
REDIS_HEARER_CPU = 9.99e-6
RABBITMQ_SEND_CPU = 201e-6
RABBITMQ_HEAR_CPU = 147e-6
RABBITMQ_CPU = 102e-6
RABBITMQ_HEARER_CPU = 37.6e-6


@dataclass(frozen=True)
class Store:
    """What keeps the database; seconds of the chat and of it for a commit, for a message in it, and for a look."""

    title: str
    writer_cpu: float
    commit_cpu: float
    message_cpu: float
    look_cpu: float
    #: Seconds that a commit takes where nothing else is asked of it, without its disk: bin/python bench/stores.py.
    quickest: float


STORES = {
    "zeo": Store("ZEO", ZEO_WRITER_CPU, ZEO_COMMIT_CPU, ZEO_MESSAGE_CPU, ZEO_LOOK_CPU, 0.004),
    "postgres": Store(
        "PostgreSQL", POSTGRES_WRITER_CPU, POSTGRES_COMMIT_CPU, POSTGRES_MESSAGE_CPU, POSTGRES_LOOK_CPU, 0.006
    ),
}


@dataclass(frozen=True)
class Relay:
    """What connects the processes; seconds of a sender, of a hearer, and of its server for a text and each hearer."""

    title: str
    send_cpu: float
    hear_cpu: float
    text_cpu: float
    hearer_cpu: float
    remedy: str


RELAYS = {
    "redis": Relay("Redis", REDIS_SEND_CPU, REDIS_HEAR_CPU, REDIS_CPU, REDIS_HEARER_CPU, "a faster machine for it"),
    "amqp": Relay("RabbitMQ", RABBITMQ_SEND_CPU, RABBITMQ_HEAR_CPU, RABBITMQ_CPU, RABBITMQ_HEARER_CPU, "Redis instead"),
}

# What this plans with.

#: Readers of a process, and the share of its core in use: the rest is for bursts, and for readers who come back.
PROCESS_READERS, BUSY = 20_000, 0.5
#: Ports for connections of one address of nginx to one process: net.ipv4.ip_local_port_range = 32768 60999.
PORTS = 28_232
#: Cores of a machine, bytes of memory of one with nginx, and bytes a second of network.
CORES, PROXY_MEMORY, NETWORK = 8, 32e9, 10e9 / 8
#: Seconds in which all are back after everything was restarted.
COMING_BACK = 60.0
#: Seconds between two signs that somebody types, and of typing a message.
TYPING_INTERVAL, TYPING = 3.0, 9.0
#: Bytes of a sign of typing, of what tells of names, of each name, and of the heads of TCP, IP and Ethernet.
TYPING_SIZE, NAMES_SIZE, NAME_SIZE, HEAD_SIZE = 60.0, 60.0, 15.0, 66.0
#: Seconds that a commit may take, when the store has so much to do that what is said gathers.
SLOW_COMMIT = 0.25
#: Seconds after which nobody waits for one any more.
LATE = 10.0


@dataclass(frozen=True)
class Limit:
    """Something that there is only so much of: the share in use, and what helps."""

    name: str
    share: float
    remedy: str


@dataclass(frozen=True)
class Chat:
    """A chat of so many `readers`, in rooms of `room` readers each.

    `messages` are those of a reader in a minute, `named` the share of readers who have a name, and `stay` the minutes
    after which a reader goes and another comes.  The disk of the store takes `sync` milliseconds for a commit.
    `processes`: 0 for as many as are needed.
    """

    readers: int
    room: int
    messages: float
    named: float
    stay: float
    store: Store
    relay: Relay
    sync: float
    processes: int = 0

    # How many processes

    @cached_property
    def count(self) -> int:
        """Processes of the chat: as many as are asked for, or needed; where none are enough, with the least to do."""
        if self.processes:
            return self.processes
        least = math.ceil(self.readers / PROCESS_READERS)
        counts = range(least, max(least, MAX_NODES) + 1)  # more than MAX_NODES do not know each other
        enough = (count for count in counts if self.process_cpu(count) <= BUSY)
        return next(enough, None) or min(counts, key=self.process_cpu)

    @cached_property
    def rooms(self) -> float:
        """Rooms."""
        return self.readers / self.room

    def span(self, count: int) -> int:
        """Return among how many of `count` processes the readers of a room are divided: all, if it is too large."""
        of_one = self.room * (IDLE_CPU + JOIN_CPU / self.staying) + self.told * DELIVERY_CPU / self.rooms
        return count if self.room > PROCESS_READERS or of_one > BUSY else 1

    def process_cpu(self, count: int) -> float:
        """Return the share of its core that one of `count` processes uses."""
        here = self.readers / count
        sent, heard = self.texts(count)
        telling = (sent * self.relay.send_cpu + heard * self.relay.hear_cpu) / count if count > 1 else 0.0
        said = self.said / count * SAY_CPU + self.commits(count) / count * self.store.writer_cpu
        coming = here * (IDLE_CPU + JOIN_CPU / self.staying)
        return said + coming + telling + self.told / count * DELIVERY_CPU

    # What is said, and told to readers; a second

    @cached_property
    def staying(self) -> float:
        """Seconds."""
        return 60 * self.stay

    @cached_property
    def said(self) -> float:
        """Messages."""
        return self.readers * self.messages / 60

    @cached_property
    def signs(self) -> float:
        """Signs of typing."""
        return self.said * TYPING / TYPING_INTERVAL

    @cached_property
    def moves(self) -> float:
        """How often the readers of one room are told who came and went."""
        return gathered(self.named_moves, PRESENCE_DELAY)

    @cached_property
    def named_moves(self) -> float:
        """Those who come and go in one room, and have a name."""
        return 2 * self.room * self.named / self.staying

    @cached_property
    def told(self) -> float:
        """Frames for readers."""
        return (self.said + self.signs + self.moves * self.rooms) * self.room

    @cached_property
    def network(self) -> float:
        """Bytes for readers."""
        names = min(2 * MAX_NAMES, self.named_moves / self.moves) if self.moves else 0.0
        told_names = self.moves * self.readers * (NAMES_SIZE + names * NAME_SIZE)
        said = self.said * self.room * DELIVERY_BYTES + self.signs * self.room * TYPING_SIZE
        return said + told_names + self.told * HEAD_SIZE

    # The store; a second

    def commits(self, count: int) -> float:
        """Return the commits of `count` processes: what is said while one runs goes into the next."""
        return self._commits(count, self.commit_seconds(count))

    @property
    def quickest(self) -> float:
        """Seconds that a commit takes where nothing else is asked of the store."""
        return self.store.quickest + self.sync / 1_000

    def commit_seconds(self, count: int) -> float:
        """Return how long a commit takes: as long as the store is not full the shortest, else what gathers then."""
        shortest, longest = self.quickest, 3_600.0
        if self.store_use(count, shortest) <= 1:
            return shortest
        if self.store_use(count, longest) > 1:
            return math.inf
        while longest / shortest > 1.001:
            middle = math.sqrt(shortest * longest)
            shortest, longest = (middle, longest) if self.store_use(count, middle) > 1 else (shortest, middle)
        return longest

    def store_use(self, count: int, seconds: float) -> float:
        """Return the share of its time that the store is busy, where a commit takes so many `seconds`.

        It makes one after the other, and waits for its disk.
        """
        looking = self.said * (self.span(count) - 1) * self.store.look_cpu
        commits = self._commits(count, seconds) * (self.store.commit_cpu + self.sync / 1_000)
        return commits + self.said * self.store.message_cpu + looking

    def _commits(self, count: int, seconds: float) -> float:
        if math.isinf(seconds):
            return 0.0
        here = self.said / count
        return count * gathered(here, seconds) if here else 0.0

    # The relay; a second

    def texts(self, count: int) -> tuple[float, float]:
        """Return the texts that `count` processes send by the relay, and those that they hear; their own come, too."""
        if count == 1:
            return 0.0, 0.0
        span = self.span(count)
        places = self.rooms * span  # where a room has readers at a process
        here = self.said / places
        repeated = places * sum(here * math.exp(-here * delay) for delay in DELAYS)
        moves = places * gathered(self.named_moves / span, PRESENCE_DELAY)
        patrols = places * (1 + span) / PATROL  # each asks who is there and says it, and all others answer
        of_rooms = self.said + repeated + self.signs + moves + patrols
        hellos = count / HEARTBEAT
        return of_rooms + hellos, of_rooms * span + hellos * count

    def relay_use(self, count: int) -> float:
        """Return the share of a core that the relay's server uses."""
        sent, heard = self.texts(count)
        return sent * self.relay.text_cpu + heard * self.relay.hearer_cpu

    # nginx

    @cached_property
    def proxy_cpu(self) -> float:
        """Cores."""
        return self.told * PROXY_DELIVERY_CPU + self.readers * (PROXY_IDLE_CPU + PROXY_JOIN_CPU / self.staying)

    @cached_property
    def proxy_memory(self) -> float:
        """Bytes: a process for each core of a machine, and for each reader two connections in the kernel."""
        return self.proxies * CORES * PROXY_PROCESS_BYTES + self._proxy_memory

    @property
    def _proxy_memory(self) -> float:
        return self.readers * (PROXY_SESSION_BYTES + 2 * SOCKET_BYTES)

    @cached_property
    def proxies(self) -> int:
        """Machines with nginx."""
        used = [
            self.proxy_cpu / (CORES * BUSY),
            self._proxy_memory / (PROXY_MEMORY * BUSY),
            self.network / (NETWORK * BUSY),
            self.readers / self.count / PORTS,
        ]
        return max(1, *map(math.ceil, used))

    # All together

    @cached_property
    def memory(self) -> float:
        """Bytes of all processes of the chat, and of the kernel for them."""
        return self.count * PROCESS_BYTES + self.readers * (SESSION_BYTES + SOCKET_BYTES)

    @cached_property
    def coming_back(self) -> float:
        """Seconds in which all come back, while nothing else is done."""
        of_proxies = self.readers * PROXY_JOIN_CPU / (self.proxies * CORES)
        return max(self.readers * JOIN_CPU / self.count, of_proxies)

    @cached_property
    def limits(self) -> list[Limit]:
        """What there is only so much of, the first that breaks first."""
        each = self.readers / self.count
        return sorted(self._limits(each), key=lambda limit: -limit.share)

    def _limits(self, each: float) -> Iterator[Limit]:
        yield Limit(
            "CPU core of a process",
            self.process_cpu(self.count),
            "more processes; spread large rooms by session in `nginx.conf`",
        )
        yield Limit(
            f"{self.store.title}, with commits of up to {1000 * SLOW_COMMIT:.0f} ms",
            self.store_use(self.count, SLOW_COMMIT),
            "fewer processes; a faster machine for the store",
        )
        yield Limit(
            self.relay.title,
            self.relay_use(self.count),
            self.relay.remedy,
        )
        yield Limit("ports from nginx to a process", each / (PORTS * self.proxies), "`ip_local_port_range`, more ports")
        yield Limit(
            "reconnection of all readers", self.coming_back / COMING_BACK, "more processes; restart one at a time"
        )
        yield Limit("processes", self.count / MAX_NODES, "faster cores; a separate chat for some rooms")
        yield Limit(
            f"network of {CORES} processes", self.network / self.count * CORES / (NETWORK * BUSY), "more machines"
        )


def gathered(rate: float, seconds: float) -> float:
    """Return how often something is done that takes `seconds`, where `rate` things a second come by chance.

    What comes meanwhile is done together, at once when this is done.
    """
    return rate / (rate * seconds + math.exp(-rate * seconds)) if rate else 0.0


# What is printed


def needs(chat: Chat) -> Iterator[tuple[str, str]]:
    """Yield what the chat needs: what it is, and how much of it."""
    sent, heard = chat.texts(chat.count)
    seconds = chat.commit_seconds(chat.count)
    yield "messages per second", number(chat.said)
    yield "frames to readers per second", number(chat.told)
    yield "processes of the chat", number(chat.count)
    yield "readers per process", number(chat.readers / chat.count)
    yield "CPU core of a process in use", percent(chat.process_cpu(chat.count))
    yield "memory of all processes, including the kernel's", size(chat.memory)
    yield "machines with nginx", number(chat.proxies)
    yield "CPU cores used by nginx", number(chat.proxy_cpu)
    yield "memory of nginx, including the kernel's", size(chat.proxy_memory)
    yield "network traffic to readers per second", size(chat.network)
    yield "commits per second", number(chat.commits(chat.count))
    yield "duration of a commit", f"{1000 * seconds:,.0f} ms" if seconds < LATE else "too long"
    yield "relay messages per second, sent and received", f"{number(sent)}, {number(heard)}"
    yield "time until all have reconnected", f"{chat.coming_back:,.0f} s"


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """Return a table in Markdown, with numbers in the second column."""
    lines = [head, ["---", "---:", "---"][: len(head)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def number(value: float) -> str:
    """Return a number as people read it: two figures are all that can be known."""
    if value < 10:
        return f"{value:.2g}" if value % 1 else f"{value:.0f}"
    digits = max(0, len(str(int(value))) - 2)
    return f"{round(value, -digits):,.0f}"


def size(value: float) -> str:
    """Return bytes as people read them."""
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 1000 or unit == "GB":
            break
    return f"{number(value)} {unit}"


def percent(share: float) -> str:
    """Return a share as people read it."""
    return "too much" if math.isinf(share) else f"{number(100 * share)} %"


def shown(chat: Chat) -> str:
    """Return both tables."""
    first = table(["", f"{chat.readers:,} in rooms of {chat.room:,}"], iter(needs(chat)))
    rows = ((limit.name, percent(limit.share), limit.remedy) for limit in chat.limits)
    return f"{first}\n\n{table(['limit, nearest first', 'in use', 'what helps'], rows)}"


# What is asked


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from `least` to `most`."""

    def read(text: str) -> int:
        try:
            value = int(text.replace(",", "").replace("_", ""))
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least:,} to {most:,}")
        return value

    return read


def decimal(least: float, most: float) -> Callable[[str], float]:
    """Return what reads a number from `least` to `most`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    return read


def asked(words: Sequence[str]) -> Chat:
    """Return the chat that the command line describes; SystemExit says what is wrong with it."""
    parser = argparse.ArgumentParser(
        description="Estimate what a chat with many readers needs, and which limit it reaches first."
    )
    most = 100_000_000
    parser.add_argument("--readers", type=whole(1, most), required=True, help="open pages")
    parser.add_argument("--room", type=whole(1, most), default=50, help="readers per room (default 50)")
    parser.add_argument(
        "--messages", type=decimal(0, 600), default=1, help="messages per reader and minute (default 1)"
    )
    parser.add_argument("--named", type=decimal(0, 1), default=1, help="share of readers with a name (default 1)")
    parser.add_argument(
        "--stay", type=decimal(0.1, 100_000), default=10, help="minutes that a reader stays (default 10)"
    )
    parser.add_argument("--store", choices=sorted(STORES), default="zeo", help="the database server")
    parser.add_argument("--relay", choices=sorted(RELAYS), default="redis", help="the relay between the processes")
    parser.add_argument(
        "--sync", type=decimal(0, 1_000), default=0.2, help="milliseconds for a sync of the store's disk (default 0.2)"
    )
    parser.add_argument(
        "--processes",
        type=whole(1, MAX_NODES),
        default=0,
        help="number of processes of the chat (default: as many as needed)",
    )
    found = parser.parse_args(words)
    if found.room > found.readers:
        parser.error(f"--room {found.room:,}: there are only {found.readers:,} readers")
    return Chat(**vars(found) | {"store": STORES[found.store], "relay": RELAYS[found.relay]})


def main() -> None:
    """Print what is asked for."""
    print(shown(asked(sys.argv[1:])))  # noqa: T201 -- that is its purpose


if __name__ == "__main__":
    main()
