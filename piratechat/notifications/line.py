"""A connection for consuming one queue."""

from collections.abc import Callable
from typing import Any

from amqp import Message
from amqp.exceptions import NotFound, RecoverableConnectionError

from piratechat.amqp_address import EPOCH, SOURCE, Address
from piratechat.amqp_confirmed import PERSISTENT, ConfirmedLine
from piratechat.notifications.delivery import MODE, Delivery

#: Maximum number of unacknowledged notifications of one queue in one process.
PREFETCH = 64
#: The queue for notifications that can never be posted, for the operator; and its maximum length (the newest are kept).
DEAD = "piratechat.dead"
DEAD_ARGUMENTS = {"x-max-length": 100_000, "x-max-length-bytes": 1_000_000_000}


class QueueLine(ConfirmedLine):
    """Passes messages of `queue` to `take`, which must not block.  Declares the queue if it does not exist."""

    def __init__(self, address: Address, queue: str, take: Callable[[Delivery], None]) -> None:
        super().__init__(address, f"piratechat reads {queue}")
        self._queue = queue
        self._take_delivery = take

    def connect(self, refused: Callable[[str], None]) -> None:
        super().connect(refused)
        self._declare()
        self._begin_confirming()
        self._channel.basic_qos(0, PREFETCH, False)
        self._channel.basic_consume(self._queue, callback=self._take, on_cancel=_is_gone)

    def acknowledge(self, delivery: Delivery) -> None:
        """Acknowledge a message.  Another greenlet may be in `read`; likewise for `bury`."""
        self._channel.basic_ack(delivery.tag)

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Move a message to the queue of undeliverable notifications, and wait for the confirmation."""
        message = Message(
            delivery.body,
            delivery_mode=PERSISTENT,
            message_id=delivery.id,
            application_headers={"x-piratechat-queue": self._queue, "x-piratechat-reason": reason[:1_000]},
        )
        self._wait_for([self._put("", DEAD, message, mandatory=True)])

    def _declare(self) -> None:
        """Declare missing queues; existing ones may have other properties than ours."""
        for queue, arguments in ((self._queue, {}), (DEAD, DEAD_ARGUMENTS)):
            try:
                self._channel.queue_declare(queue, passive=True)
            except NotFound:  # which has closed the channel
                self._channel = self._connection.channel()
                self._channel.auto_decode = False
                self._channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)

    def _take(self, message: Any) -> None:
        headers = message.headers or {}
        self._take_delivery(
            Delivery(
                tag=message.delivery_tag,
                body=bytes(message.body or b""),
                id=str(message.properties.get("message_id", "")),
                mode=str(headers.get(MODE, "")),
                epoch=str(headers.get(EPOCH, "")),
                source=str(headers.get(SOURCE, "")),
            )
        )


def _is_gone(_tag: str) -> None:
    raise RecoverableConnectionError("somebody has deleted the queue")
