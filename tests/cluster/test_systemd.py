"""The systemd units have few permissions, and the services work with these."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from unittest import TestCase, skipIf

from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chatting import Browser
from tests.support.guide import documented
from tests.support.paths import TOP

ANALYZE = shutil.which("systemd-analyze")
MISSING = "no systemd-analyze on this machine; on Debian: apt-get install systemd"
FOLDER = os.path.join(TOP, "etc", "systemd")
UNITS = ("piratechat.service", "piratechat@.service")
#: Runs a command with the restrictions of the units, as far as a process can set them: PR_SET_NO_NEW_PRIVS, and
#: PR_SET_MDWE, by which writable memory never becomes executable (since Linux 6.3).
RESTRICTED = """
import ctypes, os, sys
os.umask(0o077)
prctl = ctypes.CDLL(None).prctl
prctl(38, 1, 0, 0, 0)
prctl(65, 1, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def unit(name):
    with open(os.path.join(FOLDER, name)) as file:
        return file.read()


def command_of(name):
    """Return the command that a unit starts."""
    return re.search(r"^ExecStart=(.*)$", unit(name), re.MULTILINE)[1]


@skipIf(ANALYZE is None, MISSING)
class Allowed(TestCase):
    def test_the_exposure_of_the_units_is_low(self):
        for name in UNITS:
            with self.subTest(name):
                words = [ANALYZE, "security", "--offline=true", "--no-pager", os.path.join(FOLDER, name)]
                answer = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT, check=True).stdout
                level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", answer)[1])
                self.assertLess(level, 2.0)

    def test_systemd_understands_the_units(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in UNITS:
                path = os.path.join(folder, name)
                with open(path, "w") as file:
                    file.write(unit(name).replace("/opt/piratechat", TOP))
                words = [ANALYZE, "verify", "--man=no", path]
                outcome = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT, check=False)
                self.assertNotIn(name.partition(".")[0], outcome.stderr)


class Started(TestCase):
    """The units' commands, with the settings of docs/deploying.md."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.ini = os.path.join(self.folder, "paster.ini")
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        settings = documented("systemd", "ini", guide="deploying")
        with open(self.ini, "w") as file:
            file.write(
                settings.replace("/opt/piratechat", TOP)
                .replace("/var/lib/piratechat", self.folder)
                .replace("chat.example", self.host)
            )

    def test_services_become_ready_within_the_restrictions(self):
        for name, owner in zip(UNITS, ("Ada", "Bo"), strict=True):
            with self.subTest(name):
                self.check(command_of(name), owner)

    def check(self, command, owner):
        command = command.replace("/opt/piratechat", TOP).replace("/etc/piratechat/paster.ini", self.ini)
        words = shlex.split(command.replace("%i", str(self.port)))
        if "-b" not in words:
            words += ["-b", self.host]
        path = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(path)
            notified.settimeout(3 * TIMEOUT)
            process = subprocess.Popen(
                [sys.executable, "-c", RESTRICTED, *words],
                env={**os.environ, "NOTIFY_SOCKET": path},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                self.assertIn(b"READY=1", notified.recv(1_000))
                browser = Browser(self.port)
                wait_until(lambda: answers(browser), "an answer")
                room = browser.open_room(owner)
                self.assertEqual(browser.post(f"{room}/messages", text="Hello").status, 303)
            finally:
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(TIMEOUT), 0)
                os.unlink(path)


def answers(browser):
    try:
        return browser.get("/healthz").status == 200
    except OSError:
        return False
