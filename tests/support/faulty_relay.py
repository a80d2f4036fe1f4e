"""A relay within one process that loses, duplicates, delays and reorders messages as a real relay may."""

import gevent
from zope.interface import implementer

from piratechat.interfaces import IRelay
from piratechat.relays.errors import NotConnected


class Wire:
    """The connection between the relays of a chat.

    `fate()` decides how the next text is delivered: once, never, twice, or after later ones.
    """

    def __init__(self, fate=lambda: "carried"):
        self.fate = fate
        self.relays = []
        self.delayed = []
        self.up = True
        self.is_broken = False

    def carry(self, channel, text):
        fate = self.fate()
        if fate == "lost" or not self.up:
            return
        if fate == "delayed":
            self.delayed.append((channel, text))
            return
        for _ in range(2 if fate == "doubled" else 1):
            self._deliver(channel, text)
        if self.delayed and fate == "carried":
            self._deliver(*self.delayed.pop())

    def _deliver(self, channel, text):
        for relay in list(self.relays):
            if channel in relay.channels:
                gevent.spawn(relay.receive, channel, text)

    def go(self, up):
        """Connect (`up`) or disconnect all relays."""
        self.up = up
        if up:
            for relay in list(self.relays):
                relay.missed()


@implementer(IRelay)
class FaultyRelay:
    """One endpoint of the wire."""

    reaches_others = True

    def __init__(self, wire):
        self.wire = wire
        self.channels = set()

    @property
    def connected(self):
        return self.wire.up and self in self.wire.relays

    def start(self, receive, missed):
        if self.wire.is_broken:
            raise FileNotFoundError("/run/nowhere")
        self.receive, self.missed = receive, missed
        self.wire.relays.append(self)
        missed()

    def publish(self, channel, text):
        if self.connected:
            self.wire.carry(channel, text)

    def subscribe(self, channel):
        self.channels.add(channel)
        if not self.connected:
            raise NotConnected

    def unsubscribe(self, channel):
        self.channels.discard(channel)

    def stop(self, timeout=0):
        if self in self.wire.relays:
            self.wire.relays.remove(self)
