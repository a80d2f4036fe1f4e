"""The engine: immediate results where possible, later ones otherwise, and independence of unavailable back ends."""

import os
import sqlite3
import tempfile
import time
import unittest
from contextlib import closing
from unittest import mock

import gevent
from prometheus_client import CollectorRegistry

from piratechat.translation import (
    BadRequest,
    Failed,
    Misconfigured,
    Skipped,
    TooLong,
    Translated,
    Translator,
    Unavailable,
)
from piratechat.translators.builtin.original import Original
from piratechat.translators.builtin.pirate import Pirate
from piratechat.translators.engine import engine as module
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.budget import Limits
from piratechat.translators.engine.cache import Memory, digest_of
from piratechat.translators.engine.cache_file import TranslationsFile
from piratechat.translators.engine.circuit_breaker import MAX_REJECTED
from piratechat.translators.engine.dispatcher import QUEUE_FULL
from piratechat.translators.engine.fallback import may_stand_in
from piratechat.translators.engine.others import Others
from piratechat.translators.engine.outcomes import PENDING
from piratechat.translators.engine.protection import Protection
from piratechat.translators.usage import count_tokens
from tests.support.engines import BackEnd, Outcomes, engine, shout

LONG = "The ship is in the harbour, and the captain is asleep."


class Inline(Translator):
    """An inline translator that applies `how` to batches."""

    name = "inline"
    title = "Inline"

    def __init__(self, how=shout, **attributes):
        self.how = how
        self.batches = []
        for attribute, value in attributes.items():
            setattr(self, attribute, value)

    def translate(self, batch, target=None, source=None, deadline=None):
        self.batches.append(list(batch))
        return self.how(batch)


def saying(text):
    return lambda batch: [Translated(text)] * len(batch)


def failing(error):
    def how(_batch):
        raise error

    return how


class Sources(unittest.TestCase):
    """The source language of a text."""

    def read(self, text, detector=None, **attributes):
        translator, ear = BackEnd(kind="language", **attributes), Outcomes()
        outcome = engine(detector=detector).read({"a": translator}, "a", Asked(text), on_done=ear)
        if outcome is PENDING:
            ear.wait()
        return outcome, translator.sources

    def test_the_translator_may_report_the_source(self):
        for text in ("See you soon", "The server is down", "Where are you?"):
            self.assertEqual(self.read(text, target="es", source="en"), (PENDING, ["en"]))
            self.assertIsInstance(self.read(text, target="es")[0], Skipped)
        self.assertIsInstance(self.read("See you soon", target="en", source="en-GB")[0], Skipped)

    def test_translations_are_cached_by_the_reported_source(self):
        translator, ear = BackEnd(kind="language", target="es", source="en"), Outcomes()
        reading = engine()
        reading.read({"a": translator}, "a", Asked("See you soon"), on_done=ear)
        ear.wait()
        self.assertEqual(reading.known({"a": translator}, "a", "See you soon"), Translated("SEE YOU SOON"))

    def test_a_script_overrides_the_reported_source(self):
        for text, language in (("明日の会議は三時からです", "ja"), ("내일 만나요 친구야", "ko")):
            self.assertEqual(self.read(text, target="es", source="en"), (PENDING, [language]))
            self.assertEqual(self.read(text, target="es"), (PENDING, [language]))

    def test_texts_in_the_target_language_are_skipped(self):
        text = "Enseguida vuelvo, traigo café"
        self.assertIsInstance(self.read(text, lambda _text: ("es", 0.4), target="es")[0], Skipped)
        self.assertEqual(self.read(text, lambda _text: ("es", 0.4), target="de"), (PENDING, [None]))
        self.assertEqual(self.read(text, lambda _text: ("es", 0.4), target="es", source="en"), (PENDING, ["en"]))


