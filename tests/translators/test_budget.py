"""The characters that may be translated in a day: the time is what the tests say."""

import unittest

from piratechat.translation import QuotaExceeded
from piratechat.translators.engine.budget import DAY, Budget


class Budgets(unittest.TestCase):
    def test_what_is_sent_is_counted(self):
        budget = Budget(100)
        budget.spend(60, 0)
        budget.spend(40, 10)
        self.assertEqual(budget.on(20), (0, 100))

    def test_more_is_refused_until_the_day_is_over(self):
        budget = Budget(100)
        budget.spend(60, 0)
        with self.assertRaises(QuotaExceeded) as caught:
            budget.spend(41, DAY - 100)
        self.assertEqual(caught.exception.retry_after, 100)
        budget.spend(40, DAY - 50)  # what was refused has cost nothing
        budget.spend(100, DAY)
        self.assertEqual(budget.on(DAY), (1, 100))

    def test_without_a_limit_all_is_counted_and_nothing_refused(self):
        budget = Budget(0)
        budget.spend(10**9, 0)
        self.assertEqual(budget.spent, 10**9)

    def test_it_goes_on_after_a_restart(self):
        budget = Budget(100)
        budget.spend(10, DAY)
        budget.recall(1, 80, DAY + 5)
        with self.assertRaises(QuotaExceeded):
            budget.spend(11, DAY + 5)

    def test_but_not_from_another_day(self):
        budget = Budget(100)
        budget.recall(0, 80, DAY)
        self.assertEqual(budget.on(DAY), (1, 0))
