"""Helpers that run bin/piratechat on the database of a test."""

import json
import os
import re
import shutil
import tempfile
from unittest import TestCase

from click.testing import CliRunner

from piratechat.commands.main import main
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.paths import CONFIG, TOP


def stored(folder, store):
    """Write an ini file into `folder` for a chat with its database in `store`; return its path."""
    path = os.path.join(folder, "stored.ini")
    with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(path, "w") as file:
        text = re.sub(r"zodbconn.uri = .*", lambda _found: f"zodbconn.uri = {store.ini_uri}", shipped.read())
        file.write(text.replace("config:../../", f"config:{TOP}/"))
    return path


class Outcome:
    """The result of a command."""

    def __init__(self, result):
        self.status, self.output, self.error = result.exit_code, result.stdout, result.stderr
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception

    @property
    def json(self):
        return json.loads(self.output)

    def __repr__(self):
        return f"<{self.status}: {self.output}{self.error}>"


def piratechat(folder, *words, config="tests/config/chat.ini", given=""):
    """Run the command `piratechat` for the chat in `folder`, and return the Outcome.

    It runs in this process, because starting Python takes seconds.  The test of docs/operating.md runs the real
    program.
    """
    options = ["--config", os.path.join(TOP, config), "--paste-global", f"var={folder}"]
    return Outcome(CliRunner().invoke(main, [*options, *map(str, words)], input=given, prog_name="piratechat"))


class CommandTest(TestCase):
    """A test case that runs commands for the chat with its data in `self.folder`."""

    def run_command(self, *words, **options):
        return piratechat(self.folder, *words, **options)

    def done(self, *words, **options):
        """Run a command that must succeed; return its output."""
        outcome = self.run_command(*words, **options)
        self.assertEqual((outcome.status, outcome.error), (0, ""), outcome)
        return outcome.output

    def assertRefused(self, outcome, *words, status=1):
        self.assertEqual(outcome.status, status, outcome)
        for word in words:
            self.assertIn(word, outcome.error)
        self.assertNotIn("Traceback", outcome.error)
        if status == 1:
            self.assertEqual(outcome.error.count("\n"), 1, "the error has one line")


class OperatorTest(CommandTest):
    """A test case with its own `self.server`, and its data in `self.folder` or in a store of `store_class`."""

    #: The class of the database server, or None for a file.
    store_class = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "chat.fs")
        self.ini = os.path.join(CONFIG, "chat.ini")
        if self.store_class is not None:
            self.store = self.store_class(self.folder)
            self.addCleanup(self.store.close)
            self.ini = stored(self.folder, self.store)
        self.server = None
        self.addCleanup(self.end)
        self.start()
        self.browser = Browser(self.server.port)
        self.room = self.browser.open_room("Ada")

    def start(self):
        """Start the server on its previous port."""
        self.server = ChatServer(self.folder, port=self.server and self.server.port, ini=self.ini)

    def run_command(self, *words, **options):
        return super().run_command(*words, **{"config": self.ini, **options})

    def stop(self):
        """Stop the server gracefully."""
        self.server.stop()

    def end(self):
        """Kill the server, which is faster than a graceful stop and loses no data."""
        if self.server and not self.server.log.closed:
            self.server.kill()

    def say(self, *texts):
        for text in texts:
            answer = self.browser.post(f"{self.room}/messages", text=text)
            self.assertEqual(answer.status, 303, answer.body)

    def texts(self):
        """Return the texts of the room's messages from the server, at most 200."""
        return [message["text"] for message in self.browser.json(f"{self.room}/messages?limit=200")["messages"]]
