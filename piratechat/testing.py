"""What every translator has to keep, as tests: mix `TranslatorContract` into a `unittest.TestCase`."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import gevent
import langcodes
from zope.interface.verify import verifyObject

from piratechat.interfaces import ITranslator
from piratechat.model.text import clean
from piratechat.options import PREFIX, Options
from piratechat.translation import REACHES, Failed, Outcome, Skipped, Translated, TranslationError

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    # A mixin, so that no test runner takes it for a test of its own where it is imported.
    Base = object

KINDS = ("style", "language")
MASKINGS = ("split", "tags", "slots", "own")

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SURROGATE = re.compile("[\ud800-\udfff]")

#: What people say to see what happens, as the chat hands it on: cleaned.
HOSTILE = tuple(
    clean(text)
    for text in (
        "a NUL \x00 and a bell \x07",
        "half a character: \ud83d, \udc00",
        "\u202eright to left\u202c and back \u2066isolated\u2069",
        "Z\u0351\u036b\u0343a\u0310\u034clgo" + "\u0301" * 200,
        " ",
        "\n\t \n",
        "  indented,\n\n  and over\nlines  \n",
        "one line\r\nand another\r",
        "<b>bold</b> & <script>alert('x')</script> &amp; &lt; ]]> <!-- -->",
        "\"double\", 'single', `back`, $HOME, $(id), %s {0} {text} \\n \\",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ea\U0001f1fa \u2764\ufe0f \U0001f44d\U0001f3fd",
        "مرحبا، كيف حالك؟ שלום עולם",
        "こんにちは、元気ですか。 你好吗! 안녕하세요",
        "-rf / --help -",
        "\ufeffwith a mark before it",
        "...!?",
        "a",
    )
)


#: The options that are made while a translator is, so that those are found which it never asks for.
_made: ContextVar[list[Options] | None] = ContextVar("made", default=None)


def options(name: str, environ: Mapping[str, str] | None = None, **settings: str) -> Options:
    """Return the options of a translator that the ini file calls `name`, with these `settings`.

    `options("yoda", url=service.url)` is what a back end is given where the
    ini file says `piratechat.translator.yoda.url`; "env:NAME" is looked up
    in `environ`.  In the `make` of a `TranslatorContract`, a setting that the
    translator never asks for fails a test.
    """
    found = Options(name, {f"{PREFIX}{name}.{key}": value for key, value in settings.items()}, environ or {})
    made = _made.get()
    if made is not None:
        made.append(found)
    return found


class TranslatorContract(Base):
    """Tests of an `ITranslator`: write `make`, and set what is otherwise.

    For example `class ShoutingTest(TranslatorContract, unittest.TestCase)`,
    with a `make` that returns `Shouting()`.
    """

    #: What people say that it can translate.
    samples: Sequence[str] = ("Hello, my friend!", "Where is the hotel?", "This is good.")
    #: Translate into, and from: what a reader asks for, and an author says; BCP 47 tags, or None.
    target: str | None = None
    source: str | None = None
    #: What must never be shown: keys, and addresses of services.
    secrets: Sequence[str] = ()
    #: Whether the same text always reads the same; not so with language models.
    deterministic = True
    #: Seconds that a batch may take.
    patience = 30.0

    def make(self) -> Any:
        """Return the translator."""
        raise NotImplementedError("make() has to return the translator that is tested")

    def make_broken(self) -> Any:
        """Return the translator with a service that cannot be reached; None if there is nothing to reach."""
        return None

    def test_it_provides_the_interface(self) -> None:
        verifyObject(ITranslator, self.make())

    def test_it_asks_for_all_settings(self) -> None:
        made: list[Options] = []
        token = _made.set(made)
        try:
            self.make()
        finally:
            _made.reset(token)
        for found in made:
            try:
                found.finish()
            except ValueError as error:
                self.fail(f"the chat would not start: {error}")

    def test_its_attributes_make_sense(self) -> None:
        translator = self.make()
        self.assertRegex(translator.name, f"^{_SLUG.pattern}$")
        self._check_text(translator.title)
        self.assertTrue(translator.title.strip())
        self._check_text(translator.version)
        self.assertTrue(translator.version)
        self.assertIn(translator.kind, KINDS)
        self.assertIn(translator.reach, REACHES)
        self.assertIn(translator.masking, MASKINGS)
        for limit in (translator.max_items, translator.max_item_length, translator.max_length):
            self.assertIsInstance(limit, int)
            self.assertGreater(limit, 0)
        self.assertLessEqual(translator.max_item_length, translator.max_length)

    def test_it_says_who_sees_the_text(self) -> None:
        translator = self.make()
        if translator.reach == "none":
            self.assertIsNone(translator.recipient)
        else:
            self._check_text(translator.recipient)
            self.assertTrue(translator.recipient.strip(), "readers want to know who sees what they say")

    def test_its_languages_are_tags(self) -> None:
        translator = self.make()
        for tag in (*filter(None, [translator.target]), *translator.targets()):
            self.assertTrue(langcodes.tag_is_valid(tag), tag)
        if translator.kind == "style":
            self.assertIsNone(translator.target, "a style has no target")
        elif translator.target is None:
            translator.check(self._deadline())
            self.assertTrue(translator.targets(), "a language has a target, or several to choose from")
        self.assertTrue(translator.supports(self.source, self.target))
        self.assertTrue(translator.supports(None, None))

    def test_two_of_one_kind_have_one_version(self) -> None:
        self.assertEqual(self.make().version, self.make().version, "or nothing is remembered over a restart")

    def test_it_is_ready(self) -> None:
        self.make().check(self._deadline())

    def test_it_translates(self) -> None:
        outcomes = self._translate(self.make(), self.samples)
        self.assertTrue(any(not isinstance(outcome, Failed) for outcome in outcomes), outcomes)

    def test_of_nothing_it_makes_nothing(self) -> None:
        self.assertEqual(list(self._ask(self.make(), [])), [])

    def test_each_text_has_its_outcome_in_order(self) -> None:
        translator = self.make()
        outcomes = self._translate(translator, self.samples)
        for text, outcome in zip(self.samples, outcomes, strict=True):
            self._check_alike(self._translate(translator, [text]), [outcome], text)

    def test_the_same_is_translated_the_same(self) -> None:
        translator = self.make()
        self._check_alike(self._translate(translator, self.samples), self._translate(translator, self.samples))

    def test_without_a_network_neighbours_make_no_difference(self) -> None:
        if self.make().reach == "none":
            texts = [*self.samples, *HOSTILE]
            outcomes = self._translate(self.make(), texts)
            self.assertEqual(self._translate(self.make(), texts[::-1]), outcomes[::-1])
            self.assertEqual([self._translate(self.make(), [text])[0] for text in texts], outcomes)

    def test_hostile_texts(self) -> None:
        self._translate(self.make(), HOSTILE)

    def test_texts_as_long_as_may_be(self) -> None:
        translator = self.make()
        words = f"{self.samples[0]} " * (translator.max_item_length // (len(self.samples[0]) + 1) + 1)
        self._translate(translator, [words[: translator.max_item_length], "x" * translator.max_item_length])

    def test_what_it_is_given_stays_as_it_is(self) -> None:
        batch = [self._given(self.make(), text) for text in self.samples]
        kept = list(batch)
        self.make().translate(batch, self.target, self.source, self._deadline())
        self.assertEqual(batch, kept)
        self.assertEqual(
            len(self.make().translate(tuple(batch), self.target, self.source, self._deadline())), len(kept)
        )

    def test_a_deadline_that_has_passed(self) -> None:
        started = time.monotonic()
        try:
            outcomes = self._ask(self.make(), self.samples, started - 1.0)
        except TranslationError as error:
            self._check_error(error)
        else:
            self._check_outcomes(self.make(), self.samples, outcomes)
        self.assertLess(time.monotonic() - started, self.patience, "it must not wait for what comes too late")

    def test_several_greenlets_at_once(self) -> None:
        translator = self.make()
        texts = [self.samples[number % len(self.samples)] for number in range(8)]
        expected = self._translate(translator, texts)
        greenlets = [gevent.spawn(self._translate, translator, [text]) for text in texts]
        # joinall's own timeout would count from when the loop last looked at the clock, which may be long ago.
        with gevent.Timeout(self.patience, AssertionError("they wait for each other")):
            gevent.joinall(greenlets)
        self._check_alike([greenlet.get(block=False)[0] for greenlet in greenlets], expected)

    def test_a_service_that_is_not_there(self) -> None:
        translator = self.make_broken()
        if translator is None:
            return
        try:
            translator.check(self._deadline())  # which may not be able to know
        except TranslationError as error:
            self._check_error(error)
        try:
            outcomes = self._ask(translator, self.samples)
        except TranslationError as error:
            self._check_error(error)
        else:
            self._check_outcomes(translator, self.samples, outcomes)
            self.assertTrue(all(isinstance(outcome, Failed) for outcome in outcomes), outcomes)

    def test_it_keeps_its_secrets(self) -> None:
        translator = self.make()
        self._check_no_secret(repr(translator))
        for value in (translator.title, translator.version, translator.recipient or ""):
            self._check_no_secret(value)

    def _deadline(self) -> float:
        return time.monotonic() + self.patience

    def _ask(self, translator: Any, texts: Sequence[str], deadline: float | None = None) -> Sequence[Outcome]:
        batch = [self._given(translator, text) for text in texts]
        return translator.translate(batch, self.target, self.source, deadline or self._deadline())

    def _translate(self, translator: Any, texts: Sequence[str]) -> list[Outcome]:
        """Return the outcomes for `texts`, checked, in batches within the limits."""
        outcomes: list[Outcome] = []
        for batch in _batches(translator, texts):
            found = self._ask(translator, batch)
            self._check_outcomes(translator, batch, found)
            outcomes += found
        return outcomes

    def _given(self, translator: Any, text: str) -> str:
        return escape(text) if translator.masking == "tags" else text

    def _check_outcomes(self, translator: Any, texts: Sequence[str], outcomes: Sequence[Outcome]) -> None:
        self.assertEqual(len(outcomes), len(texts), "one outcome for each text")
        for outcome in outcomes:
            self.assertIsInstance(outcome, (Translated, Skipped, Failed))
            if isinstance(outcome, Failed):
                self._check_error(outcome.error)
            elif isinstance(outcome, Skipped):
                self._check_text(outcome.reason)
                self._check_no_secret(outcome.reason)
            else:
                self._check_text(outcome.text)
                if translator.masking == "tags":
                    ElementTree.fromstring(f"<r>{outcome.text}</r>")  # noqa: S314 - the text is the test's own
                if outcome.source is not None:
                    self.assertTrue(langcodes.tag_is_valid(outcome.source), outcome.source)

    def _check_alike(self, outcomes: Sequence[Outcome], others: Sequence[Outcome], text: str = "") -> None:
        if self.deterministic:
            self.assertEqual(outcomes, others, text)
        else:
            self.assertEqual(len(outcomes), len(others))

    def _check_text(self, text: object) -> None:
        self.assertIsInstance(text, str)
        self.assertIsNone(_SURROGATE.search(str(text)), "a surrogate cannot be sent to anybody")

    def _check_error(self, error: object) -> None:
        assert isinstance(error, TranslationError), error
        self._check_text(str(error))
        self.assertTrue(str(error), "readers are told what is wrong")
        self._check_no_secret(str(error))
        if error.retry_after is not None:
            self.assertGreaterEqual(error.retry_after, 0.0)

    def _check_no_secret(self, shown: str) -> None:
        for secret in ("://", *self.secrets):
            self.assertNotIn(secret, shown)


def _batches(translator: Any, texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield `texts` in batches within the limits; what is too long for itself is cut off."""
    size = 5 if translator.masking == "tags" else 1  # of a character, at most: "&amp;"
    batch: list[str] = []
    for text in texts:
        piece = text[: translator.max_item_length // size]
        if len(batch) == translator.max_items or size * sum(map(len, (*batch, piece))) > translator.max_length:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch
