"""A second server on the same file."""

import subprocess

import pytest

from sockjs_support.clients import HTTP
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.operating import OperatorTest
from tests.support.paths import TOP

pytestmark = pytest.mark.slow


class SecondServer(OperatorTest):
    def test_a_second_server_explains_what_to_do_and_can_be_stopped(self):
        self.say("one")
        port = free_port()
        words = [
            "--paste",
            f"{TOP}/tests/config/chat.ini",
            "--paste-global",
            f"var={self.folder}",
            "-b",
            f"127.0.0.1:{port}",
        ]
        second = subprocess.Popen(
            ["bin/gunicorn", *words], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.addCleanup(second.stdout.close)
        self.addCleanup(second.kill)
        wait_until(lambda: self.listens(port), "the second server")
        with HTTP(port) as http:
            http.sock.settimeout(2 * TIMEOUT)  # it waits for the first one to end, for half of this time
            answer = http.request("GET", "/")
        self.assertEqual((answer.status, answer["Retry-After"]), (503, "60"))
        second.terminate()
        output, _ = second.communicate(timeout=TIMEOUT)
        for word in ("is in use by another process", "End that one", "zodbconn.uri"):
            self.assertIn(word, output)
        self.say("two")
        self.assertEqual(self.texts(), ["one", "two"])

    def listens(self, port):
        try:
            HTTP(port).close()
        except OSError:
            return False
        return True
