"""Messages from this process to the others through the relay; none if there are no others."""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry

from piratechat.model.events import Envelope, Event, Logged, Muted, Named, Unmuted
from piratechat.peers.beacons import Beacons
from piratechat.peers.encoding import encoded
from piratechat.peers.messages import (
    MAX_LENGTH,
    MAX_TRANSLATION_LENGTH,
    Content,
    Forgotten,
    Hello,
    Learned,
    LoggedOut,
    Post,
    SetUp,
    Spending,
    Taken,
    Who,
)
from piratechat.peers.metrics import PeerMetrics
from piratechat.peers.seal import LENGTH, Seal
from piratechat.relays.errors import NotConnected
from piratechat.translation import Translated
from piratechat.translators.engine.budget import Spent

log = logging.getLogger(__name__)

#: The channel of heartbeats, and that of translations.
NODES, TRANSLATIONS = "nodes", "translations"
#: The prefix of a room's channel, before its slug.
ROOM = "room."


class Outgoing:
    """Sends to the other processes; `relay` is an IRelay, `node` this process's name, and `seal` the chat's seal."""

    def __init__(self, relay: Any, node: str, seal: Seal, registry: CollectorRegistry) -> None:
        self._seal = seal
        self.node = f"{node}:{secrets.token_hex(4)}"  # so that a restarted process has a different name
        self.metrics = PeerMetrics(registry, self.node, relay)
        self._relay = relay
        self._n = 0
        #: The number of disconnected processes among which a quota is divided.
        self.parts = 1
        self._beginning = encoded(Post(self.node, 0, Who())).partition('"n":')[0]
        self._beacons = Beacons(self.publish, lambda: bool(relay.connected))

    @property
    def reaches_others(self) -> bool:
        """Whether there are other processes."""
        reaches: bool = self._relay.reaches_others
        return reaches

    def looks_own(self, text: str) -> bool:
        """Return whether a text claims to come from this process, regardless of its real sender."""
        return text.startswith(self._beginning, LENGTH)

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Publish a commit of this process.

        The room's numbers are repeated later, because the last message may be lost.
        """
        if not self.reaches_others:
            return
        if envelope.events:
            self._beacons.add(slug, envelope.numbers)
        text = self._sealed(ROOM + slug, envelope)
        if len(text) > MAX_LENGTH:
            self.metrics.drop("shortened")
            text = self._sealed(ROOM + slug, Envelope(_for_one(envelope.events), envelope.numbers))
        self._send(ROOM + slug, text)

    def tell(self, slug: str, content: Content) -> None:
        """Send content that is not stored to processes with readers in the room."""
        if self.reaches_others:
            self._publish(ROOM + slug, content)

    def tell_nodes(self, content: Hello | SetUp) -> None:
        """Send a heartbeat, a farewell, or settings to all other processes."""
        if self.reaches_others:
            self._publish(NODES, content)

    def taken(self, limit: str, address: str, tokens: int) -> None:
        """Tell all other processes how often an address has used a shared limit."""
        if self.reaches_others:
            self._publish(NODES, Taken(limit, address, tokens))

    def logged_out(self, visitor: str) -> None:
        """Tell all other processes that a member has logged out."""
        if self.reaches_others:
            self._publish(NODES, LoggedOut(visitor))

    def translated(self, key: bytes, outcome: Translated) -> None:
        """Send a translation to all other processes, so that they need not request it."""
        if self.reaches_others and len(outcome.text) <= MAX_TRANSLATION_LENGTH:
            self._publish(TRANSLATIONS, Learned(key, outcome.text, outcome.source))

    def forgotten(self, digests: Sequence[bytes]) -> None:
        """Tell all other processes which texts' translations to drop."""
        if self.reaches_others and digests:
            self._publish(TRANSLATIONS, Forgotten(digests))

    def spent(self, translator: str, day: int, spent: Spent) -> None:
        """Tell all other processes a translator's usage by this process on a day."""
        if self.reaches_others:
            self._publish(TRANSLATIONS, Spending(translator, day, spent))

    def subscribe(self, slug: str) -> None:
        """Return when everything that others publish about the room will arrive, if the relay is connected."""
        try:
            self._relay.subscribe(ROOM + slug)
        except NotConnected:
            log.debug("The relay is away; the database is looked at meanwhile")

    def unsubscribe(self, slug: str) -> None:
        """Unsubscribe from the room."""
        self._relay.unsubscribe(ROOM + slug)

    def _publish(self, channel: str, content: Content) -> None:
        self._send(channel, self._sealed(channel, content))

    def _send(self, channel: str, text: str) -> None:
        self.metrics.sent.inc()
        self._relay.publish(channel, text)

    def _sealed(self, channel: str, content: Content) -> str:
        self._n += 1
        return self._seal.sealed(channel, encoded(Post(self.node, self._n, content)))


def _for_one(events: Sequence[Event]) -> list[Event]:
    """Return those of `events` that are for one visitor only, which the database does not have as events."""
    return [event for event in events if isinstance(event, Named | Muted | Unmuted | Logged)]
