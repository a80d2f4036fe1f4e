"""The back end "openai" with a real llama.cpp server, which "make test-model" builds before it runs this.

pytest does not collect this file by its name.  LLAMA_SERVER is the server, and TINY_MODELS the folder with the
models that tools/tiny_model.py makes.
"""

import os
import subprocess
import time
import unittest
from contextlib import suppress

from prometheus_client import CollectorRegistry

from piratechat.translation import BadRequest, Failed, Misconfigured, TooLong, Translated, TranslationError, Unavailable
from piratechat.translators.backends import openai
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.outcomes import PENDING
from piratechat.translators.engine.protection import Protection
from piratechat.translators.engine.waiting_texts import Turn
from sockjs_support.servers import free_port
from tests.support.engines import Outcomes, engine
from tests.support.translators import made

#: Timeouts in seconds: for loading a model, and for an answer.
TIMEOUT = 60.0
KEY = "a-key-of-4711"


class LlamaServer:
    """llama-server with the model `name`, on its own port."""

    def __init__(self, name, *arguments):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        model = os.path.join(os.environ["TINY_MODELS"], f"{name}.gguf")
        command = [os.environ["LLAMA_SERVER"], "--model", model, "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--alias", name, "--ctx-size", "8192", "--parallel", "1", "--threads", "1", "--api-key", KEY]
        self._log = open(os.path.join(os.environ["TINY_MODELS"], f"{name}.log"), "wb")
        self._process = subprocess.Popen(
            [*command, *arguments], stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT
        )

    def close(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


class LlamaTest(unittest.TestCase):
    model = ""

    @classmethod
    def setUpClass(cls):
        cls.server = LlamaServer(cls.model)
        cls.addClassCleanup(cls.server.close)
        ready = made(openai, url=cls.server.url, model=cls.model, key=KEY, target="es")
        until = time.monotonic() + TIMEOUT
        while True:
            try:
                ready.check(until)
                return
            except Unavailable:  # it loads the model
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def setUp(self):
        self.translator = self.described()

    def described(self, **settings):
        return made(openai, **{"url": self.server.url, "model": self.model, "key": KEY, "target": "es", **settings})

    def translate(self, *texts, seconds=TIMEOUT):
        return self.translator.translate(list(texts), deadline=time.monotonic() + seconds)

    def read(self, text):
        """Return the outcome of `text`, and the quota that it used."""
        found = engine({"it": Protection(timeout=TIMEOUT)}, metrics=CollectorRegistry())
        ear = Outcomes()
        outcome = found.read({"it": self.translator}, "it", Asked(text, "en", turn=Turn("ada", 1)), ear)
        (dispatcher,) = found.dispatchers()
        return (ear.wait()[0] if outcome is PENDING else outcome), dispatcher.budget


class Parrot(LlamaTest):
    """A model with one word, so that its answers are valid."""

    model = "parrot"

    def test_texts_are_translated(self):
        self.assertEqual(self.translate("hello"), [Translated("hola")])

    def test_a_schema_holds_several_answers_together(self):
        self.assertEqual(self.translate("hello", "hi there", "good day"), [Translated("hola")] * 3)

    def test_texts_are_rewritten_in_a_style(self):
        self.translator = made(openai, url=self.server.url, model=self.model, key=KEY, style="like a parrot")
        self.assertEqual(self.translate("hello"), [Translated("hola")])

    def test_the_model_receives_earlier_messages(self):
        found = self.translator.translate(["hello"], deadline=time.monotonic() + TIMEOUT, before=["How are you?"])
        self.assertEqual(found, [Translated("hola")])

    def test_through_the_engine(self):
        outcome, budget = self.read("hello")
        self.assertEqual(outcome, Translated("hola"))
        self.assertGreater(budget.spent.prompt_tokens, 500, "a token for each byte")
        self.assertGreater(budget.spent.answer_tokens, 5)

    def test_omitted_links_are_restored(self):
        outcome, _budget = self.read("hello https://a.example hello")
        self.assertEqual(outcome, Translated("hola https://a.example hola"))

    def test_a_wrong_key(self):
        with self.assertRaises(Misconfigured):
            self.described(key="wrong").translate(["hello"], deadline=time.monotonic() + TIMEOUT)

    def test_a_wrong_address(self):
        with self.assertRaises(Misconfigured):
            self.described(url=self.server.url.replace("/v1", "/nowhere")).translate(["hello"])

    def test_a_prompt_that_is_too_long(self):
        self.translator = self.described(max_item_length="20000")
        (found,) = self.translate("hello " * 3_000)
        self.assertIsInstance(found.error, TooLong)

    def test_without_a_schema_endless_output_is_cut_off(self):
        self.translator = self.described(schema="false", max_tokens="50")
        (found,) = self.translate("hello")
        self.assertIsInstance(found, Failed)


class Random(LlamaTest):
    """A model with random weights: its output is nonsense, and almost never a valid translation."""

    model = "random"

    def check_outcome(self, said, outcome):
        if isinstance(outcome, Failed):
            self.assertIsInstance(outcome.error, BadRequest | TooLong)
        else:  # a few random letters
            self.assertTrue(outcome.text.isprintable(), outcome)
            self.assertLessEqual(len(outcome.text), 3 * len(said) + 80)

    def test_through_the_engine(self):
        for text in ("hello", "Where is the hotel?", "good morning, my friend"):
            with self.subTest(text):
                outcome, budget = self.read(text)
                self.check_outcome(text, outcome)
                self.assertGreater(budget.spent.prompt_tokens, 0, "tokens are counted")

    def test_several_at_once(self):
        texts = ["hello", "good morning", "good night"]
        for text, outcome in zip(texts, self.translate(*texts), strict=True):
            self.check_outcome(text, outcome)

    def test_long_output_is_never_accepted_as_a_translation(self):
        (outcome,) = self.translate("The ship is in the harbour, and the captain is asleep. " * 3)
        self.assertIsInstance(outcome, Failed)

    def test_time_is_up(self):
        with suppress(TranslationError):
            self.translate("hello", seconds=0.05)
        self.assertEqual(len(self.translate("hello")), 1, "the server is healthy")
