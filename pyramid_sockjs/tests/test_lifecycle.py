"""Functions that are called before a process ends."""

import os
import signal
import unittest

import gevent

from pyramid_sockjs.lifecycle import before_termination, on_termination
from sockjs_support.greenlets import join_all

#: Timeout in seconds for operations without delay.
TIMEOUT = 10.0


class Ending(unittest.TestCase):
    def setUp(self):
        self.addCleanup(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM))
        self.done = []

    def note(self, what):
        return lambda: self.done.append(what)

    def end(self, count):
        """Ask the process to end, and wait until `count` functions have been called."""
        os.kill(os.getpid(), signal.SIGTERM)
        with gevent.Timeout(TIMEOUT):
            while len(self.done) < count:
                gevent.sleep(0.001)

    def test_another_server_gets_the_signal_after_all_functions(self):
        signal.signal(signal.SIGTERM, lambda number, _frame: self.done.append(number))
        before_termination(self.note("last"), last=True)
        before_termination(self.note("first"))
        self.end(3)
        self.assertEqual(self.done, ["first", "last", signal.SIGTERM])

    def test_a_second_signal_calls_nothing_again(self):
        signal.signal(signal.SIGTERM, lambda number, _frame: self.done.append(number))
        before_termination(self.note("first"))
        self.end(2)
        self.end(3)
        self.assertEqual(self.done, ["first", signal.SIGTERM, signal.SIGTERM])

    def test_our_server_gets_the_signal_immediately_and_calls_the_functions(self):
        termination = on_termination(lambda _number, _frame: self.done.append("asked"))
        before_termination(self.note("last"), last=True)
        before_termination(self.note("first"))
        self.end(1)
        self.assertEqual(self.done, ["asked"])
        termination.begin()
        self.assertEqual(self.done, ["asked", "first"])
        before_termination(self.note("late"))
        termination.finish()
        self.assertEqual(self.done, ["asked", "first", "late", "last"])
        termination.finish()
        self.assertEqual(len(self.done), 4)

    def test_functions_can_be_registered_before_the_server_starts(self):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        before_termination(self.note("first"))
        termination = on_termination(lambda _number, _frame: None)
        termination.finish()
        self.assertEqual(self.done, ["first"])

    def test_a_failing_function_does_not_prevent_others(self):
        termination = on_termination(lambda _number, _frame: None)
        before_termination(lambda: 1 / 0)
        before_termination(self.note("second"))
        with self.assertLogs("pyramid_sockjs.lifecycle", "ERROR"):
            termination.begin()
        self.assertEqual(self.done, ["second"])

    def test_functions_may_wait(self):
        signal.signal(signal.SIGTERM, lambda number, _frame: self.done.append(number))
        freed = gevent.event.Event()
        before_termination(lambda: (freed.wait(TIMEOUT), self.done.append("waited")))
        os.kill(os.getpid(), signal.SIGTERM)
        join_all([gevent.spawn(freed.set)])
        self.end(2)
        self.assertEqual(self.done[0], "waited")

    def test_an_ignored_signal_calls_nothing(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        before_termination(self.note("first"))
        self.assertIs(signal.getsignal(signal.SIGTERM), signal.SIG_IGN)
