"""Two people talk, one of them on a phone, and use what a room has: in each browser that the chat is tested with."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from unittest import TestCase, skipUnless

import pytest

from sockjs_support.browsers import CHROMIUM_ARGUMENTS, is_chromium_there
from sockjs_support.layers import BROWSER
from sockjs_support.nginx import MISSING, PROGRAM
from sockjs_support.waiting import TIMEOUT
from tests.support.below_a_path import PREFIX, ini_below, nginx_below
from tests.support.chat_servers import CHAT, ChatServer
from tests.support.paths import NODE, TOP

pytestmark = pytest.mark.slow

PLAY = os.path.join(TOP, "tests", "browsers", "two_people.mjs")
#: The scenarios of robot/ that are played below a path: the forms of owners.
SCENARIOS = (
    "The Owner Removes A Message",
    "The Owner Mutes Somebody",
    "The Owner Changes The Room While It Is Read",
    "What The Owner Did Is Listed",
)
PICTURES = os.path.join(TOP, "artifacts", "browsers")


class PlayTest(TestCase):
    def play(self, url, browser, program, arguments=()):
        path = shutil.which(program)
        if path is None:
            self.skipTest(f"no {program} on this machine; on Debian: apt-get install {program}")
        os.makedirs(PICTURES, exist_ok=True)
        launch = {"browser": browser, "executablePath": path, "headless": True, "args": list(arguments)}
        words = json.dumps({"launch": launch, "url": url, "pictures": PICTURES})
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


class TwoPeople(PlayTest):
    layer = CHAT

    def test_in_chromium(self):
        self.play(CHAT.url, "chrome", "chromium", CHROMIUM_ARGUMENTS)

    def test_in_firefox(self):
        self.play(CHAT.url, "firefox", "firefox-esr")


@skipUnless(PROGRAM, MISSING)
class BelowAPath(PlayTest):
    """The chat below a path behind nginx; tests/chat/test_below_a_path.py has what is special there."""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, folder)
        server = ChatServer(folder, ini=ini_below(folder))
        self.addCleanup(server.stop)
        nginx = nginx_below(server)
        self.addCleanup(nginx.stop)
        self.url = f"http://127.0.0.1:{nginx.port}{PREFIX}"

    def test_in_firefox(self):
        self.play(self.url, "firefox", "firefox-esr")

    def test_the_main_scenarios_in_chromium(self):
        if not is_chromium_there():
            self.skipTest(BROWSER.MISSING)
        output = os.path.join(TOP, "artifacts", "robot_below_a_path")
        wanted = [word for title in SCENARIOS for word in ("--test", title)]
        words = ["--outputdir", output, "--variable", f"URL:{self.url}", *wanted, os.path.join(TOP, "robot")]
        done = subprocess.run(
            [os.path.join(TOP, "bin", "robot"), *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=16 * TIMEOUT,
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(f"{len(SCENARIOS)} tests, {len(SCENARIOS)} passed, 0 failed", done.stdout)
