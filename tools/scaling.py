"""Estimate what a chat with many readers needs, and which limit it reaches first: bin/python tools/scaling.py --help.

It prints two tables: the resources for the readers, and the use of each limit.  It calculates with measured costs;
docs/scaling.md explains this, and shows its output.
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

# The costs: seconds of a CPU core, and bytes.  The benchmarks print these names; docs/scaling.md describes the machine,
# and tools/scaling_guide.py updates the numbers there.

# bin/python bench/slopes.py --only sessions
PROCESS_BYTES = 131e6
SESSION_BYTES = 1_790.0
SOCKET_BYTES = 4_000.0  # one end of a connection, in the kernel
JOIN_CPU = 795e-6
IDLE_CPU = 1.7e-6  # per second and reader
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
    """The database server.

    CPU seconds of the chat and of the store for a commit, for a message in it, and for a poll.
    """

    title: str
    writer_cpu: float
    commit_cpu: float
    message_cpu: float
    look_cpu: float
    #: Duration of a commit without other load and without the disk, in seconds: bin/python bench/stores.py.
    quickest: float


STORES = {
    "zeo": Store("ZEO", ZEO_WRITER_CPU, ZEO_COMMIT_CPU, ZEO_MESSAGE_CPU, ZEO_LOOK_CPU, 0.004),
    "postgres": Store(
        "PostgreSQL", POSTGRES_WRITER_CPU, POSTGRES_COMMIT_CPU, POSTGRES_MESSAGE_CPU, POSTGRES_LOOK_CPU, 0.006
    ),
}


@dataclass(frozen=True)
class Relay:
    """The relay; CPU seconds of a sender, of a receiver, and of the server for a message and for each receiver."""

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

# Assumptions

#: Readers per process, and the planned use of its core; the rest is for bursts and reconnecting readers.
PROCESS_READERS, BUSY = 20_000, 0.5
#: Ports for connections from one address of nginx to one process: net.ipv4.ip_local_port_range = 32768 60999.
PORTS = 28_232
#: Cores of a machine, memory of one with nginx in bytes, and network in bytes per second.
CORES, PROXY_MEMORY, NETWORK = 8, 32e9, 10e9 / 8
#: Seconds in which all readers must have reconnected after a complete restart.
COMING_BACK = 60.0
#: Seconds between two typing notifications, and for typing a message.
TYPING_INTERVAL, TYPING = 3.0, 9.0
#: Bytes of a typing notification, of a list of names, of each name, and of TCP, IP and Ethernet headers.
TYPING_SIZE, NAMES_SIZE, NAME_SIZE, HEAD_SIZE = 60.0, 60.0, 15.0, 66.0
#: Acceptable duration of a commit in seconds, when the store is busy and messages accumulate.
SLOW_COMMIT = 0.25
#: Seconds after which a commit counts as too slow.
LATE = 10.0


@dataclass(frozen=True)
class Limit:
    """A limit: its use, and a remedy."""

    name: str
    share: float
    remedy: str


@dataclass(frozen=True)
class Chat:
    """A chat with `readers` in rooms of `room` readers each.

    `messages` are per reader and minute, `named` is the share of readers with a name, and `stay` the minutes after
    which a reader leaves and another one comes.  The store's disk takes `sync` milliseconds per commit.  `processes`: 0
    for as many as needed.
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

    # Number of processes

    @cached_property
    def count(self) -> int:
        """The number of processes: as requested, or as needed; if none is sufficient, the one with the lowest load."""
        if self.processes:
            return self.processes
        least = math.ceil(self.readers / PROCESS_READERS)
        counts = range(least, max(least, MAX_NODES) + 1)  # no more than MAX_NODES can know each other
        enough = (count for count in counts if self.process_cpu(count) <= BUSY)
        return next(enough, None) or min(counts, key=self.process_cpu)

    @cached_property
    def rooms(self) -> float:
        """The number of rooms."""
        return self.readers / self.room

    def span(self, count: int) -> int:
        """Return over how many of `count` processes a room's readers are spread: all, if it is too large for one."""
        of_one = self.room * (IDLE_CPU + JOIN_CPU / self.staying) + self.told * DELIVERY_CPU / self.rooms
        return count if self.room > PROCESS_READERS or of_one > BUSY else 1

    def process_cpu(self, count: int) -> float:
        """Return the use of its core by one of `count` processes."""
        here = self.readers / count
        sent, heard = self.texts(count)
        telling = (sent * self.relay.send_cpu + heard * self.relay.hear_cpu) / count if count > 1 else 0.0
        said = self.said / count * SAY_CPU + self.commits(count) / count * self.store.writer_cpu
        coming = here * (IDLE_CPU + JOIN_CPU / self.staying)
        return said + coming + telling + self.told / count * DELIVERY_CPU

    # Messages and frames per second

    @cached_property
    def staying(self) -> float:
        """Seconds that a reader stays."""
        return 60 * self.stay

    @cached_property
    def said(self) -> float:
        """Messages per second."""
        return self.readers * self.messages / 60

    @cached_property
    def signs(self) -> float:
        """Typing notifications per second."""
        return self.said * TYPING / TYPING_INTERVAL

    @cached_property
    def moves(self) -> float:
        """Notifications of joins and leaves in one room per second."""
        return gathered(self.named_moves, PRESENCE_DELAY)

    @cached_property
    def named_moves(self) -> float:
        """Joins and leaves of people with a name in one room per second."""
        return 2 * self.room * self.named / self.staying

    @cached_property
    def told(self) -> float:
        """Frames to readers per second."""
        return (self.said + self.signs + self.moves * self.rooms) * self.room

    @cached_property
    def network(self) -> float:
        """Bytes to readers per second."""
        names = min(2 * MAX_NAMES, self.named_moves / self.moves) if self.moves else 0.0
        told_names = self.moves * self.readers * (NAMES_SIZE + names * NAME_SIZE)
        said = self.said * self.room * DELIVERY_BYTES + self.signs * self.room * TYPING_SIZE
        return said + told_names + self.told * HEAD_SIZE

    # The store, per second

    def commits(self, count: int) -> float:
        """Return the commits of `count` processes: messages that arrive during one go into the next."""
        return self._commits(count, self.commit_seconds(count))

    @property
    def quickest(self) -> float:
        """Duration of a commit without other load in seconds."""
        return self.store.quickest + self.sync / 1_000

    def commit_seconds(self, count: int) -> float:
        """Return the duration of a commit: the shortest possible, or longer if messages accumulate."""
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
        """Return the use of the store, if commits take `seconds`.

        It makes one commit at a time, and waits for its disk.
        """
        looking = self.said * (self.span(count) - 1) * self.store.look_cpu
        commits = self._commits(count, seconds) * (self.store.commit_cpu + self.sync / 1_000)
        return commits + self.said * self.store.message_cpu + looking

    def _commits(self, count: int, seconds: float) -> float:
        if math.isinf(seconds):
            return 0.0
        here = self.said / count
        return count * gathered(here, seconds) if here else 0.0

    # The relay, per second

    def texts(self, count: int) -> tuple[float, float]:
        """Return the messages that `count` processes send and receive through the relay, including their own."""
        if count == 1:
            return 0.0, 0.0
        span = self.span(count)
        places = self.rooms * span  # where a room has readers at a process
        here = self.said / places
        repeated = places * sum(here * math.exp(-here * delay) for delay in DELAYS)
        moves = places * gathered(self.named_moves / span, PRESENCE_DELAY)
        patrols = places * (1 + span) / PATROL  # each process asks who is present and answers, and all others answer
        of_rooms = self.said + repeated + self.signs + moves + patrols
        hellos = count / HEARTBEAT
        return of_rooms + hellos, of_rooms * span + hellos * count

    def relay_use(self, count: int) -> float:
        """Return the use of a core by the relay's server."""
        sent, heard = self.texts(count)
        return sent * self.relay.text_cpu + heard * self.relay.hearer_cpu

    # nginx

    @cached_property
    def proxy_cpu(self) -> float:
        """The number of cores."""
        return self.told * PROXY_DELIVERY_CPU + self.readers * (PROXY_IDLE_CPU + PROXY_JOIN_CPU / self.staying)

    @cached_property
    def proxy_memory(self) -> float:
        """Bytes: a process for each core of a machine, and two connections in the kernel for each reader."""
        return self.proxies * CORES * PROXY_PROCESS_BYTES + self._proxy_memory

    @property
    def _proxy_memory(self) -> float:
        return self.readers * (PROXY_SESSION_BYTES + 2 * SOCKET_BYTES)

    @cached_property
    def proxies(self) -> int:
        """The number of machines with nginx."""
        used = [
            self.proxy_cpu / (CORES * BUSY),
            self._proxy_memory / (PROXY_MEMORY * BUSY),
            self.network / (NETWORK * BUSY),
            self.readers / self.count / PORTS,
        ]
        return max(1, *map(math.ceil, used))

    # Totals

    @cached_property
    def memory(self) -> float:
        """Bytes of all processes of the chat, including the kernel's."""
        return self.count * PROCESS_BYTES + self.readers * (SESSION_BYTES + SOCKET_BYTES)

    @cached_property
    def coming_back(self) -> float:
        """Seconds until all readers have reconnected, with no other load."""
        of_proxies = self.readers * PROXY_JOIN_CPU / (self.proxies * CORES)
        return max(self.readers * JOIN_CPU / self.count, of_proxies)

    @cached_property
    def limits(self) -> list[Limit]:
        """The limits, most used first."""
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
    """Return how often an action of `seconds` is performed for `rate` random events per second.

    Events that arrive during an action are handled together, immediately after it.
    """
    return rate / (rate * seconds + math.exp(-rate * seconds)) if rate else 0.0


