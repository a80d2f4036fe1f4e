"""Messages that a broker delivers."""

from dataclasses import dataclass

#: The header with the mode of a notification.
MODE = "x-piratechat-mode"


@dataclass(frozen=True)
class Delivery:
    """A delivered notification, with the connection's delivery tag `tag`."""

    tag: int
    body: bytes
    #: AMQP's `message-id`, or "".
    id: str
    #: The mode from the header `MODE`, or "".
    mode: str = ""
    #: For messages that a chat has published: the epoch of its database, and the notification source, if there was one.
    epoch: str = ""
    source: str = ""
