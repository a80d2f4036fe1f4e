"""The log behaves like a list, and its costs do not depend on its length."""

import os
import shutil
import tempfile
import unittest

import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from ZODB import DB
from ZODB.FileStorage import FileStorage

from piratechat.model.log import SEGMENT_SIZE, Log, LogDamaged


class LogFile:
    """A log in a file, which is read again after `reopen`."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "log.fs")
        self._open()
        self.connection.root()["log"] = Log()
        self.commit()

    def _open(self):
        self._db = DB(FileStorage(self.path))
        self._manager = transaction.TransactionManager(explicit=True)
        self.connection = self._db.open(self._manager)
        self._manager.begin()

    @property
    def log(self):
        return self.connection.root()["log"]

    def append(self, *entries):
        return [self.log.append(entry) for entry in entries]

    def commit(self):
        self._manager.commit()
        self._manager.begin()

    def abort(self):
        self._manager.abort()
        self._manager.begin()

    def reopen(self):
        self._close()
        self._open()

    def size(self):
        return os.path.getsize(self.path)

    def _close(self):
        self._manager.abort()
        self.connection.close()
        self._db.close()

    def remove(self):
        self._close()
        shutil.rmtree(self.folder)


def entry(number, text="Ahoy"):
    return (1_800_000_000_000 + number, "Ada", f"{text} {number}", f"nonce-{number}")


class AnyOrder(RuleBasedStateMachine):
    """After any sequence of messages, commits, aborts and restarts, the log is the list of committed messages."""

    def __init__(self):
        super().__init__()
        self.file = LogFile()
        self.said = []
        self.kept = 0

    def teardown(self):
        self.file.remove()

    @rule(count=st.integers(1, 40))
    def something_is_said(self, count):
        fresh = [entry(len(self.said) + number) for number in range(count)]
        assert self.file.append(*fresh) == list(range(len(self.said) + 1, len(self.said) + count + 1))
        self.said += fresh

    @rule()
    def it_is_committed(self):
        self.file.commit()
        self.kept = len(self.said)

    @rule()
    def it_is_undone(self):
        self.file.abort()
        del self.said[self.kept :]

    @rule()
    def the_server_is_restarted(self):
        self.file.reopen()
        del self.said[self.kept :]

    @rule(after=st.integers(-2, 200), limit=st.integers(0, 60))
    def a_page_is_read_forward(self, after, limit):
        start = max(after, 0)
        expected = list(enumerate(self.said, 1))[start : start + limit]
        assert list(self.file.log.forward(after, limit)) == expected

    @rule(before=st.none() | st.integers(-2, 200), limit=st.integers(0, 60))
    def a_page_is_read_backward(self, before, limit):
        numbered = list(enumerate(self.said, 1))
        expected = [pair for pair in reversed(numbered) if before is None or pair[0] < before][:limit]
        assert [pair for pair, _ in zip(self.file.log.backward(before), range(limit), strict=False)] == expected

    @rule(seq=st.integers(-2, 200))
    def one_is_looked_up(self, seq):
        expected = self.said[seq - 1] if 0 < seq <= len(self.said) else None
        assert self.file.log.get(seq) == expected

    @invariant()
    def the_last_number_is_their_count(self):
        assert self.file.log.last == len(self.said)


AnyOrderTest = AnyOrder.TestCase
AnyOrderTest.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


class LongLog(unittest.TestCase):
    LENGTH = 5_000

    def setUp(self):
        self.file = LogFile()
        self.addCleanup(self.file.remove)
        self.file.append(*map(entry, range(self.LENGTH)))
        self.file.commit()

    def loads(self, read):
        """Return the number of objects that `read` loads from an uncached log."""
        self.file.reopen()
        log = self.file.log
        self.file.connection.getTransferCounts(clear=True)
        read(log)
        return self.file.connection.getTransferCounts()[0]

    def test_the_last_fifty_messages_cost_at_most_ten_loads(self):
        for said_since in range(SEGMENT_SIZE):
            with self.subTest(said_since=said_since):
                self.assertLessEqual(self.loads(lambda log: list(log.forward(log.last - 50, 50))), 10)
                self.file.append(entry(0))
                self.file.commit()

    def test_fifty_from_its_middle_cost_no_more(self):
        self.assertLessEqual(self.loads(lambda log: list(log.forward(2_345, 50))), 10)

    def test_the_number_of_messages_costs_two_loads(self):
        self.assertEqual(self.loads(lambda log: log.last), 2)

    def test_backward_loads_no_more_than_is_read(self):
        self.assertLessEqual(self.loads(lambda log: next(log.backward())), 2)

    def test_a_message_does_not_rewrite_earlier_ones(self):
        growth = []
        for number in range(3 * SEGMENT_SIZE):
            before = self.file.size()
            self.file.append(entry(number))
            self.file.commit()
            growth.append(self.file.size() - before)
        self.assertLess(max(growth), 6_000, "the file has hundreds of kilobytes")
        self.assertLess(sum(growth) / len(growth), 1_500)

    def test_a_message_costs_the_same_in_a_short_log_and_in_a_long_one(self):
        short = LogFile()
        self.addCleanup(short.remove)
        short.append(*map(entry, range(self.LENGTH % SEGMENT_SIZE)))
        short.commit()
        grown = []
        for file in (short, self.file):
            before = file.size()
            file.append(entry(1))
            file.commit()
            grown.append(file.size() - before)
        self.assertAlmostEqual(grown[0], grown[1], delta=200)


class DamagedLog(unittest.TestCase):
    def setUp(self):
        self.file = LogFile()
        self.addCleanup(self.file.remove)
        self.log = self.file.log
        self.file.append(*map(entry, range(5 * SEGMENT_SIZE)))

    def assertDamaged(self, read, what):
        with self.assertRaises(LogDamaged) as caught:
            read()
        for words in (what, "bin/piratechat verify", "bin/piratechat restore"):
            self.assertIn(words, str(caught.exception))

    def test_short_and_missing_segments_are_errors(self):
        whole = {first: segment.entries for first, segment, _full in self.log.segments()}
        for left in (0, 3, SEGMENT_SIZE - 1):
            with self.subTest(left=left):
                self.log._full[17].entries = whole[17][:left]
                what = f"messages 17 to 32 of a log there are {left}"
                self.assertDamaged(lambda: list(self.log.forward(0, 80)), what)
                self.assertDamaged(lambda: list(self.log.backward()), what)
                self.assertDamaged(lambda: self.log.get(32), what)
        del self.log._full[17]
        self.assertDamaged(lambda: self.log.get(17), "messages 17 to 32 of a log there are 0")

    def test_messages_before_and_after_the_damage_can_be_read(self):
        self.log._full[17].entries = ()
        self.assertEqual([seq for seq, _entry in self.log.forward(0, 16)], list(range(1, 17)))
        self.assertEqual([seq for seq, _entry in self.log.forward(32, 80)], list(range(33, 81)))
        self.assertEqual(self.log.append(entry(0)), 81)
