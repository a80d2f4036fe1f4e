"""The timing wheel, against a plain dictionary of deadlines."""

import unittest

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pyramid_sockjs.protocol.timing_wheel import RESOLUTION, Wheel


class Item:
    def __init__(self):
        self.slot = None


class WheelTest(unittest.TestCase):
    def test_items_expire_never_early_and_hardly_late(self):
        wheel, item = Wheel(), Item()
        wheel.set(item, 10.01)
        self.assertEqual(wheel.due(10.0), [])
        self.assertLess(wheel.next() - 10.01, RESOLUTION)
        self.assertEqual(wheel.due(wheel.next()), [item])
        self.assertIsNone(wheel.next())

    def test_items_without_a_deadline_cost_nothing(self):
        wheel = Wheel()
        items = [Item() for _ in range(100)]
        for item in items:
            wheel.set(item, 1.0)
            wheel.discard(item)
        self.assertIsNone(wheel.next())
        self.assertFalse(wheel._slots)


class AgainstADictionary(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.wheel = Wheel()
        self.items = [Item() for _ in range(4)]
        self.deadlines = {}
        self.now = 0.0

    @rule(number=st.integers(0, 3), delay=st.floats(0, 2))
    def set(self, number, delay):
        self.wheel.set(self.items[number], self.now + delay)
        self.deadlines[number] = self.now + delay

    @rule(number=st.integers(0, 3))
    def discard(self, number):
        self.wheel.discard(self.items[number])
        self.deadlines.pop(number, None)

    @rule(seconds=st.floats(0, 1))
    def time_passes(self, seconds):
        self.now += seconds
        due = {self.items.index(item) for item in self.wheel.due(self.now)}
        for number in due:
            assert self.deadlines.pop(number) <= self.now
        assert all(at > self.now - RESOLUTION for at in self.deadlines.values())

    @invariant()
    def the_next_one_is_known(self):
        if self.deadlines:
            assert 0 <= self.wheel.next() - min(self.deadlines.values()) < RESOLUTION + 1e-6
        else:
            assert self.wheel.next() is None


AgainstADictionaryTest = AgainstADictionary.TestCase
