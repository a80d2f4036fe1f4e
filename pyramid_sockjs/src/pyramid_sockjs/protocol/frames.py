"""SockJS frames, and the JSON inside them.

Text comes in and bytes go out; this module knows no sockets and no clock.  The rules are those of the sections
"Protocol and framing" and "JSON Unicode Encoding" of the SockJS protocol 0.3.3.
"""

import json
import re
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring, encode_basestring_ascii

from pyramid_sockjs.protocol.json_nesting import is_too_deep

# Characters outside ASCII that a server must escape, because some browsers or proxies drop or change them. Surrogates
# are among them: a lone surrogate has no UTF-8 form and must be sent escaped.
_ESCAPABLE = re.compile("[\x7f-\x9f\u200c-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]")

_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


class BrokenJSON(ValueError):
    """The client sent something other than a JSON array of strings."""


class TooLarge(ValueError):
    """A message or an array exceeds its limit; the text says which."""


def quote(text: str) -> bytes:
    """Return `text` as a JSON string in UTF-8, escaped as SockJS requires.  Raises TypeError if it is not text."""
    if not isinstance(text, str):
        raise TypeError(f"only text can be sent, not {type(text).__name__}: make JSON of it first")
    if text.isascii():
        return encode_basestring_ascii(text).encode()
    return _ESCAPABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", encode_basestring(text)).encode()


def parse_messages(payload: bytes, max_messages: int, max_message_size: int) -> list[str]:
    """Return the messages in a client's payload: a JSON array of strings, or one JSON string.

    Raises UnicodeDecodeError, BrokenJSON, or TooLarge (more than `max_messages`, or a message of more than
    `max_message_size` bytes of UTF-8).
    """
    value = _load(payload.decode())
    messages = [value] if isinstance(value, str) else value
    if not isinstance(messages, list):
        raise BrokenJSON("not an array of strings")
    if len(messages) > max_messages:
        raise TooLarge(f"at most {max_messages} messages at once")
    for message in messages:
        if not isinstance(message, str):
            raise BrokenJSON("not an array of strings")
    # No message is larger than the JSON that contains it.
    if len(payload) > max_message_size:
        for message in messages:
            if len(message.encode("utf-8", "surrogatepass")) > max_message_size:
                raise TooLarge(f"at most {max_message_size} bytes a message")
    return messages


def _load(text: str) -> object:
    if is_too_deep(text):
        raise BrokenJSON("not an array of strings")
    try:
        try:
            # json.loads runs this scanner between two regular expressions for white space, which take as long as the
            # scanner itself for a short message.
            value, end = _scan(text, 0)
        except StopIteration:
            end = -1
        return value if end == len(text) else json.loads(text)
    except ValueError as error:
        raise BrokenJSON(str(error)) from None


class Frame:
    """One SockJS frame, and its encodings for the transports.

    A frame for many receivers is a single object, so that it is encoded once for all of them.
    """

    __slots__ = ("_payload", "_wrapped")

    #: True for a frame that ends the response.
    final = False

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._wrapped: dict[Callable[[Frame], bytes], bytes] | None = None

    def payload(self) -> bytes:
        """Return the frame itself, in UTF-8."""
        return self._payload

    def texts(self) -> Iterator[str]:
        """Yield the messages in the frame, for transports without SockJS framing."""
        return iter(())

    def wrapped(self, wrap: "Callable[[Frame], bytes]") -> bytes:
        """Return `wrap(self)`, computed once for each `wrap`.

        The result is cached for the lifetime of the frame, which may be that of the process: `wrap` must be a
        module-level function, not one created for a receiver.
        """
        if self._wrapped is None:
            self._wrapped = {}
        try:
            return self._wrapped[wrap]
        except KeyError:
            data = self._wrapped[wrap] = wrap(self)
            return data


class CloseFrame(Frame):
    """`c[CODE,"REASON"]`: the session is over."""

    __slots__ = ("code", "reason")

    final = True

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(b"c[%d,%s]" % (code, quote(reason)))
        self.code = code
        self.reason = reason


class Batch(Frame):
    """`a[...]`: the messages that are waiting for a reader, oldest first.

    Batches are immutable.  Adding a message creates a new batch that refers to the previous one, so that all readers
    that wait for the same messages share one object and one encoding.
    """

    __slots__ = ("_before", "_quoted", "size", "text")

    def __init__(self, text: str, quoted: bytes, before: "Batch | None" = None) -> None:
        """Append `text`, whose JSON form is `quoted`, to the messages of `before`."""
        # Frame.__init__ is not called: this is the hot path, and the payload is computed later.
        self._payload = b""
        self._wrapped = None
        self._before = before
        self._quoted = quoted
        self.text = text
        #: Bytes of JSON in this batch, by which a session's backlog is measured.
        self.size: int = len(quoted) + (before.size if before is not None else 0)

    def payload(self) -> bytes:
        if not self._payload:
            if self._before is None:
                self._payload = b"a[%b]" % self._quoted
            else:
                self._payload = b"a[%b]" % b",".join([batch._quoted for batch in self._chain()])
        return self._payload

    def texts(self) -> Iterator[str]:
        for batch in self._chain():
            yield batch.text

    def _chain(self) -> "list[Batch]":
        chain = []
        batch: Batch | None = self
        while batch is not None:
            chain.append(batch)
            batch = batch._before
        chain.reverse()
        return chain


OPEN = Frame(b"o")
HEARTBEAT = Frame(b"h")
