"""The queue of a back end: batches, failures, and limits that protect both sides."""

import gc
import time
import unittest
import weakref
from unittest import mock

import gevent
from prometheus_client import CollectorRegistry

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
from piratechat.translators.backends.batches import one_by_one
from piratechat.translators.engine import dispatcher as module
from piratechat.translators.engine import outcomes
from piratechat.translators.engine.asked import LATER
from piratechat.translators.engine.budget import Limits
from piratechat.translators.engine.circuit_breaker import THRESHOLD
from piratechat.translators.engine.dispatcher import BROKEN, QUEUE_FULL, Dispatcher, Job
from piratechat.translators.engine.metrics import TranslationMetrics
from piratechat.translators.engine.protection import Protection
from piratechat.translators.engine.waiting_texts import Turn, Urgency
from tests.support.engines import TIMEOUT, BackEnd, shout

LOG = "piratechat.translators.engine.dispatcher"


class DispatcherTest(unittest.TestCase):
    def setUp(self):
        self.settled = []
        self.begin()

    def begin(self, **protection):
        metrics = TranslationMetrics(CollectorRegistry()).of("test")
        self.dispatcher = Dispatcher("test", Protection(**protection), metrics, self.settle)
        self.settled = []

    def settle(self, job, outcome):
        self.settled.append((job.text, outcome))

    def submit(self, translator, *texts, **more):
        for text in texts:
            self.dispatcher.submit(self.job(translator, text, **more))

    def job(self, translator, text, source=None, timeout=60.0, turn=LATER):
        return Job(text.encode(), translator, text, source, time.monotonic() + timeout, turn)

    def wait(self, count):
        with gevent.Timeout(TIMEOUT, AssertionError(f"expected {count} outcomes, not {self.settled}")):
            while len(self.settled) < count:
                gevent.sleep(0.001)
        self.assertEqual(len(self.settled), count)
        return dict(self.settled)

    def done(self, translator, *texts, **more):
        """Submit `texts`, and return their outcomes."""
        self.settled.clear()
        self.submit(translator, *texts, **more)
        return self.wait(len(texts))

    def errors(self, translator, *texts):
        """Return the errors of `texts`."""
        return [outcome.error for outcome in self.done(translator, *texts).values()]


class Turns(DispatcherTest):
    """The order of texts, with a back end that takes time for each text."""

    def setUp(self):
        super().setUp()
        self.begin(concurrency=1)
        self.translator = BackEnd(held=True, max_items=1)
        self.submit(self.translator, "begun")
        self.translator.wait()

    def asked(self, count):
        """Return the order in which the back end receives `count` texts."""
        self.translator.free.set()
        self.wait(count + 1)
        return self.translator.texts[1:]

    def test_new_messages_are_first_and_visible_ones_second(self):
        self.submit(self.translator, "rest", turn=Turn("tavern", 1))
        self.submit(self.translator, "in sight", turn=Turn("tavern", 2, Urgency.IN_SIGHT))
        self.submit(self.translator, "said", turn=Turn("tavern", 3, Urgency.SAID))
        self.assertEqual(self.asked(3), ["said", "in sight", "rest"])

    def test_the_newest_are_first_and_rooms_take_turns(self):
        for seq in range(1, 5):
            self.submit(self.translator, f"tavern {seq}", turn=Turn("tavern", seq, Urgency.IN_SIGHT))
        self.submit(self.translator, "galley 1", turn=Turn("galley", 1, Urgency.IN_SIGHT))
        self.assertEqual(self.asked(5), ["tavern 4", "galley 1", "tavern 3", "tavern 2", "tavern 1"])

    def test_new_messages_keep_their_order(self):
        for seq in range(1, 4):
            self.submit(self.translator, f"said {seq}", turn=Turn("tavern", seq, Urgency.SAID))
        self.assertEqual(self.asked(3), ["said 1", "said 2", "said 3"])

    def test_messages_that_become_visible_move_forward(self):
        job = self.job(self.translator, "old", turn=Turn("tavern", 1))
        self.dispatcher.submit(job)
        self.submit(self.translator, "newer", turn=Turn("tavern", 2))
        self.dispatcher.urge(job, Turn("tavern", 1, Urgency.IN_SIGHT))
        self.assertEqual(self.asked(2), ["old", "newer"])

    def test_finished_texts_are_not_translated_again(self):
        job = self.job(self.translator, "once", turn=Turn("tavern", 1))
        self.dispatcher.submit(job)
        self.assertEqual(self.asked(1), ["once"])
        self.dispatcher.urge(job, Turn("tavern", 1, Urgency.SAID))
        self.assertEqual(self.dispatcher.waiting, 0)


