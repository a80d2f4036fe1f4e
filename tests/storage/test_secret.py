"""The generated secret for signing cookies."""

import os
import stat
import tempfile
import unittest
from unittest import mock

from piratechat.secrets import kept_secret


class SecretTest(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "new", "var")

    def make(self):
        with self.assertLogs("piratechat.secrets", "WARNING") as logs:
            secret = kept_secret(self.folder)
        self.assertIn(f"a generated one is stored in {os.path.join(self.folder, 'secret')}", logs.output[0])
        self.assertNotIn(secret, logs.output[0])
        return secret

    def test_a_secret_is_generated_once(self):
        made = self.make()
        self.assertGreaterEqual(len(made), 48)
        with self.assertNoLogs("piratechat.secrets"):
            self.assertEqual([kept_secret(self.folder) for _ in range(3)], [made] * 3)

    def test_the_secret_is_private(self):
        previous = os.umask(0)
        self.addCleanup(os.umask, previous)
        self.make()
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.folder, "secret")).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.folder).st_mode), 0o700)

    def test_no_temporary_file_is_left(self):
        self.make()
        self.assertEqual(os.listdir(self.folder), ["secret"])

    def test_each_folder_has_its_own_secret(self):
        first = self.make()
        self.folder += "2"
        self.assertNotEqual(self.make(), first)

    def test_a_secret_can_be_written_by_hand(self):
        os.makedirs(self.folder)
        with open(os.path.join(self.folder, "secret"), "w") as file:
            file.write("  my secret\n")
        self.assertEqual(kept_secret(self.folder), "my secret")

    def test_a_second_process_uses_the_first_secret(self):
        link = os.link

        def link_too_late(made, path):
            with open(path, "w") as file:
                file.write("the other's\n")
            link(made, path)

        with mock.patch("os.link", link_too_late):
            self.assertEqual(kept_secret(self.folder), "the other's")
        self.assertEqual(os.listdir(self.folder), ["secret"])

    def test_processes_that_start_together_agree(self):
        children = []
        for _ in range(4):
            read, write = os.pipe()
            child = os.fork()
            if not child:
                os.write(write, kept_secret(self.folder).encode())
                os._exit(0)
            os.close(write)
            children.append((child, read))
        found = set()
        for child, read in children:
            with open(read, "rb") as pipe:
                found.add(pipe.read())
            os.waitpid(child, 0)
        self.assertEqual(found, {kept_secret(self.folder).encode()})
        self.assertEqual(os.listdir(self.folder), ["secret"])
