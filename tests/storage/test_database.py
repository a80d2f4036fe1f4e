"""The database is opened by its first use."""

import contextlib
import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

import gevent
from transaction import TransactionManager
from zc.lockfile import LockFile
from ZODB import DB
from ZODB.Connection import TransactionMetaData
from ZODB.POSException import ConflictError, ReadOnlyError
from ZODB.utils import z64

from piratechat.model.chat import chat_of
from piratechat.storage.database import IDLE_READERS, Database, DatabaseInUse
from sockjs_support.greenlets import join_all
from sockjs_support.waiting import TIMEOUT


class DatabaseTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = os.path.join(self.folder, "var", "data", "chat.fs")
        self.database = self.make_database()

    def make_database(self, timeout=0.0, options=""):
        database = Database(f"file://{self.path}{options}", timeout=timeout)
        self.addCleanup(database.close)
        return database

    def open_room(self, title, database=None):
        manager = TransactionManager(explicit=True)
        connection = (database or self.database).open(manager)
        with manager:
            chat_of(connection).rooms.open(title, "owner")
        connection.close()

    def rooms(self, database=None):
        with (database or self.database).reading() as chat:
            return list(chat.rooms)


#: Packs the file {path!r}, and is killed after the first of the two renames that put the new file in place.
KILLED_PACKING = """
import os, signal, sys, time
sys.path[:] = {modules!r}
from ZODB.FileStorage import FileStorage
from ZODB.serialize import referencesf
rename = os.rename
def rename_and_die(old, new):
    rename(old, new)
    if old == {path!r}:
        os.kill(os.getpid(), signal.SIGKILL)
os.rename = rename_and_die
FileStorage({path!r}).pack(time.time(), referencesf)
"""


class Packing(DatabaseTest):
    def test_an_interrupted_pack_is_rolled_back(self):
        self.open_room("Tavern")
        self.open_room("Harbour")
        self.database.close()
        with open(self.path, "rb") as file:
            before = file.read()
        code = KILLED_PACKING.format(path=self.path, modules=sys.path)
        self.assertEqual(subprocess.run([sys.executable, "-c", code], check=False).returncode, -signal.SIGKILL)
        self.assertFalse(os.path.exists(self.path))
        with self.assertLogs("piratechat.storage.file_storage", "WARNING") as caught:
            self.assertEqual(self.rooms(), ["harbour", "tavern"])
        self.assertIn("the previous file was restored", caught.output[0])
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), before)
        self.open_room("Galley")
        self.database.close()
        self.assertEqual(self.rooms(), ["galley", "harbour", "tavern"])


class Opening(DatabaseTest):
    def test_the_file_does_not_exist_before_its_first_use(self):
        self.database.when_opened(lambda: None)
        self.database.setActivityMonitor(None)
        self.database.close()
        self.assertEqual(os.listdir(self.folder), [])

    def test_the_first_use_creates_the_file_and_its_folder(self):
        self.assertEqual(self.rooms(), [])
        self.assertTrue(os.path.isfile(self.path))
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.path)).st_mode), 0o700)

    def test_the_file_may_be_in_the_current_folder(self):
        self.enterContext(contextlib.chdir(self.folder))
        for place in ("chat.fs", "kept/chat.fs", "kept/number#1/chat.fs"):
            with self.subTest(place=place):
                database = Database(f"file://{place}?connection_pool_size=5")
                self.addCleanup(database.close)
                self.assertEqual(self.rooms(database), [])
                self.assertTrue(os.path.isfile(os.path.join(self.folder, place)))

    def test_concurrent_uses_open_the_database_once(self):
        opened = []
        self.database.when_opened(lambda: opened.append(True))
        first = self.make_database()
        first.open()
        self.database = self.make_database(timeout=60)
        self.database.when_opened(lambda: opened.append(True))
        self.enterContext(mock.patch("piratechat.storage.database.POLL_INTERVAL", 0.01))
        readers = [gevent.spawn(self.rooms) for _ in range(10)]
        join_all([gevent.spawn(first.close), *readers])
        self.assertEqual(opened, [True])

    def test_a_callback_is_called_when_the_database_is_open(self):
        found = []
        self.database.when_opened(lambda: found.append(self.rooms()))
        self.assertEqual(found, [])
        self.rooms()
        self.rooms()
        self.assertEqual(found, [[]])

    def test_the_content_is_persistent(self):
        self.open_room("Tavern")
        self.database.close()
        self.assertEqual(self.rooms(), ["tavern"], "the database can be opened again")
        self.database.close()
        self.assertEqual(self.rooms(self.make_database()), ["tavern"])

    def test_options_are_zodburis(self):
        database = self.make_database(options="?connection_pool_size=3&connection_cache_size=77")
        connection = database.open()
        self.assertEqual((connection.db().getPoolSize(), connection.db().getCacheSize()), (3, 77))

    def test_the_database_is_registered_by_name(self):
        database = Database(f"file://{self.path}", "archive")
        self.addCleanup(database.close)
        self.assertEqual(database.open().db().database_name, "archive")

    def test_an_error_names_the_invalid_uri(self):
        for uri in (
            "",
            "chat.fs",
            "/var/chat.fs",
            "fiel:///var/chat.fs",
            "file:/var/chat.fs",
            "file:///var/chat.fs?conection_pool_size=5",
            "file:///var/chat.fs?connection_pool_size=many",
        ):
            with self.subTest(uri=uri), self.assertRaises(ValueError) as caught:
                Database(uri)
            shown = uri.partition("?")[0]  # the rest may be a password
            self.assertTrue(str(caught.exception).startswith(f"zodbconn.uri = {shown} is no address"), caught.exception)


