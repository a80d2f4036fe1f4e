"""The tests that every translator must pass: mix `TranslatorContract` into a `unittest.TestCase`."""

import importlib
import inspect
import re
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import gevent
import langcodes
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from zope.interface.verify import verifyObject

from piratechat.interfaces import ITranslator
from piratechat.model.text import clean
from piratechat.options import PREFIX, Options
from piratechat.translation import REACHES, BadResponse, Failed, Outcome, Skipped, Translated, TranslationError
from piratechat.translators.engine.outcomes import MAX_ADDED, MAX_EXPANSION, translated_in_pieces
from piratechat.translators.plugins import BACKEND, GROUP, TRANSLATOR, include
from piratechat.translators.text.masking import MASKINGS, check_words
from piratechat.translators.text.sentence_splitter import has_letters
from piratechat.watched_calls import Slept, always_blocking, least, watching

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    # A mixin, so that test runners do not collect it where it is imported.
    Base = object

KINDS = ("style", "language")

#: Seconds that an in-process translator may take for a short text, and for a text of the maximum length.
IN_LINE, LONG_IN_LINE = 0.01, 0.1
#: The shortest quotation, in characters, that cannot appear in an error message by chance.
MIN_QUOTED = 8
#: Seconds of computing in one call after which other greenlets have waited too long.
TURN = 0.1

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SURROGATE = re.compile("[\ud800-\udfff]")

#: Texts that people send to probe a chat, cleaned as the chat cleans them.
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