class SlowOnes(DispatcherTest):
    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch("piratechat.translators.engine.caller.GRACE", 0))

    def test_batches_become_smaller_after_a_timeout(self):
        def slow(batch):
            if len(batch) > 2:
                gevent.sleep(10)
            return shout(batch)

        self.begin(timeout=0.05, concurrency=1)
        translator = BackEnd(slow)
        with self.assertLogs(LOG, "WARNING"):
            found = self.done(translator, *"abcdefgh")
        self.assertEqual(found, {text: Translated(text.upper()) for text in "abcdefgh"})
        self.assertEqual([len(batch) for batch in translator.batches][:3], [8, 4, 2])

    def test_a_text_of_many_pieces_has_a_deadline(self):
        def slow(batch):
            gevent.sleep(0.03)
            return shout(batch)

        self.begin(timeout=0.05)
        translator = BackEnd(slow, max_items=1)
        with self.assertLogs(LOG, "WARNING"):
            (error,) = self.errors(translator, "ahoy `code` " * 50)
        self.assertIsInstance(error, Unavailable)
        self.assertLess(len(translator.batches), 10)

    def test_results_before_the_deadline_are_kept(self):
        """A service that is called for each text has finished some when the deadline is exceeded."""

        def ask(text):
            if text == "slow":
                raise Unavailable("It takes too long")
            return Translated(text.upper())

        translator = BackEnd(lambda batch: one_by_one(batch, ask))
        found = self.done(translator, "one", "slow", "two")
        self.assertEqual(found["one"], Translated("ONE"))
        self.assertIsInstance(found["slow"], Failed)


class Batches(DispatcherTest):
    def test_waiting_texts_are_batched(self):
        translator = BackEnd()
        found = self.done(translator, "one", "two", "three")
        self.assertEqual(translator.batches, [["one", "two", "three"]])
        self.assertEqual(found["two"], Translated("TWO"))

    def test_a_batch_has_one_source(self):
        translator = BackEnd(held=True)
        for source, texts in [("en", "ab"), ("de", "cd"), ("en", "e")]:
            self.submit(translator, *texts, source=source)
        translator.free.set()
        self.wait(5)
        self.assertEqual(translator.batches, [["a", "b"], ["c", "d"], ["e"]])
        self.assertEqual(translator.sources, ["en", "de", "en"])

    def test_batches_respect_the_limits(self):
        for limits, batches in [
            ({"max_items": 2}, [["aaa", "bbb"], ["ccc"]]),
            ({"max_length": 6}, [["aaa", "bbb"], ["ccc"]]),
            ({"max_length": 5}, [["aaa"], ["bbb"], ["ccc"]]),
            ({"max_items": 1}, [["aaa"], ["bbb"], ["ccc"]]),
        ]:
            with self.subTest(limits):
                translator = BackEnd(**limits)
                self.done(translator, "aaa", "bbb", "ccc")
                self.assertEqual(translator.batches, batches)

    def test_long_texts_are_split(self):
        translator = BackEnd(max_item_length=20, max_items=2)
        text = "One sentence here. Another one there. And a third one. And a fourth."
        self.assertEqual(self.done(translator, text)[text], Translated(text.upper()))
        self.assertTrue(all(len(batch) <= 2 for batch in translator.batches))
        self.assertTrue(all(len(piece) <= 20 for piece in translator.texts))

    def test_marks_are_not_sent(self):
        translator = BackEnd()
        text = "see `code` at https://x.org/a, @ada"
        self.assertEqual(self.done(translator, text)[text].text, "SEE `code` AT https://x.org/a, @ada")
        self.assertNotIn("code", " ".join(translator.texts))

    def test_concurrent_calls_are_limited(self):
        for concurrency in (1, 3):
            with self.subTest(concurrency=concurrency):
                self.begin(concurrency=concurrency)
                translator = BackEnd(held=True, max_items=1)
                self.submit(translator, *"abcdefgh")
                translator.wait()
                gevent.sleep(0)
                self.assertEqual(translator.calls, concurrency)
                translator.free.set()
                self.wait(8)
                self.assertEqual(translator.most_calls, concurrency)

    def test_the_queue_is_limited(self):
        self.begin(queue_size=3, concurrency=1)
        translator = BackEnd(held=True, max_items=1)
        self.submit(translator, "a")
        translator.wait()
        self.submit(translator, *"bcd")
        self.assertEqual(self.dispatcher.waiting, 3)
        self.submit(translator, "e", turn=Turn("tavern", 5))
        self.assertEqual(self.dispatcher.waiting_by_room, {"": 2, "tavern": 1})
        self.assertIs(self.wait(1)["b"], QUEUE_FULL, "the oldest text of the room with the most")
        translator.free.set()
        self.assertEqual([text for text, outcome in self.wait(5).items() if outcome is QUEUE_FULL], ["b"])

    def test_a_full_queue_rejects_immediately(self):
        self.begin(queue_size=1, concurrency=1)
        translator = BackEnd(held=True, max_items=1)
        self.submit(translator, "a")
        translator.wait()
        self.assertTrue(self.dispatcher.submit(self.job(translator, "new", turn=Turn("tavern", 9))))
        self.assertFalse(self.dispatcher.submit(self.job(translator, "old", turn=Turn("tavern", 8))))
        translator.free.set()
        self.assertNotIn("old", self.wait(2))

    def test_other_greenlets_run_between_batches(self):
        turns = []

        def other():
            while len(self.settled) < 20:
                turns.append(len(self.settled))
                gevent.sleep(0)

        self.begin(concurrency=1)
        translator = BackEnd(max_items=1)
        self.submit(translator, *"abcdefghijklmnopqrst")
        gevent.spawn(other)
        self.wait(20)
        self.assertGreater(len(set(turns)), 10, turns)