class Answers(unittest.TestCase):
    """Results must have words if the text has some, and no bidirectional controls."""

    def read(self, translator, text):
        ear = Outcomes()
        outcome = engine().read({"a": translator}, "a", Asked(text, "de"), ear)
        return ear.wait()[0] if outcome is PENDING else outcome

    def kinds(self, how, **attributes):
        for masking in ("split", "own"):
            yield Inline(how, masking=masking, **attributes)
            yield BackEnd(how, masking=masking, **attributes)

    def test_invisible_results_are_rejected(self):
        for nothing in ("", "\u200b", " \u2060\xad"):
            for translator in self.kinds(saying(nothing)):
                for text in ("ahoy", "ahoy @bob"):
                    with self.subTest(nothing=nothing, masking=translator.masking, text=text):
                        self.assertEqual(self.read(translator, text).error.kind, "bad-response")

    def test_only_styles_may_answer_without_letters(self):
        for translator in self.kinds(saying("...")):
            self.assertEqual(self.read(translator, "ahoy"), Translated("..."))
        for translator in self.kinds(saying("..."), kind="language", target="en"):
            self.assertEqual(self.read(translator, "ahoy").error.kind, "bad-response")

    def test_added_control_characters_are_removed(self):
        for translator in self.kinds(saying("\u202eyoha\u2067")):
            self.assertEqual(self.read(translator, "ahoy"), Translated("yoha"))

    def test_pieces_for_a_translator_that_takes_xml_are_xml(self):
        given = []

        def reorder(batch):
            given.extend(batch)
            return [Translated(text.replace("<x", "<y")) for text in batch]

        outcome = self.read(BackEnd(reorder, masking="tags"), "Tom & Jerry: @bob and @eve")
        self.assertEqual(outcome, Translated("Tom & Jerry: @bob and @eve"))
        self.assertEqual(given, ['Tom &amp; Jerry: <x id="0"/> and <x id="1"/>', "Tom &amp; Jerry:", "and"])


class EngineTest(unittest.TestCase):
    def setUp(self):
        self.engine = engine()

    def read(self, translator, text="ahoy", ear=None, **more):
        return self.engine.read({translator.name: translator}, translator.name, Asked(text, **more), ear)

    def outcome(self, translator, text="ahoy", **more):
        """Read a text, and wait for its outcome."""
        ear = Outcomes()
        found = self.read(translator, text, ear, **more)
        if found is not PENDING:
            self.assertEqual(ear.heard, [])
            return found
        (outcome,) = ear.wait()
        return outcome


