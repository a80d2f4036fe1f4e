"""Requests of Plone's server to the chat."""

import json
import logging
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from collective.piratechat.tickets import ticket

log = logging.getLogger(__name__)

#: Minimum length of the shared secret; the chat requires the same.
MIN_SECRET_LENGTH = 16
#: Timeout in seconds for the chat's response, and the maximum number of bytes read from it.
TIMEOUT, MAX_ANSWER = 3.0, 4096


class ChatUnavailable(Exception):
    """The chat did not perform the request; the text is for editors."""


@dataclass(frozen=True)
class Chat:
    """The URLs of the chat."""

    #: The URL for browsers, without a slash at its end.
    url: str
    #: The URL for this server.
    internal_url: str
    secret: str

    def opened(self, title: str, member: dict[str, object]) -> str:
        """Return the path of the room with this title, which is created if necessary.  Raises ChatUnavailable."""
        answer = self._send("rooms", ticket(self.secret, "room", title=title, **member))
        room = answer.get("room")
        if not isinstance(room, str) or not room:
            raise ChatUnavailable("The chat gave no room.")
        return room

    def leave(self, user: str) -> None:
        """End the sessions of the member `user` in the chat.  Raises ChatUnavailable."""
        self._send("leave", ticket(self.secret, "leave", user=user))

    def address(self, path: str, **query: str) -> str:
        """Return the URL for browsers of a path in the chat."""
        return f"{self.url}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")

    def _send(self, what: str, signed: str) -> dict[str, object]:
        data = urllib.parse.urlencode({"ticket": signed}).encode()
        url = f"{self.internal_url}/plone/{what}"
        request = urllib.request.Request(url, data, {"Accept": "application/json"})  # noqa: S310 -- see `configured`
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
                found = json.loads(response.read(MAX_ANSWER))
        except urllib.error.HTTPError as error:
            raise ChatUnavailable(_reason(error)) from error
        except (OSError, ValueError) as error:
            raise ChatUnavailable("The chat does not answer.") from error
        return found if isinstance(found, dict) else {}


def _reason(error: urllib.error.HTTPError) -> str:
    """Return the chat's error message."""
    try:
        said = json.loads(error.read(MAX_ANSWER)).get("error")
    except (OSError, ValueError, AttributeError):
        said = None
    return said if isinstance(said, str) else f"The chat answers {error.code}."


def configured() -> Chat | None:
    """Return the chat of this site, or None if the environment variables do not name one."""
    url = os.environ.get("PIRATECHAT_URL", "").rstrip("/")
    secret = os.environ.get("PIRATECHAT_PLONE_SECRET", "")
    if not url:
        return None
    internal_url = os.environ.get("PIRATECHAT_INTERNAL_URL", "").rstrip("/") or url
    if not url.startswith(("http://", "https://")) or not internal_url.startswith(("http://", "https://")):
        log.error("PIRATECHAT_URL and PIRATECHAT_INTERNAL_URL must begin with http:// or https://: there is no chat")
        return None
    if len(secret) < MIN_SECRET_LENGTH:
        log.error("PIRATECHAT_PLONE_SECRET must have %d characters or more: there is no chat", MIN_SECRET_LENGTH)
        return None
    return Chat(url, internal_url, secret)
