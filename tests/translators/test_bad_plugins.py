"""Bad plug-ins: the contract tests for plug-in authors detect each of them, and say what to do."""

import hashlib
import html
import os
import random
import re
import socket
import sys
import tempfile
import time
import unittest
import zlib
from time import sleep

import gevent

from piratechat.testing import TranslatorContract
from piratechat.translation import BadResponse, Failed, Skipped, Translated, Translator, Unavailable
from sockjs_support.servers import free_port


class Local(Translator):
    """A translator that is called inline, and returns capitals."""

    name = "plugin"
    title = "A plug-in"

    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(self.read(text)) for text in batch]

    def read(self, text):
        return text.upper()


class Remote(Local):
    """A translator that is called from a queue."""

    reach = "host"
    recipient = "A program of this test"


class Own(Local):
    """A translator with masking "own", which leaves everything but plain words unchanged."""

    masking = "own"

    def read(self, text):
        return re.sub(r"(?<!\S)([a-z]+)(?=[,.!?]?(?!\S))", lambda word: word[0].upper(), text, flags=re.IGNORECASE)


def tokens_of(given):
    """Return the placeholders in a text, in their order."""
    return re.findall(r'<x id="\d+"/>|⟦\d+⟧', given)


def spinning(seconds):
    """Compute for `seconds` of this thread's CPU time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


class SlowInLine(Local):
    def read(self, text):
        spinning(0.06)
        return text.upper()


class GrowsSlow(Local):
    """Takes quadratic time."""

    def read(self, text):
        return text.upper() if sum(one == other for one in text for other in text) else text


class SleepsInLine(Local):
    def read(self, text):
        time.sleep(0.001)
        return text.upper()


class YieldsInLine(Local):
    def read(self, text):
        gevent.sleep(0)
        return text.upper()


class OpensInLine(Local):
    def read(self, text):
        with open(__file__) as words:
            return text.upper() if words.read(1) else text


class Phones(Local):
    """Connects to another host although its reach is none."""

    def read(self, text):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as telling:
            telling.sendto(text.encode()[:500], ("127.0.0.1", free_port()))
        return text.upper()


class Hashes(Local):
    def read(self, text):
        return f"{text.upper()} {'Arr!' if hash(text) % 2 else 'Ahoy!'}"


class Checksums(Local):
    def read(self, text):
        return f"{text.upper()} {'Arr!' if zlib.crc32(text.encode()) % 2 else 'Ahoy!'}"


class SleepsByTime(Remote):
    def read(self, text):
        time.sleep(0.001)
        return text.upper()


class SleepsByName(Remote):
    def read(self, text):
        sleep(0.001)
        return text.upper()


class SleepsByGevent(Remote):
    def read(self, text):
        gevent.sleep(0.001)
        return text.upper()


def key_of(text):
    return hashlib.pbkdf2_hmac("sha256", text.encode(), b"salt", 400_000).hex()


class InC(Remote):
    """Computes for a long time in C code, which releases the GIL but does not yield to other greenlets."""

    max_item_length = 50

    def read(self, text):
        return key_of(text)


class InAThread(InC):
    def read(self, text):
        return gevent.get_hub().threadpool.apply(key_of, (text,))


class Computes(Remote):
    def read(self, text):
        spinning(0.05)
        return text.upper()


class ShoutsLinks(Own):
    def read(self, text):
        return text.upper()


class AddsLinks(Own):
    def read(self, text):
        return f"{text} (www.best-translations.example)"


class DropsTags(Remote):
    masking = "tags"

    def read(self, text):
        return re.sub("<[^>]*>", "", text)


class KeepsTags(Remote):
    masking = "tags"

    def read(self, text):
        return text


class DropsSlots(Remote):
    masking = "slots"

    def read(self, text):
        return "Ahoy!"


class KeepsSlots(Remote):
    masking = "slots"

    def read(self, text):
        return " ".join(["Ahoy!", *tokens_of(text)])


class Escapes(Local):
    def read(self, text):
        return html.escape(text)


class Unescapes(Local):
    def read(self, text):
        return html.unescape(text)


class EscapesTwice(Remote):
    masking = "tags"

    def read(self, text):
        return text.replace("&", "&amp;")


class ReturnsNothing(Local):
    def read(self, text):
        return "" if len(text) < 15 else text


class ReturnsControls(Local):
    def read(self, text):
        return "\u200b\u2060" if len(text) < 15 else text


class ReturnsDashes(Local):
    """Answers in a language with dashes only."""

    kind = "language"
    target = "de"

    def read(self, text):
        return "-" * len(text)


class FailsWithReasons(Local):
    def translate(self, batch, target=None, source=None, deadline=None):
        return [Skipped("it is short") if len(text) < 15 else Translated(text) for text in batch]


class ReturnsTooMuch(Local):
    def read(self, text):
        return text * 40 + "!" * 600


class HasHiddenLimit(Local):
    """Has an undeclared limit."""

    def translate(self, batch, target=None, source=None, deadline=None):
        return super().translate(batch[:20])


class DeclaresLimit(HasHiddenLimit):
    max_items = 20


class OneForAll(Local):
    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated("\n".join(text.upper() for text in batch))]


class DependsOnTheNumber(Local):
    """Its results depend on the number of texts."""

    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(text + "!" * (1 + len(batch) // 10)) for text in batch]


class Sorts(Local):
    def translate(self, batch, target=None, source=None, deadline=None):
        return super().translate(sorted(batch))


class IsRandom(Local):
    def read(self, text):
        return f"{text} {random.choice(('Arr!', 'Ahoy!'))}"


class Counts(Local):
    def __init__(self):
        self.heard = 0

    def read(self, text):
        self.heard += 1
        return f"{self.heard}. {text}"


class Breaks(Local):
    def read(self, text):
        return f"{text} {ord(text[20])}"


class FailsAlways(Local):
    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(text) if len(text) > 14 else Failed(ValueError("too short")) for text in batch]


class Quotes(Local):
    """Logs the texts."""

    def translate(self, batch, target=None, source=None, deadline=None):
        return [
            Translated(text) if "\n" not in text else Failed(BadResponse(f"It cannot read {text!s}")) for text in batch
        ]


class QuotesInReasons(Local):
    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(text) if len(text) > 14 else Skipped(f"{text} is short") for text in batch]


class Plain(Local):
    """Returns texts instead of outcomes."""

    def translate(self, batch, target=None, source=None, deadline=None):
        return [text.upper() for text in batch]


class AsksForTargets(Remote):
    def targets(self):
        time.sleep(0.001)
        return ()


class Unreachable(Remote):
    """Raises the socket's exception if its service is unavailable."""

    def translate(self, batch, target=None, source=None, deadline=None):
        with socket.create_connection(("127.0.0.1", free_port()), 1):
            return super().translate(batch)


