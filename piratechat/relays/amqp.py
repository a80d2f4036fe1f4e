"""A relay by AMQP 0-9-1, which RabbitMQ speaks: https://www.rabbitmq.com/amqp-0-9-1-reference.html.

Texts are published to one direct exchange, whose routing keys are channels: in
those of a topic exchange `*` and `#` would mean something.  Each process has a
queue of its own, which goes when its connection does, is bound to the channels
it listens to, and drops its oldest texts when the process is slow.

Of each connection one greenlet reads, and another one may write.
"""

import hashlib
import os
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from amqp import Connection, Message, spec
from amqp.exceptions import AMQPError, RecoverableConnectionError
from amqp.method_framing import frame_handler, frame_writer

from piratechat.amqp_address import NAME, Address, address_from
from piratechat.options import Options
from piratechat.relays.broker import CONNECT_TIMEOUT, SILENCE, BrokerRelay, Command, Heard, Post

#: Seconds: both sides send something twice in that time.  The server gives a connection up after two or three of them.
HEARTBEAT = 4
#: Seconds that it may take to say that a connection ends.
FAREWELL_TIMEOUT = 0.5
#: What may wait in a queue: texts, their bytes, and for how many milliseconds.
QUEUE = {"x-max-length": 10_000, "x-max-length-bytes": 32_000_000, "x-overflow": "drop-head", "x-message-ttl": 10_000}
#: Bytes of a text; what has more is not of the chat, and comes as an empty one.
MAX_SIZE = 2_100_000
#: Bytes of a routing key, and of an exchange's name.
MAX_KEY, MAX_EXCHANGE = 255, 127
#: Frames: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.3
HEADER_FRAME, BODY_FRAME = 2, 3


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


