"""Detection of repeated messages."""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from piratechat.peers.replays import WINDOW, Received


class ReceivedTest(unittest.TestCase):
    def test_late_messages_within_the_window_are_accepted_once(self):
        received = Received()
        self.assertTrue(received.take(WINDOW))
        self.assertEqual([received.take(1), received.take(1), received.take(0)], [True, False, False])
        self.assertTrue(received.take(WINDOW + 2))
        self.assertEqual([received.take(2), received.take(3)], [False, True])

    def test_a_number_far_ahead_takes_no_memory(self):
        received = Received()
        self.assertEqual([received.take(2**63), received.take(2**63), received.take(1)], [True, False, False])

    @given(st.lists(st.integers(0, 2 * WINDOW), max_size=200))
    def test_each_message_within_the_window_is_accepted_once(self, numbers):
        received, taken, highest = Received(), set(), -1
        for number in numbers:
            highest = max(highest, number)
            expected = number not in taken and number > highest - WINDOW
            self.assertEqual(received.take(number), expected)
            taken.add(number)