class HandlesUnreachable(Remote):
    def translate(self, batch, target=None, source=None, deadline=None):
        try:
            return Unreachable.translate(self, batch)
        except OSError:
            raise Unavailable("It cannot be reached.") from None


#: The message about a translator that calls time.sleep().
SLEEPS = r"it sleeps: time\.sleep\(\) in test_bad_plugins\.py, line \d+; "


class SleepsLong(Remote):
    slept = 0

    def read(self, text):
        SleepsLong.slept += 1
        try:
            time.sleep(3600)
        except Exception:  # noqa: BLE001 -- it hides the error
            return text
        return text.upper()


class TakesOnlyTexts(Local):
    def translate(self, batch):
        return super().translate(batch)


class CallsThemOtherwise(Local):
    def translate(self, texts, into=None, language=None, until=None):
        return super().translate(texts)


class WithoutContext(Remote):
    context = 2


def failures(translator, tests=None, **more):
    """Return the failures of a translator in `tests` of the contract, or in all: {name of the test: message}."""

    class Contract(TranslatorContract, unittest.TestCase):
        make = staticmethod(translator)

    for name, value in more.items():
        setattr(Contract, name, value)
    result = unittest.TestResult()
    names = tests or unittest.defaultTestLoader.getTestCaseNames(Contract)
    unittest.TestSuite(map(Contract, names)).run(result)
    return {test.id().rpartition(".")[2]: why for test, why in (*result.failures, *result.errors)}


