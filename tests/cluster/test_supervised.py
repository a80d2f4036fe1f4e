"""How `make cluster` and `make plone` end the programs that they run under supervisor."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.paths import TOP

#: A program that does not end at SIGTERM: supervisor kills it after some seconds.
CONFIG = """\
[supervisord]
nodaemon=true
pidfile=%(here)s/supervisord.pid
logfile=%(here)s/supervisord.log
silent=true

[program:stubborn]
command=/bin/sh -c 'trap "" TERM; echo $$ > %(here)s/stubborn.pid; while :; do sleep 1; done'
stopwaitsecs=3
killasgroup=true
"""
PROGRAM = """\
import os, signal, subprocess, sys

sys.path.insert(0, os.path.join({top!r}, "tools"))
import supervised

class Popen(subprocess.Popen):
    def __init__(self, *words, **options):
        super().__init__(*words, **options)
        if {early}:
            os.kill(os.getpid(), signal.SIGINT)

supervised.subprocess.Popen = Popen
supervised.run_supervisor({{"CLUSTER": {folder!r}}}, lambda values, supervisor: supervised.say("running"))
"""


class Ending(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="supervised-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        with open(os.path.join(self.folder, "supervisord.conf"), "w") as file:
            file.write(CONFIG)

    def start(self, early=False):
        """Start supervisor; if `early`, a signal arrives when its process has just been created."""
        self.output = open(os.path.join(self.folder, "output"), "w+")
        self.addCleanup(self.output.close)
        code = PROGRAM.format(top=TOP, folder=self.folder, early=early)
        self.process = subprocess.Popen([sys.executable, "-c", code], stdout=self.output, stderr=self.output)
        self.addCleanup(self.kill)

    def kill(self):
        self.process.kill()
        self.process.wait()
        for name in ("supervisord", "stubborn"):
            if self.runs(name):
                os.kill(self.pid(name), signal.SIGKILL)

    def pid(self, name):
        try:
            with open(os.path.join(self.folder, f"{name}.pid")) as file:
                return int(file.read())
        except (OSError, ValueError):
            return 0

    def runs(self, name):
        """Return whether a program runs."""
        try:
            with open(f"/proc/{self.pid(name)}/stat") as file:
                return re.search(r"\) (\w)", file.read())[1] != "Z"
        except OSError:
            return False

    def shows(self, text):
        with open(self.output.name) as file:
            return text in file.read()

    def test_more_signals_do_not_end_it_before_its_programs(self):
        for first, *more in ((signal.SIGINT, signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGTERM)):
            with self.subTest(first):
                self.start()
                wait_until(lambda: self.shows("running") and self.runs("stubborn"), "the program")
                self.process.send_signal(first)
                wait_until(lambda: self.shows("stopping everything"), "the first signal")
                for number in more:
                    self.process.send_signal(number)
                    wait_until(lambda: self.shows("still stopping"), "the answer to another signal")
                self.assertEqual(self.process.wait(TIMEOUT), 0)
                self.assertFalse(self.runs("stubborn") or self.runs("supervisord"))
                self.assertFalse(self.shows("Traceback"))

    def test_a_signal_while_supervisor_starts_ends_it(self):
        self.start(early=True)
        self.assertEqual(self.process.wait(TIMEOUT), 0)
        self.assertTrue(self.shows("stopping everything"))
        self.assertFalse(self.runs("supervisord") or self.runs("stubborn"))