class InUse(DatabaseTest):
    def setUp(self):
        super().setUp()
        self.open_room("Tavern")
        self.enterContext(mock.patch("piratechat.storage.database.POLL_INTERVAL", 0.01))

    def test_a_second_server_explains_what_to_do(self):
        with self.assertRaises(DatabaseInUse) as caught:
            self.make_database().open()
        words = str(caught.exception)
        for word in (f"file://{self.path} is in use by another process", "End that one", "zodbconn.uri"):
            self.assertIn(word, words)

    def test_a_second_server_waits_for_the_first_to_end(self):
        second = self.make_database(timeout=5)
        waiting = gevent.spawn(self.rooms, second)
        with self.assertLogs("piratechat.storage.database", "INFO") as logs:
            gevent.sleep(0)
            self.assertFalse(waiting.ready())
            self.database.close()
            self.assertEqual(waiting.get(timeout=5), ["tavern"])
        self.assertIn("waiting until it ends", logs.output[0])

    def test_waiting_has_a_timeout(self):
        with gevent.Timeout(5), self.assertRaises(DatabaseInUse):
            self.make_database(timeout=0.03).open()

    def test_later_uses_do_not_wait_again(self):
        second = self.make_database(timeout=0.03)
        with self.assertRaises(DatabaseInUse):
            second.open()
        with (
            mock.patch("piratechat.storage.database.POLL_INTERVAL", 60),
            gevent.Timeout(5),
            self.assertRaises(DatabaseInUse),
        ):
            second.open()

    def test_a_second_server_opens_the_database_when_the_first_has_ended(self):
        second = self.make_database()
        with self.assertRaises(DatabaseInUse):
            second.open()
        self.database.close()
        self.assertEqual(self.rooms(second), ["tavern"])