class InlineTranslators(EngineTest):
    def test_inline_translators_answer_immediately(self):
        self.assertEqual(self.read(Pirate(), "pyramid_sockjs is cool"), Translated("pyramid_sockjs be cool"))
        self.assertEqual(self.read(Original()), Skipped(""))

    def test_a_style_receives_the_declared_language(self):
        said = "Ahoy, is it over?"
        for language, read in ((None, "Ahoy, be it o'er?"), ("nl", said), ("en", "Ahoy, be it o'er?"), ("nl", said)):
            self.assertEqual(self.read(Pirate(), said, language=language), Translated(read))
        pirate = Pirate()
        for language in ("nl", "en"):  # the same translator, which may have a cache
            self.assertEqual(self.read(pirate, said, language=language).text == said, language == "nl")
            self.assertEqual(
                self.engine.known({"pirate": pirate}, "pirate", said, language).text == said, language == "nl"
            )

    def test_results_are_cached_for_a_moment(self):
        asked = []

        def loud(batch):
            asked.extend(batch)
            return [Translated(text.upper(), cacheable="dice" not in text) for text in batch]

        translator, another = Inline(loud), Inline(loud)
        for one in (translator, translator, another):
            self.assertEqual(self.read(one).text, "AHOY")
        self.assertEqual(asked, ["ahoy", "ahoy"], "each of the two was called once")
        for text in ("dice", "dice", "x" * 1_000, "x" * 1_000):
            self.read(translator, text)
        self.assertEqual(len(asked), 6, "neither variable nor long results are cached")

    def test_the_number_of_cached_results_is_limited(self):
        self.enterContext(mock.patch("piratechat.translators.engine.engine.MAX_RECENT", 2))
        self.engine = engine()
        translator = Inline()
        for text in ("one", "two", "one", "three", "one", "two"):
            self.read(translator, text)
        self.assertEqual(translator.batches, [["one"], ["two"], ["three"], ["two"]], "those used last are cached")

    def test_cached_translations_need_no_call(self):
        back_end, here = BackEnd(), Inline()
        broken = Inline(failing(RuntimeError("on purpose")))
        translators = {"later": back_end, "here": here, "broken": broken, "original": Original()}
        tested = engine()
        self.assertEqual(tested.known(translators, "here", LONG).text, LONG.upper())
        with self.assertLogs("piratechat", "ERROR"):
            self.assertIsNone(tested.known(translators, "broken", LONG))
        for view in ("later", "original", "nowhere"):
            self.assertIsNone(tested.known(translators, view, LONG))
        self.assertEqual(back_end.batches, [])
        ear = Outcomes()
        tested.read(translators, "later", Asked(LONG), ear)
        ear.wait()
        self.assertEqual(tested.known(translators, "later", LONG).text, LONG.upper())

    def test_an_unknown_view_returns_the_original(self):
        self.assertEqual(self.engine.read({}, "gone", Asked("ahoy")), Skipped(""))

    def test_marks_are_masked(self):
        for masking in ("split", "tags"):
            with self.subTest(masking=masking):
                found = self.read(
                    Inline(lambda batch: [Translated(text.replace("see", "SEE")) for text in batch], masking=masking),
                    "see `see` https://see.org",
                )
                self.assertEqual(found.text, "SEE `see` https://see.org")

    def test_marks_are_verified_with_masking_own(self):
        found = self.read(Inline(masking="own"), "see `code`")
        self.assertIsInstance(found, Failed)

    def test_limits_are_respected(self):
        translator = Inline(max_items=2, max_item_length=20, max_length=30)
        text = "One sentence here. Another one there.\nAnd a third one. And a fourth."
        self.assertEqual(self.read(translator, text).text, text.upper())
        for batch in translator.batches:
            self.assertTrue(len(batch) <= 2 and sum(map(len, batch)) <= 30, batch)

    def test_undisplayable_characters_are_removed(self):
        for masking in ("own", "split"):
            found = self.read(Inline(lambda _batch: [Translated("a\x00b\r\nc\ud800")], masking=masking))
            self.assertEqual(found.text, "a\ufffdb\nc\ufffd")

    def test_any_exception_is_an_outcome(self):
        for error in (KeyError("x"), ZeroDivisionError(), RecursionError(), AttributeError()):
            with self.subTest(error=repr(error)), self.assertLogs("piratechat.translators.engine", "ERROR"):
                found = self.read(Inline(failing(error)))
                self.assertEqual(str(found.error), "Inline could not translate this.")
        self.assertEqual(str(self.read(Inline(failing(BadRequest("What?")))).error), "What?")

    def test_outcomes_are_counted(self):
        metrics = CollectorRegistry()
        self.engine = engine(metrics=metrics)
        for translator in (Pirate(), Pirate(), Inline(failing(BadRequest("What?"))), Original()):
            self.read(translator)

        def count(name, outcome):
            labels = {"translator": name, "outcome": outcome}
            return metrics.get_sample_value("piratechat_translations_total", labels)

        self.assertEqual(count("pirate", "translated"), 2)
        self.assertEqual((count("inline", "failed"), count("original", "skipped")), (1, 1))
        labels = {"translator": "inline", "kind": "bad-request"}
        self.assertEqual(metrics.get_sample_value("piratechat_translation_failures_total", labels), 1)


