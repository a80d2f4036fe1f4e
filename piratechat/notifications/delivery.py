"""What comes from a queue."""

from dataclasses import dataclass

#: The header that says what becomes of a notification.
MODE = "x-piratechat-mode"


@dataclass(frozen=True)
class Delivery:
    """A notification that the broker has handed over, by the number `tag` of the connection."""

    tag: int
    body: bytes
    #: What whoever has sent it calls it, "" for nothing: AMQP's `message-id`.
    id: str
    #: What becomes of it, by its header `MODE`; "" for nothing.
    mode: str = ""
    #: Where a chat has published it: that chat's database, and the program that has said it in a room, if one has.
    epoch: str = ""
    source: str = ""
