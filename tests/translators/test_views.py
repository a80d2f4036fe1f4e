"""The views of a room: names, the languages of translators that offer several, and limits for visitors' input."""

import unittest

import langcodes
from langcodes import language_distance

from piratechat.live.language_slots import MAX_OF_ALL, MAX_OF_ONE, VISIT, LanguageSlots
from piratechat.model.text import MAX_PARSED_TAGS, checked_tag
from piratechat.translation import Failed, Translated, Unavailable
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.cache import key_of
from piratechat.translators.engine.outcomes import PENDING
from piratechat.translators.engine.protection import Protection
from piratechat.translators.views import Choices, Into, Views, own_name, resolved, view_names
from tests.support.engines import BackEnd, Outcomes, engine

TAGS = ("de", "en-GB", "pl", "pt-BR", "zh-Hans")


class Tongues(BackEnd):
    """A back end for several languages, which records the requested languages."""

    def __init__(self, name="tongues", tags=TAGS, **attributes):
        super().__init__(name=name, kind="language", **attributes)
        self.tags = tags
        self.asked_for = []

    def targets(self):
        return self.tags

    def translate(self, batch, target=None, source=None, deadline=None):
        self.asked_for.append((target, list(batch)))
        done = super().translate(batch, target, source, deadline)
        return [
            each if isinstance(each, Failed) else Translated(f"{target}: {text}")
            for each, text in zip(done, batch, strict=True)
        ]


def views(*translators):
    return Views({each.name: each for each in translators})


class Resolved(unittest.TestCase):
    def setUp(self):
        self.there = views(
            BackEnd(name="pirate"), BackEnd(name="german", kind="language", target="de"), Tongues(), Tongues("others")
        )

    def test_names_and_languages_are_resolved(self):
        for typed, view in [
            ("pirate", "pirate"),
            ("german", "german"),
            ("tongues:pl", "tongues:pl"),
            ("others:pl", "others:pl"),
            (":pl", "tongues:pl"),
            (":de", "german"),
            ("german:de", "german"),
            ("tongues:PT", "tongues:pt-BR"),
            ("tongues:pt-br", "tongues:pt-BR"),
            ("tongues:pt_BR", "tongues:pt-BR"),
            ("tongues:zh", "tongues:zh-Hans"),
            ("tongues:en-US", "tongues:en-GB"),
            ("tongues", None),
            ("tongues:", None),
            ("tongues:tlh", None),
            (":tlh", None),
            (":", None),
            ("pirate:pl", None),
            ("nobody:pl", None),
            ("tongues:pl:pl", None),
            ("tongues:" + "x" * 100, None),
            ("", None),
        ]:
            with self.subTest(typed):
                self.assertEqual(resolved(self.there, typed), view)

    def test_a_view_is_a_translator_into_its_language(self):
        found = self.there["tongues:pt-BR"]
        self.assertEqual((found.name, found.target, found.title), ("tongues:pt-BR", "pt-BR", "português (Brasil)"))
        self.assertEqual(found, self.there["tongues:pt-BR"])
        self.assertNotEqual(found, self.there["tongues:pl"])
        self.assertNotIn("tongues:pt", self.there, "languages are available only as listed")
        self.assertEqual(list(self.there), ["pirate", "german", "tongues", "others"])

    def test_languages_have_their_own_names(self):
        self.assertEqual(
            [own_name(tag) for tag in ("pl", "zh-Hant", "de-AT", "tlh")],
            ["polski", "繁體中文", "Deutsch (AT)", "tlh"],
        )

    def test_owners_choose_among_available_views(self):
        choices = Choices(("pirate", "tongues", "elsewhere"), lambda: views(BackEnd(name="pirate"), Tongues()))
        for view, may in [("pirate", True), ("tongues:pl", True), ("tongues", False), ("tongues:PL", False)]:
            self.assertIs(view in choices, may, view)
        self.assertIn("elsewhere", choices, "the view may belong to other rooms")
        self.assertNotIn(7, choices)
        self.assertEqual(view_names(self.there), ["pirate", "german", "tongues:LANGUAGE", "others:LANGUAGE"])


