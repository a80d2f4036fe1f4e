"""Authentication of messages between the processes of a chat.

An attacker can repeat earlier messages: receivers discard repetitions (replays.py).
"""

import hashlib
import hmac

from piratechat.secrets import derived_key

#: Length of the authentication code before a text.
LENGTH = 32


class Seal:
    """Authenticates texts on a channel with a `secret` that all processes share: keyed BLAKE2b, RFC 7693."""

    def __init__(self, secret: str) -> None:
        self._key = derived_key(secret, b"relay")

    def sealed(self, channel: str, text: str) -> str:
        """Return `text` with its authentication code in front."""
        return self._mark(channel, text) + text

    def opened(self, channel: str, text: str) -> str:
        """Return the text that was sealed for `channel`.  Raises ValueError for an invalid one."""
        mark, content = text[:LENGTH], text[LENGTH:]
        if not hmac.compare_digest(mark.encode(), self._mark(channel, content).encode()):
            raise ValueError("no process of this chat has sent it on this channel")
        return content

    def _mark(self, channel: str, text: str) -> str:
        data = f"{channel}\n{text}".encode()
        return hashlib.blake2b(data, key=self._key, digest_size=LENGTH // 2).hexdigest()
