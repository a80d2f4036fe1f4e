"""A connection to an AMQP server with publisher confirms.

https://www.rabbitmq.com/docs/confirms

One greenlet calls `read`, and another one publishes.
"""

from collections.abc import Sequence
from typing import Any

import gevent
from amqp.exceptions import RecoverableConnectionError
from gevent.event import AsyncResult

from piratechat.amqp_address import Address
from piratechat.amqp_line import HEARTBEAT, AMQPLine

#: Seconds in which the server must confirm a message.
CONFIRM_TIMEOUT = 10.0
#: AMQP's delivery mode for messages that are stored on disk.
PERSISTENT = 2


class ConfirmedLine(AMQPLine):
    """A connection that tracks whether the server has confirmed published messages."""

    def __init__(self, address: Address, purpose: str) -> None:
        super().__init__(address, purpose)
        self._published = 0
        self._confirmations: dict[int, AsyncResult] = {}

    def _begin_confirming(self) -> None:
        """Ask the server to confirm all messages from now on."""
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._confirmed)
        self._channel.events["basic_nack"].add(self._rejected)
        self._channel.events["basic_return"].add(_returned)

    def read(self) -> None:
        """Read from the connection until it fails."""
        beating = gevent.spawn(self._beat)
        try:
            while True:
                self._connection.drain_events()
        finally:
            beating.kill()
            for confirmation in self._taken(list(self._confirmations)):
                confirmation.set_exception(RecoverableConnectionError("the connection is gone"))

    def _beat(self) -> None:
        """Send heartbeats while there is nothing else to send."""
        while True:
            gevent.sleep(HEARTBEAT / 2)
            try:
                self._connection.send_heartbeat()
            except self.errors:
                return  # the reading greenlet notices that, too

    def _put(self, exchange: str, key: str, message: Any, mandatory: bool = False) -> AsyncResult:
        """Publish a message; see `_wait_for`."""
        self._published += 1
        confirmation = self._confirmations[self._published] = AsyncResult()
        self._publish(exchange, key, message, mandatory)
        return confirmation

    def _wait_for(self, confirmations: Sequence[AsyncResult]) -> None:
        """Wait until the server has confirmed the messages.  Raises one of `errors` if it does not."""
        with gevent.Timeout(CONFIRM_TIMEOUT, RecoverableConnectionError("the server confirms nothing")):
            for confirmation in confirmations:
                confirmation.get()

    def _confirmed(self, number: int, multiple: bool) -> None:
        for confirmation in self._taken(self._numbers(number, multiple)):
            confirmation.set(None)

    def _rejected(self, number: int, multiple: bool) -> None:
        for confirmation in self._taken(self._numbers(number, multiple)):
            confirmation.set_exception(RecoverableConnectionError("a queue of the server takes nothing"))

    def _numbers(self, number: int, multiple: bool) -> list[int]:
        return [each for each in self._confirmations if each <= number] if multiple else [number]

    def _taken(self, numbers: Sequence[int]) -> list[AsyncResult]:
        return [self._confirmations.pop(each) for each in numbers if each in self._confirmations]


def _returned(*_what: Any) -> None:
    raise RecoverableConnectionError("somebody has deleted the queue for what is published")