class OneBackEnd(unittest.TestCase):
    """One queue, quota, circuit breaker, metrics and cache for all languages."""

    def setUp(self):
        self.tongues = Tongues()
        self.there = views(self.tongues)
        self.engine = engine({"tongues": Protection()})

    def outcome(self, view, text="hello there, everybody"):
        ear = Outcomes()
        found = self.engine.read(self.there, view, Asked(text, "sv"), on_done=ear)
        return ear.wait()[0] if found is PENDING else found

    def test_each_language_has_its_own_call(self):
        for number in range(3):
            for tag in ("de", "pl"):
                ear = Outcomes()
                self.assertIs(
                    self.engine.read(self.there, f"tongues:{tag}", Asked(f"text {number}", "sv"), on_done=ear), PENDING
                )
                self.addCleanup(ear.wait)
        self.assertEqual(self.outcome("tongues:de"), Translated("de: hello there, everybody"))
        self.assertEqual({target for target, _batch in self.tongues.asked_for}, {"de", "pl"})
        self.assertEqual([each.name for each in self.engine.dispatchers()], ["tongues"])

    def test_translations_are_cached_by_language(self):
        for tag in ("de", "pl", "de", "pl"):
            self.assertEqual(self.outcome(f"tongues:{tag}").text, f"{tag}: hello there, everybody")
        self.assertEqual(len(self.tongues.batches), 2)

    def test_earlier_cached_translations_are_found(self):
        german = BackEnd(name="tongues", kind="language", target="de")
        self.assertEqual(
            key_of("tongues", german, "en", "x"), key_of("tongues:de", Into(self.tongues, "de"), "en", "x")
        )

    def test_texts_in_the_target_language_are_not_sent(self):
        self.assertIsNone(
            getattr(self.engine.read(self.there, "tongues:de", Asked("was ist das denn", "de")), "text", None)
        )
        self.assertEqual(self.tongues.batches, [])

    def test_fallbacks_are_self_hosted_translators_only(self):
        for reach, text in (("host", "pl: hello there, everybody"), ("third-party", None)):
            with self.subTest(reach):
                broken = Tongues("broken", how=None)
                broken.how = lambda _batch: self.fail_for_now()
                self.there = views(broken, Tongues("spare", reach=reach))
                self.engine = engine()
                outcome = self.outcome("broken:pl")
                self.assertEqual(getattr(outcome, "text", None), text)
                self.assertIs(isinstance(outcome, Failed), text is None)

    def fail_for_now(self):
        raise Unavailable("not now")


class Slots(unittest.TestCase):
    def setUp(self):
        self.now = 0.0
        self.slots = LanguageSlots(lambda: self.now)

    def test_eight_languages_of_a_translator_and_room_are_allowed(self):
        for number in range(MAX_OF_ONE):
            self.assertTrue(self.slots.enter("ada", f"tongues:{number}"))
        self.assertFalse(self.slots.enter("ada", "tongues:nine"))
        self.assertTrue(self.slots.enter("ada", "tongues:0"), "the view already has a reader")
        self.assertTrue(self.slots.enter("bo", "tongues:nine"), "another room")
        self.assertTrue(self.slots.enter("ada", "others:nine"), "another translator")
        self.assertTrue(self.slots.enter("ada", "pirate"))
        self.slots.leave("ada", "tongues:0")
        self.assertFalse(self.slots.enter("ada", "tongues:nine"))
        self.slots.leave("ada", "tongues:0")
        self.assertTrue(self.slots.enter("ada", "tongues:nine"))

    def test_other_translators_are_counted_separately(self):
        found = [self.slots.enter("ada", f"t{number // 8}:{number}") for number in range(MAX_OF_ALL + 1)]
        self.assertEqual(found.count(True), MAX_OF_ALL)

    def test_a_visit_is_counted_for_a_moment(self):
        for number in range(MAX_OF_ONE):
            self.assertTrue(self.slots.visit("ada", f"tongues:{number}"))
        self.assertFalse(self.slots.enter("ada", "tongues:nine"))
        self.assertFalse(self.slots.visit("ada", "tongues:nine"))
        self.now += VISIT + 1
        self.assertTrue(self.slots.visit("ada", "tongues:nine"))

    def test_readers_leave_nothing_in_memory(self):
        self.slots.enter("ada", "tongues:pl")
        self.slots.leave("ada", "tongues:pl")
        self.slots.leave("ada", "tongues:pl")
        self.slots.leave("nowhere", "")
        self.assertEqual(self.slots._readers, {})


class Typed(unittest.TestCase):
    def test_typed_views_are_not_kept(self):
        kept = (
            langcodes.Language._INSTANCES,
            langcodes.Language._PARSE_CACHE,
            language_distance._DISTANCE_CACHE,
        )
        there = views(Tongues())
        letters = "abcdefghijklmnopqrstuvwxyz"
        regions = [one + other for one in letters for other in letters][:400]
        for language in (
            "de",
            "fr",
            "pl",
            "xx",
            "sv",
            "da",
            "it",
            "nl",
            "fi",
            "cs",
            "el",
            "hu",
            "ro",
            "tr",
            "uk",
            "vi",
        ):
            for region in regions:
                resolved(there, f"tongues:{language}-{region}")
                checked_tag(f"{language}-{region}")
        self.assertLessEqual(max(map(len, kept)), MAX_PARSED_TAGS + 200)
