"""Databases of earlier versions are upgraded when they are opened.

Version 0 was written by commit 5a35df3, and version 1 by 867d299. tests/operator/test_upgrading.py serves them, and
version 2, which commit 66f1735 wrote.
"""

import gzip
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from unittest import mock

from transaction import TransactionManager
from ZODB import DB
from ZODB.broken import Broken
from ZODB.FileStorage import FileStorage
from ZODB.utils import p64, u64

from piratechat.errors import CommandRejected
from piratechat.maintenance.history import changes, undo
from piratechat.maintenance.integrity import Report, check_objects, check_rooms, scan_file
from piratechat.model.catching_up import KeptChanges
from piratechat.model.chat import VERSION, VERSION_KEY, Chat, chat_of
from piratechat.model.commands import Remove, Restore, Say
from piratechat.model.log import participant_of
from piratechat.model.text import skeleton
from piratechat.storage import upgrade as upgrading
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database
from piratechat.storage.upgrade import DatabaseTooNew, class_factory, upgrade

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")

#: Upgrades the file {path!r}, one room per commit, and is killed before commit number {commits}.
KILLED_UPGRADE = """
import os, signal, sys
sys.path[:] = {modules!r}
from piratechat.storage import upgrade
from piratechat.storage.database import Database
upgrade.ROOMS_PER_COMMIT = 1
commit, left = upgrade._commit, [{commits}]
def killed_commit(*arguments):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    commit(*arguments)
upgrade._commit = killed_commit
Database("file://" + {path!r}, timeout=0.0).open()
"""


class UpgradeTest(unittest.TestCase):
    #: The version of the database to upgrade.
    version = 0

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = os.path.join(self.folder, "chat.fs")
        with (
            gzip.open(os.path.join(DATA, f"version-{self.version}.fs.gz")) as packed,
            open(self.path, "wb") as file,
        ):
            file.write(packed.read())

    database = None

    def opened(self):
        """Return the database after opening it again."""
        if self.database is not None:
            self.database.close()
        self.database = Database(f"file://{self.path}", timeout=0.0)
        self.addCleanup(self.database.close)
        return self.database

    def state(self):
        """Return the contents of all rooms as plain values."""
        with self.opened().reading() as chat:
            self.assertEqual(chat._p_jar.root()[VERSION_KEY], VERSION)
            return {slug: room_state(chat.rooms[slug]) for slug in chat.rooms}


def room_state(room):
    names = room.names
    return {
        "messages": [tuple(message) for message in room.messages(0, 1000)],
        "removed": dict(room.removed),
        "names": sorted(names.all()),
        "numbers": {visitor: names.participant(visitor) for visitor in names._current},
        "settings": (room.title, room.translator, room.read_only, room.slow, room.third_party_translation, room.owner),
        "log": [tuple(entry) for entry in room.moderation_log],
        "spoke": dict(room._spoke),
    }