class Later(EngineTest):
    def test_slow_translations_are_pending_at_first(self):
        translator, ear = BackEnd(held=True), Outcomes()
        self.assertIs(self.read(translator, ear=ear), PENDING)
        translator.wait()
        self.assertEqual(ear.heard, [])
        translator.free.set()
        self.assertEqual(ear.wait(), [Translated("AHOY")])

    def test_equal_texts_share_a_call_and_each_reader_is_called_once(self):
        translator, ears = BackEnd(held=True), [Outcomes() for _ in range(50)]
        for ear in ears:
            self.assertIs(self.read(translator, ear=ear), PENDING)
        translator.wait()
        late = Outcomes()
        self.read(translator, ear=late)
        translator.free.set()
        for ear in (*ears, late):
            ear.wait()
        gevent.sleep(0.01)
        self.assertEqual([len(ear.heard) for ear in (*ears, late)], [1] * 51)
        self.assertEqual(translator.batches, [["ahoy"]])

    def test_finished_translations_are_cached(self):
        translator = BackEnd()
        self.outcome(translator)
        self.assertEqual(self.read(translator), Translated("AHOY"))
        self.assertEqual(len(translator.batches), 1)

    def test_the_cache_depends_on_the_version(self):
        translator = BackEnd()
        self.outcome(translator)
        translator.version = "2"
        self.assertIs(self.read(translator), PENDING)

    def test_a_version_that_changes_during_a_call(self):
        translator, ear = BackEnd(held=True), Outcomes()
        self.read(translator, ear=ear)
        translator.wait()
        translator.version = "2"
        translator.free.set()
        ear.wait()
        self.assertEqual(self.outcome(translator, "more"), Translated("MORE"))

    def test_uncacheable_translations_are_requested_again(self):
        translator = BackEnd(lambda batch: [Translated("x", cacheable=False)] * len(batch))
        self.outcome(translator)
        self.outcome(translator)
        self.assertEqual(len(translator.batches), 2)

    def test_an_exception_in_one_callback_does_not_affect_other_callbacks(self):
        translator, ear = BackEnd(held=True), Outcomes()
        self.read(translator, ear=failing(RuntimeError("gone")))
        self.read(translator, ear=ear)
        with self.assertLogs("piratechat.translators.engine", "ERROR"):
            translator.free.set()
            ear.wait()

    def test_pages_do_not_wait(self):
        translator = BackEnd()
        self.assertIs(self.read(translator), PENDING)
        ear = Outcomes()
        if self.read(translator, ear=ear) is PENDING:
            ear.wait()
        self.assertEqual(self.read(translator), Translated("AHOY"))

    def test_an_exception_before_the_call_is_an_outcome(self):
        translator = BackEnd(kind="language", target="de")
        translator.supports = mock.Mock(side_effect=RuntimeError("on its way"))
        with self.assertLogs("piratechat.translators.engine", "ERROR"):
            self.assertIsInstance(self.read(translator, LONG, language="en"), Failed)

    def test_names_have_separate_queues_and_caches(self):
        one, other = BackEnd(), BackEnd(lambda batch: [Translated("other")] * len(batch))
        translators = {"one": one, "other": other}
        ears = [Outcomes(), Outcomes()]
        for view, ear in zip(translators, ears, strict=True):
            self.engine.read(translators, view, Asked("ahoy"), ear)
        self.assertEqual([ear.wait()[0].text for ear in ears], ["AHOY", "other"])
        self.assertEqual([each.name for each in self.engine.dispatchers()], ["one", "other"])

    def test_limits_depend_on_the_name_in_the_ini_file(self):
        self.engine = engine({"german": Protection(budget=Limits(3))})
        ear = Outcomes()
        self.engine.read({"german": BackEnd(name="libre")}, "german", Asked("ahoy"), ear)
        self.assertEqual(ear.wait()[0].error.kind, "quota-exceeded")


