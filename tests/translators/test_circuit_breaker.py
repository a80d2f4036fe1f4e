"""The circuit breaker, with a simulated clock."""

import itertools
import math
import unittest

from piratechat.translation import (
    BadRequest,
    BadResponse,
    Failed,
    Misconfigured,
    QuotaExceeded,
    RateLimited,
    Skipped,
    Translated,
    TranslationError,
    Unavailable,
)
from piratechat.translators.engine.circuit_breaker import (
    AT_ONCE,
    MAX_PAUSE,
    MAX_REJECTED,
    MAX_RETRY_AFTER,
    MIN_PAUSE,
    THRESHOLD,
    Breaker,
)


class BreakerTest(unittest.TestCase):
    def setUp(self):
        self.breaker = Breaker()

    def fail(self, error, now=0.0, times=1):
        """Make calls that fail."""
        for _ in range(times):
            number = self.breaker.allow(now)
            self.assertTrue(number, "the call should be allowed")
            self.breaker.failed(number, error, now)

    def succeed(self, now):
        number = self.breaker.allow(now)
        self.assertTrue(number)
        self.breaker.succeeded(number)

    def assertOpen(self, until):
        self.assertFalse(self.breaker.allow(until - 0.001))
        self.assertEqual(self.breaker.state(until - 0.001), "open")
        self.assertEqual(self.breaker.state(until), "half-open")
        self.assertEqual((self.breaker.wait(until - 1), self.breaker.wait(until + 1)), (1.0, 0.0))


class Opening(BreakerTest):
    def test_the_breaker_is_closed_while_calls_succeed(self):
        for now in range(10):
            self.succeed(now)
        self.assertEqual((self.breaker.state(10), self.breaker.wait(10), self.breaker.error), ("closed", 0.0, None))

    def test_consecutive_failures_open_the_breaker(self):
        for error in (Unavailable("down"), BadResponse("nonsense")):
            with self.subTest(error=error.kind):
                self.breaker = Breaker()
                self.fail(error, times=THRESHOLD - 1)
                self.assertEqual(self.breaker.state(0), "closed")
                self.fail(error)
                self.assertOpen(MIN_PAUSE)
                self.assertIs(self.breaker.error, error)

    def test_a_success_resets_the_count(self):
        self.fail(Unavailable("down"), times=THRESHOLD - 1)
        self.succeed(0)
        self.fail(Unavailable("down"), times=THRESHOLD - 1)
        self.assertEqual(self.breaker.state(0), "closed")

    def test_some_errors_open_the_breaker_immediately(self):
        for error, pause in [(Misconfigured(""), 300), (RateLimited(""), 60), (QuotaExceeded(""), 3600)]:
            with self.subTest(error=error.kind):
                self.breaker = Breaker()
                self.fail(error)
                self.assertOpen(pause)

    def test_subclasses_of_these_errors_open_the_breaker_immediately(self):
        class Busy(RateLimited):
            """A rate limit with a name."""

        self.fail(Busy("busy"))
        self.assertOpen(60)

    def test_the_service_can_set_the_pause(self):
        for error in (RateLimited("", 7), Unavailable("", 7), QuotaExceeded("", 7)):
            with self.subTest(error=error.kind):
                self.breaker = Breaker()
                self.fail(error)
                self.assertOpen(7)

    def test_the_pause_has_a_maximum(self):
        for said, pause in [(math.inf, 60), (1e300, MAX_RETRY_AFTER), (-5, 0), (math.nan, 60)]:
            with self.subTest(said=said):
                self.breaker = Breaker()
                self.fail(RateLimited("", said))
                self.assertEqual(self.breaker.wait(0), pause)
                self.assertTrue(self.breaker.allow(pause))

    def test_errors_about_single_texts_do_not_count(self):
        self.fail(BadRequest("what?"), times=10)
        self.fail(TranslationError("no"), times=10)
        self.assertEqual(self.breaker.state(0), "closed")


class HalfOpen(BreakerTest):
    def setUp(self):
        super().setUp()
        self.fail(Unavailable("down"), times=THRESHOLD)

    def test_one_trial_call_is_allowed(self):
        self.assertTrue(self.breaker.allow(MIN_PAUSE))
        self.assertFalse(self.breaker.allow(MIN_PAUSE))
        self.assertFalse(self.breaker.allow(MIN_PAUSE + 1000))

    def test_a_successful_trial_closes_the_breaker(self):
        self.succeed(MIN_PAUSE)
        self.assertEqual((self.breaker.state(MIN_PAUSE), self.breaker.error), ("closed", None))
        self.assertTrue(self.breaker.allow(MIN_PAUSE) and self.breaker.allow(MIN_PAUSE))

    def test_a_failed_trial_doubles_the_pause(self):
        now, pause = 0.0, MIN_PAUSE
        for _ in range(20):
            now += pause
            self.fail(Unavailable("down"), now)
            pause = min(2 * pause, MAX_PAUSE)
            self.assertAlmostEqual(self.breaker.wait(now), pause)

    def test_a_success_resets_the_pause(self):
        self.fail(Unavailable("down"), MIN_PAUSE)
        self.succeed(1000)
        self.fail(Unavailable("down"), 1000, times=THRESHOLD)
        self.assertEqual(self.breaker.wait(1000), MIN_PAUSE)

    def test_an_error_about_the_text_closes_the_breaker(self):
        self.fail(BadRequest("what?"), MIN_PAUSE)
        self.assertEqual(self.breaker.state(MIN_PAUSE), "closed")

    def test_a_cancelled_trial_allows_another_trial(self):
        self.breaker.abandoned(self.breaker.allow(MIN_PAUSE))
        self.assertTrue(self.breaker.allow(MIN_PAUSE))


