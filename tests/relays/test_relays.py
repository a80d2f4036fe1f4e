"""The built-in relays except AMQP: `local`, and `redis` with a real Redis."""

import tempfile
import unittest
from unittest import mock

import pytest
from prometheus_client import CollectorRegistry

from piratechat.peers.metrics import PeerMetrics
from piratechat.relays.broker import BrokerRelay
from tests.relays.contract import Contract, Restarts
from tests.support.redis_server import MISSING, PROGRAM, RedisServer
from tests.support.relay_process import RelayProcess


class LocalTest(unittest.TestCase):
    """The relay for a single process."""

    def test_the_local_relay_delivers_nothing_and_is_always_connected(self):
        relay = RelayProcess()
        self.addCleanup(relay.stop)
        self.assertTrue(relay.subscribe("room.ada"))
        relay.publish("room.ada", "Ahoy")
        self.assertTrue(relay.connected())
        self.assertEqual(list(relay.heard), [])


class Dropped(unittest.TestCase):
    """Dropped texts are counted."""

    def test_by_reason(self):
        self.enterContext(mock.patch("piratechat.relays.broker.MAX_OUTBOX", 3))
        relay = BrokerRelay(mock.Mock(), mock.Mock())
        relay.publish("room.ada", "nobody is connected")
        self.assertEqual(relay.dropped, {"not-connected": 1})
        relay._sender.begin(mock.Mock())
        for number in range(5):
            relay.publish("room.ada", str(number))
        self.assertEqual(relay.dropped, {"not-connected": 1, "outbox-full": 2})
        relay._sender.end()
        self.assertEqual(relay.dropped, {"not-connected": 4, "outbox-full": 2})
        counted = CollectorRegistry()
        PeerMetrics(counted, "here", relay)
        value = counted.get_sample_value("piratechat_relay_dropped_total", {"reason": "outbox-full"})
        self.assertEqual(value, 2)


class WithRedis:
    @classmethod
    def setUpClass(cls):
        cls.server = RedisServer(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.addClassCleanup(cls.server.end)
        super().setUpClass()

    @classmethod
    def make_relay(cls, prefix="piratechat"):
        relay = RelayProcess(
            **{
                "piratechat.relay": "redis",
                "piratechat.relay.redis.url": cls.server.url,
                "piratechat.relay.redis.prefix": prefix,
            }
        )
        cls.addClassCleanup(relay.stop)
        return relay


@pytest.mark.skipif(PROGRAM is None, reason=MISSING)
class RedisTest(WithRedis, Contract, unittest.TestCase):
    pass


@pytest.mark.slow
@pytest.mark.skipif(PROGRAM is None, reason=MISSING)
class RedisRestarts(WithRedis, Restarts, unittest.TestCase):
    pass
