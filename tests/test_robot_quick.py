"""A scenario of robot/ that also runs in quick test runs."""

from unittest import TestCase

from tests.support.scenarios import QUICK_SCENES, scenarios

QUICK = ("Two People Talk In A Room",)


def test_suite():
    return scenarios(QUICK_SCENES, QUICK.__contains__)


class Quick(TestCase):
    def test_the_scenarios_exist(self):
        self.assertEqual(test_suite().countTestCases(), len(QUICK))
