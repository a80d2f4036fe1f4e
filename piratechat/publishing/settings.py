"""The setting `piratechat.amqp.rooms`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from piratechat.amqp_address import NAME, ROOMS, address_from, line_class
from piratechat.model.published import RoomNames
from piratechat.options import ROOT, Options, of_the_chat
from piratechat.publishing.publisher import Database, Publisher

SETTING = f"{ROOT}{NAME}.{ROOMS}"


def publisher_from(settings: Mapping[str, str], database: Database, registry: CollectorRegistry) -> Publisher:
    """Return the publisher for the rooms in the ini file, which may be none.

    Raises ValueError, with the name of the setting, for an invalid value.
    """
    counter = Counter(
        "piratechat_published", "Published messages, and changes of them, by kind", ["kind"], registry=registry
    )
    options = Options(NAME, of_the_chat(settings), prefix=ROOT)
    try:
        names = RoomNames(options.text(ROOMS, "").split())
    except ValueError as error:
        raise options.wrong(ROOMS, str(error)) from None
    make_line: Any = None
    if names:
        make_line = partial(line_class("piratechat.publishing.line", "PublishingLine", SETTING), address_from(options))
        options.finish()
    return Publisher(names, make_line, database, lambda kind: counter.labels(kind).inc())
