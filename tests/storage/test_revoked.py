"""Erasures are recorded in a file before they are acknowledged, despite damage and concurrent writers."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase, mock

from ZODB.POSException import ConflictError

from piratechat.errors import CommandRejected
from piratechat.model.commands import Erase, Say
from piratechat.storage.revoked import Erasure, Revoked, room_digest
from tests.storage.test_committer import NOW, SLUG, CommitterTest

ADDING = """
import sys
from piratechat.storage.revoked import Erasure, Revoked, room_digest
revoked = Revoked(sys.argv[1], int(sys.argv[3]))
for number in range(50):
    revoked.add([Erasure(1, room_digest(sys.argv[2]), number, 2)])
"""


def erasure(seq, slug=SLUG):
    return Erasure(NOW, room_digest(slug), seq, NOW - 1)


class RevokedTest(TestCase):
    def setUp(self):
        self.path = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "var", "revoked")
        self.revoked = Revoked(self.path)

    def write(self, data):
        with open(self.path, "ab") as file:
            file.write(data)

    def test_records_are_read_unchanged(self):
        self.assertEqual(self.revoked.read(), ([], 0))
        self.revoked.add([erasure(1), erasure(2, "海")])
        self.revoked.add([erasure(3)])
        self.assertEqual(self.revoked.read(), ([erasure(1), erasure(2, "海"), erasure(3)], 0))
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)

    def test_the_file_has_no_names_of_rooms(self):
        self.revoked.add([erasure(1, "ada")])
        self.assertNotIn(b"ada", Path(self.path).read_bytes())

    def test_an_incomplete_line_does_not_affect_others(self):
        self.revoked.add([erasure(1)])
        whole = Path(self.path).read_bytes()
        for end in range(1, len(whole) - 1):
            with self.subTest(end=end):
                os.remove(self.path)
                self.write(whole + whole[:end])
                self.revoked.add([erasure(2)])
                self.assertEqual(self.revoked.read(), ([erasure(1), erasure(2)], 1))

    def test_invalid_lines_are_counted_and_skipped(self):
        self.revoked.add([erasure(1)])
        line = Path(self.path).read_bytes()
        for senseless in (
            b"\x00" * 40,
            b"erased",
            line.strip()[:-1],
            line.strip().replace(b" 1 ", b" 2 "),
            b"x" * 9999,
        ):
            self.write(senseless + b"\n")
        self.write(b"\n")
        self.revoked.add([erasure(2)])
        self.assertEqual(self.revoked.read(), ([erasure(1), erasure(2)], 5))

    def test_the_file_is_limited_to_the_newest_records(self):
        revoked = Revoked(self.path, 2_000)
        for seq in range(200):
            revoked.add([erasure(seq)])
            self.assertLessEqual(os.path.getsize(self.path), 2_000)
        found, senseless = revoked.read()
        self.assertEqual((found[-1].seq, senseless), (199, 0))
        self.assertEqual([each.seq for each in found], list(range(found[0].seq, 200)))
        self.assertGreater(len(found), 8)

    def test_several_processes_write_to_one_file(self):
        for size in (10**7, 5_000):
            with self.subTest(size=size):
                path = f"{self.path}-{size}"
                writing = [
                    subprocess.Popen([sys.executable, "-c", ADDING, path, slug, str(size)], env=_environ())
                    for slug in ("a", "b", "c")
                ]
                self.assertEqual([process.wait(60) for process in writing], [0, 0, 0])
                found, senseless = Revoked(path).read()
                self.assertEqual(senseless, 0)
                for slug in ("a", "b", "c"):
                    seqs = [each.seq for each in found if each.room == room_digest(slug)]
                    self.assertEqual(seqs, list(range(50))[50 - len(seqs) :])
                    self.assertTrue(size < 10**7 or len(seqs) == 50)


class Erasing(CommitterTest):
    def setUp(self):
        super().setUp()
        self.noted = []
        self.committer._note_erased = self.note
        self.submit(Say(SLUG, "ada", "a secret"), Say(SLUG, "ada", "another"))

    def note(self, erasures):
        self.noted.append((list(erasures), self.texts()))

    def test_an_erasure_is_recorded_once_before_the_commit(self):
        (done,) = self.submit(Erase(SLUG, "ada", 1))
        self.assertEqual(done.rev, 1)
        erased = Erasure(NOW, room_digest(SLUG), 1, NOW)
        self.assertEqual(self.noted, [([erased], ["a secret", "another"])])
        self.assertEqual(self.texts(), ["", "another"])
        self.submit(Erase(SLUG, "ada", 1), Erase(SLUG, "captain", 1), Erase(SLUG, "eve", 2), Say(SLUG, "ada", "more"))
        self.assertEqual(len(self.noted), 1, "none of these commands erases text")

    def test_an_erasure_that_cannot_be_recorded_is_rejected(self):
        def full(_erasures):
            raise OSError(errno.ENOSPC, "No space left on device")

        self.committer._note_erased = full
        with self.assertLogs("piratechat.storage.committer", "ERROR"):
            said, refused = self.submit(Say(SLUG, "ada", "more"), Erase(SLUG, "ada", 1))
        self.assertEqual(said.events[0].seq, 3)
        self.assertIsInstance(refused, CommandRejected)
        self.assertEqual((refused.code, refused.retry_after), ("not-stored", 1.0))
        self.assertEqual(self.texts(), ["a secret", "another", "more"])
        self.committer._note_erased = self.note
        (done,) = self.submit(Erase(SLUG, "ada", 1))
        self.assertEqual((done.rev, self.texts()), (1, ["", "another", "more"]))

    def test_a_retried_batch_is_recorded_once(self):
        conflicts = [1, 1]
        commit = self.committer._manager.commit

        def conflicting():
            if conflicts:
                conflicts.pop()
                raise ConflictError
            commit()

        with mock.patch.object(self.committer._manager, "commit", conflicting):
            self.submit(Erase(SLUG, "ada", 1))
        self.assertEqual((self.texts(), len(self.noted)), (["", "another"], 1))


def _environ():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
