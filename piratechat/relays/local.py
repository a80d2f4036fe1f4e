"""The relay of a chat with a single process."""

from collections.abc import Callable

from zope.interface import implementer

from piratechat.interfaces import IRelay
from piratechat.options import Options


@implementer(IRelay)
class LocalRelay:
    """Carries nothing, because there are no other processes."""

    reaches_others = False
    connected = True

    def start(self, receive: Callable[[str, str], None], missed: Callable[[], None]) -> None:
        pass

    def publish(self, channel: str, text: str) -> None:
        pass

    def subscribe(self, channel: str) -> None:
        pass

    def unsubscribe(self, channel: str) -> None:
        pass

    def stop(self, timeout: float) -> None:
        pass


def from_options(_options: Options) -> LocalRelay:
    """Return the relay."""
    return LocalRelay()