class Releasing(DatabaseTest):
    """A process releases the file to the next one, and continues to read."""

    def setUp(self):
        super().setUp()
        self.open_room("Tavern")
        self.next = self.make_database()

    def test_the_next_process_writes_and_the_first_reads_old_data(self):
        self.database.held.let_go()
        self.open_room("Harbour", self.next)
        self.assertEqual(self.rooms(self.next), ["harbour", "tavern"])
        self.assertEqual(self.rooms(), ["tavern"])
        self.database.close()
        self.open_room("Lighthouse", self.next)
        self.next.close()
        self.assertEqual(self.rooms(self.make_database()), ["harbour", "lighthouse", "tavern"])

    def test_the_first_process_cannot_write(self):
        manager = TransactionManager(explicit=True)
        connection = self.database.open(manager)
        manager.begin()
        chat_of(connection).rooms.open("Too late", "owner")
        self.database.held.let_go()
        with self.assertRaises(ReadOnlyError):
            manager.commit()
        manager.abort()
        connection.close()
        self.assertEqual(self.rooms(self.next), ["tavern"])

    def test_the_current_commit_is_finished(self):
        storage = self.database.held
        transaction = TransactionMetaData()
        storage.tpc_begin(transaction)
        letting_go = threading.Thread(target=storage.let_go)
        letting_go.start()
        with self.assertRaises(DatabaseInUse):
            self.next.open()
        root, serial = storage.load(z64)
        storage.store(z64, serial, root, "", transaction)
        storage.tpc_vote(transaction)
        storage.tpc_finish(transaction)
        letting_go.join(10)
        self.next.open().close()
        self.assertEqual(self.next.held.getSize(), storage.getSize())

    def test_the_index_is_saved_before_the_release(self):
        index = f"{self.path}.index"
        os.remove(index)  # of the empty file
        found = []
        close = LockFile.close
        with mock.patch.object(LockFile, "close", lambda lock: (found.append(os.path.exists(index)), close(lock))):
            self.database.close()
        self.assertTrue(found[0])

    def test_an_error_while_saving_the_index_does_not_prevent_the_release(self):
        with (
            mock.patch("ZODB.fsIndex.fsIndex.save", side_effect=OSError(28, "No space left")),
            self.assertLogs("piratechat.storage.file_storage", "ERROR"),
        ):
            self.database.held.let_go()
        self.assertEqual(self.rooms(self.next), ["tavern"])

    def test_a_stopping_process_stops_waiting(self):
        second = self.make_database(timeout=60)
        waiting = gevent.spawn(second.open)
        gevent.sleep(0)
        second.hurry()
        with self.assertRaises(DatabaseInUse):
            waiting.get(timeout=10)

    def test_preparations_run_once_before_waiting(self):
        calls = []
        self.next.when_wanted(lambda: calls.append("wanted"))
        self.next.when_opened(lambda: calls.append("opened"))
        for _ in range(2):
            with self.assertRaises(DatabaseInUse):
                self.next.open()
        self.assertEqual(calls, ["wanted"])
        self.database.close()
        self.next.open().close()
        self.assertEqual(calls, ["wanted", "opened"])


class Waiting(DatabaseTest):
    """A process that waits for a file used by another one gets it when it is free, and only then."""

    def setUp(self):
        super().setUp()
        self.open_room("Tavern")
        self.enterContext(gevent.Timeout(TIMEOUT, AssertionError("the command did not finish")))
        self.enterContext(mock.patch("piratechat.storage.database.POLL_INTERVAL", 0))
        self.now = 0.0
        clock = self.enterContext(mock.patch("piratechat.storage.database.time"))
        clock.monotonic.side_effect = lambda: self.now
        self.second = self.make_database(timeout=30)
        self.attempts = 0
        self.make = self.second._make_storage
        self.second._make_storage = self.attempt
        #: Functions called at the end of an attempt, by its number.
        self.meanwhile = {}

    def attempt(self):
        self.attempts += 1
        try:
            return self.make()
        finally:
            self.meanwhile.pop(self.attempts, lambda: None)()

    def stand_still(self):
        """Simulate a machine or a process that is suspended for a minute, in which the other process ends."""
        self.database.close()
        self.now += 60

    def test_a_resumed_process_tries_once_more(self):
        self.meanwhile = {1: self.stand_still}
        self.assertEqual(self.rooms(self.second), ["tavern"])
        self.assertEqual(self.attempts, 2)

    def test_a_process_resumed_later_tries_once_more(self):
        self.meanwhile = {5: self.stand_still}
        self.assertEqual(self.rooms(self.second), ["tavern"])
        self.assertEqual(self.attempts, 6)

    def test_a_resumed_process_gives_up_if_the_database_is_in_use(self):
        def pass_time():
            self.now += 60

        self.meanwhile = {1: pass_time}
        with self.assertRaises(DatabaseInUse):
            self.rooms(self.second)
        self.assertEqual(self.attempts, 2)

    def test_a_failure_does_not_shorten_the_timeout_of_others(self):
        def fail():
            raise OSError(errno.EMFILE, "Too many open files")

        self.meanwhile = {1: fail, 3: self.database.close}
        with self.assertRaises(OSError):
            self.rooms(self.second)
        self.assertEqual(self.rooms(self.second), ["tavern"])
        self.assertEqual(self.attempts, 4)

    def test_a_lock_error_is_not_reported_as_in_use(self):
        self.database.close()
        for number in (errno.ENOLCK, errno.EOPNOTSUPP):
            with (
                self.subTest(number),
                mock.patch("fcntl.flock", side_effect=OSError(number, os.strerror(number))),
                self.assertRaises(OSError) as caught,
            ):
                self.rooms(self.second)
            self.assertEqual(caught.exception.errno, number)
        self.assertEqual(self.rooms(self.second), ["tavern"])


