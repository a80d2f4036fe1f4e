"""Order of waiting requests, rate limits of connections, and counts of held ones."""

import gc
import unittest
from unittest import mock

import gevent

from pyramid_sockjs.servers.client_networks import Holdings, network
from pyramid_sockjs.servers.handshake_queue import LANE, HandshakeQueue
from pyramid_sockjs.servers.throttling import TURN, Arrivals, FairLock, Turnstile
from sockjs_support.greenlets import join_all

#: Timeout in seconds for operations without delay.
TIMEOUT = 10.0


class Turns(unittest.TestCase):
    def passing(self, *addresses):
        """Return the order in which requests from `addresses` pass; capitals have their own lane."""
        turnstile, come, passed = Turnstile(), [], []

        def one(address):
            come.append(address)
            turnstile.pass_through(address, address.isupper())
            passed.append(address)

        with turnstile._turn:  # until all are waiting
            crowd = [gevent.spawn(one, address) for address in addresses]
            while len(come) < len(addresses):
                gevent.sleep(0)
        join_all(crowd)
        gc.collect()
        self.assertEqual(len(turnstile._queues), 0, "no state is stored for clients that have passed")
        return "".join(passed)

    def test_requests_pass_in_order(self):
        self.assertEqual(self.passing("a", "b", "c"), "abc")

    def test_many_requests_of_one_address_do_not_delay_others(self):
        self.assertEqual(self.passing(*"aaaaaaaab"), "abaaaaaaa")

    def test_addresses_take_turns(self):
        self.assertEqual(self.passing(*"aaabbbc"), "abcabab")

    def test_many_addresses_do_not_delay_another_lane(self):
        self.assertEqual(self.passing(*"abcdefghA"), "aAbcdefgh")
        self.assertEqual(self.passing(*"abcdABCD"), "aAbBcCdD")

    def test_many_requests_of_a_proxy_do_not_delay_its_other_lane(self):
        turnstile, passed = Turnstile(), []

        def one(lane):
            turnstile.pass_through("the proxy", lane)
            passed.append(lane)

        crowd = [gevent.spawn(one, lane) for lane in ["websocket"] * 20 + ["page"]]
        join_all(crowd)
        self.assertLess(passed.index("page"), 3)

    def test_an_immediate_next_request_waits_for_others(self):
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
        """Return how many of `requests`, which take `seconds` each, have passed after each iteration of the loop."""
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

    def test_one_long_request_passes_per_iteration_of_the_loop(self):
        self.assertEqual(self.passed_by_turn(3, TURN), [1, 2, 3])

    def test_several_short_requests_pass_per_iteration_of_the_loop(self):
        self.assertEqual(self.passed_by_turn(8, TURN / 3.5), [4, 8])

    def test_it_is_open_for_the_rest_of_an_iteration_unless_others_wait(self):
        now = [100.0]
        turnstile = Turnstile(lambda: now[0])
        self.assertFalse(turnstile.is_open())
        turnstile.pass_through("a")
        self.assertTrue(turnstile.is_open())
        with turnstile._turn:
            other = gevent.spawn(turnstile.pass_through, "b")
            gevent.sleep(0)
            self.assertFalse(turnstile.is_open())
        join_all([other])
        self.assertTrue(turnstile.is_open())
        now[0] += TURN
        self.assertFalse(turnstile.is_open())

    def test_a_cancelled_request_does_not_delay_others(self):
        turnstile = Turnstile()
        first, second = (gevent.spawn(turnstile.pass_through, "a") for _ in range(2))
        gevent.sleep(0)
        first.kill()
        second.get(timeout=TIMEOUT)

    def test_a_request_cancelled_at_its_turn_does_not_delay_others(self):
        lock = FairLock()

        def one():
            with lock:
                pass

        with lock:
            second, third = gevent.spawn(one), gevent.spawn(one)
            gevent.sleep(0)
            second.kill(block=False)  # it is handed the lock before it is resumed
        third.get(timeout=TIMEOUT)
        self.assertIsInstance(second.value, gevent.GreenletExit)
        with gevent.Timeout(TIMEOUT), lock:
            pass


