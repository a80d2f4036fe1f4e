"""The relays that come with the chat, but for AMQP: `local`, and `redis` with a real Redis."""

import tempfile
import unittest

import pytest

from tests.relays.contract import Contract, Restarts
from tests.support.redis_server import MISSING, PROGRAM, RedisServer
from tests.support.relay_process import RelayProcess


class LocalTest(unittest.TestCase):
    """The relay of one process."""

    def test_it_carries_nothing_and_is_always_there(self):
        relay = RelayProcess()
        self.addCleanup(relay.stop)
        self.assertTrue(relay.subscribe("room.ada"))
        relay.publish("room.ada", "Ahoy")
        self.assertTrue(relay.connected())
        self.assertEqual(list(relay.heard), [])


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
