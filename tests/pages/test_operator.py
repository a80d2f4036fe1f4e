"""The pages of the operator, and access to them."""

import base64
import os
import re
import unittest
from unittest import mock

from webob import Request

from piratechat.http.operator_login import REALM
from piratechat.plugin import count_tokens
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.budget import Limits, Prices
from piratechat.translators.engine.protection import Protection
from piratechat.translators.engine.waiting_texts import Turn
from piratechat.translators.registry import TranslatorRegistry
from tests.support.engines import BackEnd, Outcomes, shout
from tests.support.pages import PAGES

PAGES_OF_THE_OPERATOR = ("/operator", "/metrics")


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Operating(unittest.TestCase):
    layer = PAGES
    addresses = 0

    def setUp(self):
        with open(os.path.join(PAGES.folder, "operator-secret")) as file:
            self.secret = file.read().strip()
        # Each test has its own client address, and thus its own rate limits.
        Operating.addresses += 1
        self.address = f"127.0.1.{Operating.addresses}"

    def ask(self, path, authorization=None):
        request = Request.blank(path, environ={"REMOTE_ADDR": self.address})
        if authorization is not None:
            request.headers["Authorization"] = authorization
        return request.get_response(PAGES.application)

    def test_the_secret_is_required(self):
        for path in PAGES_OF_THE_OPERATOR:
            for authorization in (
                None,
                basic("admin", "admin"),
                basic("", ""),
                "Basic !!!",
                "Basic",
                "Basic " + base64.b64encode(b"\xff\xfe").decode(),
                "Bearer nonsense",
                "Digest " + self.secret,
                basic(self.secret, ""),
            ):
                with self.subTest(path=path, authorization=authorization):
                    self.address = f"127.0.2.{Operating.addresses}"
                    Operating.addresses += 1
                    answer = self.ask(path, authorization)
                    self.assertEqual(answer.status_int, 401)
                    self.assertEqual(answer.headers["WWW-Authenticate"], REALM)
                    self.assertNotIn("Prometheus:", answer.text)

    def test_failed_logins_are_rate_limited(self):
        statuses = [self.ask("/metrics", basic("", f"guess {n}")).status_int for n in range(12)]
        self.assertEqual((statuses[0], statuses[-1]), (401, 429))

    def test_the_page_shows_every_translator(self):
        answer = self.ask("/operator", basic("anybody", self.secret))
        self.assertEqual(answer.status_int, 200)
        for words in ("Pirate", "(original)", "closed", "translated"):
            self.assertIn(words, answer.text)

    def test_the_page_shows_the_queue_of_each_room(self):
        slow = BackEnd(name="slow", held=True)
        self.addCleanup(slow.free.set)
        self.enterContext(mock.patch.object(TranslatorRegistry, "all", return_value={"slow": slow}))
        for seq in range(1, 121):
            turn = Turn("tavern" if seq % 2 else "galley", seq)
            PAGES.services.engine.read({"slow": slow}, "slow", Asked(f"text {seq}", turn=turn))
        slow.wait()
        words = " ".join(
            self.ask("/operator", basic("anybody", self.secret)).text.replace("<bdi>", "").replace("</bdi>", "").split()
        )
        self.assertRegex(words, r"20 waiting \(tavern: 10, galley: 10\)")

    def test_the_page_shows_todays_costs(self):
        def costly(batch):
            count_tokens(1_000, 500)
            return shout(batch)

        for limits, wanted in (
            (Limits(), (r"Tokens today 1,000 in prompts, 500 in answers ", r"Cost today 0\.0030 EUR ")),
            (
                Limits(0, 9_000, 1.5),
                (r"500 in answers, of 9,000 a day", r"0\.0030 EUR of 1\.50 EUR a day"),
            ),
        ):
            name = f"model-{limits.tokens}"
            protection = Protection(budget=limits, prices=Prices(1.0, 4.0, "EUR"))
            self.enterContext(mock.patch.dict(PAGES.services.engine._protections, {name: protection}))
            model = BackEnd(costly, name, counts_tokens=True)
            self.enterContext(mock.patch.object(TranslatorRegistry, "all", return_value={name: model}))
            ear = Outcomes()
            PAGES.services.engine.read({name: model}, name, Asked("Good morning"), ear)
            ear.wait()
            answer = self.ask("/operator", basic("anybody", self.secret))
            words = " ".join(re.sub("<[^>]*>", " ", answer.text).split())
            for each in wanted:
                self.assertRegex(words, each)
        self.assertIn(f'translation_tokens_total{{of="answer",translator="{name}"}} 500', self.metrics())

    def metrics(self):
        return self.ask("/metrics", f"Bearer {self.secret}").text

    def test_prometheus_gets_the_same_metrics(self):
        room = PAGES.services.translators.all()
        for _ in range(3):
            PAGES.services.engine.read(room, "pirate", Asked("this is it"))
        answer = self.ask("/metrics", f"Bearer {self.secret}")
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        (line,) = [
            line
            for line in answer.text.splitlines()
            if line.startswith("piratechat_translations_total{")
            and 'translator="pirate"' in line
            and "translated" in line
        ]
        self.assertGreaterEqual(float(line.split()[-1]), 3)
        self.assertIn("Content-Type", answer.headers)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_secrets_are_not_shown(self):
        for path in PAGES_OF_THE_OPERATOR:
            self.assertNotIn(self.secret, self.ask(path, basic("", self.secret)).text)
