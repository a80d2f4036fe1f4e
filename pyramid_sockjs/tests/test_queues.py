"""Whose turn it is, who has to wait, and who holds how much."""

import gc
import unittest

import gevent

from pyramid_sockjs.servers.client_networks import Holdings, network
from pyramid_sockjs.servers.throttling import TURN, Arrivals, FairLock, Turnstile
from sockjs_support.greenlets import join_all

#: Seconds for what takes no time.
TIMEOUT = 10.0


class Turns(unittest.TestCase):
    def passing(self, *addresses):
        """Return in which order requests pass that come in the order of `addresses`; capitals have their own lane."""
        turnstile, come, passed = Turnstile(), [], []

        def one(address):
            come.append(address)
            turnstile.pass_through(address, address.isupper())
            passed.append(address)

        with turnstile._turn:  # until all have come
            crowd = [gevent.spawn(one, address) for address in addresses]
            while len(come) < len(addresses):
                gevent.sleep(0)
        join_all(crowd)
        gc.collect()
        self.assertEqual(len(turnstile._queues), 0, "nothing is kept of those who have passed")
        return "".join(passed)

    def test_who_has_come_first_passes_first(self):
        self.assertEqual(self.passing("a", "b", "c"), "abc")

    def test_a_crowd_of_one_address_does_not_hold_up_the_next(self):
        self.assertEqual(self.passing(*"aaaaaaaab"), "abaaaaaaa")

    def test_addresses_take_turns(self):
        self.assertEqual(self.passing(*"aaabbbc"), "abcabab")

    def test_a_crowd_from_everywhere_does_not_hold_up_another_lane(self):
        self.assertEqual(self.passing(*"abcdefghA"), "aAbcdefgh")
        self.assertEqual(self.passing(*"abcdABCD"), "aAbBcCdD")

    def test_a_crowd_behind_a_proxy_does_not_hold_up_its_other_lane(self):
        turnstile, passed = Turnstile(), []

        def one(lane):
            turnstile.pass_through("the proxy", lane)
            passed.append(lane)

        crowd = [gevent.spawn(one, lane) for lane in ["websocket"] * 20 + ["page"]]
        join_all(crowd)
        self.assertLess(passed.index("page"), 3)

    def test_who_comes_back_at_once_lets_others_pass_first(self):
        for theirs, ours in (("a", "b"), ("a", "a"), ("a", "A")):
            with self.subTest(theirs=theirs, ours=ours):
                turnstile, passed = Turnstile(), []

                def pass_through(address, times, turnstile=turnstile, passed=passed):
                    for _ in range(times):
                        turnstile.pass_through(address, address.isupper())
                        passed.append(address)

                first = gevent.spawn(pass_through, theirs, 200)
                gevent.sleep(0)
                other = gevent.spawn(pass_through, ours, 1)
                join_all([other])
                self.assertLess(len(passed), 5)
                join_all([first])

    def passed_by_turn(self, requests, seconds):
        """Return how many of so many `requests`, which take `seconds` each, have passed after each turn of the loop."""
        now, hub, looks = [100.0], gevent.get_hub(), []
        turnstile = Turnstile(lambda: now[0])

        def one():
            turnstile.pass_through("a")
            now[0] += seconds

        crowd = [gevent.spawn(one) for _ in range(requests)]
        while looks[-1:] != [requests]:
            hub.wait(hub.loop.timer(0.0))
            looks.append(sum(request.ready() for request in crowd))
        return sorted(set(looks) - {0})

    def test_one_that_takes_long_passes_in_a_turn_of_the_loop(self):
        self.assertEqual(self.passed_by_turn(3, TURN), [1, 2, 3])

    def test_some_that_are_short_pass_in_a_turn_of_the_loop(self):
        self.assertEqual(self.passed_by_turn(8, TURN / 3.5), [4, 8])

    def test_who_gives_up_holds_up_nobody(self):
        turnstile = Turnstile()
        first, second = (gevent.spawn(turnstile.pass_through, "a") for _ in range(2))
        gevent.sleep(0)
        first.kill()
        second.get(timeout=TIMEOUT)

    def test_who_gives_up_when_it_is_their_turn_holds_up_nobody(self):
        lock = FairLock()

        def one():
            with lock:
                pass

        with lock:
            second, third = gevent.spawn(one), gevent.spawn(one)
            gevent.sleep(0)
            second.kill(block=False)  # which is handed the lock before it hears of that
        third.get(timeout=TIMEOUT)
        self.assertIsInstance(second.value, gevent.GreenletExit)
        with gevent.Timeout(TIMEOUT), lock:
            pass


class Waiting(unittest.TestCase):
    def setUp(self):
        self.now = 100.0
        self.arrivals = Arrivals(10, lambda: self.now)

    def waits(self, count, address="a"):
        return [round(self.arrivals.wait(address), 3) for _ in range(count)]

    def test_so_many_at_once_and_then_so_many_a_second(self):
        self.assertEqual(self.waits(12), [0.0] * 10 + [0.1, 0.2])
        self.now += 0.5
        self.assertEqual(self.waits(5), [0.0, 0.0, 0.0, 0.1, 0.2])

    def test_others_do_not_wait(self):
        self.waits(100)
        self.assertEqual(self.waits(1, "b"), [0.0])

    def test_nobody_is_forgotten_who_waits(self):
        self.waits(60)
        self.now += 1
        self.assertEqual(self.waits(1), [4.1])
        self.now += 3
        self.assertEqual(self.waits(1), [1.2])

    def test_a_crowd_of_addresses_does_not_wait_for_each_other(self):
        for number in range(50_000):
            self.now += 0.000_01
            self.assertEqual(self.arrivals.wait(f"10.0.0.{number}"), 0.0)

    def test_any_number(self):
        self.arrivals = Arrivals(0)
        self.assertEqual(self.waits(3), [0.0] * 3)


class Holding(unittest.TestCase):
    def test_so_many_of_each(self):
        holdings = Holdings()
        for _ in range(3):
            self.assertFalse(holdings.full("192.0.2.1", 3))
            holdings.add("192.0.2.1")
        self.assertTrue(holdings.full("192.0.2.1", 3))
        self.assertFalse(holdings.full("192.0.2.2", 3))
        holdings.drop("192.0.2.1")
        self.assertFalse(holdings.full("192.0.2.1", 3))

    def test_a_site_with_65536_networks_has_no_more_than_eight(self):
        holdings = Holdings()
        held = 0
        for number in range(100):
            address = network(f"2001:db8:0:{number:x}::1")
            for _ in range(3):
                if not holdings.full(address, 2):
                    holdings.add(address)
                    held += 1
        self.assertEqual(held, 16)
        self.assertFalse(holdings.full(network("2001:db8:1::1"), 2), "its neighbour is another site")

    def test_nothing_is_kept_of_those_who_have_gone(self):
        holdings = Holdings()
        for address in ("192.0.2.1", network("2001:db8::1"), network("::1"), ""):
            holdings.add(address)
        for address in ("192.0.2.1", network("2001:db8::1"), network("::1"), ""):
            holdings.drop(address)
        self.assertEqual(len(holdings._counts), 0)


if __name__ == "__main__":
    unittest.main()