class Failing(DispatcherTest):
    def raising(self, error):
        def how(_batch):
            raise error

        return BackEnd(how)

    def test_errors_of_the_back_end_are_reported(self):
        error = BadRequest("What is that?")
        self.assertEqual(self.errors(self.raising(error), "a"), [error])

    def test_any_exception_is_reported(self):
        for error in (KeyError("x"), ZeroDivisionError(), RecursionError(), StopIteration(), SystemExit(1), OSError()):
            with self.subTest(error=repr(error)), self.assertLogs("piratechat.translators.engine.faults", "ERROR"):
                self.begin()
                (found,) = self.errors(self.raising(error), "a")
                self.assertIsInstance(found, BadResponse)
                self.assertEqual(str(found), "Back end could not translate this.")

    def test_a_timeout_of_the_back_end_is_reported_as_a_timeout(self):
        (found,) = self.errors(self.raising(gevent.Timeout(1)), "a")
        self.assertIsInstance(found, Unavailable)

    def test_a_killed_greenlet_does_not_affect_other_texts(self):
        self.begin(concurrency=1)
        translator = self.raising(gevent.GreenletExit())
        translator.max_items = 1
        self.assertEqual(self.done(translator, "a", "b"), {"a": BROKEN, "b": BROKEN})
        self.assertEqual(self.done(BackEnd(), "c"), {"c": Translated("C")})

    def test_invalid_results_are_detected(self):
        for lie in (
            lambda batch: shout(batch)[1:],
            lambda batch: shout([*batch, "more"]),
            lambda batch: iter(lambda: Translated("x"), None),
            lambda batch: None,
            lambda batch: 7,
            list,
            lambda batch: [None] * len(batch),
            lambda batch: [Translated(7)] * len(batch),
            lambda batch: [Translated("x", source=["en"])] * len(batch),
            lambda batch: [Skipped(None)] * len(batch),
            lambda batch: [Failed("no")] * len(batch),
            lambda batch: [Translated("x" * 100_000)] * len(batch),
        ):
            with self.subTest():
                self.begin()
                (found,) = self.errors(BackEnd(lie), "a")
                self.assertIsInstance(found, BadResponse)

    def test_texts_of_a_failed_batch_are_retried_separately(self):
        def how(batch):
            if "poison" in batch:
                raise BadRequest("What is that?")
            return shout(batch)

        translator = BackEnd(how)
        found = self.done(translator, "one", "poison", "two")
        self.assertEqual((found["one"], found["two"]), (Translated("ONE"), Translated("TWO")))
        self.assertEqual(found["poison"].error.kind, "bad-request")
        self.assertEqual(translator.batches, [["one", "poison", "two"], ["one"], ["poison"], ["two"]])

    def test_an_unavailable_service_is_not_called_for_each_text(self):
        translator = self.raising(Unavailable("down"))
        self.assertEqual(len(self.errors(translator, *"abc")), 3)
        self.assertEqual(len(translator.batches), 1)

    def test_single_texts_may_fail(self):
        translator = BackEnd(
            lambda batch: [Failed(BadRequest("b?")) if text == "b" else Translated(text) for text in batch]
        )
        found = self.done(translator, *"abc")
        self.assertEqual([type(found[text]) for text in "abc"], [Translated, Failed, Translated])

    def test_garbled_tags_are_retried_in_pieces(self):
        def garble(batch):
            return [Translated(text.replace("<x", "< x").upper()) for text in batch]

        translator = BackEnd(garble, masking="tags")
        found = self.done(translator, "see `code` now", "ahoy there")
        self.assertEqual(found["see `code` now"], Translated("SEE `code` NOW"))
        self.assertEqual(found["ahoy there"], Translated("AHOY THERE"))
        self.assertEqual(translator.batches, [['see <x id="0"/> now', "ahoy there"], ["see", "now"]])

    def test_other_texts_keep_their_translation_when_the_pieces_fail(self):
        def how(batch):
            if len(translator.batches) > 1:
                raise RateLimited("slower!", 30)
            return [Translated(text.replace("<x", "< x")) for text in batch]

        translator = BackEnd(how, masking="tags")
        found = self.done(translator, "see `code` now", "ahoy there")
        self.assertEqual(found["ahoy there"], Translated("ahoy there"))
        self.assertEqual(found["see `code` now"].error.kind, "rate-limited")
        self.assertEqual(self.dispatcher.state, "open", "the breaker is open")

    def test_an_internal_error_is_an_outcome(self):
        with mock.patch.object(outcomes, "mask", side_effect=ValueError("ours")), self.assertLogs(LOG, "ERROR"):
            self.assertEqual(self.done(BackEnd(), "a", "b"), {"a": BROKEN, "b": BROKEN})
        self.assertEqual(self.done(BackEnd(), "a"), {"a": Translated("A")})

    def test_a_translator_with_invalid_attributes_is_an_outcome(self):
        for nonsense in ({"masking": "none"}, {"max_item_length": 0}):
            with self.subTest(nonsense), self.assertLogs(LOG, "ERROR"):
                self.assertEqual(self.done(BackEnd(**nonsense), "a a", "b b"), {"a a": BROKEN, "b b": BROKEN})

    def test_an_error_keeps_no_references_to_the_call(self):
        class Page:
            """A response of a service."""

        pages = []

        def how(_batch):
            page = Page()
            pages.append(weakref.ref(page))
            try:
                raise ValueError(page)
            except ValueError as error:
                raise Unavailable("down") from error

        errors = self.errors(BackEnd(how), "a")
        gc.collect()
        self.assertEqual((len(errors), pages[0]()), (1, None))
        self.assertIsNotNone(errors[0])


