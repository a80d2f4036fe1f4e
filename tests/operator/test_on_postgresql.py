"""Commands for a chat with its data on a PostgreSQL server."""

import os
import sqlite3
from contextlib import closing

import pytest

from piratechat.commands.site import Site
from piratechat.model.chat import chat_of
from tests.support.operating import OperatorTest
from tests.support.postgres import MISSING, PROGRAM, PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

SECRET = "the password is Swordfish-1"


def comparable(dump):
    """Return the lines of a dump without those that always differ."""
    return [line for line in dump.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


class OnPostgres(OperatorTest):
    store_class = PostgresServer

    def do(self, seq, what, **fields):
        self.assertEqual(self.browser.post(f"{self.room}/messages/{seq}/{what}", **fields).status, 303)

    @property
    def epoch(self):
        with Site(self.ini, {"var": self.folder}).chat() as chat:
            return chat.epoch

    def rows_with(self, text):
        """Return the number of rows in the server's tables that contain `text`."""
        return self.store.rows(f"SELECT count(*) FROM object_state WHERE position('{text}'::bytea IN state) > 0")[0][0]

    def files_with(self, text):
        """Return the files of the server's tables that contain `text`."""
        self.store.rows("CHECKPOINT")
        found = []
        for folder, _folders, names in os.walk(os.path.join(self.store.data, "base")):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    if text.encode() in file.read():
                        found.append(name)
        return found


class WithHistory(OnPostgres):
    def test_erased_texts_are_not_in_the_tables_and_their_files(self):
        self.say("one", SECRET, "three")
        self.do(2, "edit", text="the password is Swordfish-2")
        self.assertTrue(self.files_with("Swordfish-1"))
        self.do(2, "erase")
        self.assertTrue(self.rows_with("Swordfish-1"), "the history has the text")
        asked = self.run_command("pack", "--forget", given="n\n")
        self.assertIn("No earlier change can be undone afterwards", asked.output)
        told = self.done("pack", "--forget", "--yes")
        self.assertIn("pg_wal", told)
        self.assertNotIn("ZEO", told)
        for text in ("Swordfish-1", "Swordfish-2"):
            self.assertEqual((self.rows_with(text), self.files_with(text)), (0, []))
        self.say("four")
        self.assertEqual(self.texts(), ["one", "", "three", "four"])
        self.assertEqual(self.browser.get("/healthz").status, 200)
        self.done("verify")

    def test_a_restored_dump_repeats_later_erasures(self):
        self.say("one", SECRET, "three")
        self.store.run("pg_dump", "--format=custom", "--file=chat.dump")
        before = self.epoch
        self.do(2, "erase")
        self.say("four")
        self.end()
        self.store.run("pg_restore", "--clean", "--if-exists", "--single-transaction", "chat.dump")
        self.assertTrue(self.rows_with("Swordfish-1"))
        asked = self.run_command("restored", given="n\n")
        self.assertIn("Are all servers stopped?", asked.output)
        self.assertEqual(self.epoch, before)
        told = self.done("restored", "--yes")
        self.assertIn("Room ada: messages erased again: 2.", told)
        self.assertNotIn(self.store.uri, told)
        self.assertNotEqual(self.epoch, before)
        self.start()
        self.assertEqual(self.texts(), ["one", "", "three"])
        self.say("another four")
        self.done("pack", "--forget", "--yes")
        self.assertEqual(self.rows_with("Swordfish-1"), 0)

    def test_reading_commands_while_the_server_runs(self):
        self.say("one", "two")
        self.assertEqual(self.run_command("rooms", "--json").json[0]["room"], "ada")
        self.assertIn("two", self.done("log", "ada"))
        self.assertIn("one", self.done("export", "ada", "--format", "txt"))
        self.assertIn("No problems found", self.done("verify"))

    def test_the_search_index_is_filled(self):
        self.say("there is a whale")
        self.end()
        self.done("index", "--once")
        with closing(sqlite3.connect(os.path.join(self.folder, "search.db"))) as index:
            found = index.execute("SELECT room, through FROM parts WHERE view = ''").fetchall()
        self.assertEqual(found, [("ada", 1)])

    def test_file_commands_name_the_servers_tools(self):
        for words in (["backup", self.folder], ["restore", self.folder, "--yes"], ["verify", "--against", self.folder]):
            self.assertRefused(self.run_command(*words), f"postgres://127.0.0.1:{self.store.port}/chat", "pg_dump")
        self.assertRefused(self.run_command("pack", "--beside", self.ini, "--yes"), "PostgreSQL server", status=2)

    def test_an_unavailable_server_is_one_line(self):
        self.end()
        self.store.end()
        for words in (["rooms"], ["verify"], ["pack", "--yes"], ["history", "ada"], ["undo", "0" * 16, "--yes"]):
            with self.subTest(words):
                outcome = self.run_command(*words)
                self.assertEqual(outcome.status, 1)
                self.assertIn("Connection refused", outcome.output + outcome.error)
                self.assertNotIn("Traceback", outcome.error)


class Empty(OperatorTest):
    """Before the first start of the chat."""

    store_class = PostgresServer

    def start(self):
        pass

    def setUp(self):
        with pytest.raises(AttributeError):  # no server to connect to
            super().setUp()

    def test_reading_creates_no_tables(self):
        self.assertRefused(self.run_command("rooms"), "start the server once")
        self.assertEqual(self.store.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"), [])


class WithoutHistory(OnPostgres):
    def store_class(self, folder):
        return PostgresServer(folder, "keep_history=false")

    def test_commands_that_need_history_explain_that_there_is_none(self):
        self.say("one")
        self.assertRefused(self.run_command("history", "ada"), "keep_history=false", "moderation log", "pg_dump")
        self.assertRefused(self.run_command("undo", "0" * 16, "--yes"), "keep_history=false")
        self.assertIn("keeps no history", self.done("pack"))
        self.assertEqual(self.texts(), ["one"])

    def test_erased_texts_are_deleted(self):
        self.say("one", SECRET)
        self.do(2, "erase")
        self.assertEqual(self.rows_with("Swordfish-1"), 0)
        self.done("pack", "--forget", "--yes")
        self.assertEqual(self.files_with("Swordfish-1"), [])
        self.assertEqual(self.texts(), ["one", ""])

    def test_a_database_with_other_options_is_rejected(self):
        self.end()
        before = self.store.run("pg_dump", "--schema-only")
        with open(self.ini) as file:
            text = file.read().replace("keep_history=false", "keep_history=true")
        with open(self.ini, "w") as file:
            file.write(text)
        for words in (["rooms"], ["pack", "--yes"]):
            self.assertRefused(self.run_command(*words), "was made with keep_history=false", "zodbconvert")
        self.assertEqual(comparable(self.store.run("pg_dump", "--schema-only")), comparable(before))


class InAFile(OperatorTest):
    def test_a_copied_file_repeats_later_erasures(self):
        self.say("one", SECRET)
        with open(self.path, "rb") as file:
            copy = file.read()
        self.assertEqual(self.browser.post(f"{self.room}/messages/2/erase").status, 303)
        self.assertRefused(self.run_command("restored", "--yes"), "The running server uses", "stop it")
        self.end()
        with open(self.path, "wb") as file:
            file.write(copy)
        with Site(self.ini, {"var": self.folder}).reading() as connection:
            before = chat_of(connection).epoch
        self.assertIn("messages erased again: 2.", self.done("restored", "--yes"))
        with Site(self.ini, {"var": self.folder}).reading() as connection:
            self.assertNotEqual(chat_of(connection).epoch, before)
        self.start()
        self.assertEqual(self.texts(), ["one", ""])
