"""Two people talk, one of them on a phone, and use what a room has: in each browser that the chat is tested with."""

import json
import os
import shutil
import signal
import subprocess
from unittest import TestCase

import pytest

from sockjs_support.browsers import CHROMIUM_ARGUMENTS
from sockjs_support.waiting import TIMEOUT
from tests.support.chat_servers import CHAT
from tests.support.paths import NODE, TOP

pytestmark = pytest.mark.slow

PLAY = os.path.join(TOP, "tests", "browsers", "two_people.mjs")
PICTURES = os.path.join(TOP, "artifacts", "browsers")


class TwoPeople(TestCase):
    layer = CHAT

    def play(self, browser, program, arguments=()):
        path = shutil.which(program)
        if path is None:
            self.skipTest(f"no {program} on this machine; on Debian: apt-get install {program}")
        os.makedirs(PICTURES, exist_ok=True)
        launch = {"browser": browser, "executablePath": path, "headless": True, "args": list(arguments)}
        words = json.dumps({"launch": launch, "url": CHAT.url, "pictures": PICTURES})
        process = subprocess.Popen(
            [NODE, PLAY, words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # the browser ends with it
        )
        try:
            output, _ = process.communicate(timeout=8 * TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
        self.assertEqual(process.returncode, 0, output)

    def test_in_chromium(self):
        self.play("chrome", "chromium", CHROMIUM_ARGUMENTS)

    def test_in_firefox(self):
        self.play("firefox", "firefox-esr")
