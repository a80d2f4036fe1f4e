"""Commands that set up a chat; tools/check-wheels serves their result from a wheel."""

import itertools
import os
import shutil
import signal
import tempfile
from unittest import TestCase, mock

from click.testing import CliRunner
from gunicorn.config import Config

from piratechat.commands import serving
from piratechat.commands.main import main
from piratechat.commands.site import options_of
from piratechat.themes.theme import themes


class SettingUp(TestCase):
    def setUp(self):
        self.folder = os.path.realpath(self.enterContext(tempfile.TemporaryDirectory()))
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        self.replaced = self.enterContext(mock.patch("os.execve"))

    def run_command(self, *words):
        return CliRunner().invoke(main, words)

    def themes_of(self, path):
        """Return the titles of the themes in the ini file at `path`."""
        with open(path) as file:
            lines = dict(line.strip().partition(" = ")[::2] for line in file if " = " in line and line[0] != "#")
        folder = lines.get("folder", "").replace("%(here)s", os.path.dirname(os.path.abspath(path)))
        return [theme.title for theme in themes({"themes": lines["themes"], "folder": folder})]

    def test_a_folder_with_all_settings_and_a_theme_to_edit(self):
        done = self.run_command("init", "site")
        self.assertEqual(done.exit_code, 0, done.output)
        self.assertIn(" --config site/paster.ini serve\n", done.output)
        self.assertEqual(sorted(os.listdir("site")), ["paster.ini", "theme"])
        os.mkdir("other")
        self.assertEqual(os.stat("site").st_mode, os.stat("other").st_mode, "the folder has the usual permissions")
        self.assertEqual(self.themes_of("site/paster.ini"), ["Pirate", "Harbour", "Terminal", "Plain", "Mine"])
        self.assertEqual(options_of("site/paster.ini", {})["piratechat.var"], f"{self.folder}/site/var")

    def test_an_empty_folder_is_filled_and_another_is_left_alone(self):
        os.mkdir("empty")
        self.assertEqual(self.run_command("init", "empty").exit_code, 0)
        os.mkdir("full")
        open("full/letter", "w").close()
        open("file", "w").close()
        os.mkdir("current")
        os.chdir("current")
        self.assertEqual(self.run_command("init", ".").exit_code, 0)
        self.assertEqual(sorted(os.listdir()), ["paster.ini", "theme"])  # it is still the current folder
        os.chdir(os.pardir)
        for name in ("full", "file", "empty"):
            before = sorted(os.listdir(name)) if os.path.isdir(name) else None
            refused = self.run_command("init", name)
            self.assertEqual((refused.exit_code, "is not an empty folder" in refused.output), (1, True), refused.output)
            self.assertEqual(sorted(os.listdir(name)) if os.path.isdir(name) else None, before)

    def test_a_full_disk_leaves_nothing(self):
        with mock.patch.object(serving, "_settings", side_effect=OSError(28, "No space left on device")):
            failed = self.run_command("init", "site")
        self.assertEqual((failed.exit_code, failed.output), (1, "Error: No space left on device.\n"))
        self.assertEqual(os.listdir(), [])
        os.mkdir("site")
        move = os.rename

        def move_no_ini(source, target):
            if target.endswith("paster.ini"):
                raise OSError(5, "Input/output error")
            move(source, target)

        with mock.patch("os.rename", move_no_ini):
            failed = self.run_command("init", "site")
        self.assertEqual((failed.exit_code, failed.output), (1, "Error: Input/output error.\n"))
        self.assertEqual(os.listdir("site"), [])

    def kill(self, *words, at):
        """Run a command in another process, which is killed at its `at`th rename of a file or folder."""
        moves, move = itertools.count(1), os.rename

        def rename(source, target):
            if next(moves) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            move(source, target)

        child = os.fork()
        if not child:
            with mock.patch("os.rename", rename):
                self.run_command(*words)
            os._exit(0)
        self.assertEqual(os.waitpid(child, 0)[1], signal.SIGKILL)

    def test_a_command_that_was_killed_can_be_repeated(self):
        for at, left in ((1, []), (2, ["theme"])):
            with self.subTest(at):
                os.mkdir(f"site {at}")
                self.kill("init", f"site {at}", at=at)
                self.assertEqual(sorted(os.listdir(f"site {at}")), [".piratechat-new", *left])
                done = self.run_command("init", f"site {at}")
                self.assertEqual(done.exit_code, 0, done.output)
                self.assertEqual(sorted(os.listdir(f"site {at}")), ["paster.ini", "theme"])
                titles = self.themes_of(f"site {at}/paster.ini")
                self.assertEqual(titles, ["Pirate", "Harbour", "Terminal", "Plain", "Mine"])
        os.mkdir("site 1/.piratechat-new")  # killed just before its end
        self.assertEqual(self.run_command("init", "site 1").exit_code, 0)
        self.assertEqual(sorted(os.listdir("site 1")), ["paster.ini", "theme"])
        open("site 1/letter", "w").close()
        os.mkdir("site 1/.piratechat-new")
        self.assertEqual(self.run_command("init", "site 1").exit_code, 1, "existing files are not overwritten")

    def test_a_start_that_was_killed_leaves_no_part_of_an_ini_file(self):
        self.kill("serve", at=1)
        self.assertEqual(os.listdir(), ["paster.ini.new"])
        self.assertIn("Wrote paster.ini", self.run_command("serve").output)
        self.assertEqual(os.listdir(), ["paster.ini"])

    def as_nobody(self, *words):
        """Return the exit status and the output of a command run by a user without permission to write here."""
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setuid(65534)
            done = self.run_command(*words)
            os.write(writing, done.output.encode())
            os._exit(done.exit_code)
        os.close(writing)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with open(reading) as output:
            return status, output.read()

    def test_a_folder_without_write_permission(self):
        for name in ("empty", "closed"):
            os.mkdir(name)
        os.chmod("closed", 0)
        self.addCleanup(os.chmod, self.folder, 0o700)
        os.chmod(self.folder, 0o555)
        os.chmod("empty", 0o555)
        for words in (("init", "site"), ("init", "empty"), ("init", "closed"), ("serve",)):
            with self.subTest(words):
                status, output = self.as_nobody(*words)
                self.assertEqual((status, output.count("\n")), (1, 1), output)
                self.assertIn("Permission denied. Choose a folder in which you can create files", output)
        self.assertEqual(sorted(os.listdir()), ["closed", "empty"])
        self.assertEqual(os.listdir("empty"), [])

    def test_the_copied_theme_is_writable_even_if_the_original_is_read_only(self):
        copied = os.path.join(self.folder, "shipped")
        shutil.copytree(serving.shipped("theme"), copied)
        for path, folders, files in os.walk(copied):
            for name in (*folders, *files):
                os.chmod(os.path.join(path, name), 0o555 if name in folders else 0o444)
        shipped = {"theme": copied, "paster.ini": serving.shipped("paster.ini")}
        with mock.patch.object(serving, "shipped", shipped.__getitem__):
            self.assertEqual(self.run_command("init", "site").exit_code, 0)
        os.mkdir("new")
        open("new/file", "w").close()
        expected = {True: os.stat("new").st_mode, False: os.stat("new/file").st_mode}
        for path, folders, files in os.walk("site"):
            for name in (*folders, *files):
                self.assertEqual(os.stat(os.path.join(path, name)).st_mode, expected[name in folders], name)

    def test_a_folder_that_an_ini_file_cannot_refer_to(self):
        for name in ("100%", "50%done", "room #1", "what?", "10:30", "back\\slash"):
            with self.subTest(name):
                refused = self.run_command("init", name)
                self.assertEqual((refused.exit_code, "cannot refer to" in refused.output), (1, True), refused.output)
                self.assertFalse(os.path.exists(name))
                os.mkdir(name)
                os.chdir(name)
                try:
                    self.assertEqual(self.run_command("serve").exit_code, 1)
                    self.assertEqual(os.listdir(), [])
                finally:
                    os.chdir(os.pardir)
        self.replaced.assert_not_called()

    def test_a_full_disk_leaves_no_part_of_an_ini_file(self):
        with mock.patch.object(serving, "_settings", side_effect=OSError(28, "No space left on device")):
            self.assertEqual(self.run_command("serve").exit_code, 1)
        self.assertEqual(os.listdir(), [])
        self.assertIn("Wrote paster.ini", self.run_command("serve").output)

    def test_the_ini_file_appears_complete(self):
        def fail(source, target):
            with open(source) as file:
                self.assertIn("[server:main]", file.read())
            self.assertEqual((target, os.listdir()), ("paster.ini", ["paster.ini.new"]))
            raise OSError(5, "Input/output error")

        with mock.patch("os.rename", fail):
            self.assertEqual(self.run_command("serve").exit_code, 1)
        self.assertEqual(os.listdir(), [])

    def test_serving_without_an_ini_file_writes_one(self):
        done = self.run_command("serve", "--port", "8973")
        self.assertEqual(done.exit_code, 0, done.output)
        self.assertIn("Wrote paster.ini", done.output)
        self.assertIn("http://127.0.0.1:8973/", done.output)
        self.assertEqual(self.themes_of("paster.ini"), ["Pirate", "Harbour", "Terminal", "Plain"])
        with open("paster.ini") as file:
            written = file.read()
        self.assertNotIn("Wrote", self.run_command("serve").output)
        with open("paster.ini") as file:
            self.assertEqual(file.read(), written)

    def test_how_the_server_is_started(self):
        self.run_command("init", "site")
        done = self.run_command("--config", "site/paster.ini", "--paste-global", "a=b", "serve", "--host", "::1")
        self.assertIn("http://[::1]:8080/", done.output)
        program, arguments, environment = self.replaced.call_args.args
        self.assertEqual(arguments[0], program)
        self.assertEqual(arguments[3:], ["--paste=site/paster.ini", "--bind", "[::1]:8080", "--paste-global", "a=b"])
        self.assertIn(os.path.dirname(os.path.dirname(serving.__file__)).rpartition("/")[0], environment["PYTHONPATH"])

    def test_the_server_listens_where_the_ini_file_says(self):
        self.run_command("init", "site")
        with open("site/paster.ini") as file:
            text = file.read()
        self.assertEqual(text.count("port = 8080\n"), 1)
        with open("site/paster.ini", "w") as file:
            file.write(text.replace("port = 8080\n", "port = 8971\n"))
        for words, expected in (
            ((), "127.0.0.1:8971"),
            (("--host", "::1"), "[::1]:8971"),
            (("--port", "8972"), "127.0.0.1:8972"),
        ):
            with self.subTest(words):
                self.run_command("--config", "site/paster.ini", "serve", *words)
                arguments = self.replaced.call_args.args[1]
                self.assertEqual(arguments[arguments.index("--bind") + 1], expected)

    def test_a_folder_whose_name_begins_with_a_hyphen(self):
        self.assertEqual(self.run_command("init", "--", "-site").exit_code, 0)
        self.run_command("--config", "-site/paster.ini", "serve")
        parsed = Config().parser().parse_args(self.replaced.call_args.args[1][3:])
        self.assertEqual(parsed.paste, "-site/paster.ini")

    def test_an_ini_file_that_was_named_must_be_there(self):
        refused = self.run_command("--config", "nowhere.ini", "serve")
        self.assertEqual((refused.exit_code, "There is no file nowhere.ini" in refused.output), (1, True))
        self.assertEqual(os.listdir(), [])
        self.replaced.assert_not_called()
