"""Which worker replaces which."""

import os
import unittest

from pyramid_sockjs.servers.succession import Succession


class Generations(unittest.TestCase):
    def setUp(self):
        self.succession, self.settings = Succession(), object()
        self.first = self.succession.follow(self.settings)
        self.succession.serve(self.first)

    def test_a_stop_starts_no_worker(self):
        self.assertFalse(self.succession.is_coming(self.first))
        self.assertFalse(self.succession.has_come(self.first))

    def test_a_crashed_worker_is_replaced_within_its_generation(self):
        self.assertEqual(self.succession.follow(self.settings), self.first)
        self.assertFalse(self.succession.is_coming(self.first))

    def test_a_reload_brings_the_next_generation(self):
        second = self.succession.follow(object())
        self.assertTrue(self.succession.is_coming(self.first))
        self.assertFalse(self.succession.is_coming(second))
        self.succession.serve(second)
        self.assertFalse(self.succession.is_coming(self.first))
        self.assertTrue(self.succession.has_come(self.first))
        self.assertFalse(self.succession.has_come(second))

    def test_only_workers_of_a_reload_replace_others(self):
        self.assertFalse(Succession().replaces(1), "the first worker")
        self.assertFalse(self.succession.replaces(self.first), "a worker whose predecessor has ended")
        second = self.succession.follow(object())
        self.assertTrue(self.succession.replaces(second))
        self.succession.serve(second)
        self.assertFalse(self.succession.replaces(second))

    def test_a_second_reload_before_the_first_is_finished(self):
        second = self.succession.follow(object())
        third = self.succession.follow(object())
        self.succession.serve(second)
        self.assertTrue(self.succession.has_come(self.first))
        self.assertTrue(self.succession.is_coming(second))
        self.succession.serve(third)
        self.succession.serve(second)
        self.assertFalse(self.succession.is_coming(second))

    def test_processes_share_the_generation(self):
        second = self.succession.follow(object())
        child = os.fork()
        if not child:
            self.succession.serve(second)
            os._exit(0)
        os.waitpid(child, 0)
        self.assertTrue(self.succession.has_come(self.first))
