"""HTTP requests to services, and their errors."""

import io
import logging
import os
import subprocess
import sys
import time
import traceback
import unittest
from contextlib import suppress

import gevent
from gevent import monkey

from piratechat.translation import BadResponse, Misconfigured, TranslationError, Unavailable
from piratechat.translators.backends.http_client import MAX_RESPONSE_SIZE, MAX_RETRY_AFTER, Client, seconds_to_wait
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.paths import TOP
from tests.support.translation_services import (
    FAULTS,
    KEY,
    Service,
    body,
    date_in,
    seconds_for,
    silent,
    status,
    trickling_head,
)

#: Timeout of a call in seconds.
SOON = 0.3


class Echo(Service):
    def answer(self, asked):
        return 200, {"path": asked.path, "said": asked.content, "headers": dict(asked.headers)}


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.service = Echo()
        self.addCleanup(self.service.close)
        self.client = Client("The service")

    def ask(self, path="/", seconds=SOON, **options):
        return self.client.ask_json("POST", self.service.url + path, time.monotonic() + seconds, **options)

    def fails(self, error, fault, **options):
        self.service.fault = fault
        with self.assertRaises(error) as caught:
            self.ask(**options)
        return caught.exception


class Asking(ClientTest):
    def test_json_is_sent_and_received(self):
        answer = self.ask("/there", seconds=10, content={"q": ["Grüße", "😀"]}, headers={"X-Key": KEY})
        self.assertEqual(answer["path"], "/there")
        self.assertEqual(answer["said"], {"q": ["Grüße", "😀"]})
        self.assertEqual(answer["headers"]["X-Key"], KEY)

    def test_without_a_deadline(self):
        self.assertEqual(self.client.ask_json("GET", self.service.url + "/", None)["path"], "/")

    def test_connections_are_kept(self):
        ports = []
        self.service.answer = lambda asked: (200, {})
        handle = self.service._server.process_request
        self.service._server.process_request = lambda *arguments: ports.append(arguments[1]) or handle(*arguments)
        for _ in range(3):
            self.ask(seconds=10)
        self.assertEqual(len(ports), 1)

    def test_proxies_of_the_environment_are_not_used(self):
        names = ("http_proxy", "HTTP_PROXY", "all_proxy")
        os.environ.update(dict.fromkeys(names, f"http://127.0.0.1:{free_port()}"))
        self.addCleanup(lambda: [os.environ.pop(name) for name in names])
        self.assertEqual(Client("The service").ask_json("GET", self.service.url + "/", None)["path"], "/")

    def test_cookies_are_not_kept(self):
        self.service.faults.append(body(b"{}", Set_Cookie="a=b"))
        self.ask(seconds=10)
        self.assertNotIn("Cookie", self.ask(seconds=10)["headers"])


class Faults(ClientTest):
    def test_each_fault_raises_the_expected_error(self):
        for name, (fault, error, wait) in FAULTS.items():
            with self.subTest(name):
                if error is BadResponse and self._is_json(fault):
                    continue
                failure = self.fails(error, fault, seconds=seconds_for(name))
                self.assertIs(type(failure), error)
                self.assertIn("The service", str(failure))
                if wait is None:
                    self.assertIsNone(failure.retry_after)
                else:
                    self.assertAlmostEqual(failure.retry_after, wait, delta=60)

    def _is_json(self, fault):
        """Whether only the caller can detect the fault, because the response is valid JSON."""
        return fault in (FAULTS["null"][0], FAULTS["an infinite number"][0])

    def test_the_next_call_is_not_affected(self):
        for name, (fault, _error, _wait) in FAULTS.items():
            with self.subTest(name):
                self.service.faults.append(fault)
                with suppress(TranslationError):
                    self.ask(seconds=seconds_for(name))
                self.service.faults.clear()
                self.assertEqual(self.ask("/next", seconds=10)["path"], "/next")

    def test_a_refused_connection(self):
        self.service.url = f"http://127.0.0.1:{free_port()}"
        self.fails(Unavailable, None, seconds=10)

    def test_a_deadline_that_has_passed(self):
        self.fails(Unavailable, None, seconds=-1)
        self.assertEqual(self.service.asked, [], "the service is not called")

    def test_redirects_are_not_followed(self):
        for number in (301, 302, 303, 307, 308):
            with self.subTest(number):
                self.fails(Misconfigured, status(number, Location=self.service.url + "/next"), seconds=10)
        self.assertEqual({asked.path for asked in self.service.asked}, {"/"})

    def test_the_longest_answer(self):
        self.service.fault = body(b'"' + (MAX_RESPONSE_SIZE - 2) * b"x" + b'"')
        self.assertEqual(len(self.ask(seconds=10)), MAX_RESPONSE_SIZE - 2)
        self.fails(BadResponse, body(b'"' + (MAX_RESPONSE_SIZE - 1) * b"x" + b'"'), seconds=10)


