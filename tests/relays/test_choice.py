"""The choice of a relay in the ini file, and errors about invalid ones."""

import sys
import unittest
from unittest import mock

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from piratechat import _check_secrets
from piratechat.relays.broker import BrokerRelay
from piratechat.relays.choice import chosen_relay
from piratechat.relays.local import LocalRelay
from piratechat.settings import Settings

SECRET = "0123456789abcdef"


class ChoiceTest(unittest.TestCase):
    def setUp(self):
        self.config = Configurator()
        self.config.include("piratechat.relays.choice")

    def choose(self, name, **settings):
        return chosen_relay(
            self.config, name, {f"piratechat.relay.{key.replace('__', '.')}": value for key, value in settings.items()}
        )

    def assertRefused(self, words, name, **settings):
        with self.assertRaisesRegex(ConfigurationError, words):
            self.choose(name, **settings)

    def test_those_that_come_with_the_chat(self):
        self.assertIsInstance(self.choose("local"), LocalRelay)
        for name in ("redis", "amqp"):
            self.assertIsInstance(self.choose(name), BrokerRelay)

    def test_names_that_nobody_knows(self):
        self.assertRefused("piratechat.relay must be one of amqp, local, redis, not 'rdeis'", "rdeis")
        known = "amqp, local, redis"
        self.assertRefused(f"relay.rdeis.url: there is no such relay; there are {known}", "local", rdeis__url="x")
        self.assertRefused("relay.redis.ulr is no setting of 'redis'; there are prefix, url", "redis", redis__ulr="x")
        self.assertRefused("relay.local.url is no setting of 'local'; there are none", "local", local__url="x")

    def test_what_is_set_for_a_relay_that_is_not_chosen_may_stay(self):
        self.choose("local", redis__url="redis://127.0.0.1:1/0")

    def test_an_address_that_makes_no_sense(self):
        for url in ("http://127.0.0.1", "127.0.0.1:6379", "redis://127.0.0.1:port/0"):
            self.assertRefused("relay.redis.url must be an address such as redis://", "redis", redis__url=url)

    def test_a_password_stands_in_no_error(self):
        with self.assertRaises(ConfigurationError) as caught:
            self.choose("redis", redis__url="redsi://:s3cr3t@127.0.0.1/0")
        self.assertNotIn("s3cr3t", str(caught.exception))

    def test_the_amqp_server_has_one_address_for_all_that_use_it(self):
        address = {"piratechat.amqp.url": "amqp://127.0.0.1:1"}
        self.assertIsInstance(chosen_relay(self.config, "amqp", address), BrokerRelay)
        with self.assertRaisesRegex(ConfigurationError, "piratechat.amqp.url must be an address such as amqp://"):
            chosen_relay(self.config, "amqp", {"piratechat.amqp.url": "redis://127.0.0.1"})
        self.assertRefused("relay.amqp.url is no setting of 'amqp'; there are prefix", "amqp", amqp__url="amqp://x")

    def test_a_prefix_that_makes_no_sense(self):
        for prefix in ("x" * 122, "amq.direct", "a\nb"):
            self.assertRefused("relay.amqp.prefix must be a short name", "amqp", amqp__prefix=prefix)

    def test_without_the_package(self):
        for name in ("redis", "amqp"):
            module = f"piratechat.relays.{name}"
            with mock.patch.dict(sys.modules, {name: None, module: None}):
                del sys.modules[module]
                self.assertRefused(rf"needs the package {name}: pip install piratechat\[{name}\]", name)

    def test_one_that_is_none(self):
        self.config.add_relay("broken", lambda _options: object())
        self.assertRefused("The relay 'broken' does not implement IRelay", "broken")

    def test_two_of_one_name(self):
        for relay in (LocalRelay, BrokerRelay):
            self.config.add_relay("mine", relay)
        with self.assertRaises(ConfigurationConflictError):
            self.choose("mine")


class SecretsTest(unittest.TestCase):
    def test_processes_must_have_the_same(self):
        shared = mock.Mock(reaches_others=True)
        for missing, settings in (
            ("piratechat.secret", Settings(operator_secret=SECRET)),
            ("piratechat.operator_secret", Settings(secret=SECRET)),
            ("piratechat.secret", Settings(secret="...", operator_secret=SECRET)),
        ):
            with self.assertRaisesRegex(ConfigurationError, f"need the same {missing}, of 16 characters.*Set it"):
                _check_secrets(settings, shared)
        _check_secrets(Settings(secret=SECRET, operator_secret=SECRET), shared)

    def test_one_process_makes_its_own(self):
        _check_secrets(Settings(), LocalRelay())
