"""Path prefixes, for a chat that is served below a path such as https://example.org/chat/.

A proxy either passes paths on unchanged, or removes the prefix and sends it in X-Forwarded-Prefix.  In both cases the
application finds it in SCRIPT_NAME, and the rest of the path in PATH_INFO (PEP 3333).
"""

import re
from collections.abc import Iterable
from typing import Any

#: A prefix: up to eight segments of characters that need no quoting in URLs, headers, cookies and style sheets.
PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}){1,8}", re.ASCII)
#: The header with the prefix that a proxy has removed.
HEADER = "HTTP_X_FORWARDED_PREFIX"
#: The first segments of the chat's own paths, from which a prefix could not be distinguished.
OWN = {
    "favicon.ico",
    "frame",
    "healthz",
    "manifest.webmanifest",
    "metrics",
    "offline",
    "operator",
    "plone",
    "rooms",
    "static",
    "sw.js",
    "theme",
}


def checked(word: str) -> str:
    """Return the prefix `word` without a final slash.  Raises ValueError, which says what to write."""
    prefix = word.rstrip("/")
    if not PREFIX.fullmatch(prefix):
        raise ValueError(f"prefix must be a path such as /chat, of letters, digits and -._~, not {word!r}")
    first = prefix.split("/")[1]
    if first in OWN or first.startswith("frame-"):
        raise ValueError(f"prefix must not begin with a path of the chat itself: {word!r}")
    return prefix


class Prefixes:
    """The prefixes below which the chat is served.  Requests for other paths are not changed."""

    def __init__(self, words: Iterable[str]) -> None:
        """Raise ValueError, which says what to write, for an invalid prefix."""
        # The longest first: /team/chat is not a path below /team.
        self._prefixes = sorted({checked(word) for word in words}, key=len, reverse=True)

    def apply(self, environ: dict[str, Any], trusted: bool) -> str | None:
        """Move the prefix of a request to SCRIPT_NAME; the header is used if the client is `trusted`.

        Returns the path to redirect to if the final slash of the prefix is missing, or None.
        """
        path = environ.get("PATH_INFO", "")
        prefix = next((one for one in self._prefixes if path == one or path.startswith(f"{one}/")), None)
        if prefix is not None:
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = prefix, path.removeprefix(prefix)
            return None if environ["PATH_INFO"] else f"{prefix}/"
        named = environ.get(HEADER, "").rstrip("/") if trusted else ""
        if named in self._prefixes:
            environ["SCRIPT_NAME"] = named
        return None
