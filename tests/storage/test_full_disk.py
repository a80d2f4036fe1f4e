"""The server and its log continue after the disk was full."""

import os
import random
import resource
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

import pytest

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Window
from tests.support.operating import OperatorTest

pytestmark = pytest.mark.slow

ROUNDS = 4
#: The size of the small disk in bytes.
SMALL = 4 * 1024 * 1024


class FullDiskTest(OperatorTest):
    def fill(self):
        """Leave almost no space."""
        raise NotImplementedError

    def make_room(self):
        """Free space again."""
        raise NotImplementedError

    def go_through_it(self):
        said = {}
        quiet = self.browser.open_room("Quiet")
        for number in range(ROUNDS):
            window = Window(self.server.port, self.room, self.browser)
            window.join()
            self.say_while_full(window, said, number)
            self.make_room()
            wait_until(lambda: self.browser.get("/healthz").status == 200, "automatic recovery of the storage")
            # A small transaction: data that was not written before must not appear after it.
            self.assertEqual(self.browser.post(f"{quiet}/messages", text="y").status, 303)
            if number % 2:
                window.say("again", nonce=f"{number}.again")
                said[f"{number}.again"] = window.hear("message")["seq"]
            window.close()
            self.server.kill()
            self.assertEqual(self.run_command("verify").status, 0)
            self.server = ChatServer(self.folder, port=self.server.port)
            self.assertEqual(
                [name for name in os.listdir(self.folder) if ".tr" in name], [], "there was no incomplete transaction"
            )
            self.check(said)
            self.assertEqual(self.browser.get("/healthz").body, b"ok\n")
            self.assertEqual(len(self.browser.json(f"{quiet}/messages")["messages"]), number + 1)

    def say_while_full(self, window, said, number):
        """Post messages until the disk is full, and some more; store acknowledged texts in `said`."""
        self.fill()
        refused = 0
        for message in range(60):
            nonce = f"{number}.{message}"
            window.say(f"{nonce} " + "x" * random.randrange(1, 3_000), nonce=nonce)
            event = self.answer(window)
            self.assertEqual(event["nonce"], nonce)
            if event["type"] == "message":
                said[nonce] = event["seq"]
                continue
            self.assertEqual(event["code"], "not-stored")
            self.assertIn("could not be saved", event["message"])
            refused += 1
            if refused > 10:
                break
        self.assertGreater(refused, 10, "the disk was full")
        self.check(said)
        opened = self.browser.post("/", name=f"Room {number}").status == 303  # it is small, and may fit
        self.assertEqual(self.browser.get(f"/rooms/room-{number}").status, 200 if opened else 404)
        health = self.browser.get("/healthz")
        self.assertEqual(health.status, 503)
        self.assertIn(b"writing: the store rejects writes; see the log\n", health.body)

    def answer(self, window):
        """Return the next message or error that `window` receives."""
        try:
            while (event := window.next())["type"] not in ("message", "error"):
                pass
        except AssertionError as error:
            self.fail(f"{error}\n{self.server.output()[-5_000:]}")
        return event

    def check(self, said):
        """Check that exactly the acknowledged messages are stored."""
        log = self.browser.json(f"{self.room}/export.json")["messages"]
        self.assertEqual([message["seq"] for message in log], list(range(1, len(log) + 1)))
        self.assertEqual(sorted(said.values()), list(range(1, len(log) + 1)))


class Limited(FullDiskTest):
    """The size of the file is limited: writing fails as on a full disk."""

    def fill(self):
        self.limit(os.path.getsize(self.path) + random.randrange(12_000, 20_000))

    def make_room(self):
        self.limit(resource.RLIM_INFINITY)

    def limit(self, size):
        resource.prlimit(self.server.worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def test_writers_get_errors_and_readers_continue(self):
        self.go_through_it()


class Small(FullDiskTest):
    """A small file system for the test."""

    def setUp(self):
        disk = tempfile.mkdtemp(prefix="piratechat-disk-")
        self.addCleanup(shutil.rmtree, disk)
        mount = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", disk], capture_output=True, check=False
        )
        if mount.returncode:
            raise unittest.SkipTest(f"no disk can be mounted here: {mount.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.enterContext(mock.patch("tempfile.tempdir", disk))
        super().setUp()

    def fill(self):
        with open(os.path.join(self.folder, "filler"), "wb") as filler:
            disk = os.statvfs(self.folder)
            filler.write(bytes(disk.f_bavail * disk.f_frsize - random.randrange(12_000, 24_000)))

    def make_room(self):
        os.unlink(os.path.join(self.folder, "filler"))

    def test_writers_get_errors_and_readers_continue(self):
        self.go_through_it()
