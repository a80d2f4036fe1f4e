"""Two people, one of them on a phone, use the features of a room in each supported browser."""

import os
import shutil
import subprocess
import tempfile
from unittest import TestCase, skipUnless

import pytest

from sockjs_support.browsers import CHROMIUM_ARGUMENTS, is_chromium_there
from sockjs_support.layers import BROWSER
from sockjs_support.nginx import MISSING, PROGRAM
from sockjs_support.waiting import TIMEOUT
from tests.support.below_a_path import PREFIX, ini_below, nginx_below
from tests.support.browser_plays import play
from tests.support.chat_servers import CHAT, ChatServer
from tests.support.paths import TOP

pytestmark = pytest.mark.slow

FIREFOX = {"browser": "firefox", "executablePath": "firefox-esr"}
#: The scenarios of robot/ that are run below a path: what everybody does, and the forms of owners.
SCENARIOS = (
    "Two People Talk In A Room",
    "A Link Is Shared",
    "A Name Is Taken",
    "An Owner Returns To The Room",
    "A Visitor Switches Rooms",
    "A Room That Nobody Has Opened",
    "A Visitor Answers The Owner",
    "The Owner Searches In Pirate And In The Original",
    "The Owner Removes A Message",
    "The Owner Mutes Somebody",
    "The Owner Changes The Room While It Is Read",
    "The Moderation Log Lists The Owner's Actions",
    "Posting Without JavaScript",
)


class TwoPeople(TestCase):
    layer = CHAT

    def test_in_chromium(self):
        launch = {"browser": "chrome", "executablePath": "chromium", "args": CHROMIUM_ARGUMENTS}
        play(self, "two_people", launch, url=CHAT.url)

    def test_in_firefox(self):
        play(self, "two_people", FIREFOX, url=CHAT.url)


@skipUnless(PROGRAM, MISSING)
class BelowAPath(TestCase):
    """The chat below a path behind nginx; tests/chat/test_below_a_path.py tests the details."""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, folder)
        server = ChatServer(folder, ini=ini_below(folder))
        self.addCleanup(server.stop)
        nginx = nginx_below(server)
        self.addCleanup(nginx.stop)
        self.url = f"http://127.0.0.1:{nginx.port}{PREFIX}"

    def test_in_firefox(self):
        play(self, "two_people", FIREFOX, url=self.url)

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
            timeout=32 * TIMEOUT,
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(f"{len(SCENARIOS)} tests, {len(SCENARIOS)} passed, 0 failed", done.stdout)
