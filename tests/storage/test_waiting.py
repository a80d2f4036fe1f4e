"""The queue of the committer: in order in each room, and round-robin across rooms."""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from piratechat.storage.fair_queue import Waiting


class WaitingTest(unittest.TestCase):
    def waiting(self, *slugs):
        """Return the queue after adding the items: the room's name, and the item's number."""
        waiting = Waiting()
        for number, slug in enumerate(slugs):
            waiting.add(slug, (slug, number))
        return waiting

    def test_one_room_waits_in_order(self):
        self.assertEqual(self.waiting("a", "a", "a").take(2), [("a", 0), ("a", 1)])

    def test_rooms_take_turns(self):
        waiting = self.waiting("a", "a", "a", "a", "b", "c")
        self.assertEqual([slug for slug, _number in waiting.take(3)], ["a", "b", "c"])
        self.assertEqual(waiting.of("a"), 3)

    def test_unused_shares_go_to_other_rooms(self):
        waiting = self.waiting(*"aaaaaaaab")
        self.assertEqual(len(waiting.take(8)), 8)
        self.assertEqual(len(waiting), 1)

    def test_more_rooms_than_fit_into_a_batch(self):
        waiting = self.waiting("a", "b", "c", "a")
        self.assertEqual(waiting.take(2), [("a", 0), ("b", 1)])
        self.assertEqual(waiting.take(2), [("c", 2), ("a", 3)])
        self.assertEqual(waiting.take(2), [])

    @given(st.lists(st.sampled_from("abcde"), max_size=60), st.lists(st.integers(1, 20), max_size=60))
    def test_all_are_taken_once_and_each_room_in_order(self, slugs, sizes):
        waiting = self.waiting(*slugs)
        taken = []
        for size in [*sizes, *[1] * len(slugs)]:
            some = waiting.take(size)
            self.assertLessEqual(len(some), size)
            taken += some
            self.assertEqual(len(waiting), len(slugs) - len(taken))
        self.assertEqual(sorted(taken, key=lambda item: item[1]), list(zip(slugs, range(len(slugs)), strict=True)))
        for room in set(slugs):
            numbers = [number for slug, number in taken if slug == room]
            self.assertEqual(numbers, sorted(numbers))
