"""The server side of WebSocket framing (RFC 6455): bytes in, payloads and bytes out.

The Sans-I/O protocol of the `websockets` package does the work.  Complete text frames, which are nearly all of the
traffic, bypass it: receiving is then several times as fast, and an idle connection needs no protocol object.
"""

import struct
from collections.abc import Iterator

from websockets.exceptions import ProtocolError
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State


def apply_mask_in_python(data: bytes | bytearray | memoryview, mask: bytes | bytearray) -> bytes:
    """Return `data` masked or unmasked with the four bytes of `mask` (section 5.3)."""
    size = len(data)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")


try:
    # A private name, and the reason for the version cap in pyproject.toml: compiled, 6 to 90 times as fast.
    from websockets.speedups import apply_mask
except ImportError:  # no compiled module for this platform
    apply_mask = apply_mask_in_python

PING = Frame(Opcode.PING, b"").serialize(mask=False)

#: Control frames and fragments that a client may send between two heartbeats.  Each is expensive: 400 take
#: milliseconds.
MAX_FRAMES_PER_HEARTBEAT = 400

_TEXT = 0x80 | Opcode.TEXT  # FIN and the opcode, no reserved bits (section 5.2)
_MASKED = 0x80
_LENGTH_16 = 126
_LENGTH_64 = 127


def text_frame(payload: bytes) -> bytes:
    """Return `payload` (UTF-8) as one unmasked text frame (section 5.2)."""
    size = len(payload)
    if size < _LENGTH_16:
        return b"%c%c%b" % (_TEXT, size, payload)
    if size < 0x10000:
        return struct.pack("!BBH", _TEXT, _LENGTH_16, size) + payload
    return struct.pack("!BBQ", _TEXT, _LENGTH_64, size) + payload


def whole_messages(data: bytes, max_size: int) -> list[bytes] | None:
    """Return the payloads in `data` if it consists of complete text messages of at most `max_size` bytes each.

    Otherwise returns None, and a Stream must handle `data`.
    """
    payloads = []
    end = 0
    for _start, body, end, plain in _frames(data, max_size):
        if not plain:
            return None
        payloads.append(apply_mask(data[body:end], data[body - 4 : body]))
    return payloads if end == len(data) else None


