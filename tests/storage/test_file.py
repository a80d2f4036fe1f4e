"""The file storage with disk errors, and with wrong clocks."""

import errno
import os
from unittest import mock

from piratechat.errors import CommandRejected
from piratechat.maintenance.history import changes
from piratechat.model.commands import Claim, Say
from piratechat.storage.file_storage import ChatFile
from piratechat.storage.transaction_notes import MAX_ROOMS, doer, note_about
from tests.storage.test_committer import NOW, SLUG, CommitterTest


class FailingDisk(ChatFile):
    """A storage whose sync fails sometimes."""

    failing = False

    def _finish_finish(self, tid):
        if self.failing:
            raise OSError(errno.EIO, "Input/output error")
        super()._finish_finish(tid)


class Sync(CommitterTest):
    def make_disk(self):
        self.disk = FailingDisk(self.path)
        return self.disk

    def test_a_failed_sync_is_rolled_back(self):
        self.submit(Say(SLUG, "ada", "before"))
        size = os.path.getsize(self.path)
        self.disk.failing = True
        for _ in range(2):
            with self.assertLogs("piratechat.storage.committer", "ERROR"):
                (reply,) = self.submit(Say(SLUG, "ada", "lost"))
            self.assertIsInstance(reply, CommandRejected)
            self.assertEqual(self.texts(), ["before"])
            self.assertEqual(os.path.getsize(self.path), size)
        self.disk.failing = False
        (reply,) = self.submit(Say(SLUG, "ada", "after"))
        self.assertEqual(reply.events[0].seq, 2)
        self.committer.close()
        self.database.close()
        self.assertEqual(self.texts(), ["before", "after"])


class Clock(CommitterTest):
    def test_transaction_times_always_increase(self):
        times = [NOW, NOW + 5_000, NOW - 3_600_000, NOW - 3_600_000, NOW + 6_000, 0]
        for number, now in enumerate(times):
            self.committer._clock = lambda now=now: now
            with mock.patch("time.time", return_value=now / 1000):  # they identify transactions
                self.submit(Say(SLUG, "ada", str(number), f"n{number}"))
        at = [message.at - NOW for message in self.kept()]
        self.assertEqual(at, [0, 5_000, 5_000, 5_000, 6_000, 6_000])
        names = [change.id for change in changes(self.disk)]
        self.assertEqual(names, sorted(set(names)))

    def test_a_nonce_is_known_after_the_clock_was_set_back(self):
        self.submit(Say(SLUG, "ada", "once", "n"))
        self.committer._clock = lambda: NOW - 30_000
        (reply,) = self.submit(Say(SLUG, "ada", "once", "n"))
        self.assertEqual(reply.repeated.seq, 1)


class Notes(CommitterTest):
    def last(self):
        return list(changes(self.disk))[-1]

    def test_a_transaction_describes_the_change_without_texts(self):
        self.submit(Say(SLUG, "ada", "a secret"), Say(SLUG, "ada", "another"), Claim(SLUG, "ada", "Mary"))
        with self.database.reading() as chat:
            number = chat.rooms[SLUG].names.participant("ada")
        self.assertEqual((self.last().user, self.last().description), (f"{SLUG} {number}", f"{SLUG}: 2 say, 1 claim"))
        self.assertEqual(doer(SLUG, self.last().user), number)
        self.assertEqual(note_about(SLUG, self.last().description), "2 say, 1 claim")
        self.submit(Say(SLUG, "ada", "one"), Say(SLUG, "bob", "two"), Say(SLUG, "nobody", "refused"))
        self.assertEqual((self.last().user, self.last().description), ("", f"{SLUG}: 2 say"))

    def test_participants_are_identified_by_their_numbers_in_the_room(self):
        for user in (f"{SLUG} 1", f"{SLUG} 12"):
            self.assertEqual(doer(SLUG, user), int(user.split()[1]))
        for user in ("", "ada", SLUG, f"{SLUG} ", f"{SLUG} x", f"other {SLUG} 1", f"{SLUG}x 1", f"{SLUG} {10**20}"):
            self.assertIsNone(doer(SLUG, user), user)

    def test_long_descriptions_are_truncated(self):
        slugs = [f"{number:03}-" + "\u6d77" * 36 for number in range(400)]
        for slug in slugs:
            self.make_room(slug, "captain")
        replies = self.submit(*(Say(slug, "captain", "x") for slug in slugs))
        self.assertFalse([reply for reply in replies if isinstance(reply, CommandRejected)])
        self.assertIn(f"and {400 - MAX_ROOMS} more rooms", self.last().description)
