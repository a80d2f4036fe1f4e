"""A connection to an AMQP server on which each text that is published is confirmed.

https://www.rabbitmq.com/docs/confirms

One greenlet is in `read`, and another one publishes.
"""

from collections.abc import Sequence
from typing import Any

import gevent
from amqp.exceptions import RecoverableConnectionError
from gevent.event import AsyncResult

from piratechat.amqp_address import Address
from piratechat.amqp_line import HEARTBEAT, AMQPLine

#: Seconds that the server may take to confirm that it has something.
CONFIRM_TIMEOUT = 10.0
#: What AMQP calls a message that is kept on disk.
PERSISTENT = 2


class ConfirmedLine(AMQPLine):
    """Knows of what is published on it whether the server has it."""

    def __init__(self, address: Address, purpose: str) -> None:
        super().__init__(address, purpose)
        self._published = 0
        self._confirmations: dict[int, AsyncResult] = {}

    def _begin_confirming(self) -> None:
        """Have the server confirm what is published from now on."""
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._confirmed)
        self._channel.events["basic_nack"].add(self._rejected)
        self._channel.events["basic_return"].add(_returned)

    def read(self) -> None:
        """Take what comes, until the connection fails."""
        beating = gevent.spawn(self._beat)
        try:
            while True:
                self._connection.drain_events()
        finally:
            beating.kill()
            for confirmation in self._taken(list(self._confirmations)):
                confirmation.set_exception(RecoverableConnectionError("the connection is gone"))

    def _beat(self) -> None:
        """Show that we are there, while there is nothing to say."""
        while True:
            gevent.sleep(HEARTBEAT / 2)
            try:
                self._connection.send_heartbeat()
            except self.errors:
                return  # whoever reads finds that out, too

    def _put(self, exchange: str, key: str, message: Any, mandatory: bool = False) -> AsyncResult:
        """Publish a message; see `_wait_for`."""
        self._published += 1
        confirmation = self._confirmations[self._published] = AsyncResult()
        self._publish(exchange, key, message, mandatory)
        return confirmation

    def _wait_for(self, confirmations: Sequence[AsyncResult]) -> None:
        """Wait until the server has what was published.  Raises one of `errors` if it has not."""
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
