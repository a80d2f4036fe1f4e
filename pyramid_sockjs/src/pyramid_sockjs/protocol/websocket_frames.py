"""The framing of a WebSocket's server side (RFC 6455): bytes in, payloads and bytes out.

The Sans-I/O protocol of the `websockets` package does the work.  Only what
nearly all traffic consists of, whole text frames, passes beside it: that makes
receiving several times as fast, and an idle connection holds no protocol object.
"""

import struct
from collections.abc import Iterator

from websockets.exceptions import ProtocolError
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State


def apply_mask_in_python(data: bytes | bytearray | memoryview, mask: bytes | bytearray) -> bytes:
    """Return `data` masked, or unmasked, with the four bytes of `mask` (section 5.3)."""
    size = len(data)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")


try:
    # A private name, which the cap on the version in pyproject.toml is for: compiled, 6 to 90 times as fast.
    from websockets.speedups import apply_mask
except ImportError:  # no compiled module for this platform
    apply_mask = apply_mask_in_python

PING = Frame(Opcode.PING, b"").serialize(mask=False)

#: Control frames and fragments that a client may send between two heartbeats.  They are dear: these cost milliseconds.
MAX_FRAMES_PER_HEARTBEAT = 400

_TEXT = 0x80 | Opcode.TEXT  # FIN and the opcode, no reserved bits (section 5.2)
_MASKED = 0x80
_LENGTH_16 = 126
_LENGTH_64 = 127


def text_frame(payload: bytes) -> bytes:
    """Return `payload`, text in UTF-8, as one unmasked text frame (section 5.2)."""
    size = len(payload)
    if size < _LENGTH_16:
        return b"%c%c%b" % (_TEXT, size, payload)
    if size < 0x10000:
        return struct.pack("!BBH", _TEXT, _LENGTH_16, size) + payload
    return struct.pack("!BBQ", _TEXT, _LENGTH_64, size) + payload


def whole_messages(data: bytes, max_size: int) -> list[bytes] | None:
    """Return the payloads in `data` if it is nothing but whole text messages of at most `max_size` bytes each.

    Returns None for anything else: that is for a Stream.
    """
    payloads = []
    end = 0
    for _start, body, end, plain in _frames(data, max_size):
        if not plain:
            return None
        payloads.append(apply_mask(data[body:end], data[body - 4 : body]))
    return payloads if end == len(data) else None


class Stream:
    """The bytes of one connection, cut into messages.

    After every call the caller writes what `data_to_send` returns and, once
    `ended` is true, closes the connection.
    """

    __slots__ = ("_max_size", "_message", "_output", "_partial", "_parts", "_protocol", "ended")

    def __init__(self, max_size: int) -> None:
        """`max_size`: bytes of the largest message taken; a larger one ends the stream with 1009."""
        self._max_size = max_size
        self._partial: bytearray | None = None  # the start of a frame whose end has not come
        self._message: bytearray | None = None  # the fragments of an unfinished message (section 5.4)
        self._protocol: Protocol | None = None  # only while a frame other than whole text matters
        self._output: list[bytes] | None = None
        self._parts = 0  # frames judged since the last heartbeat
        #: Whether both sides are through: what is left is to write, and to close the socket.
        self.ended = False

    @property
    def idle(self) -> bool:
        """Whether a new stream would do as well: nothing has begun, nothing is to be sent."""
        return self._partial is None and self._protocol is None and self._output is None and not self._parts

    @property
    def unfinished(self) -> object:
        """What has begun and not ended, a message or else a frame: the same object until it ends; or None."""
        return self._partial if self._message is None else self._message

    def beat(self) -> None:
        """A heartbeat is due: the client may send parts of messages again."""
        self._parts = 0

    def receive(self, data: bytes | bytearray) -> list[bytes]:
        """Take bytes from the network; return the payloads of the text messages they complete.

        What breaks the protocol raises nothing: it ends the stream with the
        close code that section 7.4.1 gives (1002, 1003, 1007, 1008, 1009).
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
        """Start the closing handshake (section 7.1.2); messages that still come in are ignored."""
        protocol = self._library()
        if protocol.state is State.OPEN:
            protocol.send_close(code if _may_be_sent(code) else CloseCode.NORMAL_CLOSURE, _fitting(reason))
            self._collect(protocol)

    def fail(self, code: int, reason: str) -> None:
        """Fail the connection (section 7.1.7): a close frame goes out and nothing more is read."""
        protocol = self._library()
        protocol.fail(code, _fitting(reason))
        self._collect(protocol)

    def data_to_send(self) -> bytes:
        """Return the answers that the last calls brought about (pongs, a close frame); they are returned once."""
        if self._output is None:
            return b""
        output, self._output = b"".join(self._output), None
        return output

    @property
    def _closing(self) -> bool:
        """Whether whole messages do not matter any more: we have said close, and wait for the client's close frame."""
        return self._protocol is not None and self._protocol.close_sent is not None and self._message is None

    def _library(self) -> Protocol:
        if self._protocol is None:
            self._protocol = Protocol(Side.SERVER, max_size=self._max_size)
        return self._protocol

    def _judge(self, frame: bytes, payloads: list[bytes]) -> None:
        """Hand `frame` to the library; put a message that it completes into `payloads`."""
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
    """Yield for each whole frame in `data` where it starts, where its body does, and where it ends (section 5.2).

    The last item is true for the start and end of a message, of masked text,
    that is not too large.  A frame that is refused for its mask or its length
    is whole with its header: the refusal does not wait for the rest.
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
    """Whether section 7.4 lets an endpoint put `code` into a close frame."""
    try:
        Close(code, "").check()
    except ProtocolError:
        return False
    return True


def _fitting(reason: str) -> str:
    """Cut `reason` to the 123 bytes that a close frame has room for (section 5.5.1)."""
    return reason.encode("utf-8", "replace")[:123].decode("utf-8", "ignore")