class Languages(EngineTest):
    def german(self, **attributes):
        return BackEnd(kind="language", target="de", **attributes)

    def test_texts_in_the_readers_language_are_skipped(self):
        self.assertEqual(self.read(self.german(), LONG, language="de-AT").reason, "It is in this language already.")
        self.engine = engine(detector=lambda _text: ("de", 1.0))
        self.assertEqual(self.read(self.german(), LONG).reason, "It is in this language already.")

    def test_the_authors_language_overrides_detection(self):
        self.engine = engine(detector=lambda _text: ("de", 1.0))
        translator = self.german()
        self.outcome(translator, LONG, language="en")
        self.assertEqual(translator.sources, ["en"])

    def test_texts_too_short_for_detection_are_skipped(self):
        self.assertEqual(self.read(self.german(), "ok").reason, "It is too short to tell its language.")
        self.assertEqual(self.outcome(self.german(), "ok", language="en"), Translated("OK"))

    def test_unsupported_languages_are_not_sent(self):
        translator = self.german()
        translator.supports = lambda source, target: (source, target) == ("en", "de")
        self.assertIn("not one that can be translated", self.read(translator, LONG, language="fr").reason)
        self.assertIn("is not known", self.read(translator, LONG).reason)
        self.assertIsInstance(self.outcome(translator, LONG, language="en"), Translated)

    def test_a_style_accepts_any_language(self):
        self.assertEqual(self.outcome(BackEnd(), "ok"), Translated("OK"))

    def test_texts_without_words_are_skipped(self):
        translator = BackEnd()
        for text in ("https://x.org", "`code`", "\U0001f44d", "12:30", "@ada", "..."):
            with self.subTest(text=text):
                self.assertIsInstance(self.read(translator, text), Skipped)
        self.assertEqual(translator.batches, [])

    def test_each_source_has_its_own_batch(self):
        translator = self.german(held=True)
        ears = [Outcomes() for _ in range(3)]
        for ear, text, language in zip(ears, ("one", "deux", "two"), ("en", "fr", "en"), strict=True):
            self.read(translator, text, ear, language=language)
        translator.free.set()
        for ear in ears:
            ear.wait()
        self.assertEqual([set(translator.sources), sorted(translator.texts)], [{"en", "fr"}, ["deux", "one", "two"]])
        self.assertNotIn(["one", "deux"], translator.batches)


class Failures(EngineTest):
    def setUp(self):
        self.now = time.monotonic()
        clock = self.enterContext(mock.patch.object(module.time, "monotonic"))
        clock.side_effect = lambda: self.now
        super().setUp()

    def test_failures_are_cached_for_a_moment(self):
        translator = BackEnd(failing(Unavailable("down")))
        first = self.outcome(translator)
        self.assertEqual(self.read(translator), first)
        self.assertEqual(len(translator.batches), 1)
        self.now += module.FAILURE_TTL
        self.outcome(translator)
        self.assertEqual(len(translator.batches), 2)

    def test_permanent_failures_are_cached_longer(self):
        translator = BackEnd(failing(BadRequest("What?")))
        self.outcome(translator)
        self.now += module.PERMANENT_FAILURE_TTL - 1
        self.assertIsInstance(self.read(translator), Failed)
        self.assertEqual(len(translator.batches), 1)
        self.now += 1
        self.assertIs(self.read(translator), PENDING)

    def test_a_retry_by_a_reader_ignores_the_cached_failure(self):
        translator = BackEnd(failing(BadRequest("What?")))
        self.outcome(translator)
        translator.how = shout
        self.assertEqual(self.outcome(translator, retry=True), Translated("AHOY"))
        self.assertEqual(self.read(translator), Translated("AHOY"))

    def test_a_success_removes_the_cached_failure(self):
        translator = BackEnd(failing(BadRequest("What?")))
        self.outcome(translator)
        translator.how = lambda batch: [Translated("x", cacheable=False)] * len(batch)
        self.outcome(translator, retry=True)
        self.assertEqual(self.outcome(translator), Translated("x", cacheable=False))

    def test_a_retry_does_not_bypass_the_breaker(self):
        translator = BackEnd(failing(Misconfigured("A wrong key.")))
        self.outcome(translator)
        for text in ("ahoy", "another"):
            found = self.read(translator, text, retry=True)
            self.assertEqual((str(found.error), found.error.retry_after), ("A wrong key.", 300))
        self.assertEqual(len(translator.batches), 1)

    def test_a_service_that_rejects_every_text_opens_the_breaker(self):
        translator = BackEnd(failing(BadRequest("What?")), max_items=3)
        for number in range(4 * MAX_REJECTED):
            self.outcome(translator, f"number {number}")
        self.assertEqual(len(translator.texts), MAX_REJECTED)
        self.assertIsInstance(self.read(translator, "another").error, Misconfigured)

    def test_retries_of_one_text_do_not_open_the_breaker(self):
        translator = BackEnd(failing(BadRequest("What?")))
        for _ in range(2 * MAX_REJECTED):
            self.outcome(translator, retry=True)
        self.assertEqual(len(translator.batches), 2 * MAX_REJECTED)

    def test_the_number_of_cached_failures_is_limited(self):
        self.enterContext(mock.patch.object(module, "MAX_CACHED_FAILURES", 10))
        self.engine = engine()
        translator = BackEnd(failing(TooLong("That is too long.")))
        for number in range(30):
            self.outcome(translator, f"number {number}")
        self.assertEqual(len(self.engine._failures), 10)

    def test_finished_calls_leave_nothing_in_memory(self):
        translator = BackEnd(failing(Unavailable("down")))
        for number in range(20):
            self.outcome(translator, f"number {number}")
        self.assertEqual(self.engine._flights, {})