class Handshakes(unittest.TestCase):
    """Handshakes are answered by one greenlet."""

    def setUp(self):
        self.now = 100.0
        self.turnstile = Turnstile(lambda: self.now)
        self.answered, self.greenlets = [], set()
        self.blocked = gevent.event.Event()
        self.queue = HandshakeQueue(self.turnstile, self.answer)
        self.addCleanup(self.queue.greenlets.kill)

    def answer(self, handshake):
        self.greenlets.add(gevent.getcurrent())
        if handshake == "blocking":
            self.blocked.wait(TIMEOUT)
        self.answered.append(handshake)

    def put(self, *handshakes):
        for handshake in handshakes:
            self.queue.put(handshake[0], handshake)

    def wait(self):
        with gevent.Timeout(TIMEOUT):
            self.queue.greenlets.join()

    def test_one_greenlet_answers_all_and_ends(self):
        self.put(*(f"a{number}" for number in range(100)))
        self.assertEqual(len(self.queue), 100)
        self.wait()
        self.assertEqual(self.answered, [f"a{number}" for number in range(100)])
        self.assertEqual((len(self.greenlets), len(self.queue)), (1, 0))
        self.put("a later one")
        self.wait()
        self.assertEqual(self.answered[100:], ["a later one"])

    def test_clients_take_turns(self):
        self.put("a1", "a2", "a3", "b1", "b2", "c1")
        self.wait()
        self.assertEqual(self.answered, ["a1", "b1", "c1", "a2", "b2", "a3"])

    def test_a_blocked_answer_delays_no_other(self):
        self.put("1", "blocking", "2", "blocking", "3")
        while len(self.answered) < 3:
            gevent.sleep(0)
        self.assertEqual(self.answered, ["1", "2", "3"])
        self.assertEqual(len(self.queue), 2, "those that wait count")
        self.put("4")
        while len(self.answered) < 4:
            gevent.sleep(0)
        self.blocked.set()
        self.wait()
        self.assertEqual(self.answered[4:], ["blocking", "blocking"])
        self.assertEqual(len(self.queue), 0)

    def test_an_answer_that_blocks_alone_delays_no_later_one(self):
        self.put("blocking")
        while not self.greenlets:
            gevent.sleep(0)
        self.put("1")
        while not self.answered:
            gevent.sleep(0)
        self.assertEqual(self.answered, ["1"])

    def test_an_answer_that_ends_its_greenlet_delays_no_other(self):
        def leave_a_timeout():
            gevent.Timeout.start_new(0.0)
            self.now += TURN  # the greenlet waits for the next turn, and is interrupted there

        def fail():
            raise LookupError

        for end in (leave_a_timeout, fail):
            with self.subTest(end.__name__), mock.patch.object(gevent.get_hub(), "print_exception"):
                self.answered.clear()

                def answer(handshake, end=end):
                    self.answer(handshake)
                    if handshake == "last":
                        end()

                self.queue = HandshakeQueue(self.turnstile, answer)
                self.put("last", "1", "2")
                self.wait()
                self.assertEqual(self.answered, ["last", "1", "2"])
                self.assertEqual(len(self.queue), 0)

    def test_killing_the_greenlets_ends_the_answers(self):
        self.put("blocking", "1", "2")
        while not self.answered:
            gevent.sleep(0)
        self.put("blocking", *(f"a{number}" for number in range(10)))
        self.queue.greenlets.kill(timeout=TIMEOUT)
        self.assertEqual(len(self.queue.greenlets), 0)

    def test_no_handshake_is_answered_twice_if_its_answer_yields_briefly(self):
        self.queue = HandshakeQueue(self.turnstile, lambda handshake: (gevent.sleep(0), self.answer(handshake)))
        self.put(*"abcdefghij")
        self.wait()
        self.assertEqual(sorted(self.answered), sorted("abcdefghij"))

    def test_handshakes_and_requests_take_turns(self):
        self.put(*(f"a{number}" for number in range(100)))
        page = gevent.spawn(self.turnstile.pass_through, "b")
        join_all([page])
        self.assertLess(len(self.answered), 5)

    def test_answers_take_a_part_of_each_iteration_of_the_loop(self):
        def answer(handshake):
            self.now += TURN / 3.5
            self.answer(handshake)

        self.queue = HandshakeQueue(self.turnstile, answer)
        self.put(*(f"a{number}" for number in range(8)))
        hub, looks = gevent.get_hub(), []
        while looks[-1:] != [8]:
            hub.wait(hub.loop.timer(0.0))
            looks.append(len(self.answered))
        self.assertEqual(sorted(set(looks) - {0}), [4, 8])

    def test_handshakes_with_a_greenlet_of_their_own_take_turns_too(self):
        self.put(*(f"a{number}" for number in range(100)))
        other = gevent.spawn(self.turnstile.pass_through, "b", LANE)
        join_all([other])
        self.assertLess(len(self.answered), 5)


