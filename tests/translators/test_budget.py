"""The characters that may be translated in a day: the time is what the tests say."""

import unittest

from piratechat.translation import QuotaExceeded
from piratechat.translators.engine.budget import DAY, Budget, Limits, Prices, Spent


class Budgets(unittest.TestCase):
    def test_what_is_sent_is_counted(self):
        budget = Budget(Limits(100))
        budget.spend(60, 0)
        budget.spend(40, 10)
        self.assertEqual(budget.on(20), (0, Spent(100)))

    def test_more_is_refused_until_the_day_is_over(self):
        budget = Budget(Limits(100))
        budget.spend(60, 0)
        with self.assertRaises(QuotaExceeded) as caught:
            budget.spend(41, DAY - 100)
        self.assertEqual(caught.exception.retry_after, 100)
        budget.spend(40, DAY - 50)  # what was refused has cost nothing
        budget.spend(100, DAY)
        self.assertEqual(budget.on(DAY), (1, Spent(100)))

    def test_without_a_limit_all_is_counted_and_nothing_refused(self):
        budget = Budget(Limits())
        budget.spend(10**9, 0)
        self.assertEqual(budget.spent, Spent(10**9))

    def test_it_goes_on_after_a_restart(self):
        budget = Budget(Limits(100))
        budget.spend(10, DAY)
        budget.recall(1, Spent(80), DAY + 5)
        with self.assertRaises(QuotaExceeded):
            budget.spend(11, DAY + 5)

    def test_but_not_from_another_day(self):
        budget = Budget(Limits(100))
        budget.recall(0, Spent(80), DAY)
        self.assertEqual(budget.on(DAY), (1, Spent()))

    def test_tokens_are_counted_when_they_are_known(self):
        budget = Budget(Limits(tokens=100))
        budget.spend(10, 0)
        budget.count(60, 39, 1)
        budget.spend(10, 2)  # one is left
        budget.count(60, 40, 3)
        with self.assertRaises(QuotaExceeded):
            budget.spend(10, 4)
        self.assertEqual(budget.on(4), (0, Spent(20, 120, 79)))
        budget.spend(10, DAY)

    def test_so_is_what_they_cost(self):
        budget = Budget(Limits(cost=0.01), Prices(1.0, 4.0, "EUR"))
        budget.count(1_000, 1_000, 0)
        self.assertAlmostEqual(budget.cost, 0.005)
        budget.spend(10, 0)
        budget.count(5_000, 0, 0)
        with self.assertRaises(QuotaExceeded):
            budget.spend(10, 0)
