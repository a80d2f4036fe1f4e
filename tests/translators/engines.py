"""Engines as tests need them."""

from prometheus_client import CollectorRegistry

from piratechat.translators.detection import Languages
from piratechat.translators.engine import Engine
from piratechat.translators.figures import Figures
from piratechat.translators.memory import Memory


def engine(protections=None, detector=None, memory=None):
    """Return an engine with a memory that is kept nowhere."""
    memory = memory if memory is not None else Memory(1_000_000)
    return Engine(protections or {}, Languages(detector), memory, Figures(CollectorRegistry()))
