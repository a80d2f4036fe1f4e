"""Long work yields to other greenlets."""

import unittest
from unittest import mock

import gevent

from piratechat.cooperative import give_way, in_turns, yielding
from sockjs_support.greenlets import join_all


class Loop:
    """Records work by iterations of the loop."""

    def __init__(self):
        self.turns = [[]]

    def work(self, name, pieces, kind):
        for piece in kind(range(pieces)):
            self.turns[-1].append(f"{name}{piece}")

    def run(self, *jobs):
        crowd = [gevent.spawn(self.work, *job) for job in jobs]
        while not all(each.ready() for each in crowd):
            give_way()
            self.turns.append([])
        join_all(crowd)
        return [turn for turn in self.turns if turn]


class Turns(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch("piratechat.cooperative.TURN", 0))  # each piece takes the full time slice

    def test_shared_work_continues_in_each_iteration(self):
        turns = Loop().run(("a", 3, yielding), ("b", 3, yielding))
        self.assertEqual([sorted(turn) for turn in turns], [["a0", "b0"], ["a1", "b1"], ["a2", "b2"]])

    def test_tasks_of_one_client_take_turns(self):
        turns = Loop().run(("a", 3, in_turns), ("b", 3, in_turns), ("c", 3, in_turns))
        self.assertEqual({len(turn) for turn in turns}, {1})
        self.assertEqual("".join(turn[0] for turn in turns), "a0" + "a1b0c0" + "a2b1c1" + "b2c2", "they take turns")

    def test_other_greenlets_are_not_delayed(self):
        alone = len(Loop().run(("say", 5, yielding)))
        loop = Loop()
        loop.run(("say", 5, yielding), *((str(number), 5, in_turns) for number in range(9)))
        said = [number for number, turn in enumerate(loop.turns) if any(each.startswith("say") for each in turn)]
        self.assertLessEqual(said[-1] - said[0], alone + 1)

    def test_a_killed_greenlet_does_not_delay_others(self):
        loop = Loop()
        first, second, third = (gevent.spawn(loop.work, name, 50, in_turns) for name in "abc")
        give_way()
        first.kill()
        second.kill()
        third.get(timeout=10)
