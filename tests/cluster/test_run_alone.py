"""`tools/run-alone` ends the leftovers of a killed program, which would occupy its port."""

import os
import shutil
import signal
import subprocess
import tempfile
from unittest import TestCase

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.paths import TOP

SLEEP = shutil.which("sleep")


class RunAlone(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = os.path.join(self.folder, "group")

    def start(self, *command):
        process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
        self.addCleanup(process.wait, TIMEOUT)
        self.addCleanup(process.kill)
        return process

    def run_alone(self):
        process = self.start(os.path.join(TOP, "tools", "run-alone"), self.file, SLEEP, "600")
        wait_until(lambda: os.path.exists(self.file) and self.group == process.pid, "its group in the file")
        wait_until(lambda: os.readlink(f"/proc/{process.pid}/exe") == os.path.realpath(SLEEP), "the program")
        return process

    @property
    def group(self):
        with open(self.file) as file:
            text = file.read()
        return int(text) if text.isdecimal() else 0

    def test_leftovers_of_the_previous_run_are_killed(self):
        left = self.run_alone()
        self.run_alone()
        self.assertEqual(left.wait(TIMEOUT), -signal.SIGKILL)

    def test_a_reused_pid_is_not_killed(self):
        other = self.start("/bin/sh", "-c", "while true; do sleep 1; done")
        with open(self.file, "w") as file:
            file.write(str(other.pid))
        self.start(os.path.join(TOP, "tools", "run-alone"), self.file, shutil.which("tail"), "-f", "/dev/null")
        wait_until(lambda: self.group != other.pid, "another group in the file")
        self.assertIsNone(other.poll())

    def test_an_invalid_file_is_ignored(self):
        with open(self.file, "w") as file:
            file.write("x")
        self.run_alone()
