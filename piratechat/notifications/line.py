"""A connection by which one queue is read."""

from collections.abc import Callable
from typing import Any

import gevent
from amqp import Message
from amqp.exceptions import NotFound, RecoverableConnectionError
from gevent.event import AsyncResult

from piratechat.amqp_address import Address
from piratechat.amqp_line import HEARTBEAT, AMQPLine
from piratechat.notifications.delivery import MODE, Delivery

#: Notifications that are being said, of one queue in one process.
PREFETCH = 64
#: The queue of what can never be said, and what it holds at most, the newest: the operator looks at it.
DEAD = "piratechat.dead"
DEAD_ARGUMENTS = {"x-max-length": 100_000, "x-max-length-bytes": 1_000_000_000}
#: Seconds that the server may take to confirm that it has something on disk.
CONFIRM_TIMEOUT = 10.0
#: What AMQP calls a message that is kept on disk.
PERSISTENT = 2


class QueueLine(AMQPLine):
    """Hands what comes from `queue` to `take`, which must not wait.  The queue is made if there is none."""

    def __init__(self, address: Address, queue: str, take: Callable[[Delivery], None]) -> None:
        super().__init__(address, f"piratechat reads {queue}")
        self._queue = queue
        self._take_delivery = take
        self._published = 0
        self._confirmations: dict[int, AsyncResult] = {}

    def connect(self, refused: Callable[[str], None]) -> None:
        super().connect(refused)
        self._declare()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._confirmed)
        self._channel.events["basic_nack"].add(self._rejected)
        self._channel.events["basic_return"].add(_returned)
        self._channel.basic_qos(0, PREFETCH, False)
        self._channel.basic_consume(self._queue, callback=self._take, on_cancel=_is_gone)

    def read(self) -> None:
        """Hand over what comes, until the connection fails."""
        beating = gevent.spawn(self._beat)
        try:
            while True:
                self._connection.drain_events()
        finally:
            beating.kill()

    def _beat(self) -> None:
        """Show that we are there, while there is nothing to acknowledge."""
        while True:
            gevent.sleep(HEARTBEAT / 2)
            try:
                self._connection.send_heartbeat()
            except self.errors:
                return  # whoever reads finds that out, too

    def acknowledge(self, delivery: Delivery) -> None:
        """Have the server forget what was delivered.  Another greenlet may be in `read`, as in `bury`."""
        self._channel.basic_ack(delivery.tag)

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put what was delivered into the queue of what can never be said, and wait until it is there."""
        message = Message(
            delivery.body,
            delivery_mode=PERSISTENT,
            message_id=delivery.id,
            application_headers={"x-piratechat-queue": self._queue, "x-piratechat-reason": reason[:1_000]},
        )
        self._published += 1
        confirmation = self._confirmations[self._published] = AsyncResult()
        self._publish("", DEAD, message, mandatory=True)
        with gevent.Timeout(CONFIRM_TIMEOUT, RecoverableConnectionError("the server confirms nothing")):
            confirmation.get()

    def _declare(self) -> None:
        """Make the queues that are not there; the operator may have made them otherwise than we would."""
        for queue, arguments in ((self._queue, {}), (DEAD, DEAD_ARGUMENTS)):
            try:
                self._channel.queue_declare(queue, passive=True)
            except NotFound:  # which has closed the channel
                self._channel = self._connection.channel()
                self._channel.auto_decode = False
                self._channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)

    def _take(self, message: Any) -> None:
        self._take_delivery(
            Delivery(
                tag=message.delivery_tag,
                body=bytes(message.body or b""),
                id=str(message.properties.get("message_id", "")),
                mode=str((message.headers or {}).get(MODE, "")),
            )
        )

    def _confirmed(self, number: int, multiple: bool) -> None:
        for confirmation in self._confirmations_of(number, multiple):
            confirmation.set(None)

    def _rejected(self, number: int, multiple: bool) -> None:
        for confirmation in self._confirmations_of(number, multiple):
            confirmation.set_exception(RecoverableConnectionError(f"the server takes nothing into {DEAD}"))

    def _confirmations_of(self, number: int, multiple: bool) -> list[AsyncResult]:
        numbers = [each for each in self._confirmations if each <= number] if multiple else [number]
        return [self._confirmations.pop(each) for each in numbers if each in self._confirmations]


def _returned(*_what: Any) -> None:
    raise RecoverableConnectionError(f"somebody has deleted {DEAD}")


def _is_gone(_tag: str) -> None:
    raise RecoverableConnectionError("somebody has deleted the queue")
