"""What comes from a queue."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Delivery:
    """A notification that the broker has handed over, by the number `tag` of the connection."""

    tag: int
    body: bytes
    #: What whoever has sent it calls it, "" for nothing: AMQP's `message-id`.
    id: str
    #: What becomes of it, as whoever has sent it says in the header `MODE`; "" for nothing.
    mode: str = ""


#: The name of that header.
MODE = "x-piratechat-mode"