class Upgrade(UpgradeTest):
    def test_all_data_has_its_new_names(self):
        rooms = self.state()
        ada = rooms["ada"]
        self.assertEqual(len(ada["messages"]), 77)
        self.assertEqual(ada["removed"], {3: "owner", 64: "owner"})
        self.assertEqual(ada["settings"], ("Ada's room", "pirate", False, 5, True, "visitor-ada"))
        self.assertIn(("Bo", True), ada["names"])
        self.assertIn(("Cyrus", False), ada["names"])
        found = " ".join(what for _at, what, *_values in reversed(ada["log"]))
        self.assertEqual(
            found,
            "removed removed removed restored muted muted unmuted title translator slow third_party_translation",
        )
        self.assertEqual(list(ada["spoke"]), ["visitor-cy"])
        self.assertTrue(rooms["captain"]["settings"][4])
        self.assertTrue(rooms["captain"]["settings"][2])
        self.assertFalse(rooms["empty"]["settings"][4])

    def test_messages_keep_text_and_language(self):
        with self.opened().reading() as chat:
            room = chat.rooms["ada"]
            first, ninth = room.message(1), room.message(9)
            self.assertEqual(first[2:7], ("Ada", "Hello, my friend. Where is the money? #1", "nonce-000", False, "en"))
            self.assertEqual(ninth[2:7], ("עדי", "明日の会議は三時からです #9", "nonce-008", False, ""))
            self.assertTrue(room.message(3).removed)
            self.assertEqual(room.message(3).text, "")

    def test_messages_are_not_rewritten(self):
        before = os.path.getsize(self.path)
        segments = self.segments_written()
        self.state()
        self.assertEqual(self.segments_written(), segments)
        self.assertGreater(os.path.getsize(self.path), before)

    def segments_written(self):
        with open(self.path, "rb") as file:
            return file.read().count(b"cpiratechat.model.log\nSegment")

    def test_visitors_with_names_get_numbers(self):
        for slug, room in self.state().items():
            numbers = sorted(room["numbers"].values())
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)), slug)
        self.assertEqual(len(self.state()["ada"]["numbers"]), 7)

    def test_authors_of_old_and_new_messages(self):
        database = self.opened()
        committer = Committer(database, mock.Mock(), clock=lambda: 1_800_000_000_000)
        self.addCleanup(committer.close)
        committer.perform(Say("ada", "visitor-cy", "of version 1", "nonce-new"))
        with database.reading() as chat:
            room = chat.rooms["ada"]
            self.assertIsNone(participant_of(room.log.get(2)))
            self.assertEqual((room.message(2).author, room.author(2)), ("Bo", "visitor-bo"))
            self.assertEqual(room.author(3), "visitor-cy", "a message posted under an earlier name")
            self.assertEqual(participant_of(room.log.get(78)), room.names.participant("visitor-cy"))
            self.assertEqual(room.author(78), "visitor-cy")
            self.assertIsNone(room.author(79))

    def test_nonces_of_old_messages_are_known(self):
        database = self.opened()
        committer = Committer(database, mock.Mock(), clock=lambda: 1_800_000_000_000)
        self.addCleanup(committer.close)
        done = committer.perform(Say("ada", "visitor-cy", "slowly", "nonce-slow"))
        self.assertEqual(done.repeated.text, "slowly")

    def test_a_second_upgrade_writes_nothing(self):
        first = self.state()
        size = os.path.getsize(self.path)
        self.assertEqual(self.state(), first)
        self.assertEqual(os.path.getsize(self.path), size)

    def test_old_names_are_removed(self):
        database = self.opened()
        connection = database.open(TransactionManager())
        classes = Counter()
        for oid in range(u64(connection._storage.new_oid())):
            try:
                thing = connection.get(p64(oid))
            except KeyError:
                continue
            thing._p_activate()
            self.assertNotIsInstance(thing, Broken)
            classes[type(thing).__name__] += 1
            self.assertFalse({"_deeds", "_silenced"} & vars(thing).keys() if hasattr(thing, "__dict__") else set())
        self.assertGreater(classes["ModerationLog"], 0)

    def test_the_upgraded_database_is_consistent(self):
        database = self.opened()
        connection = database.open(TransactionManager())
        report = Report()
        check_objects(lambda oid: connection._storage.load(oid)[0], report)
        check_rooms(chat_of(connection), report)
        database.close()
        scan_file(self.path, report, in_use=False)
        self.assertEqual(report.faults, [])

    def test_the_epoch_is_persistent(self):
        with self.opened().reading() as chat:
            epoch = chat.epoch
        self.assertRegex(epoch, "^[0-9a-f]{16}$")
        with self.opened().reading() as chat:
            self.assertEqual(chat.epoch, epoch)


class SimilarNames(UpgradeTest):
    """Two names and two rooms became similar when look-alikes were folded first: both keep their owners."""

    def claimed(self, slug, name, visitor):
        with self.opened().reading() as chat:
            try:
                chat.rooms[slug].names.claim(name, visitor)
            except CommandRejected as rejected:
                return rejected.code
            return chat.rooms[slug].names.of(visitor)

    def test_both_names_are_kept_and_protected(self):
        self.assertEqual(skeleton("\u03f9aptain"), skeleton("Captain"))
        for name, visitor in (("Captain", "visitor-eve"), ("\u03f9aptain", "visitor-mal")):
            self.assertEqual(self.claimed("ada", name, visitor), name)
            with self.opened().reading() as chat:
                self.assertEqual(chat.rooms["ada"].names.owner(name), visitor)
        for name in ("Captain", "\u03f9aptain", "\u2ca4aptain"):
            self.assertEqual(self.claimed("ada", name, "visitor-third"), "name-taken")

    def test_both_rooms_are_kept_and_protected(self):
        with self.opened().reading() as chat:
            rooms = chat.rooms
            self.assertEqual(rooms.open("Victim Room", "visitor-victim").__name__, "victim-room")
            self.assertEqual(rooms.open("V\u0456ct\u0456m Room", "visitor-mallory").__name__, "v\u0456ct\u0456m-room")
            for name in ("Vict\u0456m Room", "V1ctim Room"):
                with self.assertRaises(CommandRejected) as caught:
                    rooms.open(name, "visitor-third")
                self.assertEqual(caught.exception.code, "name-taken")


