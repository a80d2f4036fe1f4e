"""The database on a PostgreSQL server: opening it, and the server's failures."""

import contextlib
import json
import logging
import signal
import subprocess
import sys
import threading
import unittest

import pytest
from transaction import TransactionManager

from piratechat.model.chat import chat_of
from piratechat.storage.database import Database, shown_uri
from piratechat.storage.postgresql import ServerAway, postgresql_store
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.postgres import MISSING, PROGRAM, PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

#: Patches everything before other imports, as the server does.
PATCHED = "import sys; sys.path[:] = {path!r}; from gevent import monkey; monkey.patch_all()\n"
#: Measures how long other greenlets were blocked, by a ticking greenlet.
TICKING = """
import gevent, json, sys, time
from piratechat.storage import postgresql_storage
from piratechat.storage.database import Database

postgresql_storage.SILENCE = 2.0

longest = 0.0

def tick():
    global longest
    while True:
        begun = time.monotonic()
        gevent.sleep(0.01)
        longest = max(longest, time.monotonic() - begun)

database = Database(sys.argv[1])
with database.reading():
    pass
driver = database._db.storage._adapter.driver.__name__
gevent.spawn(tick)
gevent.sleep(0.05)
print(json.dumps(driver), flush=True)
sys.stdin.readline()
begun = time.monotonic()
try:
    with database.reading() as chat:
        said = list(chat.rooms)
except Exception as error:
    said = repr(error)
print(json.dumps([said, time.monotonic() - begun, longest]), flush=True)
sys.stdin.readline()
with database.reading() as chat:
    print(json.dumps(list(chat.rooms)), flush=True)
"""


class PostgresTest(unittest.TestCase):
    def setUp(self):
        self.server = PostgresServer(None)
        self.addCleanup(self.server.close)

    def database(self, uri=None, **options):
        database = Database(uri or self.server.uri, **options)
        self.addCleanup(database.close)
        return database

    def open_room(self, database, title):
        manager = TransactionManager(explicit=True)
        connection = database.open(manager)
        with manager:
            chat_of(connection).rooms.open(title, "owner")
        connection.close()

    def objects(self):
        """Return the number of stored objects."""
        with contextlib.closing(self.server.connect("postgres", "of the superuser")) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT COUNT(*) FROM object_state")
            return cursor.fetchone()[0]

    def rooms(self, database):
        with database.reading() as chat:
            return list(chat.rooms)


class Opening(PostgresTest):
    def test_two_processes_can_create_the_database_concurrently(self):
        code = PATCHED.format(path=sys.path) + (
            "from piratechat.storage.database import Database\n"
            "with Database(sys.argv[1]).reading() as chat: print(list(chat.rooms))\n"
        )
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", code, self.server.uri],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        for process in processes:
            output, errors = process.communicate(timeout=60)
            self.assertEqual((process.returncode, output), (0, "[]\n"), errors)

    def test_processes_read_each_others_data(self):
        here, there = self.database(), self.database()
        self.open_room(here, "Captain")
        self.assertEqual(self.rooms(there), ["captain"])
        size = self.objects()
        here.try_to_write()
        self.assertEqual(self.objects(), size, "a failed attempt stores nothing")
        self.open_room(here, "Tavern")
        self.assertEqual(self.rooms(there), ["captain", "tavern"])

    def test_by_a_socket_without_a_host(self):
        with self.server.connect("postgres", "of the superuser") as connection:
            self.assertEqual(connection.status, 1)
        uri = self.server.uri.replace("@127.0.0.1", "@").replace("?", f"?host={self.server.folder}&")
        self.assertEqual(self.rooms(self.database(uri)), [])

    def test_by_a_name_that_has_several_addresses(self):
        self.assertEqual(self.rooms(self.database(self.server.uri.replace("127.0.0.1", "localhost"))), [])

    def test_a_role_without_permission_to_create_tables(self):
        with contextlib.closing(self.server.connect("postgres", "of the superuser")) as connection:
            connection.autocommit = True
            connection.cursor().execute("ALTER DATABASE chat OWNER TO postgres")
        with self.assertRaises(ServerAway) as caught:
            self.rooms(self.database(timeout=0.0))
        self.assertIn("permission denied for schema public", str(caught.exception))

    def test_a_wrong_password(self):
        with self.assertRaises(ServerAway) as caught:
            self.rooms(self.database(f"postgres://chat:another@127.0.0.1:{self.server.port}/chat", timeout=0.0))
        self.assertIn('password authentication failed for user "chat"', str(caught.exception))
        self.assertNotIn("another", str(caught.exception))


