"""Readers of a live room within the process of a test."""

import json

from piratechat.serialization import message_values
from tests.support.room_picture import InconsistentEvent, RoomPicture


class Reader(RoomPicture):
    """A window of `visitor` in the room `slug`, with the state read from `database` and updated by events."""

    def __init__(self, database, slug, visitor="nobody"):
        super().__init__(None)
        self.database = database
        self.slug = slug
        self.visitor = visitor
        #: The types of the received events, and the events that contradicted earlier ones.
        self.heard = []
        self.inconsistent = []

    def send(self, text):
        """Receive an event."""
        event = json.loads(text)
        self.heard.append(event["type"])
        try:
            self.receive(event)
        except InconsistentEvent as inconsistent:
            self.inconsistent.append(str(inconsistent))

    def read(self):
        """Read the room from the database, as a page does when it loads."""
        with self.database.reading() as chat:
            room = chat.rooms[self.slug]
            self._forget()
            self.epoch = room.epoch
            for message in room.messages(0, room.log.last):
                self._put(message_values(message))
            self.rev = self._read = room.rev
            self.current = True

    def faults(self):
        """Return the differences between its state and the database."""
        kept = Reader(self.database, self.slug)
        kept.read()
        with self.database.reading() as chat:
            room = chat.rooms[self.slug]
            owner = room.names.of(room.owner)
            kept.settings = {name: owner if name == "owner" else getattr(room, name) for name in self.settings}
        return [*self.inconsistent, *self.differences(kept)]
