"""Engines, and translators that do as tests say."""

import gevent
from gevent.event import Event
from prometheus_client import CollectorRegistry

from piratechat.translation import Translated, Translator
from piratechat.translators.engine.cache import Memory
from piratechat.translators.engine.detection import Languages
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.metrics import TranslationMetrics
from piratechat.translators.engine.others import ALONE

#: Seconds that tests wait for what has to come.
TIMEOUT = 10


def engine(protections=None, detector=None, memory=None, metrics=None, others=ALONE):
    """Return an engine with a memory that is kept nowhere."""
    memory = memory if memory is not None else Memory(1_000_000)
    counted = TranslationMetrics(metrics or CollectorRegistry())
    return Engine(protections or {}, Languages(detector), memory, counted, others)


def shout(batch):
    return [Translated(text.upper()) for text in batch]


class BackEnd(Translator):
    """A translator that takes its time: does `how` to batches, and keeps them.

    Where it is `held`, calls wait until it is let go.
    """

    title = "Back end"
    reach = "host"
    recipient = "the test"

    def __init__(self, how=shout, name="test", held=False, **attributes):
        self.name = name
        self.how = how
        #: The batches it was asked for, with their sources.
        self.batches = []
        self.sources = []
        #: What was said before each batch, where it has asked for that by its `context`.
        self.befores = []
        #: Calls at the same time: now, and at most.
        self.calls = self.most_calls = 0
        self.asked = Event()
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
        self.asked.set()
        try:
            self.free.wait()
            return self.how(batch)
        finally:
            self.calls -= 1

    @property
    def texts(self):
        return [text for batch in self.batches for text in batch]

    def wait(self):
        """Wait until it is asked."""
        assert self.asked.wait(TIMEOUT), "nobody asks it"


class Ear:
    """Keeps the outcomes it is called with."""

    def __init__(self):
        self.heard = []

    def __call__(self, outcome):
        self.heard.append(outcome)

    def wait(self, count=1):
        """Wait until there are `count` outcomes, and return them."""
        with gevent.Timeout(TIMEOUT, AssertionError(f"{count} outcomes were to come, not {self.heard}")):
            while len(self.heard) < count:
                gevent.sleep(0.001)
        return self.heard