class Away(PostgresTest):
    def test_a_starting_server_is_waited_for(self):
        self.server.end()
        database = self.database()
        found = []
        opening = threading.Thread(target=lambda: found.append(self.rooms(database)))
        with self.assertLogs("piratechat.storage.database", "INFO") as logged:
            opening.start()
            wait_until(lambda: logged.output, "the first attempt")
            self.server.start()
            opening.join(TIMEOUT)
        self.assertEqual(found, [[]])
        self.assertEqual(len(logged.output), 1)
        self.assertIn("Trying again for 10 s", logged.output[0])

    def test_an_unavailable_server_is_logged_and_retried(self):
        self.server.end()
        database = self.database(timeout=0.5)
        with self.assertLogs("piratechat.storage.database", "ERROR") as logged:
            database.open_early()
        place = f"postgres://127.0.0.1:{self.server.port}/chat"
        for words in (
            f"The database at {place} cannot be opened",
            "Connection refused",
            "Start it, or mend zodbconn.uri",
        ):
            self.assertIn(words, logged.output[0])
        self.server.start()
        self.assertEqual(self.rooms(database), [])

    def test_all_connections_recover_after_a_kill(self):
        database = self.database()
        managers = [TransactionManager(explicit=True) for _ in range(3)]
        connections = [database.open(manager) for manager in managers]
        for manager in managers:
            manager.begin()
            manager.abort()
        for number in (signal.SIGKILL, signal.SIGTERM):
            self.server.restart(number)
            for manager, connection in zip(managers, connections, strict=True):
                manager.begin()
                chat_of(connection).rooms.open(f"Room {number} {managers.index(manager)}", "owner")
                manager.commit()
        for connection in connections:
            connection.close()
        self.assertEqual(len(self.rooms(database)), 6)


class Hub(PostgresTest):
    """With sockets patched by gevent, only the requesting greenlet waits for the server."""

    def setUp(self):
        super().setUp()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PATCHED.format(path=sys.path) + TICKING, self.server.uri],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.process.communicate)
        self.addCleanup(self.process.kill)

    def tell(self):
        return json.loads(self.process.stdout.readline())

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def test_a_hanging_server_times_out_and_blocks_nobody(self):
        self.assertEqual(self.tell(), "gevent psycopg2")
        self.server.pause()
        self.addCleanup(self.server.go_on)
        self.go_on()
        said, seconds, longest = self.tell()
        self.assertIn("there was no answer for 2 s", said)
        self.assertLess(seconds, 40)
        self.assertLess(longest, 2.0)
        self.server.go_on()
        self.go_on()
        self.assertEqual(self.tell(), [])


class Addresses(unittest.TestCase):
    def test_passwords_are_not_shown(self):
        secret = "se'cr et\\%/:@"
        shown = []
        for uri in (
            f"postgres://me:se%27cr%20et%5C%25%2F%3A%40@127.0.0.1:{free_port()}/chat?keep_history=false",
            "postgres://me:se'cr et\\%/:@@127.0.0.1:1/chat",
            "postgres://me:secret@127.0.0.1:1/chat?no_such_option=secret",
            "postgres://me:secret@127.0.0.1:1/chat?keep_history=perhaps",
            "postgres://me:secret@127.0.0.1:port/chat",
            "postgres://me:secret?@127.0.0.1:1/chat",
            "postgres://me:?secret@127.0.0.1:1/chat",
            "postgres://me:1#secret@127.0.0.1:1/chat",
            "postgres://me:1/secret@127.0.0.1:1/chat",
            "postgres://me:secret@127.0.0.1:1/",
            "postgresq://me:secret@127.0.0.1:1/chat",
            "mysql://me:secret@127.0.0.1:1/chat",
            "zeo://127.0.0.1:1?username=me&password=secret&wait_timeout=1&nothing=1",
        ):
            with self.subTest(uri), self.assertLogs(level=logging.DEBUG) as logged:
                logging.getLogger("a test").debug("at least one line")
                try:
                    database = Database(uri, timeout=0.0)
                    shown.append(repr(database._make_storage))
                    with database.reading():
                        pass
                except (ValueError, ServerAway) as error:
                    shown += [str(error), repr(error)]
                    self.assertNotIn(secret, str(error))
                    self.assertRegex(str(error), r"127\.0\.0\.1|://\.\.\.|://me:1 ")
                shown += logged.output
        for each in shown:
            for words in ("secret", "se'cr", "cr et"):
                self.assertNotIn(words, each)

    def test_invalid_uris_are_rejected(self):
        for query, words in (
            ("no_such_option=1", "no_such_option"),
            ("driver=psycopg2", "driver"),
            ("demostorage=1", "demostorage"),
            ("keep_history=perhaps", "perhaps"),
            ("commit_lock_timeout=soon", "soon"),
        ):
            with self.subTest(query), self.assertRaises(ValueError) as caught:
                Database(f"postgres://me@127.0.0.1/chat?{query}")
            self.assertIn(words, str(caught.exception))

    def test_valid_uris(self):
        store = postgresql_store("postgres://me@127.0.0.1/chat?connection_pool_size=50&keep_history=false")
        self.assertEqual((store.options["pool_size"], store.keeps_history), (50, False))
        self.assertTrue(postgresql_store("postgresql://me@127.0.0.1/chat").keeps_history)
        for uri in ("file:///var/chat.fs", "memory://", "zeo://127.0.0.1"):
            self.assertIsNone(postgresql_store(uri))

    def test_displayed_uris(self):
        for uri, shown in (
            ("postgres://me:a@b@127.0.0.1:1/chat?password=x", "postgres://127.0.0.1:1/chat"),
            ("zeo://127.0.0.1:1?password=x", "zeo://127.0.0.1:1"),
            ("file:///srv/a@b/chat.fs?create=1", "file:///srv/a@b/chat.fs"),
            ("postgres://me:a?b@127.0.0.1:1/chat", "postgres://..."),
            ("", ""),
        ):
            self.assertEqual(shown_uri(uri), shown)