class Secrets(ClientTest):
    """Keys, URLs and texts are not in logs and errors."""

    SAID = "what-nobody-else-may-read"

    def setUp(self):
        super().setUp()
        self.log = io.StringIO()
        handler = logging.StreamHandler(self.log)
        root = logging.getLogger()
        self.addCleanup(root.setLevel, root.level)
        self.addCleanup(root.removeHandler, handler)
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)

    def test_secrets_are_not_logged(self):
        bad_head = b"HTTP/1.1 200 OK\r\nno header at all\r\nContent-Length: 2\r\n\r\n{}"
        faults = [fault for fault, _error, _wait in FAULTS.values()]
        for fault in (None, lambda handler: handler.say(bad_head), *faults):
            self.service.faults.append(fault or body(b"{}"))
            try:
                self.ask(f"/{KEY}?q={self.SAID}", content={"q": self.SAID}, headers={"Authorization": KEY})
            except TranslationError:
                logging.getLogger("piratechat").exception("The translator failed")
        self.service.close()
        self.addCleanup(setattr, self.service, "close", lambda: None)
        with self.assertRaises(Unavailable) as caught:
            Client("The service").ask("GET", f"{self.service.url}/{KEY}?q={self.SAID}", None)
        told = self.log.getvalue() + "".join(traceback.format_exception(caught.exception))
        self.assertIn("The translator failed", told)
        for secret in (KEY, self.SAID, self.service.url):
            self.assertNotIn(secret, told)

    def test_other_loggers_are_not_affected(self):
        logging.getLogger("urllib3.connectionpool").debug("somebody else's call")
        self.assertIn("somebody else's call", self.log.getvalue())


class RetryAfter(unittest.TestCase):
    """RFC 9110, section 10.2.3."""

    def test_seconds(self):
        self.assertEqual(seconds_to_wait("120"), 120.0)
        self.assertEqual(seconds_to_wait(" 0 "), 0.0)

    def test_a_date(self):
        self.assertAlmostEqual(seconds_to_wait(date_in(600)()), 600.0, delta=60)

    def test_the_pause_has_a_maximum(self):
        self.assertEqual(seconds_to_wait("9" * 64), MAX_RETRY_AFTER)
        self.assertEqual(seconds_to_wait("Fri, 31 Dec 9999 23:59:59 GMT"), MAX_RETRY_AFTER)

    def test_invalid_values_are_ignored(self):
        for value in ("", "-1", "1.5", "inf", "\u0663", "tomorrow", "Fri, 99 Xyz 2026 99:99:99 GMT", "0" * 99 + "x"):
            with self.subTest(value):
                self.assertIsNone(seconds_to_wait(value))


if monkey.is_module_patched("socket"):

    class Greenlets(ClientTest):
        """Tests that need gevent, which can interrupt any wait, and wait for several events."""

        def test_a_head_that_never_ends(self):
            self.fails(Unavailable, trickling_head)

        def test_waiting_does_not_block_other_greenlets(self):
            self.service.faults.append(silent)
            waiting = gevent.spawn(self.ask, "/first", seconds=TIMEOUT)
            wait_until(lambda: self.service.asked)
            answers = [gevent.spawn(self.ask, f"/{number}", seconds=10) for number in range(20)]
            gevent.joinall(answers)
            self.assertFalse(waiting.ready())
            self.assertLessEqual({"/0", "/19"}, {asked.path for asked in self.service.asked})
            waiting.kill()

        def test_a_limit_of_the_caller(self):
            self.service.fault = silent
            with self.assertRaises(gevent.Timeout), gevent.Timeout(SOON):
                self.ask(seconds=30)

else:

    class UnderGevent(unittest.TestCase):
        """The other tests again, with sockets patched by gevent, as in the server."""

        def test_the_other_tests_pass_under_gevent(self):
            done = subprocess.run(
                [sys.executable, "-m", "gevent.monkey", "--module", "unittest", __name__],
                cwd=TOP,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([TOP, *filter(None, sys.path)])},
                capture_output=True,
                text=True,
                timeout=6 * TIMEOUT,
                check=False,
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, r"Ran \d\d tests")
