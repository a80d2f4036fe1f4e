"""Limits of visitors and addresses, with a simulated clock."""

import contextlib
import unittest

from piratechat.errors import CommandRejected
from piratechat.rate_limits import Limits
from piratechat.settings import Allowance, Settings
from pyramid_sockjs.servers.client_networks import network


class LimitsTest(unittest.TestCase):
    def setUp(self):
        self.now = 1_000.0

    def limits(self, **settings):
        allowances = {
            name: Allowance.parse(value) if isinstance(value, str) else value for name, value in settings.items()
        }
        return Limits(Settings(**allowances), clock=lambda: self.now)

    def said(self, limits, visitors, addresses, length=10, tries=1):
        """Return the number of accepted messages."""
        passed = 0
        for number in range(tries):
            try:
                limits.say(visitors[number % len(visitors)], addresses[number % len(addresses)], length)
                passed += 1
            except CommandRejected as refused:
                self.assertEqual(refused.code, "rate-limited")
                self.assertGreater(refused.retry_after, 0)
        return passed


class Cookies(LimitsTest):
    """An address can get any number of cookies."""

    def test_visitors_of_one_address_share_its_limit_of_messages(self):
        limits = self.limits(messages_per_address="50/10 seconds")
        crowd = [f"visitor {number}" for number in range(1_000)]
        self.assertEqual(self.said(limits, crowd, ["192.0.2.1"], tries=1_000), 50)
        self.now += 1
        self.assertEqual(self.said(limits, crowd, ["192.0.2.1"], tries=1_000), 5)

    def test_visitors_of_one_address_share_its_limit_of_characters(self):
        limits = self.limits(characters_per_address="10000/minute")
        crowd = [f"visitor {number}" for number in range(100)]
        self.assertEqual(self.said(limits, crowd, ["192.0.2.1"], length=1_000, tries=100), 10)

    def reacted(self, limits, visitors, rooms=("ship",), tries=200):
        """Return the number of accepted reactions of `visitors`, each from a separate address."""
        count = 0
        for number in range(tries):
            visitor = visitors[number % len(visitors)]
            with contextlib.suppress(CommandRejected):
                limits.react(visitor, f"192.0.2.{number % len(visitors)}", rooms[number % len(rooms)])
                count += 1
        return count

    def test_reactions_are_limited_for_each_visitor_room_and_address(self):
        self.assertEqual(self.reacted(self.limits(), ["ada"]), 30)
        crowd = [f"visitor {number}" for number in range(10)]
        limits = self.limits()
        self.assertEqual(self.reacted(limits, crowd), 100)
        self.now += 1
        self.assertEqual(self.reacted(limits, crowd), 20)
        self.assertEqual(self.reacted(self.limits(), crowd, ["ship", "inn", "cove"], tries=290), 290)
        limits = self.limits(reactions_per_address="5/minute")
        self.assertEqual(self.reacted(limits, ["ada"]), 5)

    def test_messages_rejected_for_the_address_do_not_count_for_the_visitor(self):
        limits = self.limits(messages_per_address="1/second", message_burst=2, message_rate=0.001)
        self.assertEqual(self.said(limits, ["ada"], ["192.0.2.1"], tries=100), 1)
        self.now += 1
        self.assertEqual(self.said(limits, ["ada"], ["192.0.2.1"]), 1)

    def test_one_visitor_does_not_exhaust_the_limit_of_the_address(self):
        limits = self.limits()
        self.assertEqual(self.said(limits, ["mallory"], ["192.0.2.1"], tries=1_000), 20)
        everybody = [f"pupil {number}" for number in range(29)]
        self.assertEqual(self.said(limits, everybody, ["192.0.2.1"], tries=5 * 29), 5 * 29)


class Networks(LimitsTest):
    def test_each_address_has_its_own_limit(self):
        limits = self.limits(rooms_per_address="3/minute")
        for address in ("192.0.2.1", "192.0.2.2", "2001:db8:1:1::/64", ""):
            self.assertEqual(sum(limits.rooms.may(address) for _ in range(10)), 3, address)

    def test_a_site_with_65536_networks_has_the_limits_of_eight(self):
        limits = self.limits(rooms_per_address="3/minute")
        networks = (network(f"2001:db8:0:{number:x}::1") for number in range(3_000))
        passed = sum(limits.rooms.may(each) for each in networks)
        self.assertEqual(passed, 24)
        self.assertTrue(limits.rooms.may(network("2001:db8:1::1")), "the adjacent network is another site")

    def test_the_number_of_stored_networks_is_limited(self):
        limits = self.limits()
        for number in range(50_000):
            limits.requests.may(f"2001:{number >> 16:x}:{number & 0xFFFF:x}:1::/64")
        self.assertLessEqual(len(limits.requests), 20_001)


class Typing(LimitsTest):
    def test_typing_notifications_of_one_address_are_limited(self):
        limits = self.limits(typing_per_address="5/10 seconds")
        self.assertEqual(sum(limits.may_type(f"visitor {number}", "192.0.2.1") for number in range(100)), 5)
