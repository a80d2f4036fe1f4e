"""`welcome` events of a room: what is the same for many readers is encoded once.

Thousands of readers may join in a few seconds, and most of what they are told is the same for all.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from piratechat.live.event_json import part_of_welcome, welcome_event
from piratechat.live.presence import Presence
from piratechat.protocol.objects import Translator, View
from piratechat.serialization import topic_values
from piratechat.translators.views import offers_several

#: Maximum number of views of a room whose part is kept.
MAX_VIEWS = 16


class Shared(NamedTuple):
    """The state of a room that its next reader through the same translator is told as well."""

    version: str  # of the files of pages
    room: str
    last: int
    rev: int
    epoch: str
    view: str
    owner: str | None
    topic: str
    topic_view: View | None
    pinned: tuple[int, ...]
    read_only: bool


class Welcomes:
    """The events for the readers of one room.

    A part is kept with all that it was made from, and made again when that differs.
    """

    def __init__(self) -> None:
        self._people: tuple[int, str] | None = None
        self._rooms: dict[str, tuple[object, str]] = {}  # by view

    def event(
        self,
        you: str | None,
        visitor: str,
        muted: bool,
        shared: Shared,
        presence: Presence,
        translators: Mapping[str, Any],
    ) -> str:
        """Return the event for a reader called `you`, with the mark `visitor`."""
        return welcome_event(
            part_of_welcome(
                {"type": "welcome", "you": you, "visitor": visitor, "muted": muted, "here": presence.count}
            ),
            self._people_part(presence),
            self._room_part(shared, translators),
        )

    def _people_part(self, presence: Presence) -> str:
        kept = self._people
        if kept is None or kept[0] != presence.names_change:
            kept = self._people = presence.names_change, part_of_welcome({"present": presence.names})
        return kept[1]

    def _room_part(self, shared: Shared, translators: Mapping[str, Any]) -> str:
        basis = shared, translators, _targets(translators)
        kept = self._rooms.get(shared.view)
        if kept is None or kept[0] != basis:
            if len(self._rooms) >= MAX_VIEWS:
                self._rooms.clear()
            kept = self._rooms[shared.view] = basis, _encoded(shared, translators)
        return kept[1]


def _encoded(shared: Shared, translators: Mapping[str, Any]) -> str:
    return part_of_welcome(
        {
            "version": shared.version,
            "room": shared.room,
            "last": shared.last,
            "rev": shared.rev,
            "epoch": shared.epoch,
            "as": shared.view,
            "translators": [_described(name, found) for name, found in translators.items()],
            "owner": shared.owner,
            **topic_values(shared.topic, shared.topic_view),
            "pinned": shared.pinned,
            "read_only": shared.read_only,
        }
    )


def _targets(translators: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the languages of each translator that offers several; they may change at any time."""
    return [tuple(found.targets()) for found in translators.values() if offers_several(found)]


def _described(name: str, found: Any) -> Translator:
    values: Translator = {
        "name": name,
        "title": found.title,
        "reach": found.reach,
        "recipient": found.recipient,
        "target": found.target,
    }
    if offers_several(found):
        values["targets"] = list(found.targets())
    return values