class Deadlines(DispatcherTest):
    def test_a_call_that_never_returns_is_aborted(self):
        self.begin(timeout=0.01)
        (found,) = self.errors(BackEnd(held=True), "a")
        self.assertEqual((found.kind, str(found)), ("unavailable", "Back end takes too long. Try again later."))

    def test_a_call_that_ignores_the_timeout_is_abandoned(self):
        def how(_batch):
            while True:
                try:
                    gevent.sleep(3600)
                except Exception:  # noqa: BLE001 -- on purpose
                    continue

        self.begin(timeout=0.01)
        (found,) = self.errors(BackEnd(how), "a")
        self.assertEqual(found.kind, "unavailable")

    def test_the_deadline_includes_reading_the_answer(self):
        def how(_batch):
            while True:
                gevent.sleep(3600)
                yield Translated("x")

        self.begin(timeout=0.01)
        self.assertEqual([error.kind for error in self.errors(BackEnd(how), "a")], ["unavailable"])

    def test_the_back_end_receives_the_deadline(self):
        told = []

        class Asking(BackEnd):
            def translate(self, batch, target=None, source=None, deadline=None):
                told.append(deadline - time.monotonic())
                return shout(batch)

        self.begin(timeout=100)
        self.done(Asking(), "a")
        self.assertTrue(90 < told[0] <= 100, told)

    def test_texts_that_waited_too_long_are_not_sent(self):
        translator = BackEnd()
        self.submit(translator, "late", timeout=-1)
        self.submit(translator, "in time")
        found = self.wait(2)
        self.assertEqual(str(found["late"].error), "Timed out in the translation queue.")
        self.assertEqual((translator.texts, found["in time"]), (["in time"], Translated("IN TIME")))


