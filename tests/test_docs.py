"""Executable documentation is executed."""

import doctest
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import fields
from unittest import TestCase

import piratechat
from piratechat.interfaces import IServices
from piratechat.model.chat import Chat, Rooms
from piratechat.settings import Settings
from piratechat.translators.engine.asked import Asked
from pyramid_sockjs import Settings as SockJS
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chatting import Browser
from tests.support.guide import documented
from tests.support.paths import TOP


class Examples(TestCase):
    def test_the_guide_to_pyramid_sockjs(self):
        failures, count = doctest.testfile(os.path.join(TOP, "pyramid_sockjs", "README.md"), module_relative=False)
        self.assertGreater(count, 5)
        self.assertEqual(failures, 0)


#: Documents that newcomers read and follow first.
FIRST_STEPS = ("README.md", "docs/getting-started.md", "CONTRIBUTING.md")


def words_of(command):
    """Return the words of a command line, without environment variables in front."""
    return [word for word in shlex.split(command) if not re.match(r"[A-Z_]+=", word)]


class FirstSteps(TestCase):
    """Each command for newcomers is run in a copy of a checkout; commands unknown to this test are errors."""

    def setUp(self):
        # Built files are shared with the checkout: if they were not up to date, make would build them in the copy.
        subprocess.run(["make", "build"], cwd=TOP, capture_output=True, check=True)
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.port = free_port()
        for name in set(os.listdir(TOP)) - {"paster.ini", "var", "artifacts"}:
            os.symlink(os.path.join(TOP, name), os.path.join(self.folder, name))
        with open(os.path.join(TOP, "paster.ini")) as shipped, open(self._path("paster.ini"), "w") as file:
            text = shipped.read()
            self.assertIn("port = 8080", text)
            file.write(text.replace("port = 8080", f"port = {self.port}"))
        self.text = ""
        for name in FIRST_STEPS:
            with open(os.path.join(TOP, name), encoding="utf-8") as file:
                self.text += file.read()

    def _path(self, *names):
        return os.path.join(self.folder, *names)

    def blocks(self, language):
        return re.findall(rf"```{language}\n(.*?)```", self.text, re.DOTALL)

    def test_commands_work(self):
        known = {
            "make serve": self.check_server,
            "make build": self.check_target,
            "make test": self.check_target,
            "bin/pytest tests/model/test_text.py": self.check_tests,
            "bin/pytest tests/model -k nonce -x": self.check_tests,
            "bin/pytest pyramid_sockjs": self.check_tests,
            "SERVER_LOGS=/tmp bin/pytest tests/chat/test_rooms.py -x": self.check_tests,
            'HEADED=1 bin/robot -d artifacts/robot --test "A Room" robot': self.check_robot,
            "make bench": self.check_target,
            "bin/gunicorn --paste paster.ini": self.check_server,
            "bin/pserve paster.ini": self.check_server,
            "bin/robot -d artifacts/robot robot": self.check_robot,
        }
        commands = [line for block in self.blocks("sh") for line in block.splitlines() if line]
        self.assertEqual(set(commands), set(known))
        for command in commands:
            with self.subTest(command):
                known[command](command)

    def check_server(self, command):
        """Check that a room and its message survive the restart by the next command."""
        with open(self._path("server.log"), "w+") as log:
            server = subprocess.Popen(
                command.split(),
                cwd=self.folder,
                env={**os.environ, "PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                wait_until(lambda: self._answers() or server.poll() is not None, command)
                self.assertIsNone(server.poll(), self._read(log))
                browser = Browser(self.port)
                browser.cookies = self.__dict__.setdefault("cookies", browser.cookies)
                room = browser.open_room("Ada")
                said = browser.json(f"{room}/messages")["messages"]
                self.assertEqual(browser.post(f"{room}/messages", text=command).status, 303)
                self.assertEqual(len(browser.json(f"{room}/messages")["messages"]), len(said) + 1)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(server.pid, signal.SIGTERM)
                server.wait(TIMEOUT)
            output = self._read(log)
            self.assertNotIn("Traceback", output)
            self.assertIn(f"http://127.0.0.1:{self.port}", output)

    def _answers(self):
        try:
            return Browser(self.port).get("/healthz").status == 200
        except OSError:
            return False

    def _read(self, log):
        log.seek(0)
        return log.read()

    def check_target(self, command):
        subprocess.run([*command.split(), "--dry-run"], cwd=TOP, capture_output=True, check=True)

    def check_tests(self, command):
        """Check that the files exist: the tests are run by themselves, and take long to collect."""
        program, path, *_options = words_of(command)
        self.assertEqual(program, "bin/pytest")
        self.assertTrue(os.path.exists(os.path.join(TOP, path)), path)

    def check_robot(self, command):
        """Check that the scenarios can be parsed: test_robot runs them."""
        program, *arguments = words_of(command)
        subprocess.run([program, "--dryrun", *arguments], cwd=self.folder, capture_output=True, check=True)

    def test_make_build_has_nothing_to_do_the_second_time(self):
        for _ in range(2):
            done = subprocess.run(["make", "build"], cwd=TOP, capture_output=True, text=True, check=True)
        self.assertIn("Nothing to be done", done.stdout)

    def test_the_plug_in_is_in_the_menu(self):
        code = documented("5. Write a translator", "python", "getting-started")
        with open(self._path("shouting.py"), "w") as plugin:
            plugin.write(code)
        sys.path.insert(0, self.folder)
        self.addCleanup(sys.path.remove, self.folder)
        application = piratechat.main(
            {},
            **{
                "zodbconn.uri": f"file://{self.folder}/var/chat.fs",
                "piratechat.var": self._path("var"),
                "pyramid.includes": "shouting",
                "piratechat.translators": "shout original",
                "piratechat.sockjs_client": self._path("node_modules/sockjs-client/dist/sockjs.min.js"),
            },
        )
        parts = application.registry.getUtility(IServices)
        self.addCleanup(parts.database.close)
        room = Rooms(Chat()).open("Ada", "visitor")
        self.assertEqual(parts.translators.choose(room), "shout")
        self.assertEqual(parts.engine.read(parts.translators.of(room), "shout", Asked("ahoy")).text, "AHOY")


class Reliability(TestCase):
    def test_the_named_tests_exist(self):
        with open(os.path.join(TOP, "docs", "reliability.md")) as guide:
            names = set(re.findall(r"`((?:pyramid_sockjs/)?tests/[^`]+)`", guide.read()))
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertTrue(os.path.exists(os.path.join(TOP, name)), name)


class Configuration(TestCase):
    def test_paster_ini_has_every_setting_with_its_default(self):
        with open(os.path.join(TOP, "paster.ini")) as file:
            ini = file.read()
        for prefix, settings in (("piratechat", Settings()), ("pyramid_sockjs", SockJS())):
            for setting in fields(settings):
                value = getattr(settings, setting.name)
                line = re.search(rf"^(#?){prefix}\.{setting.name} =(.*)$", ini, re.MULTILINE)
                self.assertIsNotNone(line, f"{prefix}.{setting.name}")
                if line[1]:
                    expected = str(value).lower() if isinstance(value, bool) else value
                    read = getattr(type(expected), "parse", type(expected))
                    self.assertEqual(read(line[2].strip()), expected, setting.name)
