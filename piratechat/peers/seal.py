"""Marks what the processes of a chat send each other, so that nobody else can send it in their name.

Others can send again what was sent once: receivers drop what has come before (replays.py).
"""

import hashlib
import hmac

from piratechat.secrets import derived_key

#: Characters of the mark in front of a text.
LENGTH = 32


class Seal:
    """Seals texts for a channel by a `secret` that all processes of the chat know: keyed BLAKE2b, RFC 7693."""

    def __init__(self, secret: str) -> None:
        self._key = derived_key(secret, b"relay")

    def sealed(self, channel: str, text: str) -> str:
        """Return `text` with a mark in front."""
        return self._mark(channel, text) + text

    def opened(self, channel: str, text: str) -> str:
        """Return the text that was sealed for `channel`.  Raises ValueError for any other."""
        mark, content = text[:LENGTH], text[LENGTH:]
        if not hmac.compare_digest(mark.encode(), self._mark(channel, content).encode()):
            raise ValueError("no process of this chat has sent it on this channel")
        return content

    def _mark(self, channel: str, text: str) -> str:
        data = f"{channel}\n{text}".encode()
        return hashlib.blake2b(data, key=self._key, digest_size=LENGTH // 2).hexdigest()
