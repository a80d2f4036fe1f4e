"""A back-up made before an erasure does not restore the erased texts."""

import os
import re

from tests.operator.test_backups import BackupTest
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.paths import CONFIG, TOP
from tests.support.zeo import ZEOServer

SECRET = "the password is Swordfish-1"


class Restoring(BackupTest):
    def erase(self, *seqs):
        for seq in seqs:
            self.assertEqual(self.browser.post(f"{self.room}/messages/{seq}/erase").status, 303)

    def test_later_erasures_are_repeated_and_reported(self):
        self.say("one", SECRET, "three")
        self.browser.post(f"{self.room}/messages/2/edit", text="an edited secret")
        self.browser.post(f"{self.room}/messages/2/pin")
        self.backup()
        self.erase(2)
        self.say("four")
        self.end()
        told = self.done("restore", self.copies, "--yes")
        self.assertIn("messages erased again: 2.", told)
        self.assertIn("Messages erased again: 1.", told)
        self.done("verify")
        self.start()
        self.assertEqual(self.texts(), ["one", "", "three"])
        found = self.browser.json(f"{self.room}/messages")
        self.assertEqual((found["messages"][1]["erased"], found["pinned"]), (True, []))
        self.assertEqual(self.browser.get(f"{self.room}/messages/2/history").status, 404)
        self.assertEqual(self.browser.json(f"{self.room}/log")["moderation_log"][0]["what"], "erased")
        self.end()
        refused = self.run_command("undo", self.run_command("history", "ada", "--json").json[0]["id"], "--yes")
        self.assertEqual(refused.status, 1)
        self.done("pack", "--forget", "--yes")
        for name in os.listdir(self.folder):
            if os.path.isfile(path := os.path.join(self.folder, name)):
                with open(path, "rb") as file:
                    self.assertNotIn(SECRET.encode(), file.read(), name)

    def test_other_messages_with_the_same_number_are_kept(self):
        self.say("one")
        self.backup()
        self.say(SECRET)
        self.erase(2)
        self.end()
        self.assertNotIn("erased", self.done("restore", self.copies, "--yes"), "the back-up does not have the text")
        self.start()
        self.say("another number two")
        self.backup()
        self.end()
        self.assertNotIn("erased", self.done("restore", self.copies, "--yes"))
        self.start()
        self.assertEqual(self.texts(), ["one", "another number two"])

    def test_erasures_survive_repeated_restores(self):
        self.say(SECRET, "two")
        (first,) = self.backup()["files"]
        self.erase(1)
        self.backup()
        self.end()
        date = ("--date", first.partition(".")[0])
        for _ in range(2):
            self.assertIn("messages erased again: 1.", self.done("restore", self.copies, *date, "--yes"))
        os.remove(os.path.join(self.folder, "revoked"))  # on a new machine: the back-up includes the recorded erasures
        self.assertIn("messages erased again: 1.", self.done("restore", self.copies, *date, "--yes"))
        self.assertTrue(os.path.exists(os.path.join(self.folder, "revoked")))
        target = os.path.join(self.folder, "elsewhere", "chat.fs")
        self.assertIn("messages erased again: 1.", self.done("restore", self.copies, *date, "--to", target))
        self.assertNotIn(
            "erased again", self.done("restore", self.copies, "--yes"), "the text is erased in the newest back-up"
        )
        self.start()
        self.assertEqual(self.texts(), ["", "two"])

    def test_records_of_other_machines_are_used_and_damaged_ones_reported(self):
        self.say(SECRET, "two")
        self.backup()
        self.erase(1)
        self.end()
        theirs = os.path.join(self.folder, "theirs")
        os.rename(os.path.join(self.folder, "revoked"), theirs)
        with open(theirs, "a") as file:
            file.write("no sense\n")
        self.assertNotIn("erased again", self.done("restore", self.copies, "--yes"))
        told = self.done("restore", self.copies, "--revoked", theirs, "--yes")
        self.assertIn("messages erased again: 1.", told)
        self.assertIn("1 invalid lines", told)


class ThroughZEO(BackupTest):
    def test_processes_with_a_zeo_server_record_erasures(self):
        self.say(SECRET, "two")
        self.end()
        zeo = ZEOServer(self.folder)
        self.addCleanup(zeo.end)
        ini = os.path.join(self.folder, "zeo.ini")
        with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(ini, "w") as file:
            text = re.sub(r"zodbconn.uri = .*", f"zodbconn.uri = {zeo.uri}", shipped.read())
            file.write(text.replace("config:../../", f"config:{TOP}/"))
        servers = [ChatServer(self.folder, ini=ini) for _ in range(2)]
        for server in servers:
            self.addCleanup(server.stop)
        self.backup()
        self.assertRefused(self.run_command("restore", self.copies, "--yes", config=ini), "file://PATH")
        self.browser.port = servers[1].port
        self.assertEqual(self.browser.post(f"{self.room}/messages/1/erase").status, 303)
        self.assertRefused(self.run_command("restore", self.copies, "--yes"), "stop it")
        for server in servers:
            server.stop()
        zeo.end()
        self.assertIn("messages erased again: 1.", self.done("restore", self.copies, "--yes"))
        zeo.start()
        with ChatServer(self.folder, ini=ini) as server:
            found = Browser(server.port).json(f"{self.room}/messages")["messages"]
            self.assertEqual([message["text"] for message in found], ["", "two"])
