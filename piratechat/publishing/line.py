"""The connection over which a process publishes."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from amqp import Message
from amqp.exceptions import NotFound, RecoverableConnectionError, ResourceLocked

from piratechat.amqp_address import EPOCH, SOURCE, Address
from piratechat.amqp_confirmed import PERSISTENT, ConfirmedLine
from piratechat.publishing.publications import Publication

#: The exchange; its routing keys are ROOM.KIND.
EXCHANGE = "piratechat"
#: The prefix of an exclusive queue, before the epoch of the database: its holder is the publisher.
LEASE = "piratechat.publisher."

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class PublishingLine(ConfirmedLine):
    """Publishes to the exchange, and declares it if necessary.

    Among all processes with the same database, the publisher is the one that holds the exclusive queue: the server
    allows one connection, and releases the queue when that ends.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address, "piratechat publishes")

    def connect(self, refused: Callable[[str], None]) -> None:
        super().connect(refused)
        try:
            self._channel.exchange_declare(EXCHANGE, "topic", passive=True)
        except NotFound:  # which has closed the channel
            self._renew()
            self._channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)

    def lead(self, epoch: str) -> bool:
        """Become the publisher for the database `epoch`; return False while another process is."""
        queue = LEASE + epoch
        try:
            self._channel.queue_declare(queue, exclusive=True, arguments={"x-max-length": 1})
        except ResourceLocked:  # which has closed the channel
            self._renew()
            return False
        self._begin_confirming()
        self._channel.basic_consume(queue, no_ack=True, callback=_nothing, on_cancel=_is_gone)
        return True

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order, and wait for the confirmations.  Another greenlet is in `read`."""
        self._wait_for(
            [self._put(EXCHANGE, f"{each.values['room']}.{each.kind}", _written(each)) for each in publications]
        )

    def _renew(self) -> None:
        self._channel = self._connection.channel()
        self._channel.auto_decode = False


def _written(publication: Publication) -> Message:
    headers = {EPOCH: publication.values["epoch"]}
    if publication.source:
        headers[SOURCE] = publication.source
    return Message(
        _encode(publication.values).encode("utf-8", "replace"),
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=PERSISTENT,
        message_id=publication.id,
        application_headers=headers,
    )


def _nothing(_message: Any) -> None:
    """The exclusive queue receives no messages."""


def _is_gone(_tag: str) -> None:
    raise RecoverableConnectionError("somebody has deleted the queue of the one who publishes")
