"""Errors of a translator are logged for its author, once, with a count."""

import time
import unittest
from unittest import mock

from piratechat.translation import Failed, Skipped, Translated, Translator, Unavailable
from piratechat.translators.engine import faults
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.faults import LOG_INTERVAL, MAX_KINDS, Faults
from tests.support.engines import BackEnd, Outcomes, engine

LOG = "piratechat.translators.engine.faults"


class Inline(Translator):
    name = "keeper"
    title = "Keeper"

    def __init__(self, how):
        self.how = how

    def translate(self, batch, target=None, source=None, deadline=None):
        return self.how(batch)


def dividing(_batch):
    return 1 / 0


#: Invalid return values of translators, and the log messages about them.
INVALID = [
    (lambda batch: [text.upper() for text in batch], "a list with str instead of Translated in it"),
    (lambda batch: [None for _ in batch], "a list with NoneType instead of Translated in it"),
    (
        lambda batch: [Translated(None) for _ in batch],
        "a list with Translated(text: NoneType, source: NoneType) instead of",
    ),
    (
        lambda batch: [Skipped(None) for _ in batch],
        "a list with Skipped(reason: NoneType) instead of Skipped(reason: str)",
    ),
    (lambda batch: [Failed(ValueError("no")) for _ in batch], "a list with Failed(error: ValueError) instead of a Tr"),
    (lambda batch: [*map(Translated, batch), Translated("Ahoy")], "more than 1 outcomes for 1 texts"),
    (lambda _batch: [], "0 outcomes for 1 texts"),
    (lambda _batch: None, "NoneType instead of a list"),
    (lambda batch: batch[0], "str instead of a list"),
    (lambda batch: Translated(batch[0]), "Translated instead of a list"),
]


class InTheLog(unittest.TestCase):
    def read(self, read_by, translator, count=5):
        """Read `count` texts, and return the log lines about them."""
        with self.assertLogs(LOG) as logs:
            for number in range(count):
                ear = Outcomes()
                outcome = read_by.read({"keeper": translator}, "keeper", Asked(f"Swordfish of {number}."), ear)
                if not isinstance(outcome, Failed | Translated):
                    ear.wait()
        for line in logs.output:
            self.assertNotIn("Swordfish", line)
        return logs.output

    def test_invalid_results_are_logged_once(self):
        for how, words in INVALID:
            for translator in (Inline(how), BackEnd(how, name="keeper")):
                with self.subTest(words, reach=translator.reach):
                    (line,) = self.read(engine(), translator)
                    self.assertIn(
                        f"The translator keeper returned an invalid result: translate() returned {words}", line
                    )
                    self.assertIn("it has to return a list of one outcome for each text, in their order: Transl", line)
                    self.assertNotIn("Traceback", line)

    def test_an_exception_is_logged_once_with_its_location(self):
        for translator in (Inline(dividing), BackEnd(dividing, name="keeper")):
            with self.subTest(reach=translator.reach):
                (line,) = self.read(engine(), translator)
                self.assertIn("The translator keeper raised ZeroDivisionError", line)
                self.assertIn("return 1 / 0", line)

    def test_errors_without_readers_are_logged_once(self):
        reads = engine()
        for how in (dividing, INVALID[0][0]):
            with self.assertLogs(LOG) as logs:
                for _ in range(3):
                    self.assertIsNone(reads.known({"keeper": Inline(how)}, "keeper", "Ahoy, mates!"))
            self.assertEqual(len(logs.output), 1)

    def test_failures_reported_by_the_translator_are_not_logged(self):
        def failing(_batch):
            raise Unavailable("no")

        reads = engine()
        with self.assertNoLogs("piratechat"):
            self.assertIsInstance(reads.read({"keeper": Inline(failing)}, "keeper", Asked("Ahoy!")), Failed)
            self.assertIsNone(reads.known({"keeper": Inline(failing)}, "keeper", "Ahoy!"))

    def test_a_slow_inline_translator_is_logged_once(self):
        def slow(batch):
            end = time.monotonic() + 0.002
            while time.monotonic() < end:
                pass
            return list(map(Translated, batch))

        with mock.patch("piratechat.translators.engine.engine.SLOW", 0.001):
            (line,) = self.read(engine(), Inline(slow))
        self.assertRegex(line, r"keeper took \d+ ms, and with reach = \"none\" everybody waits for it: .*set reach = ")
        with self.assertNoLogs(LOG), mock.patch("piratechat.translators.engine.engine.SLOW", 60.0):
            engine().read({"keeper": Inline(slow)}, "keeper", Asked("Ahoy!"))


class Counting(unittest.TestCase):
    def setUp(self):
        self.now = 0.0
        self.faults = Faults("keeper", lambda: self.now)

    def lines(self, call, *arguments):
        with self.assertLogs(faults.log) as logs:
            faults.log.info("begin")
            call(*arguments)
        return logs.output[1:]

    def test_a_repeated_error_is_logged_later_with_its_count(self):
        self.assertEqual(len(self.lines(self.faults.invalid, "no")), 1)
        for _ in range(41):
            self.assertEqual(self.lines(self.faults.invalid, "no"), [])
        self.now = LOG_INTERVAL
        (line,) = self.lines(self.faults.invalid, "no")
        self.assertIn("no (41 more times since this was last logged)", line)
        self.assertEqual(self.lines(self.faults.invalid, "no"), [])
        self.now = 2 * LOG_INTERVAL
        self.assertIn("(1 more times", self.lines(self.faults.invalid, "no")[0])

    def test_other_kinds_are_logged_meanwhile(self):
        for call, argument in [
            (self.faults.invalid, "no"),
            (self.faults.broke, ValueError()),
            (self.faults.broke, KeyError()),
            (self.faults.slow, 1.0),
        ]:
            self.assertEqual(len(self.lines(call, argument)), 1)
            self.assertEqual(self.lines(call, argument), [])

    def test_the_number_of_kinds_is_limited(self):
        errors = [type(f"Error{number}", (Exception,), {})() for number in range(2 * MAX_KINDS)]
        lines = [line for error in errors for line in self.lines(self.faults.broke, error)]
        self.assertEqual(len(lines), MAX_KINDS + 1)
