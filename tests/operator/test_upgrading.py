"""A server of this version replaces one of an earlier version, as docs/deploying.md describes."""

import gzip
import html
import os
import shutil
import tempfile

from tests.storage.test_upgrade import DATA
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.operating import CommandTest

#: The data of each version: a room's path and title, the number of its messages, and the removed ones.
LEFT = {
    0: ("/rooms/ada", "Ada's room", 77, {3, 64}),
    1: ("/rooms/ada", "The Ship", 36, {5, 34}),
    2: ("/rooms/the-ship", "The Good Ship", 40, {5, 34}),
}


class Upgrading(CommandTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "chat.fs")

    def write_database(self, version):
        """Write the database of `version`; return a description of its content."""
        with gzip.open(os.path.join(DATA, f"version-{version}.fs.gz")) as packed:
            content = packed.read()
        with open(self.path, "wb") as file:
            file.write(content)
        return content

    def assertAllIsThere(self, browser, version, content):
        address, title, messages, removed = LEFT[version]
        found = browser.json(f"{address}/export.json")
        self.assertEqual((found["title"], found["last"]), (title, messages))
        self.assertEqual([message["seq"] for message in found["messages"]], list(range(1, messages + 1)))
        for message in found["messages"]:
            self.assertEqual(message.get("removed", False), message["seq"] in removed, message)
            self.assertIn(message["text"].encode(), content, "the line as written by the earlier version")
            self.assertEqual(message["text"] == "", message["seq"] in removed, message)
        page = browser.get(address)
        self.assertEqual(page.status, 200)
        self.assertIn(title, html.unescape(page.body.decode()))

    def test_every_version_is_served_with_all_messages(self):
        for version in LEFT:
            with self.subTest(version=version):
                self.setUp()
                content = self.write_database(version)
                with ChatServer(self.folder) as server:
                    browser = Browser(server.port)
                    self.assertAllIsThere(browser, version, content)
                    room = browser.open_room("Zoe")
                    self.assertEqual(browser.post(f"{room}/messages", text="after it").status, 303)
                self.assertIn("No problems found.", self.done("verify"))

    def test_a_downgrade_needs_the_previous_backup(self):
        content = self.write_database(2)
        copies = os.path.join(self.folder, "back-up")
        self.done("backup", copies)
        with ChatServer(self.folder) as server:
            browser = Browser(server.port)
            room = browser.open_room("Zoe")
        self.done("restore", copies, "--yes")
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(len(content)), content)
        with ChatServer(self.folder) as server:
            browser = Browser(server.port)
            self.assertAllIsThere(browser, 2, content)
            self.assertEqual(browser.get(room).status, 404)
