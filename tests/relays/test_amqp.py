"""The AMQP relay with a real RabbitMQ."""

import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import amqp
import pytest

from sockjs_support.servers import free_port
from sockjs_support.waiting import QUICK, TIMEOUT, wait_until
from tests.relays.contract import Contract, Pair, Restarts
from tests.support.paths import TOP
from tests.support.rabbitmq_server import MISSING, PROGRAM, RabbitMQServer
from tests.support.relay_process import RelayProcess

pytestmark = pytest.mark.skipif(PROGRAM is None or shutil.which("openssl") is None, reason=f"{MISSING} openssl")

PASSWORD = "s3cr3t, and more"
EXCHANGE = "piratechat.relay"


def setUpModule():
    """Start one server for all tests, because it takes ten seconds or more."""
    folder = tempfile.mkdtemp(prefix="piratechat-")
    certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    words = f"-subj /CN=localhost -addext subjectAltName=DNS:localhost -out {certificate} -keyout {key}"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", *words.split()]
    subprocess.run(command, capture_output=True, check=True, timeout=TIMEOUT)
    server = WithRabbitMQ.server = RabbitMQServer(
        folder,
        f"listeners.ssl.1 = 127.0.0.1:{(tls_port := free_port())}",
        f"ssl_options.cacertfile = {certificate}",
        f"ssl_options.certfile = {certificate}",
        f"ssl_options.keyfile = {key}",
    )
    server.tls_port, server.certificate = tls_port, certificate


def tearDownModule():
    WithRabbitMQ.server.close()
    shutil.rmtree(WithRabbitMQ.server.folder)


class WithRabbitMQ:
    server = None

    @classmethod
    def make_relay(cls, prefix="piratechat", url=None, log=None):
        relay = RelayProcess(
            log=log,
            **{
                "piratechat.relay": "amqp",
                "piratechat.amqp.url": url or cls.server.url,
                "piratechat.relay.amqp.prefix": prefix,
            },
        )
        cls.addClassCleanup(relay.stop)
        return relay

    @contextlib.contextmanager
    def client(self):
        """Return a channel of another client."""
        with (
            amqp.Connection(f"127.0.0.1:{self.server.port}", userid="guest", password="guest") as connection,
            connection.channel() as channel,
        ):
            yield channel


class AMQPContract(WithRabbitMQ, Contract, unittest.TestCase):
    pass


@pytest.mark.slow
class AMQPRestarts(WithRabbitMQ, Restarts, unittest.TestCase):
    pass


@pytest.mark.slow
class Operated(WithRabbitMQ, Pair, unittest.TestCase):
    """Actions of operators and other clients of the server."""

    def assertCarries(self, text):
        self.here.publish("room.ada", text)
        self.there.hear(("room.ada", text))

    def connections(self):
        """Return the names of the server's connections."""
        return set(self.server.ctl("list_connections", "pid")[1:])

    def wait_until_missed(self, missed, relay=None):
        relay = relay or self.there
        wait_until(lambda: relay.missed > missed, "another connection")
        relay.wait_until_connected()

    def test_a_server_without_memory_blocks_and_continues_later(self):
        self.there.subscribe("room.ada")
        before = self.here.missed, self.there.missed
        self.server.ctl("set_vm_memory_high_watermark", "0.0000001")
        try:
            for relay in (self.here, self.there):
                relay.wait_until_connected(False)
            begun = time.monotonic()
            self.here.publish("room.ada", *["lost"] * 1_000)
            for _ in range(10):
                self.assertFalse(self.there.subscribe("room.bo"))
            self.assertLess(
                time.monotonic() - begun, QUICK, "subscribing does not wait, which would take two seconds each time"
            )
            self.assertEqual((self.here.missed, self.there.missed), before, "the relay does not reconnect")
        finally:
            self.server.ctl("set_vm_memory_high_watermark", "0.4")
        self.wait_until_missed(before[0], self.here)
        self.wait_until_missed(before[1])
        self.assertCarries("Ahoy")
        self.here.publish("room.bo", "Avast")
        self.there.hear(("room.bo", "Avast"))

    def test_a_deleted_queue(self):
        self.there.subscribe("room.ada")
        before = self.here.missed, self.there.missed
        queues = self.server.ctl("list_queues", "name")
        self.assertEqual(len(queues), 3, "a header, and one for each process")
        for queue in queues[1:]:
            self.server.ctl("delete_queue", queue)
        self.wait_until_missed(before[0], self.here)
        self.wait_until_missed(before[1])
        self.assertCarries("Ahoy")

    def test_a_deleted_exchange(self):
        self.there.subscribe("room.ada")
        missed = self.there.missed
        with self.client() as channel:
            channel.exchange_delete(EXCHANGE)
        self.wait_until_missed(missed)

        def is_carried():
            self.here.publish("room.ada", "Ahoy")
            return ("room.ada", "Ahoy") in self.there.heard

        wait_until(is_carried, "a text by the recreated exchange")

    def test_a_closed_connection(self):
        self.there.subscribe("room.ada")
        before = self.connections()
        self.server.ctl("close_all_connections", "for now")
        # A process must not use a closing connection, because its publications would be lost.
        wait_until(lambda: len(self.connections() - before) >= 4, "two connections of each process")
        self.here.wait_until_connected()
        self.there.wait_until_connected()
        self.assertCarries("Ahoy")

    def test_publications_of_others_are_ignored(self):
        self.there.subscribe("room.ada")
        missed = self.there.missed
        texts = {
            b"x" * 3_000_000: "",
            b"\xff": "�",
            b"": "",
            b"of a codec": "of a codec",
            b"of a table": "of a table",
        }
        with self.client() as channel:
            for body in texts:
                message = amqp.Message(
                    body, content_encoding="rot13", application_headers={"a": {"b": ["c", 1, None]}}, priority=3
                )
                channel.basic_publish(message, EXCHANGE, "room.ada")
            channel.basic_publish(amqp.Message(b"of nobody"), EXCHANGE, "room.bo")
        self.there.hear(*(("room.ada", text) for text in texts.values()))
        self.assertCarries("Ahoy")
        self.assertEqual(self.there.missed, missed)

    def test_names_of_rooms_are_not_patterns_and_may_be_long(self):
        for channel in ("room.#", "room.*", "#"):
            self.there.subscribe(channel)
        name = f"room.{'海賊' * 200}"
        self.there.subscribe(name)
        self.here.publish("room.ada", "not for them")
        self.here.publish("room.#", "for one")
        self.here.publish(name, "of a long name")
        self.there.hear(("room.#", "for one"), (name, "of a long name"))
        self.there.ask("unsubscribe", name)
        self.there.subscribe("room.bo")
        self.here.publish(name, "not for them any more")
        self.here.publish("room.bo", "Ahoy")
        self.there.hear(("room.bo", "Ahoy"))

    def test_a_user_with_the_permissions_of_the_guide(self):
        with open(os.path.join(TOP, "docs", "operating.md")) as guide:
            commands = re.findall(r"^rabbitmqctl (.+)$", guide.read(), re.MULTILINE)
        self.assertEqual(len(commands), 3)
        for command in commands:
            self.server.ctl(*shlex.split(command))
        relay = self.make_relay(url=f"amqp://piratechat:PASSWORD@127.0.0.1:{self.server.port}/chat")
        relay.wait_until_connected()
        self.assertTrue(relay.subscribe("room.ada"))
        relay.publish("room.ada", "Ahoy")
        relay.hear(("room.ada", "Ahoy"))
        relay.stop()

    def test_a_stopped_process_leaves_nothing_on_the_server(self):
        relay = self.make_relay()
        relay.wait_until_connected()
        self.assertEqual(len(self.server.ctl("list_queues", "name")), 4)
        relay.stop()
        wait_until(lambda: len(self.server.ctl("list_queues", "name")) == 3, "the end of its queue")