# Output


def needs(chat: Chat) -> Iterator[tuple[str, str]]:
    """Yield the needs of the chat: a label, and an amount."""
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
    """Return a Markdown table, with numbers in the second column."""
    lines = [head, ["---", "---:", "---"][: len(head)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def number(value: float) -> str:
    """Return a number with two significant digits."""
    if value < 10:
        return f"{value:.2g}" if value % 1 else f"{value:.0f}"
    digits = max(0, len(str(int(value))) - 2)
    return f"{round(value, -digits):,.0f}"


def size(value: float) -> str:
    """Return a number of bytes with its unit."""
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 1000 or unit == "GB":
            break
    return f"{number(value)} {unit}"


def percent(share: float) -> str:
    """Return a percentage."""
    return "too much" if math.isinf(share) else f"{number(100 * share)} %"


def shown(chat: Chat) -> str:
    """Return both tables."""
    first = table(["", f"{chat.readers:,} in rooms of {chat.room:,}"], iter(needs(chat)))
    rows = ((limit.name, percent(limit.share), limit.remedy) for limit in chat.limits)
    return f"{first}\n\n{table(['limit, nearest first', 'in use', 'what helps'], rows)}"


# Command line


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a parser for an integer from `least` to `most`."""

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
    """Return a parser for a number from `least` to `most`."""

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
    """Return the chat that the command line describes; exits with a message if it is invalid."""
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
    """Print both tables."""
    print(shown(asked(sys.argv[1:])))  # noqa: T201 -- that is its purpose


if __name__ == "__main__":
    main()