class Packages(unittest.TestCase):
    """The module and the entry point are tested if the author names the module."""

    TEST = "test_the_module_registers_the_translator"

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        sys.path.insert(0, self.folder)
        self.addCleanup(sys.path.remove, self.folder)
        self.addCleanup(sys.modules.pop, "plugged_module", None)

    def told(self, directive, *entry_points, folder=""):
        """Return the message about a module that calls `directive`, in a package with these entry points."""
        self.doCleanups()
        self.setUp()
        with open(os.path.join(self.folder, "plugged_module.py"), "w") as file:
            file.write(f"def includeme(config):\n    {directive}\n")
        with open(os.path.join(self.folder, "pyproject.toml"), "w") as file:
            file.write("\n".join(['[project.entry-points."piratechat.translators"]', *entry_points]))
        return " ".join(failures(Local, [self.TEST], module="plugged_module").get(self.TEST, "").split())

    def test_correct_packages(self):
        for directive, name in (("translator", "plugin"), ("translator_backend", "other")):
            told = self.told(f'config.add_{directive}("{name}", print)', f'{name} = "plugged_module"')
            self.assertEqual(told, "")
        self.assertEqual(failures(Local, [self.TEST]), {}, "no module is named")

    def test_incorrect_packages(self):
        right = 'config.add_translator("plugin", print)'
        for directive, entry_point, words in [
            (
                "pass",
                "",
                r"the includeme of plugged_module registers nothing: .* config.add_translator\('plugin', \.\.\.\)",
            ),
            ('config.add_translator("plug", print)', "", r"registers \[\('translator', 'plug'\)\]: it must call"),
            (
                "nothing",
                "",
                "the chat would not start: module plugged_module cannot be loaded: NameError: name 'nothing'",
            ),
            (
                right,
                "",
                'no entry point .*, but none in this group; .* add .*translators"] plugin = "plugged_module"',
            ),
            (
                right,
                'plugin = "plugged"',
                r"no entry point .*, but {'plugin': 'plugged'} in this group; .*: add",
            ),
            (right, 'plug = "plugged_module"', r"no entry point .*, but {'plug': 'plugged_module'} in this group"),
        ]:
            with self.subTest(words):
                self.assertRegex(self.told(directive, entry_point), words)


