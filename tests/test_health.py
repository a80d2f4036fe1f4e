"""The health check: whether all is well, and the problems that it reports."""

import os
import shutil
import tempfile
from types import SimpleNamespace
from unittest import TestCase, mock

import gevent
from transaction import TransactionManager

from piratechat import health
from piratechat.errors import CommandRejected
from piratechat.health import Health
from piratechat.model.chat import chat_of
from piratechat.model.commands import Say
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database
from tests.storage.test_committer import Disk


class HealthTest(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.database = Database(f"file://{self.folder}/chat.fs", timeout=0.1)
        self.addCleanup(self.database.close)
        self.committer = SimpleNamespace(stalled=0.0, failed_at=None)

    def problems(self, folders=(), reserve=1):
        return Health(self.database, self.committer, folders, reserve).problems()

    def test_all_is_well(self):
        self.assertEqual(self.problems([self.folder]), [])

    def test_the_disk_is_almost_full(self):
        (problem,) = self.problems([self.folder], 10**18)
        self.assertRegex(problem, r"^disk: \d+ MB are left of the 1000000000000 MB that piratechat.disk_reserve asks")

    def test_the_folder_is_missing(self):
        self.assertEqual(self.problems([f"{self.folder}/gone"]), ["disk: a data folder is missing"])

    def test_the_check_writes_nothing(self):
        self.committer.stalled = 12.3
        self.assertEqual(self.problems(), ["writing: nothing has been written for 12 s, and commands are waiting"])

    def test_a_store_recovers_with_its_next_commit(self):
        path = os.path.join(self.folder, "chat.fs")
        disk = Disk(path)
        self.database._make_storage = lambda: disk
        manager = TransactionManager(explicit=True)
        connection = self.database.open(manager)
        with manager:
            chat_of(connection).rooms.open("Captain", "captain")
        connection.close()
        committer = Committer(self.database, mock.Mock())
        self.addCleanup(committer.close)
        found = Health(self.database, committer, (), 1)
        disk.full = 10**6
        with self.assertLogs("piratechat.storage.committer", "ERROR"), self.assertRaises(CommandRejected):
            committer.perform(Say("captain", "captain", "Ahoy"))
        self.enterContext(mock.patch("piratechat.health.PROBE_INTERVAL", 0))
        with self.assertLogs("piratechat.health", "ERROR"):
            self.assertEqual(found.problems(), [health.REFUSED])
        with self.assertLogs("piratechat.health", "ERROR"):
            self.assertEqual(found.problems(), [health.REFUSED], "there was no attempt since")
        size = os.path.getsize(path)
        disk.full = 0
        self.assertEqual(found.problems(), [])
        self.assertEqual(os.path.getsize(path), size, "the attempts stored nothing")

    def test_the_file_is_damaged(self):
        with open(os.path.join(self.folder, "chat.fs"), "wb") as file:
            file.write(b"this is no database, and never was" * 100)
        with self.assertLogs("piratechat.health", "ERROR") as logs:
            (problem,) = self.problems()
        self.assertIn(f"{self.folder}/chat.fs is damaged", logs.output[0])
        self.assertRegex(problem, r"^database: cannot be read \(DatabaseDamaged\)")
        self.assertNotIn(self.folder, problem)

    def test_concurrent_checks_get_the_same_result(self):
        found = Health(self.database, self.committer, (), 1)

        def ask_again_and_again():
            return [problem for _ in range(20) for problem in found.problems()]

        asking = [gevent.spawn(ask_again_and_again) for _ in range(20)]
        self.assertEqual([problem for each in asking for problem in each.get()], [])

    def test_an_unresponsive_database_is_checked_once(self):
        answers = gevent.event.Event()
        asked = []

        class Slow:
            def ask(self):
                asked.append(self)
                answers.wait()
                raise OSError

        timeout, health.DATABASE_TIMEOUT = health.DATABASE_TIMEOUT, 0.05
        self.addCleanup(setattr, health, "DATABASE_TIMEOUT", timeout)
        self.database.close()
        found = Health(Slow(), self.committer, (), 1)
        for _ in range(3):
            self.assertEqual(found.problems(), ["database: no response for 0 s"])
        self.assertEqual(len(asked), 1)
        answers.set()
        gevent.sleep(0)
        self.assertEqual(found.problems(), ["database: cannot be read (OSError); see the log"])
