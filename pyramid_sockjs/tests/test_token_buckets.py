"""Token buckets, with a simulated clock."""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from pyramid_sockjs.servers.client_networks import network
from pyramid_sockjs.token_buckets import ClientBuckets, TokenBuckets


def taken(buckets, key, tokens=1.0):
    """Take tokens if there are enough; return whether they were taken."""
    if buckets.wait(key, tokens):
        return False
    buckets.spend(key, tokens)
    return True


class BucketsTest(unittest.TestCase):
    def setUp(self):
        self.now = 1_000.0
        self.buckets = self.make(rate=2.0, burst=5)

    def make(self, rate, burst, most=1_000):
        return TokenBuckets(rate, burst, most, clock=lambda: self.now)

    def taken(self, key="ada", tries=100):
        """Return the number of successes among `tries` immediate tries."""
        return sum(taken(self.buckets, key) for _ in range(tries))

    def test_a_burst_is_allowed(self):
        self.assertEqual(self.taken(), 5)

    def test_the_bucket_is_refilled_at_the_rate(self):
        self.taken()
        self.now += 0.49
        self.assertEqual(self.taken(), 0)
        self.now += 0.02
        self.assertEqual(self.taken(), 1)
        self.now += 1
        self.assertEqual(self.taken(), 2)

    def test_a_pause_fills_the_bucket_to_its_capacity(self):
        self.taken()
        self.now += 3_600
        self.assertEqual(self.taken(), 5)

    def test_each_key_has_its_own_bucket(self):
        self.taken("ada")
        self.assertEqual(self.taken("bob"), 5)

    def test_a_failure_returns_the_time_to_wait(self):
        self.assertEqual(self.taken(tries=5), 5)
        self.assertEqual(self.buckets.wait("ada"), 0.5)
        self.now += 0.5
        self.assertEqual(self.buckets.wait("ada"), 0.0)

    def test_spending_without_tokens_extends_the_wait(self):
        for _ in range(8):
            self.buckets.spend("ada")
        self.assertEqual(self.buckets.wait("ada"), 2.0)

    def test_failed_tries_do_not_extend_the_wait(self):
        self.taken()
        for _ in range(10):
            self.now += 0.05
            taken(self.buckets, "ada")
        self.assertEqual(self.taken(tries=1), 0, "the tenth try had the token of this half second")
        self.now += 0.5
        self.assertEqual(self.taken(tries=2), 1)

    def test_rates_below_one_per_second(self):
        self.buckets = self.make(rate=0.5, burst=2)
        self.assertEqual(self.taken(), 2)
        self.now += 1.9
        self.assertEqual(self.taken(), 0)
        self.now += 0.2
        self.assertEqual(self.taken(), 1)

    def test_taking_more_than_the_capacity_empties_the_bucket(self):
        self.assertTrue(taken(self.buckets, "ada", 1_000))
        self.assertEqual(self.buckets.wait("ada"), 0.5)
        self.assertEqual(self.buckets.wait("ada", 1_000), 2.5)

    def test_reading_the_wait_takes_no_token(self):
        self.assertEqual([self.buckets.wait("ada") for _ in range(100)], [0.0] * 100)
        self.assertEqual(len(self.buckets), 0)

    @given(st.floats(0.1, 100), st.integers(1, 20), st.lists(st.floats(0, 10, allow_subnormal=False), max_size=100))
    def test_nobody_gets_more_than_the_rate_and_one_burst(self, rate, burst, pauses):
        self.now = 0.0
        self.buckets = self.make(rate, burst)
        passed = 0
        for pause in pauses:
            self.now += pause
            passed += taken(self.buckets, "ada")
        self.assertLessEqual(passed, self.now * rate + burst + 1e-6)


class Flood(unittest.TestCase):
    """More addresses than buckets."""

    MOST = 1_000

    def setUp(self):
        self.now = 1_000.0
        self.buckets = TokenBuckets(rate=1.0, burst=5, most=self.MOST, clock=lambda: self.now)

    def drain(self, key):
        while taken(self.buckets, key):
            pass

    def test_the_number_of_buckets_is_limited(self):
        for number in range(200_000):
            taken(self.buckets, str(number))
        self.assertEqual(len(self.buckets), self.MOST + 1)

    def test_a_flood_of_keys_does_not_refill_a_bucket(self):
        self.drain("mallory")
        for number in range(20_000):
            taken(self.buckets, str(number))
        self.assertFalse(taken(self.buckets, "mallory"))
        self.now += 1.0
        self.assertTrue(taken(self.buckets, "mallory"))
        self.assertFalse(taken(self.buckets, "mallory"))

    def test_a_flood_of_keys_gets_no_more_than_all_buckets_hold(self):
        passed = sum(taken(self.buckets, str(number % 10_000)) for number in range(50_000))
        self.assertLessEqual(passed, 5 * (self.MOST + 1))

    def test_existing_keys_keep_their_buckets(self):
        self.assertTrue(taken(self.buckets, "ada"))
        for number in range(10_000):
            self.drain(str(number))
        self.assertTrue(taken(self.buckets, "ada"))

    def test_unused_buckets_are_evicted_after_a_flood(self):
        for number in range(10_000):
            self.drain(str(number))
        self.assertFalse(taken(self.buckets, "bob"), "new clients share one bucket")
        self.now += 5.0
        for number in range(10_000):
            self.assertTrue(taken(self.buckets, f"new {number}"))
            self.now += 0.01
        self.assertLessEqual(len(self.buckets), self.MOST + 1)


class Clients(unittest.TestCase):
    def setUp(self):
        self.now = 1_000.0
        self.buckets = ClientBuckets(rate=10, burst=10, clock=lambda: self.now)

    def test_all_networks_of_a_site_share_eight_bursts(self):
        passed = sum(taken(self.buckets, network(f"2001:db8:0:{number:x}::1")) for number in range(1_000))
        self.assertEqual(passed, 80)
        self.assertTrue(taken(self.buckets, network("2001:db8:1::1")), "the adjacent network is another site")

    def test_each_network_of_a_site_has_one_burst(self):
        self.assertEqual(sum(taken(self.buckets, network(f"2001:db8::{number:x}")) for number in range(1_000)), 10)
