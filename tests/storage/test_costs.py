"""The number of objects read and written for a message, a change, and a reconnecting reader."""

import tempfile
import unittest
from collections import Counter
from unittest import mock

from transaction import TransactionManager
from ZODB.Connection import Connection
from ZODB.POSException import ConflictError
from ZODB.utils import get_pickle_metadata

from piratechat.live.registry import LiveRooms
from piratechat.model.catching_up import Position
from piratechat.model.chat import chat_of
from piratechat.model.commands import Change, React, Remove, RemoveMany, Say
from piratechat.model.nonces import Nonces
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database
from piratechat.translators.builtin.original import Original
from piratechat.views.api import whole_log
from tests.live.test_live_room import Group
from tests.support.engines import engine

TEXT = "sixty characters of what people say to each other in a room."


class CostsTest(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = Database(f"file://{folder}/chat.fs")
        self.addCleanup(self.database.close)
        manager, connection = self.connection()
        chat_of(connection).rooms.open("Ada", "ada")
        manager.commit()
        self.committer = Committer(self.database, mock.Mock(), clock=lambda: 1_800_000_000_000)
        self.addCleanup(self.committer.close)
        for number in range(20):
            self.committer.perform(Say("ada", "ada", TEXT, f"nonce {number}"))

    def connection(self):
        manager = TransactionManager()
        connection = self.database.open(manager)
        self.addCleanup(connection.close)
        self.addCleanup(manager.abort)
        return manager, connection

    def written(self, command):
        """Perform `command`; return the number of written objects of each class, and their bytes."""
        self.committer.perform(command)
        for transaction in self.database._db.storage.iterator():
            pickles = [record.data for record in transaction]
        return Counter(get_pickle_metadata(data)[1] for data in pickles), sum(map(len, pickles))

    def test_a_message_writes_only_its_segment(self):
        before = self.written(Say("ada", "ada", TEXT, "nonce 20"))
        self.committer.perform(Remove("ada", "ada", 1))
        after = self.written(Say("ada", "ada", TEXT, "nonce 21"))
        self.assertEqual((before[0], after[0]), ({"Segment": 1}, {"Segment": 1}))
        self.assertLess(after[1] - before[1], 150)

    def test_a_message_does_not_read_the_changes(self):
        self.committer.perform(Remove("ada", "ada", 1))
        _manager, connection = self.connection()
        connection.cacheMinimize()
        room = chat_of(connection).rooms["ada"]
        room.say("ada", TEXT, 1_800_000_000_001)
        self.assertIsNone(room._changes._p_changed, "the object was not loaded")

    def test_an_export_leaves_no_messages_in_memory(self):
        manager, connection = self.connection()
        room = chat_of(connection).rooms["ada"]
        for number in range(1_000):
            room.say("ada", f"message {number}", 1_800_000_000_001 + number)
        manager.commit()
        with self.database.reading() as chat:
            room = chat.rooms["ada"]
            before, last = room._p_jar._cache.cache_non_ghost_count, room.log.last
        found = [message.seq for page in whole_log(self.database, "ada", last) for message in page]
        self.assertEqual(found, list(range(1, last + 1)))
        with self.database.reading() as chat:
            after = chat.rooms["ada"]._p_jar._cache.cache_non_ghost_count
        self.assertLess(after - before, 20)

    def join(self, live, position):
        """Return the number of objects loaded for a returning reader, in addition to those for opening the session."""
        with self.database.reading() as chat:  # like a SockJS session when it opens: READ, and the view
            room = chat.rooms["ada"]
            self.assertTrue(room.__acl__())
            self.assertIsNone(room.translator)
            room.names.of("bo")
        with mock.patch.object(Connection, "setstate", autospec=True, side_effect=Connection.setstate) as reads:
            live.coming_back.missed(position, "original", mock.Mock())
            with self.rooms.room("ada") as room:
                self.assertEqual(room.names.of(room.owner), "Ada")
                self.assertFalse(room.names.is_muted("bo") or room.read_only)
        return reads.call_count

    def test_a_reader_without_missed_events_reads_nothing(self):
        self.committer.perform(Remove("ada", "ada", 1))
        self.rooms = LiveRooms(self.database.reading, lambda _room: {"original": Original()}, engine(), Group)
        live = self.rooms.enter("ada")
        last, rev, epoch = live.numbers
        self.assertEqual(self.join(live, Position(last, rev, epoch)), 0)
        self.assertGreater(self.join(live, Position(last - 1, rev, epoch)), 0, "a message is read")

    def test_a_change_writes_its_segment_and_the_changed_object(self):
        self.committer.perform(Remove("ada", "ada", 1))
        message = self.written(Say("ada", "ada", TEXT, "nonce 20"))[1]
        change, size = self.written(Remove("ada", "ada", 2))
        self.assertEqual(change, {"LOBTree": 1, "ModerationLog": 1, "ChangeSegment": 1})
        self.assertLess(size, message + 300)
        change, _size = self.written(RemoveMany("ada", "ada", range(3, 20)))
        self.assertEqual(change, {"LOBTree": 1, "ModerationLog": 1, "ChangeSegment": 1})
        change, _size = self.written(Change("ada", "ada", {"slow": 1}))
        self.assertEqual(change, {"Room": 1, "ModerationLog": 1, "ChangeSegment": 1})

    def test_a_reaction_does_not_write_the_room(self):
        self.committer.perform(Remove("ada", "ada", 2))
        first, _size = self.written(React("ada", "ada", 1, "👍"))
        self.assertEqual(first, {"LOBTree": 1, "Reactions": 1, "LLTreeSet": 1, "ChangeSegment": 1})
        second, size = self.written(React("ada", "ada", 1, "❤️"))
        self.assertEqual(second, {"Reactions": 1, "LLTreeSet": 1, "ChangeSegment": 1})
        again, _size = self.written(React("ada", "ada", 1, "❤️", False))
        self.assertEqual(again, {"Reactions": 1, "LLTreeSet": 1, "ChangeSegment": 1})
        self.assertLess(size, 1_000)

    def test_two_processes_never_assign_the_same_number(self):
        """The conflict cannot be resolved: one of them repeats its command."""
        self.committer.perform(Remove("ada", "ada", 1))
        connections = [self.connection() for _ in range(2)]
        for seq, (manager, connection) in enumerate(connections, 2):
            manager.begin()
            room = chat_of(connection).rooms["ada"]
            self.assertEqual(Remove("ada", "ada", seq).perform(room, 1, Nonces(lambda: 0.0)).rev, 2)
        connections[0][0].commit()
        with self.assertRaises(ConflictError):
            connections[1][0].commit()
        connections[1][0].abort()
        self.assertEqual(self.committer.perform(Remove("ada", "ada", 3)).rev, 3)
