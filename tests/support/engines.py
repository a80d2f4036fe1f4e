"""Translation engines, and translators controlled by tests."""

import gevent
from gevent.event import Event
from prometheus_client import CollectorRegistry

from piratechat.translation import Translated, Translator
from piratechat.translators.engine.cache import Memory
from piratechat.translators.engine.detection import Languages
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.metrics import TranslationMetrics
from piratechat.translators.engine.others import ALONE

#: Timeout in seconds for expected results.
TIMEOUT = 10


def engine(protections=None, detector=None, memory=None, metrics=None, others=ALONE):
    """Return an engine with a cache in memory only."""
    memory = memory if memory is not None else Memory(1_000_000)
    counted = TranslationMetrics(metrics or CollectorRegistry())
    return Engine(protections or {}, Languages(detector), memory, counted, others)


def shout(batch):
    return [Translated(text.upper()) for text in batch]


class BackEnd(Translator):
    """A slow translator: it applies `how` to each batch, and records the batch.

    While `held`, calls block until a test releases them.
    """

    title = "Back end"
    reach = "host"
    recipient = "the test"

    def __init__(self, how=shout, name="test", held=False, **attributes):
        self.name = name
        self.how = how
        #: The recorded batches, and their source languages.
        self.batches = []
        self.sources = []
        #: The earlier messages passed with each batch, if the translator has a `context`.
        self.befores = []
        #: The number of concurrent calls, and its maximum.
        self.calls = self.most_calls = 0
        self.free = Event()
        if not held:
            self.free.set()
        for attribute, value in attributes.items():
            setattr(self, attribute, value)

    def translate(self, batch, target=None, source=None, deadline=None, before=()):
        self.batches.append(list(batch))
        self.befores.append(list(before))
        self.sources.append(source)
        self.calls += 1
        self.most_calls = max(self.calls, self.most_calls)
        try:
            self.free.wait()
            return self.how(batch)
        finally:
            self.calls -= 1

    @property
    def texts(self):
        return [text for batch in self.batches for text in batch]

    def wait(self, calls=1):
        """Wait until it has been called `calls` times."""
        with gevent.Timeout(TIMEOUT, AssertionError(f"expected {calls} calls, not {self.batches}")):
            while len(self.batches) < calls:
                gevent.sleep(0.001)


class Outcomes:
    """A callback that records the outcomes."""

    def __init__(self):
        self.heard = []

    def __call__(self, outcome):
        self.heard.append(outcome)

    def wait(self, count=1):
        """Wait until there are `count` outcomes, and return them."""
        with gevent.Timeout(TIMEOUT, AssertionError(f"expected {count} outcomes, not {self.heard}")):
            while len(self.heard) < count:
                gevent.sleep(0.001)
        return self.heard
