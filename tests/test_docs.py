"""Documentation that can be executed is executed."""

import doctest
import os
import re
import subprocess
from unittest import TestCase

from tests.layers import TOP, Server
from tests.wire import HTTP


class Examples(TestCase):
    def test_the_guide_to_pyramid_sockjs(self):
        failures, count = doctest.testfile(os.path.join(TOP, "docs", "pyramid_sockjs.md"), module_relative=False)
        self.assertGreater(count, 5)
        self.assertEqual(failures, 0)


class Readme(TestCase):
    """Every command of the README is one that this test knows and has run."""

    def commands(self):
        with open(os.path.join(TOP, "README.md")) as readme:
            blocks = re.findall(r"```sh\n(.*?)```", readme.read(), re.DOTALL)
        return [line for block in blocks for line in block.splitlines() if line]

    def test_commands_work(self):
        known = {
            "make build": self.check_build,
            "make test": self.check_target,
            "make bench": self.check_target,
            "bin/gunicorn --paste tests/services.ini": self.check_services,
        }
        commands = self.commands()
        self.assertTrue(commands)
        for command in commands:
            with self.subTest(command):
                known[command](command)

    def check_build(self, command):
        """The second time there is nothing left to do."""
        for _ in range(2):
            done = subprocess.run(command.split(), cwd=TOP, capture_output=True, text=True, check=True)
        self.assertIn("Nothing to be done", done.stdout)

    def check_target(self, command):
        subprocess.run([*command.split(), "--dry-run"], cwd=TOP, capture_output=True, check=True)

    def check_services(self, command):
        with Server("services.ini") as server, HTTP(server.port) as http:
            self.assertEqual(http.request("GET", "/echo").body, b"Welcome to SockJS!\n")