class Waiting(unittest.TestCase):
    def setUp(self):
        self.now = 100.0
        self.arrivals = Arrivals(10, lambda: self.now)

    def waits(self, count, address="a"):
        return [round(self.arrivals.wait(address), 3) for _ in range(count)]

    def test_a_burst_and_then_the_rate(self):
        self.assertEqual(self.waits(12), [0.0] * 10 + [0.1, 0.2])
        self.now += 0.5
        self.assertEqual(self.waits(5), [0.0, 0.0, 0.0, 0.1, 0.2])

    def test_other_addresses_do_not_wait(self):
        self.waits(100)
        self.assertEqual(self.waits(1, "b"), [0.0])

    def test_waiting_addresses_are_not_evicted(self):
        self.waits(60)
        self.now += 1
        self.assertEqual(self.waits(1), [4.1])
        self.now += 3
        self.assertEqual(self.waits(1), [1.2])

    def test_connections_that_would_have_to_wait_are_not_taken(self):
        self.assertEqual([self.arrivals.take("a") for _ in range(12)], [True] * 10 + [False] * 2)
        self.assertTrue(self.arrivals.take("b"))
        self.assertEqual(self.waits(2), [0.1, 0.2])
        self.now += 0.5
        self.assertEqual(self.waits(5), [0.0, 0.0, 0.0, 0.1, 0.2])

    def test_addresses_do_not_wait_for_each_other(self):
        for number in range(50_000):
            self.now += 0.000_01
            self.assertEqual(self.arrivals.wait(f"10.0.0.{number}"), 0.0)

    def test_the_rate_can_be_unlimited(self):
        self.arrivals = Arrivals(0)
        self.assertEqual(self.waits(3), [0.0] * 3)
        self.assertTrue(self.arrivals.take("a"))


class Holding(unittest.TestCase):
    def test_each_address_has_its_maximum(self):
        holdings = Holdings()
        for _ in range(3):
            self.assertFalse(holdings.full("192.0.2.1", 3))
            holdings.add("192.0.2.1")
        self.assertTrue(holdings.full("192.0.2.1", 3))
        self.assertFalse(holdings.full("192.0.2.2", 3))
        holdings.drop("192.0.2.1")
        self.assertFalse(holdings.full("192.0.2.1", 3))

    def test_all_networks_of_a_site_hold_no_more_than_eight(self):
        holdings = Holdings()
        held = 0
        for number in range(100):
            address = network(f"2001:db8:0:{number:x}::1")
            for _ in range(3):
                if not holdings.full(address, 2):
                    holdings.add(address)
                    held += 1
        self.assertEqual(held, 16)
        self.assertFalse(holdings.full(network("2001:db8:1::1"), 2), "the adjacent network is another site")

    def test_released_addresses_leave_nothing_in_memory(self):
        holdings = Holdings()
        for address in ("192.0.2.1", network("2001:db8::1"), network("::1"), ""):
            holdings.add(address)
        for address in ("192.0.2.1", network("2001:db8::1"), network("::1"), ""):
            holdings.drop(address)
        self.assertEqual(len(holdings._counts), 0)


if __name__ == "__main__":
    unittest.main()
