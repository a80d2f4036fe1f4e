"""All commands of docs/operating.md are run in order, in a copy of a checkout.

Commands that start servers are in blocks of another language, which test_docs_processes.py runs.
"""

import os
import re
import shlex
import subprocess

from sockjs_support.waiting import TIMEOUT
from tests.support.guide import documented
from tests.support.operating import OperatorTest
from tests.support.paths import TOP

#: Commands that need a stopped server.
STOPPED = {
    "bin/piratechat restore backups/this-month --yes",
    "bin/piratechat pack --days 7 --yes",
    "bin/piratechat pack --forget --yes",
}


class Operating(OperatorTest):
    def setUp(self):
        super().setUp()
        with open(os.path.join(TOP, "docs", "operating.md")) as file:
            self.guide = file.read()
        os.symlink(os.path.join(TOP, "bin"), os.path.join(self.folder, "bin"))
        with open(os.path.join(self.folder, "paster.ini"), "w") as file:
            file.write(f"[app:main]\nuse = chat\n\n[app:chat]\nuse = config:{TOP}/paster.ini#chat\n")
            file.write(f"zodbconn.uri = file://{self.path}\npiratechat.var = {self.folder}\n")

    def execute(self, command):
        done = subprocess.run(
            shlex.split(command),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        return done.stdout

    def test_commands_work(self):
        self.say("one", "two")
        with open(os.path.join(self.folder, "inspect.ini"), "w") as file:
            file.write(documented("Restoring", "ini"))
        blocks = re.findall(r"```sh\n(.*?)```", self.guide, re.DOTALL)
        commands = [line for block in blocks for line in block.splitlines()]
        self.assertGreater(len(commands), 8)
        self.assertLessEqual(STOPPED, set(commands))
        for command in commands:
            with self.subTest(command):
                if command in STOPPED:
                    self.end()
                self.execute(command)
                if command in STOPPED:
                    self.start()
        self.assertEqual(self.texts(), ["one", "two"])
        with open(os.path.join(self.folder, "ada.txt")) as file:
            self.assertEqual([line.rpartition(": ")[2] for line in file], ["one\n", "two\n"])

    def test_every_command_is_documented(self):
        listed = self.run_command("--help").output.partition("Commands:")[2]
        commands = re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)
        self.assertIn("undo", commands)
        for command in commands:
            self.assertRegex(self.guide, rf"`{command}\b")