#: Texts that no translator may change; none of them is a word.
MARKS = (
    "https://chat.example/Where/is?It=Here&who=Ada#Top",
    "www.Chat.example",
    "`Ship.sail(to=home)`",
    "Ada.Lovelace@Chat.example",
    "\U0001f3f4\u200d\u2620\ufe0f",
    ":tada:",
)
_ESCAPED = re.compile("&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)


#: The options that are made while `make` runs, to find settings that the translator never reads.
_made: ContextVar[list[Options] | None] = ContextVar("made", default=None)


def options(name: str, environ: Mapping[str, str] | None = None, **settings: str) -> Options:
    """Return the options of a translator that the ini file calls `name`, with these `settings`.

    `options("yoda", url=service.url)` is what a back end receives if the ini file sets
    `piratechat.translator.yoda.url`; "env:NAME" is looked up in `environ`.  If `TranslatorContract.make` passes a
    setting that the translator never reads, a test fails.
    """
    found = Options(name, {f"{PREFIX}{name}.{key}": value for key, value in settings.items()}, environ or {})
    made = _made.get()
    if made is not None:
        made.append(found)
    return found


class TranslatorContract(Base):
    """Tests of an `ITranslator`: implement `make`, and override the attributes that differ.

    For example `class ShoutingTest(TranslatorContract, unittest.TestCase)` with a `make` that returns `Shouting()`.
    """

    #: Texts that it can translate.
    samples: Sequence[str] = ("Hello, my friend!", "Where is the hotel?", "This is good.")
    #: The target language that a reader requests, and the source language of the author: BCP 47 tags, or None.
    target: str | None = None
    source: str | None = None
    #: Texts that must never be shown, such as keys and addresses of services.
    secrets: Sequence[str] = ()
    #: Whether the same text always gives the same result; false for language models.
    deterministic = True
    #: Seconds that a batch may take.
    batch_timeout = 30.0
    #: The module with the includeme, such as "piratechat_keeper".  It and its entry point in pyproject.toml are tested.
    module: str | None = None

    #: Why each call fails, as the first call has shown; None while unknown.
    _wrong_call: str | None = None
    _called = False

    def make(self) -> Any:
        """Return the translator."""
        raise NotImplementedError("make() must return the translator to test")

    def make_broken(self) -> Any:
        """Return the translator with a service that cannot be reached, or None if it uses no service."""
        return None

    def test_the_interface_is_provided(self) -> None:
        verifyObject(ITranslator, self.make())

    def test_the_module_registers_the_translator(self) -> None:
        if self.module is None:
            return
        name = self.make().name
        config = Configurator()
        config.include("piratechat.translators.directives")
        try:
            found = include(config, self.module, f"module {self.module}")
        except ConfigurationError as error:
            self.fail(f"the chat would not start: {error}")
        config.commit()
        names = {TRANSLATOR: name, BACKEND: None}  # the ini file names the translators that a back end makes
        self.assertTrue(
            any(names[kind] in (None, other) for kind, other in found),
            f"the includeme of {self.module} registers {found or 'nothing'}: it must call "
            f"config.add_translator({name!r}, ...), with the name in the class, or config.add_translator_backend",
        )
        self._check_entry_point([other for kind, other in found if names[kind] in (None, other)])

    def _check_entry_point(self, names: Sequence[str]) -> None:
        """Check the pyproject.toml of the module, in its folder or in one of the two parent folders."""
        assert self.module is not None
        folders = Path(importlib.import_module(self.module).__file__ or "").resolve().parents
        path = next((each for folder in folders[:3] if (each := folder / "pyproject.toml").is_file()), None)
        if path is None:  # an installed package: pip has its own tests
            return
        groups = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {}).get("entry-points", {})
        entries = groups.get(GROUP, {})
        self.assertTrue(
            any(entries.get(name, "").partition(":")[0].strip() == self.module for name in names),
            f"{path} has no entry point for {self.module}, but {entries or 'none'} in this group; the chat needs it: "
            f'add\n[project.entry-points."{GROUP}"]\n{names[0]} = "{self.module}"',
        )

    def test_all_settings_are_requested(self) -> None:
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

    def test_attributes_are_valid(self) -> None:
        translator = self.make()
        self.assertRegex(
            str(translator.name),
            f"^{_SLUG.pattern}$",
            'URLs contain the name: set name to lowercase letters, digits and hyphens, such as "keeper-2"',
        )
        self._check_words(translator.title, "title", "readers choose the translator by it in the menu of a room")
        self._check_words(
            translator.version,
            "version",
            "it is part of the keys of cached translations; change it when the same text gets another translation",
        )
        for attribute, choices in (("kind", KINDS), ("reach", REACHES), ("masking", MASKINGS)):
            self.assertIn(
                getattr(translator, attribute), choices, f"set {attribute} to one of these: {', '.join(choices)}"
            )
        for attribute in ("max_items", "max_item_length", "max_length"):
            limit = getattr(translator, attribute)
            self.assertIsInstance(limit, int, f"{attribute} must be a number: set it to 1 or more")
            self.assertGreater(limit, 0, f"set {attribute} to 1 or more, or nothing can be translated")
        self.assertLessEqual(
            translator.max_item_length,
            translator.max_length,
            "max_item_length limits one text, and max_length all texts of a call: set max_length to the same or more",
        )

    def test_the_recipient_of_texts_is_named(self) -> None:
        translator = self.make()
        if translator.reach == "none":
            self.assertIsNone(
                translator.recipient,
                'with reach = "none" nobody else receives texts: omit recipient, or set reach = "host" or '
                '"third-party" if the recipient receives them',
            )
        else:
            self._check_words(
                translator.recipient,
                "recipient",
                f'with reach = "{translator.reach}" readers see who receives their messages, such as '
                '"DeepL, a company in Germany"',
            )

    def test_languages_are_tags(self) -> None:
        translator = self.make()
        for tag in (*filter(None, [translator.target]), *translator.targets()):
            self.assertTrue(langcodes.tag_is_valid(tag), tag)
        if translator.kind == "style":
            self.assertIsNone(translator.target, "a style must not have a target")
        elif translator.target is None:
            translator.check(self._deadline())
            self.assertTrue(translator.targets(), "a language translator must have a target, or targets to choose from")
        self.assertTrue(translator.supports(self.source, self.target))
        self.assertTrue(translator.supports(None, None))

    def test_equal_translators_have_equal_versions(self) -> None:
        self.assertEqual(self.make().version, self.make().version, "or else a restart loses cached translations")

    def test_the_translator_is_ready(self) -> None:
        self.make().check(self._deadline())

    def test_texts_are_translated(self) -> None:
        outcomes = self._translate(self.make(), self.samples)
        self.assertTrue(any(not isinstance(outcome, Failed) for outcome in outcomes), outcomes)

    def test_an_empty_batch_has_no_outcomes(self) -> None:
        self.assertEqual(list(self._ask(self.make(), [])), [])

    def test_outcomes_are_in_the_order_of_texts(self) -> None:
        translator = self.make()
        outcomes = self._translate(translator, self.samples)
        for text, outcome in zip(self.samples, outcomes, strict=True):
            self._check_alike(
                self._translate(translator, [text]),
                [outcome],
                f"{text!r} gets another translation in a batch: return outcomes in the order of their texts, and "
                "translate each independently of the others",
            )

    def test_the_same_is_translated_the_same(self) -> None:
        translator = self.make()
        found = self._translate(translator, self.samples)
        for _ in range(20 if translator.reach == "none" else 1):  # randomness may take several calls to show
            self._check_alike(
                self._translate(translator, self.samples),
                found,
                "the same texts get other translations the second time: choose by a checksum of the text (zlib.crc32), "
                "keep no state between calls, or set deterministic = False in this test if the service itself varies",
            )

    def test_in_line_nobody_waits(self) -> None:
        translator = self.make()
        if translator.reach != "none":
            return
        self._translate(translator, self.samples)  # one-time initialization may be slow
        with watching() as watch:
            self._translate(translator, self.samples)
        self.assertFalse(
            watch.opened,
            'reach = "none" means that texts stay in this process and that calls do not wait, but translate() '
            f"does this: {_listed(watch.opened)}; read files when the translator is created, and set reach = "
            '"host" or "third-party", and a recipient, if another program or a service translates',
        )
        blocking = always_blocking(partial(self._translate, translator, self.samples))
        self.assertFalse(blocking, _waits(blocking))
        self.assertFalse(
            watch.gave_way,
            'translate() lets other greenlets run, and with reach = "none" it is called while messages are '
            'sent to readers: do not wait, or set reach = "host" or "third-party"',
        )
        if self.deterministic:
            self.assertFalse(
                watch.hashing,
                f"{_listed(watch.hashing)}: its value for a text differs between processes; use zlib.crc32",
            )
        for text, limit in [
            *((text, IN_LINE) for text in self.samples),
            (self._as_long_as_may_be(translator), LONG_IN_LINE),
        ]:
            took = least(time.perf_counter, partial(self._ask, translator, [text]), limit)
            self.assertLess(
                took,
                limit,
                f"translate() takes {1000 * took:.0f} ms for {len(text)} characters, and with reach "
                '= "none" all rooms wait for each call: prepare data when the translator is '
                'created, or set reach = "host" and compute in gevent.get_hub().threadpool',
            )

    def test_other_greenlets_run_meanwhile(self) -> None:
        translator = self.make()
        if translator.reach == "none":
            return
        ask = partial(self._translate, translator, self.samples)
        ask()  # one-time initialization may be slow
        blocking = always_blocking(ask)
        self.assertFalse(blocking, _waits(blocking))
        took = least(time.thread_time, ask, TURN, 3)
        self.assertLess(
            took,
            TURN,
            f"translate() computes for {1000 * took:.0f} ms while all other clients wait: do that in "
            "gevent.get_hub().threadpool",
        )

    def test_supports_and_targets_do_not_wait(self) -> None:
        translator = self.make()

        def ask() -> None:
            translator.supports(self.source, self.target)
            translator.targets()

        with watching() as watch:
            ask()
        for seen in (always_blocking(ask), watch.opened, ["gevent's hub"] if watch.gave_way else []):
            self.assertFalse(seen, f"supports() and targets() must not wait, but check() may: {_listed(seen)}")

    def test_marks_stay_as_they_are(self) -> None:
        translator = self.make()
        lost, failed = self._lost_and_failed(translator, translator.masking)
        if translator.masking in ("tags", "slots"):  # these are translated again in pieces when something was lost
            self.assertTrue(len(lost) + failed < len(MARKS) or not lost, _lost(translator.masking, lost))
            lost, failed = self._lost_and_failed(translator, "split")
            self.assertFalse(lost, _lost("split", lost))
        else:
            self.assertFalse(lost, _lost(translator.masking, lost))

    def test_texts_are_not_escaped(self) -> None:
        translator = self.make()
        for text in (
            "Fish & chips: 1 < 2, 3 > 2, \"ahoy\" isn't 'avast'",
            *(f"{text} <&> \"'" for text in self.samples),
        ):
            for read in self._read(translator, text):
                found = _ESCAPED.search(read)
                self.assertIsNone(
                    found,
                    f"{text!r} becomes {read!r}: texts are plain, do not escape them (no html.escape, and "
                    "html.unescape if a service escapes them); the chat escapes them itself",
                )
        for read in self._read(translator, "Write &lt;b&gt; for bold"):
            self.assertNotIn("<b>", read.lower(), "texts are plain: &lt; stands for itself, do not unescape it")

    def test_as_many_texts_as_may_be(self) -> None:
        translator = self.make()
        count = translator.max_items
        texts = [self.samples[number % len(self.samples)] for number in range(min(count, 1_000))]
        size = 5 if translator.masking == "tags" else 1
        while len(texts) > 1 and size * sum(map(len, texts)) > translator.max_length:
            texts.pop()
        outcomes = self._translate(translator, texts)
        alone = {text: self._translate(translator, [text])[0] for text in dict.fromkeys(texts)}
        self._check_alike(
            outcomes,
            [alone[text] for text in texts],
            f"{len(texts)} texts in one batch get other translations than one by one: the translation of a text must "
            "not depend on the others in its batch; set max_items to the maximum number of texts",
        )

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
        self._translate(translator, [self._as_long_as_may_be(translator), "x" * translator.max_item_length])

    def test_the_batch_is_not_modified(self) -> None:
        batch = [self._given(self.make(), text) for text in self.samples]
        kept = list(batch)
        self._call(self.make(), batch)
        self.assertEqual(batch, kept, "translate() changes the list that it receives: create a new list")
        self.assertEqual(len(self._call(self.make(), tuple(batch))), len(kept))

    def test_a_deadline_that_has_passed(self) -> None:
        started = time.monotonic()
        try:
            outcomes = self._ask(self.make(), self.samples, started - 1.0)
        except TranslationError as error:
            self._check_error(error, self.samples)
        else:
            self._check_outcomes(self.make(), self.samples, outcomes)
        self.assertLess(time.monotonic() - started, self.batch_timeout, "it must not wait after the deadline")

    def test_several_greenlets_at_once(self) -> None:
        translator = self.make()
        texts = [self.samples[number % len(self.samples)] for number in range(8)]
        expected = self._translate(translator, texts)
        greenlets = [gevent.spawn(self._translate, translator, [text]) for text in texts]
        # joinall's own timeout would count from the loop's last look at the clock, which may be long ago.
        with gevent.Timeout(self.batch_timeout, AssertionError("greenlets wait for each other")):
            gevent.joinall(greenlets)
        self._check_alike([greenlet.get(block=False)[0] for greenlet in greenlets], expected)

    def test_a_service_that_is_not_there(self) -> None:
        translator = self.make_broken()
        if translator is None:
            return
        try:
            translator.check(self._deadline())  # it may be unable to know
        except TranslationError as error:
            self._check_error(error)
        except Exception as error:
            raise self._undocumented("check", error) from error
        try:
            outcomes = self._ask(translator, self.samples)
        except TranslationError as error:
            self._check_error(error, self.samples)
        else:
            self._check_outcomes(translator, self.samples, outcomes)
            self.assertTrue(all(isinstance(outcome, Failed) for outcome in outcomes), outcomes)

    def test_secrets_are_not_revealed(self) -> None:
        translator = self.make()
        self._check_no_secret(repr(translator))
        for value in (translator.title, translator.version, translator.recipient or ""):
            self._check_no_secret(value)

    def _deadline(self) -> float:
        return time.monotonic() + self.batch_timeout

    def _ask(self, translator: Any, texts: Sequence[str], deadline: float | None = None) -> Sequence[Outcome]:
        return self._call(translator, [self._given(translator, text) for text in texts], deadline)

    def _call(self, translator: Any, batch: Sequence[str], deadline: float | None = None) -> Sequence[Outcome]:
        contract = type(self)
        if contract._wrong_call is None and not contract._called:
            contract._wrong_call = _wrong_signature(translator)
        if contract._wrong_call is not None:
            self.fail(contract._wrong_call)
        call = partial(translator.translate, batch, self.target, self.source, deadline or self._deadline())
        try:
            if contract._called:
                return call()
            contract._called = True
            with watching(may_sleep=False):  # otherwise each test would sleep, and the tests would take minutes
                return call()
        except Slept as slept:
            contract._wrong_call = _sleeps([str(slept)])
            self.fail(contract._wrong_call)
        except TranslationError:
            raise
        except Exception as error:
            raise self._undocumented("translate", error) from error

    def _undocumented(self, name: str, error: Exception) -> AssertionError:
        return AssertionError(
            f"{name}() raised {type(error).__name__}: {error}.  Readers see only the text of a TranslationError: "
            "raise one of piratechat.plugin (Unavailable, BadResponse, ...) for a batch, or return "
            "Failed(error) for one text"
        )

    def _as_long_as_may_be(self, translator: Any) -> str:
        words = f"{self.samples[0]} " * (translator.max_item_length // (len(self.samples[0]) + 1) + 1)
        return words[: translator.max_item_length]

    def _lost_and_failed(self, translator: Any, masking: str) -> tuple[list[str], int]:
        """Return the marks that are lost when a text is reassembled, and how many texts the translator failed."""
        outcomes = {
            mark: self._put_together(translator, f"{self.samples[0]} {mark} {self.samples[-1]}", masking)
            for mark in MARKS
        }
        lost = [mark for mark, outcome in outcomes.items() if isinstance(outcome, Failed)]
        return lost, list(outcomes.values()).count(None)

    def _put_together(self, translator: Any, text: str, masking: str) -> Outcome | None:
        """Return `text` as the chat reassembles it from the translator's outcomes, or None if the translator failed."""
        failures: list[Outcome] = []

        def ask(pieces: list[str]) -> list[Outcome]:
            try:
                found = list(self._call(translator, pieces))
            except TranslationError as error:
                found = [Failed(error)] * len(pieces)
            self._check_count(pieces, found)
            failures.extend(each for each in found if isinstance(each, Failed))
            return found

        outcome = translated_in_pieces(translator, [text], masking, ask)[0]
        return None if failures else outcome

    def _read(self, translator: Any, text: str) -> list[str]:
        """Return the translation of `text`, or an empty list if it was not translated."""
        return [
            "".join(ElementTree.fromstring(f"<r>{outcome.text}</r>").itertext())  # noqa: S314 - the text is our own
            if translator.masking == "tags"
            else outcome.text
            for outcome in self._translate(translator, [text])
            if isinstance(outcome, Translated)
        ]

    def _translate(self, translator: Any, texts: Sequence[str]) -> list[Outcome]:
        """Return the checked outcomes for `texts`, translated in batches within the limits."""
        outcomes: list[Outcome] = []
        for batch in _batches(translator, texts):
            found = self._ask(translator, batch)
            self._check_outcomes(translator, batch, found)
            outcomes += found
        return outcomes

    def _given(self, translator: Any, text: str) -> str:
        return escape(text) if translator.masking == "tags" else text

    def _check_outcomes(self, translator: Any, texts: Sequence[str], outcomes: Sequence[Outcome]) -> None:
        self._check_count(texts, outcomes)
        for text, outcome in zip(texts, outcomes, strict=True):
            self.assertIsInstance(
                outcome,
                (Translated, Skipped, Failed),
                "translate() must return a list of Translated, Skipped and Failed of piratechat.plugin",
            )
            if isinstance(outcome, Failed):
                self._check_error(outcome.error, texts)
            elif isinstance(outcome, Skipped):
                self._check_text(outcome.reason)
                self._check_no_secret(outcome.reason)
                self._check_silence(outcome.reason, texts)
            else:
                self._check_text(outcome.text)
                self._check_is_there(translator, text, outcome.text)
                if translator.masking == "tags":
                    ElementTree.fromstring(f"<r>{outcome.text}</r>")  # noqa: S314 - the text is the test's own
                if outcome.source is not None:
                    self.assertTrue(langcodes.tag_is_valid(outcome.source), outcome.source)

    def _check_count(self, texts: Sequence[str], outcomes: Sequence[Outcome]) -> None:
        self.assertEqual(
            len(outcomes),
            len(texts),
            f"translate() returned {len(outcomes)} outcomes for {len(texts)} texts: it must return one for each, in "
            "the same order, which can be Skipped or Failed",
        )

    def _check_is_there(self, translator: Any, text: str, read: str) -> None:
        """Check that a text with words does not become empty, and that none becomes far too long."""
        if has_letters(text):
            try:
                check_words(read, translator.kind == "language")
            except BadResponse:
                self.fail(
                    f"{text!r} becomes {read!r}, which is invisible: return Skipped(reason) if there is nothing to "
                    "translate, or Failed(BadResponse(...)) if a service returns nothing"
                )
        self.assertLessEqual(
            len(read),
            MAX_EXPANSION * len(text) + MAX_ADDED,
            f"a text of {len(text)} characters becomes one of {len(read)}: the chat accepts at most {MAX_EXPANSION} "
            f"times as many, plus {MAX_ADDED}",
        )

    def _check_alike(self, outcomes: Sequence[Outcome], others: Sequence[Outcome], text: str = "") -> None:
        if self.deterministic:
            self.assertEqual(outcomes, others, text)
        else:
            self.assertEqual(len(outcomes), len(others))

    def _check_text(self, text: object) -> None:
        self.assertIsInstance(text, str)
        self.assertIsNone(_SURROGATE.search(str(text)), "a surrogate cannot be encoded")

    def _check_words(self, value: object, attribute: str, purpose: str) -> None:
        self.assertTrue(
            isinstance(value, str) and value.strip(),
            f"set {attribute} to a non-empty string: {purpose}; it is {value!r}",
        )
        self._check_text(value)

    def _check_error(self, error: object, texts: Sequence[str] = ()) -> None:
        self.assertIsInstance(error, TranslationError, "Failed requires a TranslationError of piratechat.plugin")
        assert isinstance(error, TranslationError)
        self._check_text(str(error))
        self.assertTrue(str(error), "the error must have a text, because readers see it")
        self._check_no_secret(str(error))
        self._check_silence(str(error), texts)
        if error.retry_after is not None:
            self.assertGreaterEqual(error.retry_after, 0.0)

    def _check_no_secret(self, shown: str) -> None:
        for secret in ("://", *self.secrets):
            self.assertNotIn(secret, shown, "keys and addresses must not appear in texts or in repr()")

    def _check_silence(self, shown: str, texts: Sequence[str]) -> None:
        """Check that nothing of `texts` appears in `shown`, which may be logged."""
        for text in texts:
            said = text.strip()
            if len(said) >= MIN_QUOTED:
                self.assertNotIn(said, shown, "errors and reasons may be logged: they must not quote messages")


def _batches(translator: Any, texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield `texts` in batches within the limits; texts that are too long are cut."""
    size = 5 if translator.masking == "tags" else 1  # bytes of a character, at most: "&amp;"
    batch: list[str] = []
    for text in texts:
        piece = text[: translator.max_item_length // size]
        if len(batch) == translator.max_items or size * sum(map(len, (*batch, piece))) > translator.max_length:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def _listed(seen: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(seen))


def _wrong_signature(translator: Any) -> str | None:
    """Return why `translate` cannot be called with the arguments that the chat passes, or None."""
    batch, nothing = (), None
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((batch,), {"source": nothing}),
        ((batch, nothing, nothing, nothing), {}),
    ]
    if translator.context:
        calls.append(((batch, nothing, nothing, nothing), {"before": ()}))
    try:
        signature = inspect.signature(translator.translate)
    except (TypeError, ValueError):  # written in C
        return None
    try:
        for positional, named in calls:
            signature.bind(*positional, **named)
    except TypeError as error:
        before = ", before=()" if translator.context else ""
        return (
            f"translate{signature} cannot be called as the chat calls it ({error}): write "
            f"def translate(self, batch, target=None, source=None, deadline=None{before})"
        )
    return None


def _sleeps(blocking: Sequence[str]) -> str:
    return (
        f'it sleeps: {_listed(blocking)}; with reach = "none" all clients wait meanwhile, so do not wait; with '
        "another reach use gevent.sleep: time.sleep yields to others only where gevent has patched it, which is so in "
        "the server, but neither here nor in bin/piratechat"
    )


def _waits(blocking: Sequence[str]) -> str:
    if all(each.startswith("time.sleep()") for each in blocking):
        return _sleeps(blocking)
    return (
        f"it blocks all clients: {_listed(blocking)}; use gevent's equivalent ("
        "sockets, gevent.subprocess), or do it in gevent.get_hub().threadpool"
    )


def _lost(masking: str, marks: Sequence[str]) -> str:
    lost = " ".join(marks)
    if masking == "own":
        return (
            f'masking = "own" means that the translator preserves links, code, addresses and emoji, but it changed '
            f'these, or dropped the text around them: {lost}; preserve them, or set masking = "split"'
        )
    if masking == "split":
        return f"the text around these could not be reassembled, because a part of it came back empty: {lost}"
    return (
        f'masking = "{masking}" means that each placeholder comes back once, but these did not: {lost}; '
        'make the service keep them (also its replacement in tests), or set masking = "split"'
    )