class Failures(DatabaseTest):
    """The file is released after any error; otherwise, the next process would report that it is in use."""

    def assertFree(self):
        other = self.make_database()
        self.assertEqual(self.rooms(other), ["tavern"])
        other.close()

    def setUp(self):
        super().setUp()
        self.open_room("Tavern")

    def test_when_a_connection_cannot_be_closed(self):
        class Failing:
            def abort(self, _transaction):
                raise ZeroDivisionError

        manager = TransactionManager(explicit=True)
        connection = self.database.open(manager)
        manager.begin().join(Failing())
        with self.assertLogs("txn", "ERROR"), self.assertRaises(ZeroDivisionError):
            self.database.close()
        self.assertFree()
        del connection

    def test_when_the_disk_fails_as_the_file_is_closed(self):
        storage = self.database.open().db().storage
        file = storage._file

        class Failing:
            def close(self):
                file.close()
                raise OSError(errno.EIO, "Input/output error")

        storage._file = Failing()
        with self.assertRaises(OSError):
            self.database.close()
        self.assertFree()

    def test_the_database_cannot_be_opened_for_another_reason(self):
        self.database.close()
        errors = []  # an exception's traceback refers to the local variables of all frames
        for what in ("DB", "make_chat"):
            with self.subTest(what):
                with mock.patch(f"piratechat.storage.database.{what}", side_effect=ZeroDivisionError):
                    try:
                        self.database.open()
                    except ZeroDivisionError as error:
                        errors.append(error)
                self.assertFree()
        self.assertEqual(len(errors), 2)

    def test_when_a_child_process_has_inherited_the_file(self):
        lock = self.database.open().db().storage._lock_file._fp.fileno()
        code = "import sys; sys.stdin.read()"
        child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, pass_fds=[lock])
        self.addCleanup(child.communicate)
        self.database.close()
        self.assertFree()

    def test_when_another_process_makes_the_root(self):
        self.database.close()
        os.unlink(self.path)
        attempts = []

        def make(storage, **options):
            attempts.append(storage)
            if len(attempts) == 1:
                raise ConflictError
            return DB(storage, **options)

        with mock.patch("piratechat.storage.database.DB", make):
            self.assertEqual(self.rooms(), [])
        self.assertEqual(len(attempts), 2)


class Reading(DatabaseTest):
    def test_readers_change_nothing(self):
        with self.database.reading() as chat:
            chat.rooms.open("Tavern", "owner")
            self.assertEqual(list(chat.rooms), ["tavern"])
        self.assertEqual(self.rooms(), [])

    def test_readers_see_the_current_data(self):
        for number in range(3):
            self.open_room(f"Tavern {number}")
            self.assertEqual(len(self.rooms()), number + 1)

    def test_readers_have_a_snapshot(self):
        self.rooms()
        with self.database.reading() as chat:
            self.open_room("Tavern")
            self.assertEqual(list(chat.rooms), [], "the state when reading began")

    def test_concurrent_readings_are_independent(self):
        with self.database.reading() as one, self.database.reading() as other:
            one.rooms.open("Tavern", "owner")
            self.assertEqual(list(other.rooms), [])

    def test_an_exception_ends_the_reading(self):
        for _ in range(20):
            with self.assertRaises(ZeroDivisionError), self.database.reading() as chat:
                chat.rooms.open("Tavern", "owner")
                raise ZeroDivisionError
        self.assertEqual(self.rooms(), [])
        self.assertLessEqual(
            len(self.database.open().db().connectionDebugInfo()), 2, "connections are returned to the pool"
        )

    def test_a_few_connections_are_pooled(self):
        with contextlib.ExitStack() as many:
            used = [many.enter_context(self.database.reading())._p_jar for _ in range(2 * IDLE_READERS)]
        kept = []
        with contextlib.ExitStack() as again:
            kept = [again.enter_context(self.database.reading())._p_jar for _ in range(IDLE_READERS)]
        self.assertEqual({*map(id, kept)} - {*map(id, used)}, set())
        self.assertEqual(sum(each.opened is not None for each in used), IDLE_READERS)

    def test_interrupted_connections_are_discarded(self):
        with self.assertRaises(ZeroDivisionError), self.database.reading() as chat:
            broken = chat._p_jar
            raise ZeroDivisionError
        self.assertIsNone(broken.opened)
        self.assertEqual(self.rooms(), [])
