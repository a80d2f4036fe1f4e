"""A relay by AMQP 0-9-1, for RabbitMQ: https://www.rabbitmq.com/amqp-0-9-1-reference.html.

Texts are published to one direct exchange with channels as routing keys; in a topic exchange `*` and `#` would have a
meaning.  Each process has its own queue, which is deleted with its connection, is bound to the channels that the
process subscribes to, and drops its oldest texts when the process is slow.

For each connection one greenlet reads, and another one may write.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from amqp import Message

from piratechat.amqp_address import NAME, Address, address_from
from piratechat.amqp_line import AMQPLine
from piratechat.options import Options
from piratechat.relays.broker import BrokerRelay, Command, Heard, Post

#: The limits of a queue: texts, their bytes, and their age in milliseconds.
QUEUE = {"x-max-length": 10_000, "x-max-length-bytes": 32_000_000, "x-overflow": "drop-head", "x-message-ttl": 10_000}
#: Maximum size of a routing key, and of an exchange's name, in bytes.
MAX_KEY, MAX_EXCHANGE = 255, 127


def from_options(options: Options) -> BrokerRelay:
    """Return the relay that the ini file describes.  Raises ValueError, naming the setting."""
    prefix = options.text("prefix", "piratechat")
    exchange = f"{prefix}.relay"
    if len(exchange.encode()) > MAX_EXCHANGE or not prefix.isprintable() or prefix.startswith("amq."):
        raise options.wrong("prefix", "must be a short name, which does not begin with amq.")
    shared = options.shared(NAME)
    address = address_from(shared)
    shared.finish()
    return BrokerRelay(partial(_SendingLine, address, exchange), partial(_ListeningLine, address, exchange))


class _Line(AMQPLine):
    """A connection for the relay, which uses one exchange."""

    name: str

    def __init__(self, address: Address, exchange: str) -> None:
        super().__init__(address, f"{exchange} {self.name}")
        self._exchange = exchange

    def connect(self, refused: Callable[[str], None]) -> None:
        super().connect(refused)
        self._channel.exchange_declare(self._exchange, "direct", auto_delete=False)

    def _publish_text(self, key: str, body: bytes, mandatory: bool = False) -> None:
        self._publish(self._exchange, key, Message(body), mandatory)


class _SendingLine(_Line):
    """A connection with publisher confirms, so that it publishes no faster than the server accepts."""

    name = "publishing"

    def connect(self, refused: Callable[[str], None]) -> None:
        super().connect(refused)
        self._published = 0
        #: The numbers of unconfirmed messages.
        self._unconfirmed: set[int] = set()
        self._channel.confirm_select()
        for event in ("basic_ack", "basic_nack"):  # lost messages are not repeated
            self._channel.events[event].add(self._confirmed)

    def send(self, posts: Sequence[Post]) -> None:
        with self._at_once():
            for channel, text in posts or [("", "")]:  # nobody subscribes to the channel with the empty name
                self._published += 1
                self._unconfirmed.add(self._published)
                self._publish_text(_key(channel), text.encode())
        while self._unconfirmed:
            self._connection.drain_events()

    def _confirmed(self, number: int, multiple: bool) -> None:
        self._unconfirmed -= {each for each in self._unconfirmed if each <= number} if multiple else {number}


class _ListeningLine(_Line):
    """Binds channels without waiting for a reply, and then publishes a mark: when it arrives, the bindings are active.

    The server processes the commands of an AMQP channel in order.  A mark that reaches no queue, because somebody has
    deleted the exchange, is returned as an error.
    """

    name = "listening"

    def connect(self, refused: Callable[[str], None]) -> None:
        super().connect(refused)
        self._heard: deque[Heard] = deque()
        #: The names of channels by their routing keys.
        self._channels: dict[str, str] = {}
        self._marks = 0
        #: Channels whose bindings are not confirmed, by the mark after them, in order.
        self._bound: dict[bytes, list[str]] = {}
        self._queue = self._channel.queue_declare(exclusive=True, arguments=QUEUE).queue
        self._channel.queue_bind(self._queue, self._exchange, self._queue)  # no channel has the name of the queue
        self._channel.basic_consume(self._queue, no_ack=True, exclusive=True, callback=self._take)

    def send(self, commands: Sequence[Command]) -> None:
        with self._at_once():
            bound = [channel for listen, channel in commands if self._bind(listen, channel)]
            self._marks += 1
            mark = b"%d" % self._marks
            self._bound[mark] = bound
            self._publish_text(self._queue, mark, mandatory=True)

    def heard(self) -> Iterator[Heard]:
        while True:
            while self._heard:
                yield self._heard.popleft()
            self._connection.drain_events()

    def _bind(self, listen: bool, channel: str) -> bool:
        """Subscribe to `channel`, or unsubscribe; return whether it was a subscription."""
        key = _key(channel)
        if listen:
            self._channels[key] = channel
            self._channel.queue_bind(self._queue, self._exchange, key, nowait=True)
        else:
            self._channels.pop(key, None)
            self._channel.queue_unbind(self._queue, self._exchange, key, nowait=True)
        return listen

    def _take(self, message: Any) -> None:
        key = message.delivery_info["routing_key"]
        body = bytes(message.body or b"")  # an empty body is a str
        if key == self._queue:
            self._take_mark(body)
        elif key in self._channels:
            self._heard.append((self._channels[key], body.decode("utf-8", "replace")))

    def _take_mark(self, mark: bytes) -> None:
        """Confirm the bindings up to `mark`; earlier marks may have been dropped from a full queue."""
        if mark in self._bound:
            for each in list(self._bound):
                self._heard.extend((channel, None) for channel in self._bound.pop(each))
                if each == mark:
                    return


def _key(channel: str) -> str:
    """Return the routing key of `channel`: its name, or a digest if that is too long."""
    if len(channel.encode()) <= MAX_KEY:
        return channel
    return hashlib.blake2b(channel.encode(), digest_size=32, person=b"relay channel").hexdigest()