class BadPlugins(unittest.TestCase):
    def assertTold(self, translator, test, words, **more):
        told = failures(translator, [test], **more)
        self.assertIn(test, told)
        self.assertRegex(" ".join(told[test].split()), words)
        self.assertIn("AssertionError: ", told[test], "the test fails by an assertion")

    def assertGood(self, *translators, **more):
        for translator in translators:
            self.assertEqual(failures(translator, **more), {}, translator)

    def test_good_plugins(self):
        self.assertGood(Local, Own, Remote, Checksums, KeepsTags, KeepsSlots, FailsWithReasons)

    def test_slow_in_line(self):
        test = "test_in_line_nobody_waits"
        self.assertTold(SlowInLine, test, r"takes \d+ ms for 17 characters, .*prepare .* or set reach = \"host\"")
        self.assertTold(GrowsSlow, test, r"takes \d+ ms for 4000 characters")
        self.assertTold(SleepsInLine, test, f"{SLEEPS}.*so do not wait")
        self.assertTold(YieldsInLine, test, 'lets other greenlets run, .*do not wait, or set reach = "host"')
        self.assertTold(OpensInLine, test, "translate.. does this: open; read files when the translator is created")
        self.assertTold(Phones, test, 'stay in this process .*socket.sendto; .*set reach = "host" or "third-party"')
        self.assertTold(Hashes, test, r"hash\(\) in test_bad_plugins.py, line \d+: .*use zlib\.crc32")

    def test_blocking_calls(self):
        test = "test_other_greenlets_run_meanwhile"
        words = r"it blocks all clients: {} in test_bad_plugins\.py, line \d+; use gevent's equivalent"
        self.assertTold(SleepsByTime, test, f"{SLEEPS}.*with another reach use gevent.sleep")
        self.assertTold(SleepsByName, test, f"{SLEEPS}.*with another reach use gevent.sleep")
        self.assertTold(InC, test, words.format(r"pbkdf2_hmac\(\)"))
        self.assertTold(Computes, test, r"computes for \d+ ms while all other clients wait: do that in gevent\.get_hub")
        self.assertTold(AsksForTargets, "test_supports_and_targets_do_not_wait", r"but check\(\) may: time\.sl")
        self.assertGood(SleepsByGevent)
        self.assertGood(InAThread, tests=[test])

    def test_the_first_sleep_ends_all_tests(self):
        told = failures(SleepsLong)
        self.assertEqual(SleepsLong.slept, 1)
        self.assertGreater(len(told), 10)
        for why in told.values():
            self.assertRegex(" ".join(why.split()), SLEEPS)

    def test_a_wrong_signature_is_reported_first(self):
        for translator, why in [
            (TakesOnlyTexts, r"translate\(batch\) cannot be called as the chat calls it \(.*'source'\)"),
            (CallsThemOtherwise, r"translate\(texts, into=None, language=None, until=None\) cannot be called"),
            (WithoutContext, r"translate\(batch, .* cannot be called as the chat calls it \(.*'before'\)"),
        ]:
            told = failures(translator)
            self.assertIn("test_texts_are_translated", told)
            for test in set(told) - {"test_the_interface_is_provided"}:
                self.assertRegex(" ".join(told[test].split()), f"{why}.*write def translate\\(self, batch, target=None")

    def test_wrong_attributes_are_reported_with_a_remedy(self):
        test = "test_attributes_are_valid"
        for attributes, words in [
            ({"name": "The Keeper"}, "set name to lowercase letters, digits and hyphens"),
            ({"name": ""}, "set name to lowercase letters"),
            ({"title": " "}, "set title to a non-empty string: readers choose the translator by it"),
            ({"title": None}, "set title to a non-empty string"),
            ({"version": 2}, "set version to a non-empty string: it is part of the keys of cached translations"),
            ({"kind": "dialect"}, "set kind to one of these: style, language"),
            ({"max_items": "many"}, "max_items must be a number"),
            ({"max_items": 0}, "set max_items to 1 or more"),
            ({"max_length": 10}, "set max_length to the same or more"),
        ]:
            self.assertTold(type("Odd", (Local,), attributes), test, words)
        test = "test_the_recipient_of_texts_is_named"
        self.assertTold(type("Odd", (Local,), {"recipient": "Ada"}), test, "omit recipient, or set reach = ")
        for recipient in (None, "", " "):
            odd = type("Odd", (Remote,), {"recipient": recipient})
            self.assertTold(odd, test, "set recipient to a non-empty string: .* readers see who receives")

    def test_changed_marks(self):
        test = "test_marks_stay_as_they_are"
        words = r"means that .*: .*https://chat\.example/Where\S+ .*set masking = \"split\""
        self.assertTold(ShoutsLinks, test, f'masking = "own" {words}')
        self.assertTold(AddsLinks, test, f'masking = "own" {words}')
        self.assertTold(DropsTags, test, f'masking = "tags" {words}')
        self.assertTold(DropsSlots, test, f'masking = "slots" {words}')

    def test_html(self):
        test = "test_texts_are_not_escaped"
        self.assertTold(Escapes, test, r"Fish &amp; chips.*: texts are plain, do not escape them \(no html\.escape")
        self.assertTold(EscapesTwice, test, r"texts are plain, do not escape them")
        self.assertTold(Unescapes, test, "do not unescape it")

    def test_empty_results(self):
        words = r"becomes '.*', which is invisible: return Skipped\(reason\)"
        for translator in (ReturnsNothing, ReturnsControls, ReturnsDashes):
            more = {"target": "de"} if translator is ReturnsDashes else {}
            self.assertTold(translator, "test_texts_are_translated", words, **more)
        self.assertTold(ReturnsTooMuch, "test_texts_are_translated", "one of .*: the chat accepts at most 10 times")

    def test_wrong_counts(self):
        test = "test_as_many_texts_as_may_be"
        words = r"returned 20 outcomes for 50 texts: it must return one for each, in the same order"
        self.assertTold(HasHiddenLimit, test, words)
        self.assertGood(DeclaresLimit)
        self.assertTold(OneForAll, "test_texts_are_translated", "returned 1 outcomes for 3 texts")
        self.assertTold(DependsOnTheNumber, test, "50 texts in one batch get other .*: .*set max_items")
        self.assertTold(Sorts, "test_outcomes_are_in_the_order_of_texts", "return outcomes in the order of their texts")
        self.assertTold(Plain, "test_texts_are_translated", "must return a list of Translated, Skipped and Failed")

    def test_results_that_vary(self):
        words = r"other translations the second time: choose by a checksum .*zlib\.crc32.*deterministic = False"
        self.assertTold(IsRandom, "test_the_same_is_translated_the_same", words)
        self.assertTold(Counts, "test_the_same_is_translated_the_same", words)

    def test_undocumented_errors(self):
        words = r"translate\(\) raised IndexError: string index out of range\. Readers .* or return Failed\(error\)"
        self.assertTold(Breaks, "test_texts_are_translated", words)
        self.assertTold(
            FailsAlways, "test_texts_are_translated", r"Failed requires a TranslationError of piratechat\.plugin"
        )
        self.assertTold(Quotes, "test_hostile_texts", "they must not quote messages")
        self.assertTold(QuotesInReasons, "test_texts_are_translated", "they must not quote messages")
        test, words = "test_a_service_that_is_not_there", r"raised ConnectionRefusedError: .*raise one of .*Unavailable"
        self.assertTold(Remote, test, words, make_broken=staticmethod(Unreachable))
        self.assertGood(Remote, make_broken=staticmethod(HandlesUnreachable))