class Unreachable(WithRabbitMQ, unittest.TestCase):
    """Servers that are unavailable, or reject us."""

    def setUp(self):
        self.log = os.path.join(self.server.folder, f"{self.id()}.log")

    def assertIsAway(self, url, words):
        relay = self.make_relay(url=url, log=self.log)
        self.addCleanup(relay.stop)
        wait_until(lambda: words in self.logged(), words)
        begun = time.monotonic()
        self.assertFalse(relay.subscribe("room.ada"))
        relay.publish("room.ada", *["lost"] * 100)
        self.assertFalse(relay.connected())
        self.assertLess(time.monotonic() - begun, QUICK)
        relay.stop()
        self.assertNotIn(PASSWORD, self.logged())
        self.assertNotIn("s3cr3t", self.logged())

    def logged(self):
        with contextlib.suppress(FileNotFoundError), open(self.log) as file:
            return file.read()
        return ""

    def url(self, user="me", host="127.0.0.1", port=None, path=""):
        password = PASSWORD.replace(" ", "%20").replace(",", "%2C")
        return f"amqp://{user}:{password}@{host}:{port or self.server.port}/{path}"

    def test_a_wrong_password(self):
        self.assertIsAway(self.url(), "ACCESS_REFUSED")
        self.assertIn("The relay is not connected (listening)", self.logged())

    def test_a_missing_virtual_host(self):
        self.assertIsAway(f"amqp://guest:guest@127.0.0.1:{self.server.port}/nowhere", "vhost nowhere not found")

    def test_a_refused_connection(self):
        self.assertIsAway(self.url(port=free_port()), "Connection refused")

    def test_a_host_that_does_not_respond(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.assertIsAway(self.url(port=silent.getsockname()[1]), "timed out")

    def test_a_host_with_another_protocol(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(TIMEOUT)
            relay = self.make_relay(url=self.url(port=server.getsockname()[1]), log=self.log)
            self.addCleanup(relay.stop)
            for _ in range(2):
                connection, _address = server.accept()
                with connection, contextlib.suppress(ConnectionError):
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)
                    connection.recv(1_000)
            self.assertFalse(relay.connected())
        relay.stop()
        self.assertNotIn("s3cr3t", self.logged())


class Encrypted(WithRabbitMQ, unittest.TestCase):
    def relay(self, host, query=""):
        self.log = os.path.join(self.server.folder, f"{self.id()}.log")
        return self.make_relay(url=f"amqps://guest:guest@{host}:{self.server.tls_port}/{query}", log=self.log)

    def test_texts_are_delivered(self):
        relay = self.relay("localhost", f"?cacertfile={self.server.certificate}")
        relay.wait_until_connected()
        self.assertTrue(relay.subscribe("room.ada"))
        texts = [f"{number} {'x' * 10_000}" for number in range(500)]
        relay.publish("room.ada", *texts)
        relay.hear(*(("room.ada", text) for text in texts))

    def assertRefused(self, relay, words):
        def is_refused():
            with open(self.log) as file:
                return words in file.read()

        wait_until(lambda: os.path.exists(self.log) and is_refused(), words)
        self.assertFalse(relay.connected())
        relay.stop()

    def test_an_untrusted_certificate(self):
        self.assertRefused(self.relay("localhost"), "certificate verify failed")

    def test_a_certificate_for_another_name(self):
        relay = self.relay("127.0.0.1", f"?cacertfile={self.server.certificate}")
        self.assertRefused(relay, "certificate is not valid for '127.0.0.1'")
