"""How much somebody may do: token buckets, by a clock that is told the time."""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from piratechat.errors import Refused
from piratechat.live.pace import Pace


class PaceTest(unittest.TestCase):
    def setUp(self):
        self.now = 1_000.0
        self.pace = self.make(rate=2.0, burst=5)

    def make(self, rate, burst, most=1_000):
        return Pace(rate, burst, most, clock=lambda: self.now)

    def taken(self, key="ada", tries=100):
        """Return how many of `tries` at once are let through."""
        return sum(self.pace.may(key) for _ in range(tries))

    def test_so_many_at_once(self):
        self.assertEqual(self.taken(), 5)

    def test_and_so_many_a_second(self):
        self.taken()
        self.now += 0.49
        self.assertEqual(self.taken(), 0)
        self.now += 0.02
        self.assertEqual(self.taken(), 1)
        self.now += 1
        self.assertEqual(self.taken(), 2)

    def test_who_is_quiet_gathers_no_more_than_the_bucket_holds(self):
        self.taken()
        self.now += 3_600
        self.assertEqual(self.taken(), 5)

    def test_each_has_their_own(self):
        self.taken("ada")
        self.assertEqual(self.taken("bob"), 5)

    def test_who_is_too_fast_is_told_how_long_to_wait(self):
        for _ in range(5):
            self.pace.take("ada")
        with self.assertRaises(Refused) as caught:
            self.pace.take("ada")
        self.assertEqual((caught.exception.code, caught.exception.retry_after), ("rate-limited", 0.5))
        self.assertIn("wait 0.5 s", caught.exception.message)
        self.now += caught.exception.retry_after
        self.pace.take("ada")

    def test_trying_again_does_not_make_it_longer(self):
        self.taken()
        for _ in range(10):
            self.now += 0.05
            self.pace.may("ada")
        self.assertEqual(self.taken(tries=1), 0, "the tenth try had the token of this half second")
        self.now += 0.5
        self.assertEqual(self.taken(tries=2), 1)

    def test_less_than_one_a_second(self):
        self.pace = self.make(rate=0.5, burst=2)
        self.assertEqual(self.taken(), 2)
        self.now += 1.9
        self.assertEqual(self.taken(), 0)
        self.now += 0.2
        self.assertEqual(self.taken(), 1)

    def test_there_are_only_so_many_buckets(self):
        self.pace = self.make(rate=2.0, burst=5, most=10)
        for number in range(10_000):
            self.pace.may(str(number))
        self.assertEqual(len(self.pace._buckets), 10)

    def test_those_who_were_not_seen_for_longest_are_forgotten(self):
        self.pace = self.make(rate=2.0, burst=5, most=10)
        self.taken("ada")
        for number in range(100):
            self.pace.may(str(number))
            self.assertFalse(self.pace.may("ada"), "who goes on is remembered")
        for number in range(10):
            self.pace.may(str(number))
        self.assertEqual(self.taken("ada"), 5)

    @given(st.floats(0.1, 100), st.integers(1, 20), st.lists(st.floats(0, 10, allow_subnormal=False), max_size=100))
    def test_nobody_gets_more_than_the_rate_and_one_burst(self, rate, burst, pauses):
        self.now = 0.0
        self.pace = self.make(rate, burst)
        taken = 0
        for pause in pauses:
            self.now += pause
            taken += self.pace.may("ada")
        self.assertLessEqual(taken, self.now * rate + burst + 1e-6)
