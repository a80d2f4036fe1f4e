"""The program piratechat-zeo: a client that does not finish its commit cannot block the others."""

import os
import socket
import subprocess
import tempfile
import threading
import unittest
from unittest import mock

import pytest
from persistent.mapping import PersistentMapping
from ZEO.Exceptions import ClientDisconnected
from ZODB.Connection import TransactionMetaData
from ZODB.FileStorage import FileStorage
from ZODB.serialize import ObjectWriter
from ZODB.utils import z64

from piratechat.storage.zeo import KEEPALIVES, zeo_storage
from piratechat.storage.zeo_server import Connections, Server
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.paths import TOP
from tests.support.zeo import ZEOServer

pytestmark = pytest.mark.slow

#: Seconds in which a commit must finish.
COMMIT = "1"


def begun(client):
    """Return a transaction with a new object; it is voted, so that no other client can commit."""
    transaction = TransactionMetaData()
    client.tpc_begin(transaction)
    client.store(client.new_oid(), z64, ObjectWriter().serialize(PersistentMapping()), "", transaction)
    client.tpc_vote(transaction)
    return transaction


def committing(client):
    """Commit a new object in a thread, and return the thread."""
    thread = threading.Thread(target=lambda: client.tpc_finish(begun(client)), daemon=True)
    thread.start()
    return thread


class ServerTest(unittest.TestCase):
    options = ()

    def setUp(self):
        self.server = ZEOServer(self.enterContext(tempfile.TemporaryDirectory()), "127.0.0.1", *self.options)
        self.addCleanup(self.server.end)

    def client(self):
        client = zeo_storage(self.server.uri)()
        self.addCleanup(client.close)
        return client


class Timeouts(ServerTest):
    options = ("-t", COMMIT)

    def test_after_the_timeout_the_others_commit(self):
        slow, *others = [self.client() for _ in range(3)]
        transaction = begun(slow)
        threads = [committing(other) for other in others]
        status = others[0].server_status
        wait_until(lambda: status()["waiting"] == len(others), "commits that wait")
        for thread in threads:
            thread.join(TIMEOUT)
            self.assertFalse(thread.is_alive(), "a commit still waits")
        with self.assertRaises(ClientDisconnected):
            slow.tpc_finish(transaction)
        slow.tpc_abort(transaction)
        wait_until(slow.is_connected, "another connection")
        late = committing(slow)
        late.join(TIMEOUT)
        self.assertFalse(late.is_alive(), "the slow client cannot commit")


class Defaults(ServerTest):
    def test_commits_have_a_timeout(self):
        self.assertIs(self.client().server_status()["timeout-thread-is-alive"], True)

    def test_the_help_describes_the_options(self):
        asked = run("--help")
        self.assertEqual(asked.returncode, 0)
        self.assertIn("-t/--timeout TIMEOUT -- transaction timeout in seconds (default 30)", asked.stdout)


def run(*words):
    """Run the program until its end."""
    program = os.path.join(TOP, "bin", "piratechat-zeo")
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=TIMEOUT, check=False)


class Options(unittest.TestCase):
    def test_timeouts_that_are_none_are_rejected(self):
        for seconds in ("0", "-5", "nan", "inf", "1e12"):
            with self.subTest(seconds):
                asked = run("-a", "127.0.0.1:0", "-f", "/nowhere/chat.fs", "-t", seconds)
                self.assertEqual(asked.returncode, 2)
                self.assertIn("Error: the timeout must be a number of seconds above 0 and up to 86400", asked.stderr)

    def test_the_database_is_private(self):
        with tempfile.TemporaryDirectory() as top:
            folder = os.path.join(top, "var")
            server = ZEOServer(folder, "127.0.0.1", log=os.path.join(top, "zeo.log"))
            self.addCleanup(server.end)
            modes = {path: os.stat(path).st_mode & 0o777 for path in (folder, os.path.join(folder, "chat.fs"))}
            self.assertEqual(list(modes.values()), [0o700, 0o600])


class InThisProcess(unittest.TestCase):
    def setUp(self):
        self.storage = FileStorage(os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "chat.fs"))
        options = {"transaction_timeout": float(COMMIT), "Acceptor": Connections}
        self.server = Server(("127.0.0.1", 0), {"1": self.storage}, **options)
        thread = threading.Thread(target=self.server.loop, daemon=True)
        thread.start()
        self.addCleanup(thread.join, TIMEOUT)
        self.addCleanup(self.server.close)

    def client(self):
        client = zeo_storage(f"zeo://127.0.0.1:{self.server.addr[1]}?wait_timeout=10")()
        self.addCleanup(client.close)
        return client

    def test_others_commit_even_if_a_transaction_cannot_be_aborted(self):
        abort = self.storage._abort
        failures = [OSError("the disk fails")]

        def fail_once():
            if failures:
                raise failures.pop()
            abort()

        with mock.patch.object(self.storage, "_abort", fail_once), self.assertLogs("piratechat", "ERROR"):
            begun(self.client())
            other = committing(self.client())
            other.join(TIMEOUT)
        self.assertEqual((other.is_alive(), failures), (False, []))
        self.assertEqual(len(list(self.storage.iterator())), 1)

    def test_a_disconnected_client_is_detected_within_seconds(self):
        self.client()
        (connected,) = self.server.zeo_storages_by_storage_id["1"]
        line = connected.connection.sm_protocol.transport.get_extra_info("socket")
        self.assertEqual(line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), 1)
        found = {name: line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in KEEPALIVES}
        self.assertEqual(found, KEEPALIVES)
