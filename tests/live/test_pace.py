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

    def test_more_at_once_than_a_bucket_holds_takes_all_of_it(self):
        self.pace.take("ada", 1_000)
        self.assertEqual(self.pace.wait("ada"), 0.5)
        self.assertEqual(self.pace.wait("ada", 1_000), 2.5)

    def test_asking_how_long_to_wait_takes_nothing(self):
        self.assertEqual([self.pace.wait("ada") for _ in range(100)], [0.0] * 100)
        self.assertEqual(len(self.pace), 0)

    @given(st.floats(0.1, 100), st.integers(1, 20), st.lists(st.floats(0, 10, allow_subnormal=False), max_size=100))
    def test_nobody_gets_more_than_the_rate_and_one_burst(self, rate, burst, pauses):
        self.now = 0.0
        self.pace = self.make(rate, burst)
        taken = 0
        for pause in pauses:
            self.now += pause
            taken += self.pace.may("ada")
        self.assertLessEqual(taken, self.now * rate + burst + 1e-6)


class Flood(unittest.TestCase):
    """More addresses than there is room for."""

    MOST = 1_000

    def setUp(self):
        self.now = 1_000.0
        self.pace = Pace(rate=1.0, burst=5, most=self.MOST, clock=lambda: self.now)

    def drain(self, key):
        while self.pace.may(key):
            pass

    def test_there_are_only_so_many_buckets(self):
        for number in range(200_000):
            self.pace.may(str(number))
        self.assertEqual(len(self.pace), self.MOST + 1)

    def test_nobody_gets_their_bucket_filled_by_a_crowd(self):
        self.drain("mallory")
        for number in range(20_000):
            self.pace.may(str(number))
        self.assertFalse(self.pace.may("mallory"))
        self.now += 1.0
        self.assertTrue(self.pace.may("mallory"))
        self.assertFalse(self.pace.may("mallory"))

    def test_a_crowd_gets_no_more_than_its_buckets_hold(self):
        passed = sum(self.pace.may(str(number % 10_000)) for number in range(50_000))
        self.assertLessEqual(passed, 5 * (self.MOST + 1))

    def test_those_who_were_here_before_go_on(self):
        self.pace.take("ada")
        for number in range(10_000):
            self.drain(str(number))
        self.assertTrue(self.pace.may("ada"))

    def test_after_it_there_is_room_again(self):
        for number in range(10_000):
            self.drain(str(number))
        self.assertFalse(self.pace.may("bob"), "who is new shares one bucket")
        self.now += 5.0
        for number in range(10_000):
            self.assertTrue(self.pace.may(f"new {number}"))
            self.now += 0.01
        self.assertLessEqual(len(self.pace), self.MOST + 1)