class Fallbacks(EngineTest):
    def setUp(self):
        super().setUp()
        self.engine = engine({"first": Protection(fallback="fallback")})
        self.first, self.fallback = (
            BackEnd(name="first"),
            BackEnd(lambda batch: [Translated("fallback")], name="fallback"),
        )
        self.error = Unavailable("down")

    def outcome(self, text="ahoy"):
        """Read through the first translator, and return the outcome, which arrives once."""
        ear = Outcomes()
        found = self.engine.read({"first": self.first, "fallback": self.fallback}, "first", Asked(text), ear)
        if found is PENDING:
            (found,) = ear.wait()
            gevent.sleep(0.01)
            self.assertEqual(len(ear.heard), 1)
        else:
            self.assertEqual(ear.heard, [])
        return found

    def test_the_fallback_is_not_called_while_the_first_succeeds(self):
        self.assertEqual(self.outcome(), Translated("AHOY"))
        self.assertEqual(self.fallback.batches, [])

    def test_the_fallback_is_called_after_a_failure(self):
        self.first.how = failing(self.error)
        self.assertEqual(self.outcome(), Translated("fallback", by="Back end"))
        self.assertEqual(self.outcome(), Translated("fallback", by="Back end"), "also after an immediate failure")

    def test_the_fallback_is_called_while_the_breaker_is_open(self):
        self.first.how = failing(Misconfigured("A wrong key."))
        for text in ("one", "two", "three"):
            self.assertEqual(self.outcome(text), Translated("fallback", by="Back end"))
        self.assertEqual(len(self.first.batches), 1)

    def test_the_fallback_may_be_inline(self):
        self.first.how = failing(self.error)
        self.fallback = Pirate()
        self.assertEqual(self.outcome("this is it"), Translated("this be it", by="Pirate"))

    def test_the_first_error_is_reported_if_both_fail(self):
        self.first.how = failing(self.error)
        self.fallback.how = failing(BadRequest("What?"))
        self.assertEqual(self.outcome(), Failed(self.error))
        self.assertEqual(self.outcome(), Failed(self.error))

    def test_the_first_error_is_reported_if_the_fallback_raises(self):
        self.first.how = failing(self.error)
        self.fallback = Inline(failing(KeyError("x")))
        with self.assertLogs("piratechat.translators.engine", "ERROR"):
            self.assertEqual(self.outcome(), Failed(self.error))

    def test_a_fallback_never_extends_the_reach(self):
        self.first.how = failing(self.error)
        self.fallback.reach = "third-party"
        self.assertEqual(self.outcome(), Failed(self.error))
        self.assertEqual(self.fallback.batches, [])

    def test_a_fallback_needs_the_same_language_and_no_larger_reach(self):
        for fallback, translator, may in [
            (("none", None), ("host", None), True),
            (("host", None), ("host", None), True),
            (("third-party", None), ("host", None), False),
            (("host", "de"), ("third-party", "de"), True),
            (("host", "de"), ("third-party", "fr"), False),
            (("none", None), ("third-party", "fr"), False),
        ]:
            with self.subTest(fallback=fallback, translator=translator):
                one, other = (BackEnd(reach=reach, target=target) for reach, target in (fallback, translator))
                self.assertIs(may_stand_in(one, other), may)