class FromVersion1(UpgradeTest):
    """Rooms have a log of changes, which begins with the first change after the upgrade."""

    version = 1

    def test_all_data_is_there_without_numbers(self):
        before = self.raw("version-1.fs.gz")
        ada = self.state()["ada"]
        self.assertEqual(len(ada["messages"]), 36)
        self.assertEqual(ada["removed"], {5: "owner", 34: "owner"})
        self.assertEqual(ada["settings"], ("The Ship", None, False, 5, True, "visitor-ada"))
        with self.opened().reading() as chat:
            self.assertEqual([chat.rooms[slug].rev for slug in chat.rooms], [0, 0])
        self.assertEqual(self.raw(None)[: len(before)], before, "existing data is not changed")

    def raw(self, name):
        if name is None:
            with open(self.path, "rb") as file:
                return file.read()
        with gzip.open(os.path.join(DATA, name)) as file:
            return file.read()

    def test_the_epoch_is_kept(self):
        manager = TransactionManager()
        storage = FileStorage(self.path)
        db = DB(storage, class_factory=class_factory)
        epoch = chat_of(db.open(manager)).epoch
        manager.abort()
        db.close()
        with self.opened().reading() as chat:
            self.assertEqual(chat.epoch, epoch)

    def test_the_next_change_is_the_first(self):
        database = self.opened()
        committer = Committer(database, mock.Mock(), clock=lambda: 1_800_000_000_000)
        self.addCleanup(committer.close)
        self.assertEqual(committer.perform(Restore("ada", "visitor-ada", 5)).rev, 1)
        self.assertEqual(committer.perform(Remove("ada", "visitor-ada", 1)).rev, 2)
        with database.reading() as chat:
            found = KeptChanges(chat.rooms["ada"]).since(0)
        self.assertEqual([event.rev for event in found], [1, 2])

    def test_earlier_changes_can_be_undone(self):
        database = self.opened()
        manager = TransactionManager()
        connection = database.open(manager)
        room = chat_of(connection).rooms["ada"]
        removal = next(change for change in changes(connection.db().storage) if "remove" in change.description)
        undo(connection, removal.id, "undo")
        self.assertEqual((dict(room.removed), room.rev), ({34: "owner"}, 1))
        connection.close()


class Interrupted(UpgradeTest):
    def test_an_interrupted_upgrade_continues_at_the_next_start(self):
        expected = self.state()
        for commits in range(1, 9):
            with self.subTest(commits=commits):
                self.setUp()
                code = KILLED_UPGRADE.format(path=self.path, modules=sys.path, commits=commits)
                status = subprocess.run([sys.executable, "-c", code], check=False).returncode
                self.assertIn(status, (0, -signal.SIGKILL))
                self.assertEqual(self.state(), expected)
        self.assertEqual(status, -signal.SIGKILL, "the last upgrade was interrupted")

    def test_two_processes_at_once(self):
        """When commits conflict, the process starts again, and finds little left to do."""
        done = []

        def step(chat):
            done.append(1)
            chat.rooms.step = len(done)
            if len(done) == 1:
                other = TransactionManager()
                connection = chat._p_jar.db().open(other)
                chat_of(connection).rooms.step = "of the other"
                other.commit()
                connection.close()
            yield

        database = self.opened()
        database.open()
        upgrade(database._db, [*upgrading.STEPS, step])
        self.assertEqual(len(done), 2)


class TooNew(UpgradeTest):
    def test_a_newer_database_is_rejected_with_an_explanation(self):
        database = self.opened()
        manager = TransactionManager()
        connection = database.open(manager)
        connection.root()[VERSION_KEY] = VERSION + 1
        manager.commit()
        connection.close()
        database.close()
        with self.assertRaises(DatabaseTooNew) as caught:
            self.opened().open()
        self.assertIn("Start the later one", str(caught.exception))


class New(unittest.TestCase):
    def test_a_new_database_has_the_version(self):
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"file://{folder}/chat.fs")
            self.addCleanup(database.close)
            connection = database.open()
            self.assertEqual(connection.root()[VERSION_KEY], VERSION)

    def test_epochs_differ(self):
        self.assertNotEqual(Chat().epoch, Chat().epoch)
