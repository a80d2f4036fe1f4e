"""The daily quota of translated characters, with a simulated clock."""

import unittest

from piratechat.translation import QuotaExceeded
from piratechat.translators.engine.budget import CUT_OFF, DAY, Budget, Limits, Prices, Spent


class Budgets(unittest.TestCase):
    def test_sent_characters_are_counted(self):
        budget = Budget(Limits(100))
        budget.spend(60, 0)
        budget.spend(40, 10)
        self.assertEqual(budget.on(20), (0, Spent(100)))

    def test_more_is_rejected_until_the_next_day(self):
        budget = Budget(Limits(100))
        budget.spend(60, 0)
        with self.assertRaises(QuotaExceeded) as caught:
            budget.spend(41, DAY - 100)
        self.assertEqual(caught.exception.retry_after, 100)
        budget.spend(40, DAY - 50)  # the rejected text costs nothing
        budget.spend(100, DAY)
        self.assertEqual(budget.on(DAY), (1, Spent(100)))

    def test_without_a_limit_everything_is_counted_and_nothing_rejected(self):
        budget = Budget(Limits())
        budget.spend(10**9, 0)
        self.assertEqual(budget.spent, Spent(10**9))

    def test_a_restart_keeps_the_count(self):
        budget = Budget(Limits(100))
        budget.spend(10, DAY)
        budget.hear("before", 1, Spent(80), DAY + 5)
        with self.assertRaises(QuotaExceeded):
            budget.spend(11, DAY + 5)

    def test_a_restart_on_another_day_resets_the_count(self):
        budget = Budget(Limits(100))
        budget.hear("before", 0, Spent(80), DAY)
        self.assertEqual(budget.on(DAY), (1, Spent()))

    def test_tokens_are_counted_after_the_call(self):
        budget = Budget(Limits(tokens=100))
        budget.spend(10, 0)
        budget.count(60, 39, 1)
        budget.spend(10, 2)  # one is left
        budget.count(60, 40, 3)
        with self.assertRaises(QuotaExceeded):
            budget.spend(10, 4)
        self.assertEqual(budget.on(4), (0, Spent(20, 120, 79)))
        budget.spend(10, DAY)

    def test_costs_are_counted_after_the_call(self):
        budget = Budget(Limits(cost=0.01), Prices(1.0, 4.0, "EUR"))
        budget.count(1_000, 1_000, 0)
        self.assertAlmostEqual(budget.cost, 0.005)
        budget.spend(10, 0)
        budget.count(5_000, 0, 0)
        with self.assertRaises(QuotaExceeded):
            budget.spend(10, 0)


class Shared(unittest.TestCase):
    """Several processes share a quota."""

    def test_spending_of_other_processes_counts(self):
        budget = Budget(Limits(100))
        budget.hear("there", 0, Spent(70), 0)
        budget.spend(30, 1)
        with self.assertRaises(QuotaExceeded):
            budget.spend(1, 2)
        self.assertEqual((budget.own(3), budget.on(3)), ((0, Spent(30)), (0, Spent(100))))

    def test_reports_can_be_repeated_and_reordered(self):
        budget = Budget(Limits(100))
        for spent in (Spent(10), Spent(60, 5), Spent(20), Spent(60, 5)):
            budget.hear("there", 0, spent, 0)
        budget.hear("elsewhere", 0, Spent(1), 0)
        self.assertEqual(budget.spent, Spent(61, 5))

    def test_disconnected_processes_have_a_share_each(self):
        parts = 1
        budget = Budget(Limits(100), parts=lambda: parts)
        budget.hear("there", 0, Spent(40), 0)
        parts = 3
        budget.spend(20, 0)
        with self.assertRaises(QuotaExceeded) as caught:
            budget.spend(1, 0)
        self.assertEqual(caught.exception.retry_after, CUT_OFF, "the quota may be available again soon")
        parts = 1
        budget.spend(40, 0)

    def test_tokens_and_money_are_divided_as_well(self):
        for limits in (Limits(tokens=100), Limits(cost=0.0001)):
            budget = Budget(limits, Prices(1.0, 1.0, "EUR"), lambda: 2)
            budget.count(30, 19, 0)
            budget.spend(10, 0)
            budget.count(1, 0, 0)
            with self.assertRaises(QuotaExceeded):
                budget.spend(10, 0)

    def test_a_new_day_starts_for_all_processes(self):
        budget = Budget(Limits(100))
        budget.hear("there", 0, Spent(100), 0)
        budget.spend(100, DAY)

    def test_the_number_of_known_processes_is_limited(self):
        budget = Budget(Limits(100))
        for number in range(12_000):
            budget.hear(f"process {number}", 0, Spent(1), 0)
        self.assertEqual(budget.spent, Spent(10_000))