class Cooling(DispatcherTest):
    def setUp(self):
        super().setUp()
        self.now = time.monotonic()
        clock = self.enterContext(mock.patch.object(module.time, "monotonic"))
        clock.side_effect = lambda: self.now

    def test_the_breaker_opens_after_some_errors(self):
        for error, seconds in [
            (Misconfigured("401, 403"), 300),
            (RateLimited("429"), 60),
            (QuotaExceeded("456"), 3600),
            (Unavailable("503", 20), 20),
        ]:
            with self.subTest(kind=error.kind):
                self.begin()
                translator = BackEnd(lambda _batch, error=error: [Failed(error)])
                self.done(translator, "a")
                (found,) = self.errors(translator, "b")
                self.assertEqual((type(found), str(found), found.retry_after), (type(error), str(error), seconds))
                self.assertEqual(translator.texts, ["a"], "the translator was called once")
                self.assertEqual(self.dispatcher.reason_to_reject().retry_after, seconds)
                self.now += seconds
                self.assertIsNone(self.dispatcher.reason_to_reject())
                translator.how = shout
                self.assertEqual(self.done(translator, "c"), {"c": Translated("C")})
                self.assertEqual(self.dispatcher.state, "closed")

    def test_errors_of_plugins_may_have_other_constructors(self):
        class Odd(RateLimited):
            def __init__(self, one, two, three):
                super().__init__(f"{one}{two}{three}", 30)
                self.one = one

        def how(_batch):
            raise Odd(1, 2, 3)

        translator = BackEnd(how)
        self.done(translator, "a")
        self.assertEqual((str(self.dispatcher.reason_to_reject()), self.dispatcher.reason_to_reject().one), ("123", 1))

    def failed(self):
        """Let the back end fail until the circuit breaker opens; return the back end."""

        def how(_batch):
            raise Unavailable("down")

        translator = BackEnd(how)
        for number in range(THRESHOLD):
            self.done(translator, f"text {number}")
        self.assertEqual(self.dispatcher.state, "open")
        translator.batches.clear()
        return translator

    def test_the_half_open_breaker_allows_one_call(self):
        translator = self.failed()
        translator.max_items = 1
        translator.how = shout
        translator.free.clear()
        self.now += 1000
        self.settled.clear()
        self.submit(translator, "one", "two")
        found = self.wait(1)
        self.assertEqual((str(found["two"].error), translator.texts), ("down", ["one"]))
        translator.free.set()
        self.assertEqual(self.wait(2)["one"], Translated("ONE"))
        self.assertEqual(self.dispatcher.state, "closed")

    def test_any_end_of_the_trial_call_allows_another(self):
        translator = self.failed()
        for how, timeout in [
            (lambda _batch: 1 / 0, 60),
            (lambda _batch: (_ for _ in ()).throw(gevent.GreenletExit()), 60),
            (shout, -1),
        ]:
            translator.how = how
            self.now += 1000
            self.done(translator, "a", timeout=timeout)
        self.now += 1000
        translator.how = shout
        self.assertEqual(self.done(translator, "b"), {"b": Translated("B")})

    def test_late_answers_do_not_close_the_breaker(self):
        slow, quick = BackEnd(held=True), BackEnd(lambda _batch: [Failed(RateLimited("slower!"))])
        self.submit(slow, "slow")
        slow.wait()
        self.done_beside(quick, "quick")
        slow.free.set()
        self.wait(2)
        self.assertEqual(self.dispatcher.state, "open")

    def done_beside(self, translator, text):
        self.submit(translator, text)
        self.wait(1)

    def test_a_partially_rate_limited_batch_counts_as_limited(self):
        limited = Failed(RateLimited("slower!"))
        self.done(BackEnd(lambda batch: [Translated("x"), *[limited] * (len(batch) - 1)]), *"abc")
        self.assertEqual(self.dispatcher.state, "open")


class TheBudget(DispatcherTest):
    def test_the_daily_quota_is_respected(self):
        self.begin(budget=Limits(10))
        translator = BackEnd()
        self.assertEqual(self.done(translator, "12345678a"), {"12345678a": Translated("12345678A")})
        (found,) = self.errors(translator, "two")
        self.assertEqual(found.kind, "quota-exceeded")
        self.assertTrue(0 < found.retry_after <= 24 * 3600)
        self.assertEqual((translator.texts, self.dispatcher.budget.spent.characters), (["12345678a"], 9))
        self.assertEqual(self.dispatcher.reason_to_reject().kind, "quota-exceeded")

    def test_marks_do_not_count(self):
        self.begin(budget=Limits(8))
        text = "see https://example.com/a/long/address now"
        self.assertIsInstance(self.done(BackEnd(), text)[text], Translated)
        self.assertEqual(self.dispatcher.budget.spent.characters, 6)


class Errors(unittest.TestCase):
    def test_messages_of_errors_can_be_shown_to_readers(self):
        self.assertIsInstance(BROKEN.error, TranslationError)
        self.assertEqual(str(BROKEN.error), "This could not be translated.")
