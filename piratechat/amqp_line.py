"""A connection to an AMQP 0-9-1 server, which is RabbitMQ mostly, for those who use one.

https://www.rabbitmq.com/amqp-0-9-1-reference.html

One greenlet reads, and another one may write.
"""

import os
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from amqp import Connection, spec
from amqp.exceptions import AMQPError, RecoverableConnectionError
from amqp.method_framing import frame_handler, frame_writer

from piratechat.amqp_address import Address

#: Seconds that connecting may take, and of silence after which the server is not there.
CONNECT_TIMEOUT, SILENCE = 3.0, 6.0
#: Seconds: both sides send something twice in that time.  The server gives a connection up after two or three of them.
HEARTBEAT = 4
#: Seconds that it may take to say that a connection ends.
FAREWELL_TIMEOUT = 0.5
#: Bytes of a message; what has more is not for the chat, and comes as an empty one.
MAX_SIZE = 2_100_000
#: Frames: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.3
HEADER_FRAME, BODY_FRAME = 2, 3
#: Where the flags of the properties stand in a header frame, and what py-amqp raises for those that make no sense.
PROPERTIES = 12
UNREADABLE = (ArithmeticError, LookupError, OSError, RecursionError, ValueError, struct.error, AMQPError)


class AMQPLine:
    """A connection to the server, and a channel of AMQP's on it."""

    errors = (AMQPError, OSError)

    def __init__(self, address: Address, purpose: str) -> None:
        """`purpose`: what it is for, for whoever looks at the server's connections."""
        self._address = address
        self._purpose = purpose
        self._connection: Any = None
        self._channel: Any = None
        self._gathering: _Gathering | None = None

    def connect(self, refused: Callable[[str], None]) -> None:
        """Connect; `refused` is called with a reason if the server takes nothing for now."""
        self._connection = self._new_connection(refused)
        self._connection.connect()
        self._connection.sock.settimeout(SILENCE)  # in which there are three heartbeats
        self._channel = self._connection.channel()
        self._channel.auto_decode = False  # by a codec that whoever publishes names

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
        name = f"{self._purpose}: {socket.gethostname()}:{os.getpid()}"
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

    def _publish(self, exchange: str, key: str, message: Any, mandatory: bool = False) -> None:
        """Publish a message.  Not by `basic_publish`, which reads what has come: that another greenlet may be doing."""
        self._channel.send_method(spec.Basic.Publish, "Bssbb", (0, exchange, key, mandatory, False), message)


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
        try:
            return bool(handle(frame))
        except UNREADABLE:
            if kind != HEADER_FRAME:
                raise
            # A client may write anything into the properties.  Without them the message is one like others.
            return bool(handle((kind, channel, frame[2][:PROPERTIES] + bytes(2))))

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
