"""The haiku back end with a simulated language model, which also gives wrong answers."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import TestCase

from piratechat_haiku import Haiku

from piratechat.plugin import BadRequest, Translated
from piratechat.testing import TranslatorContract, options

KEY = "an-old-silent-key"
HAIKU = "An old silent pond\nA frog jumps into the pond\nSplash! Silence again."

#: A placeholder in a text for a link or an emoji, which the model must return.
SLOT = re.compile(r"⟦\d+⟧")


class Model(BaseHTTPRequestHandler):
    """Answers each text with what the server `says`, and its slots, in the protocol of /v1/chat/completions."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked = asked
        texts = json.loads(asked["messages"][1]["content"])["texts"]
        answers = {number: self.server.says + "".join(SLOT.findall(text)) for number, text in texts.items()}
        content = json.dumps(answers)
        self.answer({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]})

    def do_GET(self):
        self.answer({"data": []})

    def answer(self, content):
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


class WithAModel:
    def setUp(self):
        self.server = HTTPServer(("127.0.0.1", 0), Model)
        self.server.says = HAIKU
        thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)

    def make(self):
        url = f"http://127.0.0.1:{self.server.server_port}/v1"
        return Haiku(options("haiku", {"HAIKU_KEY": KEY}, url=url, key="env:HAIKU_KEY", model="basho"))


class HaikuIsATranslator(WithAModel, TranslatorContract, TestCase):
    module = "piratechat_haiku"
    secrets = (KEY,)
    deterministic = False

    def make_broken(self):
        return Haiku(options("haiku", url="http://127.0.0.1:9/v1"))


class Haikus(WithAModel, TestCase):
    def test_a_message_is_translated_into_a_haiku(self):
        self.assertEqual(self.make().translate(["The frog is in the pond."]), [Translated(HAIKU)])
        self.assertIn("as haiku", self.server.asked["messages"][0]["content"])

    def test_other_answers_are_rejected(self):
        for says in ("A frog jumps.", HAIKU.replace("\n", " "), f"{HAIKU}\nThe end"):
            self.server.says = says
            with self.subTest(says):
                (outcome,) = self.make().translate(["The frog is in the pond."])
                self.assertIsInstance(outcome.error, BadRequest)

    def test_haiku_is_a_style_without_a_target(self):
        haiku = self.make()
        self.assertEqual((haiku.kind, haiku.target, haiku.title), ("style", None, "Haiku"))
