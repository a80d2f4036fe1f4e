"""The ids of programs' messages are stored for as long as a broker may redeliver them."""

import unittest

from piratechat.model.deliveries import ALWAYS, DAY, MOST, Deliveries


class DeliveriesTest(unittest.TestCase):
    def setUp(self):
        self.deliveries = Deliveries()
        self.at = {}

    def add(self, number, now):
        self.at[number] = now
        self.deliveries.add(f"id {number}", number, now, self.at.__getitem__)

    def test_an_id_is_known(self):
        self.add(3, 0)
        self.assertEqual(
            (self.deliveries.find("id 3"), self.deliveries.find("id 4"), len(self.deliveries)), (3, None, 1)
        )

    def test_all_ids_of_a_day_are_known(self):
        for number in range(ALWAYS + 500):
            self.add(number, number)
        self.assertEqual((self.deliveries.find("id 0"), len(self.deliveries)), (0, ALWAYS + 500))

    def test_old_ids_are_removed_except_the_last(self):
        for number in range(ALWAYS + 500):
            self.add(number, 0)
        for number in range(2_000, 2_500):
            self.add(number, DAY)
        self.assertEqual(len(self.deliveries), ALWAYS)
        self.assertIsNone(self.deliveries.find("id 0"))
        self.assertEqual(self.deliveries.find("id 1499"), 1499)

    def test_the_number_of_ids_is_limited(self):
        for number in range(MOST + 10):
            self.add(number, 0)
        self.assertEqual(len(self.deliveries), MOST)
        self.assertEqual((self.deliveries.find("id 9"), self.deliveries.find("id 10")), (None, 10))

    def test_an_id_may_be_anything(self):
        for number, given in enumerate(("", "x" * 10_000, "\ud800", "東京")):
            self.deliveries.add(given, number, 0, lambda _seq: 0)
            self.assertEqual(self.deliveries.find(given), number)
