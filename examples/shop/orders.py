"""A small shop that publishes the progress of its orders to a RabbitMQ queue.

    python orders.py amqp://guest:guest@127.0.0.1:5672/ 3

publishes the progress of three orders.  A chat with the settings in README.md posts it in a room.
"""

import itertools
import json
import sys
import uuid
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import amqp

EXCHANGE, QUEUE, KEY = "shop", "shop.orders", "order"
#: The states of an order, in their order.
STATES = ("is here", "is paid", "is on its way to you, my friend")
#: AMQP's delivery mode for messages that are stored on disk.
PERSISTENT = 2


def events(orders: int) -> Iterator[dict[str, object]]:
    """Yield the events of `orders` orders: the first event of each order, then the second."""
    for state, number in itertools.product(STATES, range(1, orders + 1)):
        yield {"order": {"number": number, "state": state}}


def main(url: str, orders: int) -> None:
    """Publish the events, and wait until the broker has stored them on disk."""
    parts = urlsplit(url)
    connection = amqp.Connection(
        f"{parts.hostname}:{parts.port or 5672}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        virtual_host=unquote(parts.path[1:]) or "/",
    )
    with connection, connection.channel() as channel:
        channel.confirm_select()
        channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
        channel.queue_declare(QUEUE, durable=True, auto_delete=False)
        channel.queue_bind(QUEUE, EXCHANGE, f"{KEY}.#")
        for event in events(orders):
            # The chat recognizes a redelivered event by its id.
            message = amqp.Message(json.dumps(event), delivery_mode=PERSISTENT, message_id=str(uuid.uuid4()))
            channel.basic_publish_confirm(message, EXCHANGE, KEY)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