class Stream:
    """Splits the bytes of one connection into messages.

    After every call the caller must write the result of `data_to_send` and, if `ended` is true, close the connection.
    """

    __slots__ = ("_max_size", "_message", "_output", "_partial", "_parts", "_protocol", "ended")

    def __init__(self, max_size: int) -> None:
        """`max_size`: maximum bytes in a message; a larger one ends the stream with 1009."""
        self._max_size = max_size
        self._partial: bytearray | None = None  # the beginning of an incomplete frame
        self._message: bytearray | None = None  # the fragments of an unfinished message (section 5.4)
        self._protocol: Protocol | None = None  # only while the stream has frames other than complete text messages
        self._output: list[bytes] | None = None
        self._parts = 0  # frames passed to the protocol since the last heartbeat
        #: Whether both sides have closed: write what is left, and close the socket.
        self.ended = False

    @property
    def idle(self) -> bool:
        """Whether a new stream would be equivalent: no frame is incomplete, and nothing is waiting to be sent."""
        return self._partial is None and self._protocol is None and self._output is None and not self._parts

    @property
    def unfinished(self) -> object:
        """The unfinished message, else the unfinished frame, else None.

        It is the same object until it is complete.
        """
        return self._partial if self._message is None else self._message

    def beat(self) -> None:
        """A heartbeat is due: reset the count of control frames and fragments."""
        self._parts = 0

    def receive(self, data: bytes | bytearray) -> list[bytes]:
        """Process bytes from the network; return the payloads of the text messages that are now complete.

        A protocol error raises nothing.  It ends the stream with the close code of section 7.4.1 (1002, 1003, 1007,
        1008, 1009).
        """
        if self._partial is not None:
            self._partial += data
            data = self._partial
            self._partial = None
        payloads: list[bytes] = []
        end = 0
        for start, body, end, plain in _frames(data, self._max_size):
            if plain and self._protocol is None:
                payloads.append(apply_mask(data[body:end], data[body - 4 : body]))
            elif not (plain and self._closing):
                self._judge(bytes(data[start:end]), payloads)
                if self.ended:
                    return payloads
        if end < len(data):
            self._partial = data if end == 0 and isinstance(data, bytearray) else bytearray(data[end:])
        return payloads

    def close(self, code: int, reason: str) -> None:
        """Start the closing handshake (section 7.1.2); later messages are ignored."""
        protocol = self._library()
        if protocol.state is State.OPEN:
            protocol.send_close(code if _may_be_sent(code) else CloseCode.NORMAL_CLOSURE, _fitting(reason))
            self._collect(protocol)

    def fail(self, code: int, reason: str) -> None:
        """Fail the connection (section 7.1.7): send a close frame and stop reading."""
        protocol = self._library()
        protocol.fail(code, _fitting(reason))
        self._collect(protocol)

    def data_to_send(self) -> bytes:
        """Return the responses of the last calls (pongs, a close frame), once."""
        if self._output is None:
            return b""
        output, self._output = b"".join(self._output), None
        return output

    @property
    def _closing(self) -> bool:
        """Whether we have sent a close frame and wait for the client's, so that messages are ignored."""
        return self._protocol is not None and self._protocol.close_sent is not None and self._message is None

    def _library(self) -> Protocol:
        if self._protocol is None:
            self._protocol = Protocol(Side.SERVER, max_size=self._max_size)
        return self._protocol

    def _judge(self, frame: bytes, payloads: list[bytes]) -> None:
        """Pass `frame` to the library; append a message that it completes to `payloads`."""
        self._parts += 1
        if self._parts > MAX_FRAMES_PER_HEARTBEAT:
            self.fail(CloseCode.POLICY_VIOLATION, "too many control frames or fragments")
            return
        protocol = self._library()
        protocol.receive_data(frame)
        for event in protocol.events_received():
            assert isinstance(event, Frame)
            if protocol.close_sent is None:
                self._assemble(event, payloads)
        self._collect(protocol)
        if protocol.state is State.OPEN and self._message is None:
            self._protocol = None

    def _assemble(self, frame: Frame, payloads: list[bytes]) -> None:
        if frame.opcode is Opcode.BINARY:
            self.fail(CloseCode.UNSUPPORTED_DATA, "only text is understood")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            if self._message is None:
                self._message = bytearray()
            self._message += frame.data
            if frame.fin:
                payloads.append(bytes(self._message))
                self._message = None

    def _collect(self, protocol: Protocol) -> None:
        output = protocol.data_to_send()
        if output:
            self._output = (self._output or []) + output
        self.ended = protocol.eof_sent


def _frames(data: bytes | bytearray, max_size: int) -> Iterator[tuple[int, int, int, bool]]:
    """Yield the start of each complete frame in `data`, the start of its body, and its end (section 5.2).

    The last item is true for a masked, unfragmented text message within `max_size`.  A frame with an invalid mask or
    length counts as complete after its header, so that it is rejected without waiting for its body.
    """
    start, available = 0, len(data)
    while start + 2 <= available:
        size = data[start + 1] - _MASKED
        body = start + 6
        if size < 0:
            yield start, start + 2, start + 2, False
            return
        if size == _LENGTH_16:
            body = start + 8
            size = int.from_bytes(data[start + 2 : start + 4], "big")
        elif size == _LENGTH_64:
            body = start + 14
            size = int.from_bytes(data[start + 2 : start + 10], "big")
        fits = size <= max_size
        end = body + size if fits else body
        if body > available or end > available:
            return
        yield start, body, end, fits and data[start] == _TEXT
        start = end


def _may_be_sent(code: int) -> bool:
    """Return whether an endpoint may send `code` in a close frame (section 7.4)."""
    try:
        Close(code, "").check()
    except ProtocolError:
        return False
    return True


def _fitting(reason: str) -> str:
    """Truncate `reason` to the 123 bytes that fit into a close frame (section 5.5.1)."""
    return reason.encode("utf-8", "replace")[:123].decode("utf-8", "ignore")
