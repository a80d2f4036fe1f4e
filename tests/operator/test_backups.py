"""Back-ups of a running server, and restoring them."""

import os
import shutil
import threading

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.operating import OperatorTest


class BackupTest(OperatorTest):
    def setUp(self):
        super().setUp()
        self.copies = os.path.join(self.folder, "back ups")  # a space, which repozo alone does not support

    def backup(self, *options):
        return self.run_command("backup", self.copies, "--json", *options).json

    def restored(self):
        """Restore the back-up; return the folder of the restored chat."""
        folder = os.path.join(self.folder, "restored")
        self.done("restore", self.copies, "--to", os.path.join(folder, "chat.fs"), "--yes")
        shutil.copy(os.path.join(self.copies, "secret"), folder)
        return folder

    def messages_in(self, folder):
        with ChatServer(folder) as server:
            return Browser(server.port).json(f"{self.room}/export.json")


class WhilePeopleTalk(BackupTest):
    def test_a_restore_has_all_messages_up_to_the_last_backup(self):
        talking, said = threading.Event(), []

        def talk():
            while not talking.is_set():
                self.say(f"message {len(said) + 1}")
                said.append(True)

        talker = threading.Thread(target=talk)
        talker.start()
        try:
            acknowledged = []
            for number in range(3):
                wait_until(lambda number=number: len(said) > 30 * (number + 1), "talking")
                acknowledged.append(len(said))
                made = self.backup()["files"]
                self.assertEqual(["delta" in name for name in made], [number > 0])
        finally:
            talking.set()
            talker.join(TIMEOUT)
        whole = self.browser.json(f"{self.room}/export.json")["messages"]
        kept = self.messages_in(self.restored())
        self.assertGreaterEqual(kept["last"], acknowledged[-1], "all that was acknowledged before the copy is in it")
        self.assertEqual(kept["messages"], whole[: kept["last"]])
        self.assertEqual(len(kept["messages"]), kept["last"])

    def test_a_restored_secret_keeps_owners(self):
        self.say("one")
        self.backup()
        folder = self.restored()
        self.end()
        with ChatServer(folder, port=self.server.port):
            self.assertEqual(self.browser.post(f"{self.room}/settings", title="Mine", slow="0").status, 303)

    def test_backups_are_private(self):
        self.backup()
        for name in os.listdir(self.copies):
            self.assertEqual(os.stat(os.path.join(self.copies, name)).st_mode & 0o077, 0, name)


class Copies(BackupTest):
    def test_without_changes_nothing_is_copied(self):
        self.backup()
        self.assertIn("Nothing has changed", self.done("backup", self.copies))

    def test_full_and_compressed_backups(self):
        self.backup()
        self.say("more")
        (name,) = self.backup("--full", "--gzip")["files"]
        self.assertTrue(name.endswith(".fsz"))
        self.assertEqual(self.messages_in(self.restored())["last"], 1)

    def test_backups_in_quick_succession_are_restored(self):
        for number in range(3):
            self.say(str(number))
            self.backup()
        self.assertEqual([m["text"] for m in self.messages_in(self.restored())["messages"]], ["0", "1", "2"])

    def test_restoring_a_point_in_time(self):
        self.say("early")
        (name,) = self.backup()["files"]
        self.say("late")
        self.backup()
        folder = os.path.join(self.folder, "then")
        self.done("restore", self.copies, "--to", f"{folder}/chat.fs", "--date", name.partition(".")[0])
        self.assertEqual([m["text"] for m in self.messages_in(folder)["messages"]], ["early"])

    def test_a_pack_causes_a_full_backup(self):
        self.say(*map(str, range(20)))
        self.backup()
        self.end()
        self.done("pack", "--days", "0", "--yes")
        (name,) = self.backup()["files"]
        self.assertTrue(name.endswith(".fs"))
        self.start()
        self.assertEqual(len(self.texts()), 20)
        self.assertEqual(self.messages_in(self.restored())["last"], 20)

    def test_damaged_backups_are_not_restored(self):
        self.say("one")
        (name,) = self.backup()["files"]
        with open(os.path.join(self.copies, name), "r+b") as file:
            file.seek(200)
            (byte,) = file.read(1)
            file.seek(200)
            file.write(bytes([byte ^ 1]))
        target = os.path.join(self.folder, "never", "chat.fs")
        self.assertRefused(self.run_command("restore", self.copies, "--to", target), "checksum")
        self.assertEqual([n for n in os.listdir(os.path.dirname(target)) if "lock" not in n], [])

    def test_a_folder_without_backups(self):
        self.assertRefused(self.run_command("restore", self.folder, "--to", f"{self.folder}/x.fs"), "No files")


class InPlace(BackupTest):
    def test_a_running_server_prevents_a_restore(self):
        self.say("one")
        self.backup()
        self.assertRefused(self.run_command("restore", self.copies, "--yes"), "The running server uses", "stop it")
        self.assertEqual(self.texts(), ["one"])

    def test_the_previous_database_is_kept(self):
        self.say("one")
        self.backup()
        self.say("two")
        self.end()
        size = os.path.getsize(self.path)
        self.done("restore", self.copies, "--yes")
        (kept,) = (name for name in os.listdir(self.folder) if name.startswith("chat.fs.replaced-"))
        self.assertEqual(os.path.getsize(os.path.join(self.folder, kept)), size)
        self.start()
        self.assertEqual(self.texts(), ["one"])

    def test_a_restored_database_has_a_new_epoch(self):
        self.say("one")
        self.backup()
        first = self.browser.json(f"{self.room}/messages")
        self.say("two")
        self.end()
        self.done("restore", self.copies, "--yes")
        self.done("verify")
        elsewhere = self.restored()
        self.start()
        restored = self.browser.json(f"{self.room}/messages")
        self.assertEqual(restored["last"], 1)
        self.assertNotEqual(restored["epoch"], first["epoch"])
        self.assertTrue(self.browser.json(f"{self.room}/changes?since=0&epoch={first['epoch']}")["reset"])
        with ChatServer(elsewhere) as server:
            copy = Browser(server.port).json(f"{self.room}/messages")
        self.assertNotIn(copy["epoch"], (first["epoch"], restored["epoch"]))
        self.end()
        self.start()
        self.assertEqual(
            self.browser.json(f"{self.room}/messages")["epoch"],
            restored["epoch"],
            "a restart does not change the epoch",
        )
        self.assertEqual(sorted(name for name in os.listdir(self.folder) if "restored." in name), [])

    def test_restoring_asks_for_confirmation(self):
        self.backup()
        self.say("one")
        self.end()
        outcome = self.run_command("restore", self.copies, given="n\n")
        self.assertEqual(outcome.status, 1)
        self.assertIn("The back-up replaces", outcome.output)
        self.start()
        self.assertEqual(self.texts(), ["one"])

    def test_a_missing_secret_is_restored_and_an_existing_one_kept(self):
        secret = os.path.join(self.folder, "secret")
        with open(secret) as file:
            text = file.read()
        self.backup()
        self.end()
        os.unlink(secret)
        self.assertIn("The secret that signs cookies was restored to", self.done("restore", self.copies, "--yes"))
        with open(secret) as file:
            self.assertEqual(file.read(), text)
        with open(secret, "w") as file:
            file.write("another")
        self.assertIn("differs from the back-up's secret", self.done("restore", self.copies, "--yes"))
        with open(secret) as file:
            self.assertEqual(file.read(), "another")
