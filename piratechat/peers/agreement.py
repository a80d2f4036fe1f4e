"""Comparison of settings between the processes of a chat, since a visitor may use any of them."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import fields

from piratechat.settings import PREFIX, Settings

#: Settings that may differ: addresses and folders of a process.  Secrets are compared otherwise: see `Seal`.
OWN = {"var", "node", "relay", "secret", "plone_internal_url", "disk_reserve", "search_index", "sockjs_client"}
#: Prefixes of other settings that must be the same.
SHARED = (f"{PREFIX}translator.", f"{PREFIX}amqp.rooms", "pyramid_sockjs.")
#: Length of digests: of one setting, and of all.
LENGTH, WHOLE_LENGTH = 12, 24
#: Minimum seconds between two messages with the digests of single settings.
PAUSE = 30.0
#: Maximum number of settings to name to the operator.
NAMED = 5


def digests_of(settings: Settings, options: Mapping[str, str], secret: str) -> dict[str, str]:
    """Return a digest of each setting that must be the same, by name; without the secret it reveals no values."""
    shared = [each.name for each in fields(settings) if each.name not in OWN]
    values = {PREFIX + name: repr(getattr(settings, name)) for name in shared}
    values |= {name: " ".join(value.split()) for name, value in options.items() if name.startswith(SHARED)}
    return {name: _digest(secret, f"{name}={value}")[:LENGTH] for name, value in sorted(values.items())}


def _digest(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Agreement:
    """Compares this process's settings with those of others, which send a digest of all with each heartbeat.

    If two digests differ, both processes send the digests of single settings: `own`.  Times are monotonic seconds.
    """

    def __init__(self, own: Mapping[str, str]) -> None:
        self.own = own
        self.digest = _digest("", repr(sorted(own.items())))[:WHOLE_LENGTH]
        self._differences: dict[str, list[str]] = {}  # node -> names of the different settings, if known
        self._told = float("-inf")

    @property
    def problem(self) -> str | None:
        """A sentence that names a process with other settings, and these settings; or None."""
        if not self._differences:
            return None
        node, names = min(self._differences.items())
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        which = f"another {', '.join(names[:NAMED])}{more}" if names else "other settings"
        return f"settings: {node} has {which}; all processes need the same"

    def heard(self, node: str, digest: str, now: float) -> bool:
        """Process the digest of another process; return whether to send `own` now."""
        if digest in (self.digest, ""):  # earlier versions send none
            self._differences.pop(node, None)
            return False
        self._differences.setdefault(node, [])
        if now - self._told < PAUSE:
            return False
        self._told = now
        return True

    def compare(self, node: str, digests: Mapping[str, str]) -> None:
        """Process the digests of single settings of another process, which may precede its heartbeat."""
        names = self.own.keys() | digests.keys()
        different = sorted(name for name in names if self.own.get(name) != digests.get(name))
        if different:
            self._differences[node] = different

    def left(self, node: str) -> None:
        """Forget the process `node`, which is gone."""
        self._differences.pop(node, None)
