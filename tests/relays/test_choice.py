"""The choice of a relay in the ini file, and errors about invalid ones."""

import sys
import unittest
from unittest import mock

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from piratechat.application import _check_secrets
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

    def test_built_in_relays(self):
        self.assertIsInstance(self.choose("local"), LocalRelay)
        for name in ("redis", "amqp"):
            self.assertIsInstance(self.choose(name), BrokerRelay)

    def test_unknown_names(self):
        self.assertRefused("piratechat.relay must be one of amqp, local, redis, not 'rdeis'", "rdeis")
        known = "amqp, local, redis"
        self.assertRefused(f"relay.rdeis.url: there is no such relay; there are {known}", "local", rdeis__url="x")
        self.assertRefused("relay.redis.ulr is no setting of 'redis'; there are prefix, url", "redis", redis__ulr="x")
        self.assertRefused("relay.local.url is no setting of 'local'; there are none", "local", local__url="x")

    def test_settings_of_other_relays_are_ignored(self):
        self.choose("local", redis__url="redis://127.0.0.1:1/0")

    def test_an_invalid_url(self):
        for url in ("http://127.0.0.1", "127.0.0.1:6379", "redis://127.0.0.1:port/0"):
            self.assertRefused("relay.redis.url must be an address such as redis://", "redis", redis__url=url)

    def test_errors_have_no_passwords(self):
        with self.assertRaises(ConfigurationError) as caught:
            self.choose("redis", redis__url="redsi://:s3cr3t@127.0.0.1/0")
        self.assertNotIn("s3cr3t", str(caught.exception))

    def test_the_amqp_url_is_shared(self):
        address = {"piratechat.amqp.url": "amqp://127.0.0.1:1"}
        self.assertIsInstance(chosen_relay(self.config, "amqp", address), BrokerRelay)
        with self.assertRaisesRegex(ConfigurationError, "piratechat.amqp.url must be an address such as amqp://"):
            chosen_relay(self.config, "amqp", {"piratechat.amqp.url": "redis://127.0.0.1"})
        self.assertRefused("relay.amqp.url is no setting of 'amqp'; there are prefix", "amqp", amqp__url="amqp://x")

    def test_an_invalid_prefix(self):
        for prefix in ("x" * 122, "amq.direct", "a\nb"):
            self.assertRefused("relay.amqp.prefix must be a short name", "amqp", amqp__prefix=prefix)

    def test_without_the_package(self):
        for name in ("redis", "amqp"):
            module = f"piratechat.relays.{name}"
            with mock.patch.dict(sys.modules, {name: None, module: None}):
                del sys.modules[module]
                self.assertRefused(rf"needs the package {name}: pip install piratechat\[{name}\]", name)

    def test_an_invalid_relay(self):
        self.config.add_relay("broken", lambda _options: object())
        self.assertRefused("The relay 'broken' does not implement IRelay", "broken")

    def test_duplicate_names(self):
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

    def test_a_single_process_generates_its_secret(self):
        _check_secrets(Settings(), LocalRelay())
