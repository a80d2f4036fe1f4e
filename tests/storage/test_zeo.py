"""The database on a ZEO server that is restarted: object ids are unique, and no data is lost."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import pytest
from ZEO.Exceptions import ClientDisconnected
from zodburi import resolve_uri

from piratechat.storage.database import Database
from piratechat.storage.zeo import KEEPALIVES, ZEOClient, zeo_storage
from sockjs_support.servers import free_port
from tests.support.zeo import ZEOServer

pytestmark = pytest.mark.slow

#: The number of ids that a client fetches together.
BATCH = 100

#: A class of objects that all processes import from the same module.
CODE = "import sys; sys.path[:] = {path!r}; from tests.support.zeo_client import main; main()"


class Process:
    """A client in a separate process, with the methods of tests.support.zeo_client.Client."""

    def __init__(self, uri, name):
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE.format(path=sys.path), uri, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, method, *arguments):
        """Start a method; `answer` waits for its result."""
        self.process.stdin.write(json.dumps([method, *arguments]) + "\n")
        self.process.stdin.flush()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def __getattr__(self, method):
        def call(*arguments):
            self.begin(method, *arguments)
            return self.answer()

        return call

    def end(self):
        with self.process:
            self.process.kill()


class ZEOTest(unittest.TestCase):
    def setUp(self):
        self.server = ZEOServer(self.enterContext(tempfile.TemporaryDirectory()))
        self.addCleanup(self.server.end)

    def client(self, name):
        client = Process(self.server.uri, name)
        self.addCleanup(client.end)
        return client


class Restarts(ZEOTest):
    def setUp(self):
        super().setUp()
        self.clients = {name: self.client(name) for name in ("here", "there")}
        self.made = dict.fromkeys(self.clients, 0)
        self.written = {}  # the counter by the object's name

    def make(self, name, count):
        self.assertEqual(self.clients[name].make(count), [])
        self.written.update((f"{name} {number}", 0) for number in range(self.made[name], self.made[name] + count))
        self.made[name] += count

    def write(self, name):
        self.assertEqual(self.clients[name].write(), [])
        self.written = {thing: times + 1 for thing, times in self.written.items()}

    def check(self):
        third = self.client("third")
        for client in (*self.clients.values(), third):
            found = client.look()
            self.assertEqual(
                [name for name, own, _times in found if name != own], [], "an object has the data of another one"
            )
            self.assertEqual({name: times for name, _own, times in found}, self.written, "no write is lost")
        third.end()

    def restart(self, number):
        self.server.restart(number)
        for client in self.clients.values():
            client.wait()

    def test_ids_are_unique_and_no_write_is_lost(self):
        self.make("here", 10)
        self.make("there", 10)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                self.restart(number)
                # One uses up its ids, and gets ids that the other client may have, which knows these objects by then.
                self.make("here", BATCH + 40)
                self.write("there")
                self.make("there", BATCH - 40)
                self.write("there")
                self.check()

    def test_a_transaction_with_ids_from_before_a_restart_is_retried(self):
        self.make("here", 10)
        self.make("there", 10)
        self.clients["there"].add()
        self.restart(signal.SIGKILL)
        # These ids may be on their way to other clients, whatever is on disk.
        self.assertEqual(self.clients["there"].commit(), ["ClientDisconnected", True])
        self.make("here", BATCH + 40)
        self.write("there")
        self.clients["there"].add()
        self.assertIsNone(self.clients["there"].commit())
        self.make("there", 10)
        self.check()


class Line(ZEOTest):
    def test_a_disconnected_server_is_detected_within_seconds(self):
        """tests/cluster/test_partition.py has the consequences."""
        storage = zeo_storage(self.server.uri)()
        self.addCleanup(storage.close)
        line = storage._server.client.protocol.sm_protocol.transport.get_extra_info("socket")
        self.assertEqual(line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), 1)
        found = {name: line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in KEEPALIVES}
        self.assertEqual(found, KEEPALIVES)


class Attempts(ZEOTest):
    def test_a_trial_write_stores_nothing(self):
        database = Database(self.server.uri)
        self.addCleanup(database.close)
        with database.reading() as chat:
            self.assertEqual(list(chat.rooms), [])
        path = os.path.join(self.server.folder, "chat.fs")
        size = os.path.getsize(path)
        for _ in range(2):
            database.try_to_write()
        self.assertEqual(os.path.getsize(path), size)
        self.server.end(signal.SIGKILL)
        with self.assertRaises(ClientDisconnected):
            database.try_to_write()


class Addresses(unittest.TestCase):
    def made(self, uri):
        """Return the arguments with which `uri` creates its client."""
        with mock.patch.object(ZEOClient, "__init__", return_value=None) as init:
            zeo_storage(uri)()
        self.assertEqual(init.call_args.args[1:], ())
        return init.call_args.args[0], init.call_args.kwargs

    def test_addresses_are_parsed_like_zodburis(self):
        for query in ("", "?wait_timeout=10&cache_size=50MB&storage=main&connection_pool_size=50"):
            for place in ("127.0.0.1:9100", "zeo.example", "[::1]:9100", ":9100", "/var/run/zeo.sock"):
                with self.subTest(place=place, query=query):
                    uri = f"zeo://{place}{query}"
                    with mock.patch("zodburi.resolvers.ClientStorage") as client:
                        resolve_uri(uri)[0]()
                    self.assertEqual(self.made(uri), (client.call_args.args[0], client.call_args.kwargs))

    def test_other_storages_are_not_changed(self):
        for uri in ("file:///var/chat.fs", "memory://", "zeo://127.0.0.1?demostorage=1"):
            self.assertIsNone(zeo_storage(uri))

    def test_unsafe_options_are_rejected(self):
        for kind in ("zeoclient", "clientstorage"):
            folder = self.enterContext(tempfile.TemporaryDirectory())
            with open(f"{folder}/zeo.conf", "w") as file:
                file.write(f"%import ZEO\n<{kind}>\n  server 127.0.0.1:9100\n</{kind}>\n")
            uri = f"zconfig://{folder}/zeo.conf"
            with self.subTest(kind=kind), self.assertRaises(ValueError) as caught:
                Database(uri)
            self.assertIn(f"zodbconn.uri = {uri} is a ZEO server", str(caught.exception))
            self.assertIn("zeo://HOST:PORT", str(caught.exception))


class EarlyTest(unittest.TestCase):
    def test_an_unavailable_server_is_logged_at_the_start(self):
        port = free_port()
        database = Database(f"zeo://127.0.0.1:{port}?wait_timeout=1&username=me&password=hidden")
        self.addCleanup(database.close)
        with self.assertLogs("piratechat.storage.database", "ERROR") as logged:
            database.open_early()
        self.assertIn(f"The database at zeo://127.0.0.1:{port} cannot be opened", logged.output[0])
        self.assertNotIn("hidden", logged.output[0])