class _Line:
    """A connection to the server, and a channel of AMQP's on it."""

    errors = (AMQPError, OSError)
    name: str

    def __init__(self, address: Address, exchange: str) -> None:
        self._address = address
        self._exchange = exchange
        self._connection: Any = None
        self._channel: Any = None
        self._gathering: _Gathering | None = None

    def connect(self, refused: Callable[[str], None]) -> None:
        self._connection = self._new_connection(refused)
        self._connection.connect()
        self._connection.sock.settimeout(SILENCE)  # in which there are three heartbeats
        self._channel = self._connection.channel()
        self._channel.auto_decode = False  # by a codec that whoever publishes names
        self._channel.exchange_declare(self._exchange, "direct", auto_delete=False)

    def close(self) -> None:
        """Disconnect; the server is told, and not waited for."""
        if self._connection is None:
            return
        with suppress(*self.errors):
            if self._connection.connected:
                self._connection.sock.settimeout(FAREWELL_TIMEOUT)
                self._connection.send_method(spec.Connection.Close, "BsBB", (200, "", 0, 0))
        self._connection.collect()

    def _new_connection(self, refused: Callable[[str], None]) -> Any:
        address = self._address
        host = f"[{address.host}]" if ":" in address.host else address.host
        name = f"{self._exchange} {self.name}: {socket.gethostname()}:{os.getpid()}"  # for whoever looks at the server
        return Connection(
            f"{host}:{address.port}",
            userid=address.user,
            password=address.password.reveal(),
            login_method="PLAIN",
            virtual_host=address.virtual_host,
            ssl=_tls(address),
            connect_timeout=CONNECT_TIMEOUT,
            heartbeat=HEARTBEAT,
            socket_settings={socket.TCP_USER_TIMEOUT: int(SILENCE * 1_000)},
            client_properties={"connection_name": name},
            frame_handler=_bounded_frames,
            frame_writer=self._gathering_frames,
            on_blocked=lambda _reason: refused("it has too little memory or disk space, see its log"),
            on_unblocked=_begin_again,
        )

    def _gathering_frames(self, connection: Any, transport: Any) -> Any:
        self._gathering = _Gathering(transport)
        return frame_writer(connection, self._gathering)

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Send what is written meanwhile in one piece."""
        assert self._gathering is not None
        with self._gathering.gathered():
            yield

    def _publish(self, key: str, body: bytes, mandatory: bool = False) -> None:
        """Publish `body`.  Not by `basic_publish`, which reads what has come: that another greenlet may be doing."""
        arguments = (0, self._exchange, key, mandatory, False)
        self._channel.send_method(spec.Basic.Publish, "Bssbb", arguments, Message(body))


class _SendingLine(_Line):
    """Has all it publishes confirmed, so that it publishes no faster than the server takes it."""

    name = "publishing"

    def connect(self, refused: Callable[[str], None]) -> None:
        super().connect(refused)
        self._published = 0
        #: Numbers of what was published, by which the server confirms it.
        self._unconfirmed: set[int] = set()
        self._channel.confirm_select()
        for event in ("basic_ack", "basic_nack"):  # what the server has lost is lost
            self._channel.events[event].add(self._confirmed)

    def send(self, posts: Sequence[Post]) -> None:
        with self._at_once():
            for channel, text in posts or [("", "")]:  # nobody listens to the channel without a name
                self._published += 1
                self._unconfirmed.add(self._published)
                self._publish(_key(channel), text.encode())
        while self._unconfirmed:
            self._connection.drain_events()

    def _confirmed(self, number: int, multiple: bool) -> None:
        self._unconfirmed -= {each for each in self._unconfirmed if each <= number} if multiple else {number}


class _ListeningLine(_Line):
    """Binds channels without an answer, and publishes a mark behind them: when that comes, so does all else.

    The server does what comes on a channel of AMQP's in order.  A mark that reaches no queue, because somebody has
    deleted the exchange, comes back as an error.
    """

    name = "listening"

    def connect(self, refused: Callable[[str], None]) -> None:
        super().connect(refused)
        self._heard: deque[Heard] = deque()
        #: The names of channels by their routing keys.
        self._channels: dict[str, str] = {}
        self._marks = 0
        #: Channels that were bound, by the mark behind them, the first one first.
        self._bound: dict[bytes, list[str]] = {}
        self._queue = self._channel.queue_declare(exclusive=True, arguments=QUEUE).queue
        self._channel.queue_bind(self._queue, self._exchange, self._queue)  # no channel is called like the queue
        self._channel.basic_consume(self._queue, no_ack=True, exclusive=True, callback=self._take)

    def send(self, commands: Sequence[Command]) -> None:
        with self._at_once():
            bound = [channel for listen, channel in commands if self._bind(listen, channel)]
            self._marks += 1
            mark = b"%d" % self._marks
            self._bound[mark] = bound
            self._publish(self._queue, mark, mandatory=True)

    def heard(self) -> Iterator[Heard]:
        while True:
            while self._heard:
                yield self._heard.popleft()
            self._connection.drain_events()

    def _bind(self, listen: bool, channel: str) -> bool:
        """Listen to `channel` or no more; return which of them."""
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
        body = bytes(message.body or b"")  # an empty one is a str
        if key == self._queue:
            self._take_mark(body)
        elif key in self._channels:
            self._heard.append((self._channels[key], body.decode("utf-8", "replace")))

    def _take_mark(self, mark: bytes) -> None:
        """What was bound before `mark` is; marks before it may have been dropped with other texts of a full queue."""
        if mark in self._bound:
            for each in list(self._bound):
                self._heard.extend((channel, None) for channel in self._bound.pop(each))
                if each == mark:
                    return


class _Gathering:
    """What py-amqp writes to, in place of `transport`."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._gathered: bytearray | None = None

    def write(self, data: Any) -> None:
        if self._gathered is None:
            self._transport.write(data)
        else:
            self._gathered += data

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Write in the end what is written meanwhile; nothing of it waits, so no other greenlet writes."""
        self._gathered = bytearray()
        try:
            yield
        finally:
            gathered, self._gathered = self._gathered, None
        self._transport.write(gathered)


def _bounded_frames(connection: Any, callback: Any) -> Callable[[tuple[int, int, bytes]], bool]:
    """Return py-amqp's handler of frames, which has as much in memory as whoever publishes likes, with bounds."""
    handle = frame_handler(connection, callback)
    skipped: dict[int, int] = {}

    def on_frame(frame: tuple[int, int, bytes]) -> bool:
        kind, channel, payload = frame
        if kind == HEADER_FRAME:
            (size,) = struct.unpack_from(">Q", payload, 4)
            if size > MAX_SIZE:
                skipped[channel] = size
                frame = kind, channel, payload[:4] + bytes(8) + payload[12:]
        elif kind == BODY_FRAME and skipped.get(channel, 0) > 0:
            skipped[channel] -= len(payload)
            return False
        return bool(handle(frame))

    return on_frame


def _begin_again() -> None:
    """What was to be sent meanwhile was not."""
    raise RecoverableConnectionError("the server takes texts again, on another connection")


def _tls(address: Address) -> dict[str, Any] | bool:
    """Return what py-amqp is to know of TLS: the server proves who it is."""
    if not address.tls:
        return False
    return {
        "cert_reqs": ssl.CERT_REQUIRED,
        "server_hostname": address.host,
        "tls_minimum_version": ssl.TLSVersion.TLSv1_2,
        "ca_certs": address.files.get("cacertfile"),
        "certfile": address.files.get("certfile"),
        "keyfile": address.files.get("keyfile"),
    }


def _key(channel: str) -> str:
    """Return the routing key of `channel`: its name, or a digest of one that is too long."""
    if len(channel.encode()) <= MAX_KEY:
        return channel
    return hashlib.blake2b(channel.encode(), digest_size=32, person=b"relay channel").hexdigest()
