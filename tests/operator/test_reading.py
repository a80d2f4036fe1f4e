"""Commands that read while the server runs: rooms, log and export; and invalid commands."""

import json
import os
import tempfile
import urllib.parse

from tests.support.chat_servers import CHAT
from tests.support.chatting import ChatTest
from tests.support.operating import CommandTest, piratechat
from tests.support.paths import TOP


class Reading(ChatTest):
    layer = CHAT

    def setUp(self):
        self.browser, self.room = self.open_room()
        self.slug = self.room.rpartition("/")[2]
        for text in ("one", "two\nlines", "three \x9b31m", "four"):
            self.browser.post(f"{self.room}/messages", text=text)
        self.browser.post(f"{self.room}/messages/4/remove")

    def run_command(self, *words):
        outcome = piratechat(CHAT.folder, *words)
        self.assertEqual((outcome.status, outcome.error), (0, ""), outcome)
        return outcome

    def test_rooms_are_listed_with_owners_and_last_messages(self):
        (found,) = (room for room in self.run_command("rooms", "--json").json if room["room"] == self.slug)
        log = self.browser.json(f"{self.room}/messages")["messages"]
        title, last = found["title"], log[-1]["at"]
        self.assertEqual(
            found, {"room": self.slug, "title": title, "topic": "", "owner": title, "messages": 4, "last": last}
        )
        lines = self.run_command("rooms").output.splitlines()
        self.assertEqual(lines[0].split(), ["room", "title", "owner", "messages", "last", "message"])
        (line,) = (line for line in lines if line.startswith(f"{self.slug} "))
        self.assertRegex(line, f" 4  {last}$")
        self.assertEqual(line.index(title), lines[0].index("title"), "columns are aligned")

    def test_right_to_left_names_are_isolated(self):
        room = self.browser.open_room(f"עדי {self.room[-4:]}")
        slug, owner = (urllib.parse.unquote(room.rpartition("/")[2]), f"עדי {self.room[-4:]}")
        lines = self.run_command("rooms").output.splitlines()
        (line,) = (line for line in lines if slug in line)
        self.assertTrue(line.startswith(f"\u2068{slug}\u2069"), ascii(line))
        seen = line.replace("\u2068", "").replace("\u2069", "")
        self.assertEqual(seen.index(owner, len(slug)), lines[0].index("title"))

    def test_exports_match_the_servers(self):
        for kind in ("json", "txt"):
            exported = self.browser.get(f"{self.room}/export.{kind}").body.decode()
            self.assertEqual(self.run_command("export", self.slug, "--format", kind).output, exported)

    def test_an_export_into_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "room.json")
            self.assertEqual(self.run_command("export", self.slug, "--output", path).output, "")
            with open(path, encoding="utf-8") as file:
                exported = json.load(file)
        self.assertEqual([message["seq"] for message in exported["messages"]], [1, 2, 3, 4])

    def test_the_log_shows_the_last_messages_without_control_characters(self):
        lines = self.run_command("log", self.slug, "--last", "3").output.splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["2", "lines", "3", "4"])
        self.assertTrue(lines[2].endswith("three \ufffd31m"))
        self.assertTrue(lines[3].endswith(": (removed)"))
        found = self.run_command("log", self.slug, "--last", "1", "--json").json
        self.assertEqual([(message["seq"], message["text"], message["removed"]) for message in found], [(4, "", True)])

    def test_reading_writes_nothing(self):
        before = {name: os.stat(os.path.join(CHAT.folder, name)).st_mtime_ns for name in os.listdir(CHAT.folder)}
        for words in (["rooms"], ["export", self.slug], ["history", self.slug], ["verify"]):
            self.run_command(*words)
        after = {name: os.stat(os.path.join(CHAT.folder, name)).st_mtime_ns for name in os.listdir(CHAT.folder)}
        self.assertEqual(after, before)


class InvalidCommands(CommandTest):
    layer = CHAT

    def setUp(self):
        self.folder = CHAT.folder

    def test_a_missing_room(self):
        for command in ("log", "export", "history"):
            self.assertRefused(self.run_command(command, "nobody"), "There is no room 'nobody'", "bin/piratechat rooms")

    def test_invalid_arguments_show_the_usage(self):
        for words in (
            ["roms"],
            ["log"],
            ["log", "ada", "--last", "0"],
            ["export", "ada", "--format", "pdf"],
            ["pack", "--days", "-1"],
            ["undo", "0123"],
            ["restore", os.path.join(self.folder, "nothing")],
            ["restore", self.folder, "--date", "yesterday"],
        ):
            with self.subTest(words=words):
                self.assertRefused(self.run_command(*words), "Usage: piratechat", status=2)

    def test_missing_and_incomplete_ini_files(self):
        self.assertRefused(self.run_command("rooms", config="nothing.ini"), "There is no file", "--config")
        ini = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "bad.ini")
        for text, words in [
            ("no section", "bad.ini cannot be read"),
            ("[app:main]\nuse = egg:piratechat\nzodbconn.uri = %(nowhere)s\n", "nowhere"),
            ("[app:main]\nuse = egg:piratechat\n", "zodbconn.uri =  is no address"),
            ("[app:other]\nuse = egg:piratechat\n", "main"),
            ("[app:main]\nuse = egg:piratechat\nzodbconn.uri = file://%(here)s/no.fs\n", "There is no database at"),
        ]:
            with self.subTest(text=text):
                with open(ini, "w") as file:
                    file.write(text)
                self.assertRefused(self.run_command("rooms", config=ini), words)

    def test_the_shipped_ini_file_is_accepted(self):
        outcome = self.run_command("rooms", config="paster.ini")
        self.assertIn(outcome.status, (0, 1))
        if outcome.status:
            self.assertRefused(outcome, f"{TOP}/var/chat.fs")

    def test_file_commands_explain_that_there_is_no_file(self):
        ini = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "zeo.ini")
        with open(ini, "w") as file:
            file.write("[app:main]\nuse = egg:piratechat\nzodbconn.uri = zeo://127.0.0.1:1?wait_timeout=1\n")
        for words in (["backup", self.folder], ["restore", self.folder, "--yes"], ["verify", "--against", self.folder]):
            self.assertRefused(self.run_command(*words, config=ini), "zeo://127.0.0.1:1", "file://PATH")

    def test_help_needs_no_chat(self):
        outcome = self.run_command("undo", "--help", config="nothing.ini")
        self.assertEqual(outcome.status, 0)
        self.assertIn("Usage: piratechat undo", outcome.output)
