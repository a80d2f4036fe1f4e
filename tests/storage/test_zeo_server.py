"""The program piratechat-zeo: a client that does not finish its commit cannot block the others."""

import os
import socket
import subprocess
import tempfile
import threading
import unittest

import pytest
from persistent.mapping import PersistentMapping
from ZEO.Exceptions import ClientDisconnected
from ZEO.StorageServer import StorageServer
from ZODB.Connection import TransactionMetaData
from ZODB.MappingStorage import MappingStorage
from ZODB.serialize import ObjectWriter
from ZODB.utils import z64

from piratechat.storage.zeo import KEEPALIVES, zeo_storage
from piratechat.storage.zeo_server import Connections
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.paths import TOP
from tests.support.zeo import ZEOServer

pytestmark = pytest.mark.slow

#: Seconds in which a commit must finish.
COMMIT = "1"


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

    def begun(self, client):
        """Return a transaction with a new object; it is voted, so that no other client can commit."""
        transaction = TransactionMetaData()
        client.tpc_begin(transaction)
        client.store(client.new_oid(), z64, ObjectWriter().serialize(PersistentMapping()), "", transaction)
        client.tpc_vote(transaction)
        return transaction

    def committing(self, client):
        """Commit a new object in a thread, and return the thread."""
        thread = threading.Thread(target=lambda: client.tpc_finish(self.begun(client)), daemon=True)
        thread.start()
        return thread

    def test_after_the_timeout_the_others_commit(self):
        slow, *others = [self.client() for _ in range(3)]
        transaction = self.begun(slow)
        committing = [self.committing(other) for other in others]
        status = others[0].server_status
        wait_until(lambda: status()["waiting"] == len(others), "commits that wait")
        for thread in committing:
            thread.join(TIMEOUT)
            self.assertFalse(thread.is_alive(), "a commit still waits")
        with self.assertRaises(ClientDisconnected):
            slow.tpc_finish(transaction)
        slow.tpc_abort(transaction)
        wait_until(slow.is_connected, "another connection")
        late = self.committing(slow)
        late.join(TIMEOUT)
        self.assertFalse(late.is_alive(), "the slow client cannot commit")


class Defaults(ServerTest):
    def test_commits_have_a_timeout(self):
        self.assertIs(self.client().server_status()["timeout-thread-is-alive"], True)

    def test_the_help_describes_the_options(self):
        program = os.path.join(TOP, "bin", "piratechat-zeo")
        asked = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=TIMEOUT)
        self.assertIn("-t/--timeout TIMEOUT -- transaction timeout in seconds (default 30)", asked.stdout)


class KeepAlive(unittest.TestCase):
    def test_a_disconnected_client_is_detected_within_seconds(self):
        server = StorageServer(("127.0.0.1", 0), {"1": MappingStorage()}, Acceptor=Connections)
        thread = threading.Thread(target=server.loop, daemon=True)
        thread.start()
        self.addCleanup(thread.join, TIMEOUT)
        self.addCleanup(server.close)
        client = zeo_storage(f"zeo://127.0.0.1:{server.addr[1]}?wait_timeout=10")()
        self.addCleanup(client.close)
        (connected,) = server.zeo_storages_by_storage_id["1"]
        line = connected.connection.sm_protocol.transport.get_extra_info("socket")
        self.assertEqual(line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), 1)
        found = {name: line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in KEEPALIVES}
        self.assertEqual(found, KEEPALIVES)