class CallsAtTheSameTime(BreakerTest):
    def test_a_late_success_does_not_close_the_breaker(self):
        late = self.breaker.allow(0)
        self.fail(RateLimited("slower!"))
        self.breaker.succeeded(late)
        self.assertOpen(60)

    def test_late_failures_do_not_extend_the_pause(self):
        late = [self.breaker.allow(0) for _ in range(5)]
        self.fail(Unavailable("down"), times=THRESHOLD)
        for number in late:
            self.breaker.failed(number, Unavailable("down"), 1)
        self.assertOpen(MIN_PAUSE)

    def test_late_failures_do_not_decide_the_trial(self):
        late = self.breaker.allow(0)
        self.fail(Unavailable("down"), times=THRESHOLD)
        trial = self.breaker.allow(MIN_PAUSE)
        self.breaker.failed(late, Unavailable("down"), MIN_PAUSE)
        self.breaker.abandoned(late)
        self.assertFalse(self.breaker.allow(MIN_PAUSE), "a trial call is already in progress")
        self.breaker.succeeded(trial)
        self.assertEqual(self.breaker.state(MIN_PAUSE), "closed")


class Answers(BreakerTest):
    def answer(self, *outcomes):
        """Finish one call with `outcomes`; return whether the breaker is closed afterwards."""
        self.breaker.answered(self.breaker.allow(0.0), outcomes, 0.0)
        return self.breaker.state(0.0) == "closed"

    def test_an_answer_of_failures_is_a_failure(self):
        down = Failed(Unavailable("down"))
        self.assertEqual([self.answer(down, down) for _ in range(THRESHOLD)], [True] * (THRESHOLD - 1) + [False])

    def test_a_partial_failure_is_not_a_failure(self):
        outcomes = Failed(Unavailable("down")), Translated("x")
        self.assertTrue(all(self.answer(*outcomes) for _ in range(2 * THRESHOLD)))

    def test_some_errors_count_immediately(self):
        self.assertFalse(self.answer(Translated("x"), Failed(RateLimited("slower!"))))
        self.assertIsInstance(self.breaker.error, RateLimited)

    def test_skipped_texts_are_a_success(self):
        self.fail(Unavailable("down"), times=THRESHOLD - 1)
        self.assertTrue(self.answer(Skipped("")))
        self.fail(Unavailable("down"), times=THRESHOLD - 1)
        self.assertEqual(self.breaker.state(0.0), "closed")


class Rejections(BreakerTest):
    """A service that rejects many different texts, and accepts none, has a problem of its own."""

    def reject(self, *texts, now=0.0):
        number = self.breaker.allow(now)
        self.assertTrue(number)
        self.breaker.failed(number, BadRequest("no"), now, texts)

    def test_different_texts(self):
        for text in range(MAX_REJECTED - 1):
            self.reject(text)
        self.assertEqual(self.breaker.state(0), "closed")
        self.reject(MAX_REJECTED)
        self.assertOpen(AT_ONCE[Misconfigured])
        self.assertIsInstance(self.breaker.error, Misconfigured)

    def test_one_text_repeatedly(self):
        for _ in range(3 * MAX_REJECTED):
            self.reject("a")
        self.assertEqual(self.breaker.state(0), "closed")

    def test_an_accepted_text_in_between(self):
        for text in range(3 * MAX_REJECTED):
            self.reject(text)
            if text % 2:
                self.succeed(0)
        self.assertEqual(self.breaker.state(0), "closed")

    def test_several_rejections_in_one_answer(self):
        number = self.breaker.allow(0)
        failed = [Failed(BadRequest("no"))] * MAX_REJECTED
        self.breaker.answered(number, failed, 0.0, range(MAX_REJECTED))
        self.assertIsInstance(self.breaker.error, Misconfigured)

    def test_the_trial_decides(self):
        texts = itertools.count()
        for _ in range(MAX_REJECTED):
            self.reject(next(texts))
        again = AT_ONCE[Misconfigured]
        self.reject(next(texts), now=again)
        self.assertEqual(self.breaker.state(again), "open", "the breaker still rejects all calls")
        self.succeed(2 * again)
        self.assertEqual(self.breaker.state(2 * again), "closed")
        self.reject(next(texts), now=2 * again)
        self.assertEqual(self.breaker.state(2 * again), "closed", "failures are counted from the start")