class OverARestart(EngineTest):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = os.path.join(folder, "translations.db")
        self.start()

    def start(self):
        memory = Memory(100_000, TranslationsFile(self.path, 100_000))
        self.engine = engine({"test": Protection(budget=Limits(100))}, memory=memory)
        self.engine.remember({})

    def test_translations_are_stored(self):
        self.outcome(BackEnd())
        self.engine.flush()
        self.start()
        translator = BackEnd()
        self.assertEqual(self.read(translator), Translated("AHOY"))
        self.assertEqual(translator.batches, [])

    def test_used_quotas_are_stored(self):
        self.outcome(BackEnd(), "x" * 60)
        self.engine.flush()
        self.start()
        translator = BackEnd()
        self.assertEqual(self.outcome(translator, "y" * 60).error.kind, "quota-exceeded")
        self.assertEqual(translator.batches, [])

    def test_used_tokens_are_stored(self):
        def costly(batch):
            count_tokens(300, 50)
            return shout(batch)

        self.outcome(BackEnd(costly))
        self.engine.flush()
        self.start()
        (dispatcher,) = self.engine.dispatchers()
        self.assertEqual(dispatcher.budget.spent, (4, 300, 50))

    def test_files_of_an_earlier_version_are_upgraded(self):
        self.outcome(BackEnd())
        self.engine.flush()
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(
                "DROP TABLE spending; CREATE TABLE spent (name TEXT PRIMARY KEY, day INTEGER, characters INTEGER);"
                "INSERT INTO spent VALUES ('test', 1, 2)"
            )
        self.start()
        self.assertEqual(self.read(BackEnd()), Translated("AHOY"))

    def test_forgotten_translations_are_deleted_from_the_file(self):
        shared = []
        self.engine._others = Others(forgotten=shared.extend)
        self.outcome(BackEnd(), "a secret")
        self.outcome(BackEnd(), "no secret")
        self.engine.flush()
        self.engine.forget(["a secret"])
        self.engine.flush()
        self.start()
        translator = BackEnd()
        self.assertEqual(self.read(translator, "no secret"), Translated("NO SECRET"))
        self.assertEqual(self.read(translator, "a secret"), PENDING)
        self.assertEqual(shared, [digest_of("a secret")])

    def test_a_translation_after_forgetting_is_not_cached(self):
        learned = []
        self.engine._others = Others(translated=lambda key, _outcome: learned.append(key))
        translator, ear = BackEnd(held=True), Outcomes()
        self.assertEqual(self.read(translator, "a secret", ear), PENDING)
        self.engine.forget(["a secret"])
        translator.free.set()
        self.assertEqual(ear.wait(), [Translated("A SECRET")])
        self.engine.flush()
        self.start()
        self.assertEqual(self.read(BackEnd(), "a secret"), PENDING)
        self.assertEqual(learned, [])


class WithAHangingBackEnd(EngineTest):
    """A back end that hangs does not delay anything else."""

    def setUp(self):
        super().setUp()
        self.dead = BackEnd(name="dead", held=True)
        self.addCleanup(self.dead.free.set)
        self.alive = BackEnd(name="alive")
        for number in range(200):
            self.assertIs(self.read(self.dead, f"number {number}"), PENDING)
        self.dead.wait()

    def test_other_back_ends_are_called(self):
        for number in range(20):
            self.assertEqual(self.outcome(self.alive, f"number {number}"), Translated(f"NUMBER {number}"))

    def test_inline_translations_are_immediate(self):
        self.assertEqual(self.read(Pirate(), "this is it"), Translated("this be it"))

    def test_the_queue_is_limited(self):
        ears = [Outcomes() for _ in range(2000)]
        for number, ear in enumerate(ears):
            self.read(self.dead, f"more {number}", ear)
        self.assertEqual(ears[0].wait(), [QUEUE_FULL])
        self.assertEqual(ears[-1].heard, [])
