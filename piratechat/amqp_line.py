"""A connection to an AMQP 0-9-1 server, usually RabbitMQ.

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

#: Seconds that connecting may take, and seconds of silence after which the server counts as gone.
CONNECT_TIMEOUT, SILENCE = 3.0, 6.0
#: Both sides send something twice in this many seconds.  The server drops a connection after two or three of them.
HEARTBEAT = 4
#: Seconds for announcing the end of a connection.
FAREWELL_TIMEOUT = 0.5
#: Maximum size of a message in bytes; a larger message arrives with an empty body.
MAX_SIZE = 2_100_000
#: Frame types: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.3
HEADER_FRAME, BODY_FRAME = 2, 3
#: The offset of the property flags in a header frame, and the exceptions that py-amqp raises for invalid properties.
PROPERTIES = 12
UNREADABLE = (ArithmeticError, LookupError, OSError, RecursionError, ValueError, struct.error, AMQPError)


class AMQPLine:
    """A connection to the server, with one AMQP channel."""

    errors = (AMQPError, OSError)

    def __init__(self, address: Address, purpose: str) -> None:
        """`purpose`: the name of the connection in the server's management tools."""
        self._address = address
        self._purpose = purpose
        self._connection: Any = None
        self._channel: Any = None
        self._gathering: _Gathering | None = None

    def connect(self, refused: Callable[[str], None]) -> None:
        """Connect; `refused` is called with a reason when the server blocks publishing."""
        self._connection = self._new_connection(refused)
        self._connection.connect()
        self._connection.sock.settimeout(SILENCE)  # three heartbeats fit into this
        self._channel = self._connection.channel()
        self._channel.auto_decode = False  # the publisher could choose any codec

    def close(self) -> None:
        """Disconnect: notify the server without waiting for it."""
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
        """Send everything that is written in this context in one piece."""
        assert self._gathering is not None
        with self._gathering.gathered():
            yield

    def _publish(self, exchange: str, key: str, message: Any, mandatory: bool = False) -> None:
        """Publish a message.

        `basic_publish` is not used because it also reads, which another greenlet may be doing.
        """
        self._channel.send_method(spec.Basic.Publish, "Bssbb", (0, exchange, key, mandatory, False), message)


class _Gathering:
    """The object that py-amqp writes to, in place of `transport`."""

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
        """Write everything at the end of this context; nothing in it blocks, so no other greenlet writes."""
        self._gathered = bytearray()
        try:
            yield
        finally:
            gathered, self._gathered = self._gathered, None
        self._transport.write(gathered)


def _bounded_frames(connection: Any, callback: Any) -> Callable[[tuple[int, int, bytes]], bool]:
    """Wrap py-amqp's frame handler, which otherwise buffers any amount of data, with limits."""
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
            # A client may put anything into the properties.  Without them the message is like any other.
            return bool(handle((kind, channel, frame[2][:PROPERTIES] + bytes(2))))

    return on_frame


def _begin_again() -> None:
    """Discard data that has not been sent."""
    raise RecoverableConnectionError("the server takes texts again, on another connection")


def _tls(address: Address) -> dict[str, Any] | bool:
    """Return py-amqp's TLS options: the server must prove its identity."""
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
