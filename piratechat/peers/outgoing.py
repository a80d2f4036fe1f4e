"""What this process tells the others by the relay; nothing where there are no others."""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry

from piratechat.model.events import Envelope, Event, Logged, Muted, Named, Unmuted
from piratechat.peers.beacons import Beacons
from piratechat.peers.messages import (
    MAX_LENGTH,
    MAX_TRANSLATION_LENGTH,
    Content,
    Forgotten,
    Hello,
    Learned,
    Post,
    SetUp,
    Spending,
    Taken,
    Who,
    encoded,
)
from piratechat.peers.metrics import PeerMetrics
from piratechat.peers.seal import LENGTH, Seal
from piratechat.relays.errors import NotConnected
from piratechat.translation import Translated
from piratechat.translators.engine.budget import Spent

log = logging.getLogger(__name__)

#: The channel on which processes say that they are there, and the one of translations.
NODES, TRANSLATIONS = "nodes", "translations"
#: What stands before a room's slug in the name of its channel.
ROOM = "room."


class Outgoing:
    """Tells the other processes; `relay` is an IRelay, and this process is known as `node`; `seal` is the chat's."""

    def __init__(self, relay: Any, node: str, seal: Seal, registry: CollectorRegistry) -> None:
        self._seal = seal
        self.node = f"{node}:{secrets.token_hex(4)}"  # so that a process that was started again is another one
        self.metrics = PeerMetrics(registry, self.node, relay)
        self._relay = relay
        self._n = 0
        #: Among how many processes that do not hear each other what may be spent is divided.
        self.parts = 1
        self._beginning = encoded(Post(self.node, 0, Who())).partition('"n":')[0]
        self._beacons = Beacons(self.publish, lambda: bool(relay.connected))

    @property
    def reaches_others(self) -> bool:
        """Whether there are others."""
        reaches: bool = self._relay.reaches_others
        return reaches

    def looks_own(self, text: str) -> bool:
        """Return whether a text says that it comes from this process, whoever has sent it."""
        return text.startswith(self._beginning, LENGTH)

    def publish(self, slug: str, envelope: Envelope) -> None:
        """Tell what was committed here, and a moment later how far the room has got: the last words may be lost."""
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
        """Tell what is not kept, to those who have readers in the room."""
        if self.reaches_others:
            self._publish(ROOM + slug, content)

    def tell_nodes(self, content: Hello | SetUp) -> None:
        """Tell all other processes that this one is there, or goes, or how it is set up."""
        if self.reaches_others:
            self._publish(NODES, content)

    def taken(self, limit: str, address: str, tokens: int) -> None:
        """Tell all other processes that an address has done something so many times."""
        if self.reaches_others:
            self._publish(NODES, Taken(limit, address, tokens))

    def translated(self, key: bytes, outcome: Translated) -> None:
        """Tell all other processes of a translation, so that they need not ask for it."""
        if self.reaches_others and len(outcome.text) <= MAX_TRANSLATION_LENGTH:
            self._publish(TRANSLATIONS, Learned(key, outcome.text, outcome.source))

    def forgotten(self, digests: Sequence[bytes]) -> None:
        """Tell all other processes whose translations they are not to remember."""
        if self.reaches_others and digests:
            self._publish(TRANSLATIONS, Forgotten(digests))

    def spent(self, translator: str, day: int, spent: Spent) -> None:
        """Tell all other processes what a translator has had from this one on a day."""
        if self.reaches_others:
            self._publish(TRANSLATIONS, Spending(translator, day, spent))

    def subscribe(self, slug: str) -> None:
        """Return when all that others publish about the room from now on arrives here, if the relay is connected."""
        try:
            self._relay.subscribe(ROOM + slug)
        except NotConnected:
            log.debug("The relay is away; the database is looked at meanwhile")

    def unsubscribe(self, slug: str) -> None:
        """Hear no more of the room."""
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
    """Return those of `events` that are for one visitor only, and not in the database as events."""
    return [event for event in events if isinstance(event, Named | Muted | Unmuted | Logged)]
