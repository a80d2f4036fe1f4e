"""Unix filters as translators, and programs that fail in different ways."""

import os
import shutil
import sys
import tempfile
import time
import unittest

from piratechat.translation import BadResponse, Failed, Skipped, Translated, TranslationError, Unavailable
from piratechat.translators.backends import command
from sockjs_support.waiting import wait_until
from tests.support.translators import made, needs_filters, options

SOON = 0.3


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def program(self, source):
        """Return the command line that runs `source` in sh."""
        path = os.path.join(self.folder, "program")
        with open(path, "w") as file:
            file.write(f"#!/bin/sh\n{source}\n")
        os.chmod(path, 0o755)
        return path

    def say(self, text, words, seconds=30.0):
        (outcome,) = made(command, command=words).translate([text], deadline=time.monotonic() + seconds)
        return outcome

    def reads(self, text, words):
        outcome = self.say(text, words)
        self.assertIsInstance(outcome, Translated)
        return outcome.text

    def fails(self, error, source, seconds=30.0):
        try:
            outcome = self.say("hello", self.program(source), seconds)
        except TranslationError as raised:
            failure = raised
        else:
            self.assertIsInstance(outcome, Failed)
            failure = outcome.error
        self.assertIs(type(failure), error)
        self.assertNotIn(self.folder, str(failure))


class Filters(CommandTest):
    def test_the_output_is_the_translation(self):
        self.assertEqual(self.reads("Grüße, friend", "/usr/bin/tr a-z A-Z"), "GRüßE, FRIEND")
        self.assertEqual(self.reads("my friend's", "/bin/sed 's/my friend/me hearty/'"), "me hearty's")

    def test_surrounding_white_space_is_preserved(self):
        for text in ("hello", "hello\n", "  hello", "\n\thello \n\n", "two\n\nlines"):
            with self.subTest(text):
                self.assertEqual(self.reads(text, "/usr/bin/tr a-z A-Z"), text.upper())

    def test_white_space_alone_is_not_sent(self):
        self.assertIsInstance(self.say(" \n ", "/bin/false"), Skipped)

    def test_the_input_ends_with_a_line_break(self):
        words = self.program('while read -r line; do echo "<$line>"; done')
        self.assertEqual(self.reads("one\ntwo", words), "<one>\n<two>")

    def test_one_process_for_each_text(self):
        outcomes = made(command, command=self.program("cat; echo $$")).translate(["a", "b", "a"])
        self.assertEqual(len({outcome.text for outcome in outcomes}), 3)

    def test_filters_have_no_access_to_the_environment_of_the_server(self):
        os.environ["A_KEY_OF_THE_SERVER"] = "4711"
        self.addCleanup(os.environ.pop, "A_KEY_OF_THE_SERVER")
        told = self.reads("hello", self.program("env; pwd")).splitlines()
        self.assertEqual(told[-1], "/")
        names = {line.partition("=")[0] for line in told[:-1]}
        self.assertLessEqual(names, {"PATH", "LANG", *("PWD", "OLDPWD", "SHLVL", "_")}, "the shell sets the last ones")

    def test_no_shell_interprets_its_arguments(self):
        self.assertEqual(self.reads("hello", "/bin/sed 's/hello/$HOME; $(id) | `id` */'"), "$HOME; $(id) | `id` *")

    def test_the_filters_of_debian(self):
        needs_filters(self)
        self.assertEqual(self.reads("this is the thing\n", "/usr/games/jive"), "dis is de thang\n")
        self.assertEqual(self.reads(" this is the thing", "/usr/games/chef"), " thees is zee theeng")

    def test_a_language_has_a_target(self):
        self.assertEqual(made(command, command="/bin/cat").kind, "style")
        translator = made(command, command="/bin/cat", target="PT-br")
        self.assertEqual((translator.kind, translator.target), ("language", "pt-BR"))
        self.assertTrue(translator.supports("en", "pt-PT"))
        self.assertFalse(translator.supports("en", "de"))

    def test_the_version_depends_on_the_program(self):
        path = self.program("cat")
        before = made(command, command=path).version
        self.assertEqual(made(command, command=path).version, before)
        self.program("tr a-z A-Z")
        self.assertNotEqual(made(command, command=path).version, before)


class Failures(CommandTest):
    def test_a_failing_filter(self):
        self.fails(Unavailable, "cat; exit 1")

    def test_a_killed_filter(self):
        self.fails(Unavailable, "kill -9 $$")

    def test_a_filter_without_output(self):
        self.fails(BadResponse, "cat >/dev/null")

    def test_output_in_another_encoding(self):
        self.fails(BadResponse, r"printf 'gr\374n'")

    def test_endless_output(self):
        self.fails(BadResponse, "while :; do echo y; done")

    def test_a_filter_may_ignore_its_input(self):
        long = "x" * 4_000
        self.assertEqual(self.reads(long, self.program("echo fine")), "fine")

    def test_a_slow_filter(self):
        self.fails(Unavailable, "cat; sleep 60", SOON)

    def test_the_process_group_of_a_slow_filter_is_killed(self):
        pids = os.path.join(self.folder, "pids")
        seconds = SOON
        while not os.path.exists(pids):  # on a slow machine it may be killed before it starts
            seconds *= 2
            self.fails(Unavailable, f"sleep 600 & echo $! $$ > {pids}.new; mv {pids}.new {pids}; wait", seconds)
        with open(pids) as file:
            for pid in map(int, file.read().split()):
                wait_until(lambda pid=pid: is_gone(pid), "the end of a process")

    def test_background_processes_of_a_filter_are_killed(self):
        pids = os.path.join(self.folder, "pids")
        self.assertEqual(self.reads("hello", self.program(f"sleep 600 >&- & echo $! > {pids}; cat")), "hello")
        with open(pids) as file:
            pid = int(file.read())
        wait_until(lambda: is_gone(pid), "the end of a process")

    def test_a_removed_program(self):
        translator = made(command, command=self.program("cat"))
        translator.check(time.monotonic() + 1)
        shutil.rmtree(self.folder)
        os.mkdir(self.folder)
        with self.assertRaises(Unavailable):
            translator.check(time.monotonic() + 1)
        with self.assertRaises(Unavailable):
            translator.translate(["hello"])

    def test_earlier_results_of_a_batch_are_kept(self):
        translator = made(command, command=self.program('read -r line; [ "$line" = bad ] && exit 1; echo "$line!"'))
        first, second, third = translator.translate(["good", "bad", "good"])
        self.assertEqual(first, Translated("good!"))
        self.assertIsInstance(second, Failed)
        self.assertIs(third.error, second.error, "the command is not called again")

    def test_no_file_stays_open(self):
        translator = made(command, command="/bin/cat")
        translator.translate(["hello"])
        before = len(os.listdir("/proc/self/fd"))
        translator.translate(["hello"] * 5)
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)


class Settings(unittest.TestCase):
    def test_missing_programs_are_rejected(self):
        for words in ("", "jive", "bin/cat", "/nowhere/cat", "/etc/passwd", "/usr/bin"):
            with self.subTest(words), self.assertRaisesRegex(ValueError, "piratechat.translator.it.command must begin"):
                made(command, command=words)
        with self.assertRaisesRegex(ValueError, "command is missing"):
            command.from_options(options("it"))


def is_gone(pid):
    """Whether the process does not exist, or is a zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


if sys.platform != "linux":
    del Failures  # they read /proc
