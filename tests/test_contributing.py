"""The small recipes of CONTRIBUTING.md are followed."""

import gettext
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

from click.testing import CliRunner
from ZODB.DB import DB
from ZODB.FileStorage import FileStorage

from piratechat.commands.main import Commands
from piratechat.commands.site import Site
from piratechat.model.chat import chat_of, make_chat
from sockjs_support.waiting import TIMEOUT
from tests.support.paths import TOP

#: Files that recipes write; tests/test_recipes.py follows the larger recipes.
WRITTEN = {
    "piratechat/relays/folder.py",
    "piratechat/translators/backends/shout.py",
    "pyramid_sockjs/src/pyramid_sockjs/transports/lines.py",
    "tests/translators/test_shout.py",
}


class Recipes(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(TOP, "CONTRIBUTING.md"), encoding="utf-8") as file:
            self.text = file.read()
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)

    def block(self, title, language):
        """Return the only example in `language` of the recipe with the heading `title`."""
        recipe = self.text.partition(f"\n### {title}\n")[2].partition("\n##")[0]
        (found,) = re.findall(rf"^ *```{language}\n(.*?)^ *```", recipe, re.DOTALL | re.MULTILINE)
        return textwrap.dedent(found)

    def test_the_files_exist(self):
        paths = re.findall(r"`((?:piratechat|pyramid_sockjs|tests|docs|tools|theme)/[\w/.]+)`", self.text)
        self.assertGreater(len(paths), 20)
        for path in set(paths) - WRITTEN:
            self.assertTrue(os.path.exists(os.path.join(TOP, path)), path)

    def test_a_command(self):
        names = {}
        exec(self.block("A command", "python"), names)
        group = Commands("piratechat", commands=[names["count"]])
        site = Site(os.path.join(TOP, "tests", "config", "chat.ini"), {"var": self.folder})
        database = DB(FileStorage(os.path.join(self.folder, "chat.fs")))
        with database.transaction() as connection:
            make_chat(connection)
            chat_of(connection).rooms.open("Ada", "visitor")
        database.close()
        outcome = CliRunner().invoke(group, ["count"], obj=site)
        self.assertEqual((outcome.exit_code, outcome.stdout), (0, "1\n"), outcome)

    def test_a_language(self):
        shutil.copytree(os.path.join(TOP, "piratechat", "locale"), os.path.join(self.folder, "piratechat", "locale"))
        make, copy, messages = self.block("A language of the pages", "shell").splitlines()
        for command in (make, copy):
            subprocess.run(command.split(), cwd=self.folder, check=True)
        self.assertEqual(messages, "make messages")
        locale = os.path.join(self.folder, "piratechat", "locale")
        path = os.path.join(locale, "es", "LC_MESSAGES", "piratechat.po")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        head = '"Language: es\\n"\n"Plural-Forms: nplurals=2; plural=n != 1;\\n"\n'
        text = text.replace('"MIME-Version', f'{head}"MIME-Version', 1)
        text = text.replace('msgid "action.copy"\nmsgstr ""', 'msgid "action.copy"\nmsgstr "Copiar"', 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        for task in ("extract", "compile"):
            program = os.path.join(TOP, ".venv", "bin", "python")
            words = [program, os.path.join(TOP, "tools", "messages.py"), task, locale]
            subprocess.run(words, check=True, capture_output=True, timeout=TIMEOUT * 4)
        spanish = gettext.translation("piratechat", locale, ["es"])
        self.assertEqual(spanish.gettext("action.copy"), "Copiar")

    def test_a_setting(self):
        with open(os.path.join(TOP, "piratechat", "settings.py"), encoding="utf-8") as file:
            source = file.read()
        head = "class Settings:\n"
        self.assertEqual(source.count(head), 1)
        first = re.search(r"^    \w+: .*= ", source.partition(head)[2], re.MULTILINE)[0]
        changed = source.replace(first, f"    parrots: int = 3\n{first}", 1)
        with open(os.path.join(self.folder, "changed_settings.py"), "w", encoding="utf-8") as file:
            file.write(changed)
        sys.path.insert(0, self.folder)
        self.addCleanup(sys.path.remove, self.folder)
        from changed_settings import Settings

        self.assertEqual(Settings().parrots, 3)
        self.assertEqual(Settings.from_ini({"piratechat.parrots": "5"}).parrots, 5)
