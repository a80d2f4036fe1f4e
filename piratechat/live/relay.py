"""How readers hear of what was committed, where one process serves all of them."""

from collections.abc import Callable, Sequence

from zope.interface import implementer

from piratechat.interfaces import IRelay
from piratechat.model.events import Event

Subscriber = Callable[[str, Sequence[Event]], None]


@implementer(IRelay)
class LocalRelay:
    """Tells the subscribers of this process, at once."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def publish(self, slug: str, events: Sequence[Event]) -> None:
        for subscriber in self._subscribers:
            subscriber(slug, events)

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)
