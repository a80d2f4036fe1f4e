"""The log of changes in a room."""

import unittest
from unittest import mock

from piratechat.model import catching_up
from piratechat.model.catching_up import RecentChanges
from piratechat.model.changes import MAX_CHANGES, SEGMENT_SIZE, Change, Changes, ChangesMissing
from piratechat.model.events import Changed, Message, Removed, RemovedMany, Updated

NOW = 1_800_000_000_000


class ChangesTest(unittest.TestCase):
    def filled(self, count):
        changes = Changes()
        for number in range(1, count + 1):
            self.assertEqual(changes.append(NOW + number, "removed", number, number, 1), number)
        return changes

    def test_a_new_log_is_empty(self):
        changes = Changes()
        self.assertEqual(
            (changes.rev, changes.first, list(changes.backward(0)), list(changes.forward(0, 9))), (0, 1, [], [])
        )

    def test_changes_are_read_in_both_directions(self):
        changes = self.filled(40)
        found = list(changes.forward(13, 20))
        self.assertEqual([change.rev for change in found], list(range(14, 34)))
        self.assertEqual(found[0], Change(14, NOW + 14, "removed", 14, 14, 1))
        self.assertEqual(found[0].seqs, (14,))
        self.assertEqual([change.rev for change in changes.backward(13)], list(range(40, 13, -1)))
        self.assertEqual(list(changes.backward(40)), [])

    def test_the_last_ones_are_kept(self):
        changes = self.filled(MAX_CHANGES + 3 * SEGMENT_SIZE)
        self.assertEqual(changes.rev, MAX_CHANGES + 3 * SEGMENT_SIZE)
        self.assertGreaterEqual(changes.rev - changes.first + 1, MAX_CHANGES)
        self.assertLess(changes.rev - changes.first + 1, MAX_CHANGES + 2 * SEGMENT_SIZE)
        self.assertEqual(next(changes.forward(changes.first - 1, 1)).rev, changes.first)
        with self.assertRaises(ChangesMissing):
            list(changes.forward(changes.first - 2, 1))
        with self.assertRaises(ChangesMissing):
            list(changes.backward(changes.first - 2))

    def test_changes_of_several_messages(self):
        changes = Changes()
        changes.append(NOW, "removed", (3, 5), 9, None)
        changes.append(NOW, "room", ("title", "slow"), 9, 1)
        self.assertEqual([change.seqs for change in changes.forward(0, 9)], [(3, 5), ()])


class RecentChangesTest(unittest.TestCase):
    def setUp(self):
        self.recent = RecentChanges(10)

    def restored(self, seq, rev, text="Ahoy"):
        return Updated(Message(seq, NOW, "Ada", text), rev)

    def test_changes_since_the_start_are_available(self):
        self.assertEqual(self.recent.since(10), [])
        self.assertIsNone(self.recent.since(9))
        self.recent.add([Removed(1, 11)], 11)
        self.assertEqual(self.recent.since(10), [Removed(1, 11)])
        self.assertEqual(self.recent.since(11), [])

    def test_each_object_is_returned_once_in_its_current_state(self):
        self.recent.add([RemovedMany((1, 2, 3), 11), Changed({"title": "A", "slow": 5}, 12)], 12)
        self.recent.add([self.restored(2, 13), Changed({"title": "B"}, 14), Removed(3, 15, "operator")], 15)
        self.assertEqual(
            self.recent.since(10),
            [
                Removed(1, 11),
                Changed({"slow": 5}, 12),
                self.restored(2, 13),
                Changed({"title": "B"}, 14),
                Removed(3, 15, "operator"),
            ],
        )
        self.assertEqual(self.recent.since(10, after=1)[:2], [Removed(1, 11), Changed({"slow": 5}, 12)])
        self.assertEqual(len(self.recent.since(10, after=1)), 3)

    def test_too_many_changes_are_not_returned(self):
        self.recent.add([Removed(seq, 10 + seq) for seq in range(1, 6)], 15)
        self.assertEqual(len(self.recent.since(10, limit=5)), 5)
        self.assertIsNone(self.recent.since(10, limit=4))

    def test_the_last_changes_are_kept(self):
        with mock.patch.object(catching_up, "MAX_RECENT", 3):
            for rev in range(11, 20):
                self.recent.add([Removed(rev, rev)], rev)
        self.assertEqual([event.rev for event in self.recent.since(16)], [17, 18, 19])
        self.assertIsNone(self.recent.since(15))

    def test_long_messages_push_older_changes_out(self):
        with mock.patch.object(catching_up, "MAX_RECENT_LENGTH", 100):
            self.recent.add([Removed(9, 11), self.restored(1, 12, "x" * 60)], 12)
            self.assertEqual(len(self.recent.since(10)), 2)
            self.recent.add([self.restored(2, 13, "x" * 60)], 13)
        self.assertIsNone(self.recent.since(11))
        self.assertEqual([event.rev for event in self.recent.since(12)], [13])
