"""The cache of translations."""

import threading
import unittest
from unittest import mock

import gevent
from gevent.event import Event

from piratechat.translation import Translated
from piratechat.translators.builtin.original import Original
from piratechat.translators.engine import cache as module
from piratechat.translators.engine.budget import Spent
from piratechat.translators.engine.cache import OVERHEAD, Memory, digest_of, key_of


class Store:
    """A store in memory, which can fail or block."""

    def __init__(self, rows=(), spent=()):
        self.rows, self.costs = list(rows), list(spent)
        self.error = None
        self.saved = []
        self.busy = 0
        self.hold = None  # a threading.Event that `save` waits for
        self.begun = threading.Event()

    def _work(self):
        assert not self.busy, "two calls at a time"
        self.busy += 1
        try:
            self.begun.set()
            if self.hold is not None:
                assert self.hold.wait(10)
            if self.error is not None:
                raise self.error
        finally:
            self.busy -= 1

    def load(self, _size):
        self._work()
        return self.rows

    def save(self, rows, spent):
        self._work()
        self.saved.append((rows, spent))

    def spent(self):
        self._work()
        return self.costs


class MemoryTest(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch.object(module, "WRITE_DELAY", 0))


class Remembering(MemoryTest):
    def test_stored_translations_are_found(self):
        memory = Memory(1000)
        memory.put(b"1", Translated("Arr", "en"))
        self.assertEqual(memory.get(b"1"), Translated("Arr", "en"))
        self.assertIsNone(memory.get(b"2"))

    def test_uncacheable_translations_are_not_stored(self):
        memory = Memory(1000)
        memory.put(b"1", Translated("Arr", "en", cacheable=False))
        self.assertEqual(len(memory), 0)

    def test_the_size_is_limited(self):
        memory = Memory(10 * (OVERHEAD + 10))
        for number in range(1000):
            memory.put(b"%d" % number, Translated("x" * 10))
        self.assertEqual(len(memory), 10)
        self.assertIsNotNone(memory.get(b"999"))

    def test_the_least_recently_used_are_removed(self):
        memory = Memory(2 * (OVERHEAD + 1))
        for key in (b"1", b"2"):
            memory.put(key, Translated("x"))
        memory.get(b"1")
        memory.put(b"3", Translated("x"))
        self.assertEqual([memory.get(key) is not None for key in (b"1", b"2", b"3")], [True, False, True])

    def test_a_key_is_counted_once(self):
        memory = Memory(2 * (OVERHEAD + 1))
        for _ in range(100):
            memory.put(b"1", Translated("x"))
        memory.put(b"2", Translated("x"))
        self.assertEqual(len(memory), 2)

    def test_oversized_translations_are_not_stored(self):
        memory = Memory(OVERHEAD + 10)
        memory.put(b"1", Translated("x" * 11))
        self.assertEqual(len(memory), 0)
        memory.put(b"2", Translated("x" * 10))
        memory.put(b"3", Translated("x" * 11))
        self.assertIsNotNone(memory.get(b"2"), "other entries are not evicted")

    def test_all_translations_of_a_text_are_forgotten_together(self):
        memory = Memory(1000)
        one, other = digest_of("one"), digest_of("other")
        for key in (one + b"german", one + b"french", other + b"german"):
            memory.put(key, Translated("x"))
        memory.forget(one)
        found = [memory.get(key) is not None for key in (one + b"german", one + b"french", other + b"german")]
        self.assertEqual((found, len(memory)), ([False, False, True], 1))


class Keys(unittest.TestCase):
    def test_the_key_has_all_parameters(self):
        def translator(version="1", target=None):
            found = Original()
            found.version, found.target = version, target
            return found

        keys = {
            key_of("one", translator(), None, "text"),
            key_of("other", translator(), None, "text"),
            key_of("one", translator("2"), None, "text"),
            key_of("one", translator(target="de"), None, "text"),
            key_of("one", translator(), "en", "text"),
            key_of("one", translator(), None, "texts"),
        }
        self.assertEqual(len(keys), 6)
        self.assertEqual(key_of("one", translator(), None, "text"), key_of("one", translator(), None, "text"))
        key_of("one", translator(), None, "\ud800")


class WithAStore(MemoryTest):
    def setUp(self):
        super().setUp()
        self.store = Store()
        self.memory = Memory(10_000, self.store)

    def test_new_translations_are_saved(self):
        self.memory.put(b"1", Translated("Arr", "en"))
        self.memory.spend("german", "here", 3, Spent(100, 20, 3))
        self.memory.flush()
        self.assertEqual(self.store.saved, [([(b"1", "Arr", "en")], [("german", "here", 3, Spent(100, 20, 3))])])
        self.memory.flush()
        self.assertEqual(len(self.store.saved), 1, "only new entries are saved")

    def test_translations_are_saved_periodically(self):
        self.memory.put(b"1", Translated("Arr"))
        self.memory.put(b"2", Translated("Arr"))
        self.memory._writing.get(timeout=10)
        self.assertEqual([len(rows) for rows, _spent in self.store.saved], [2], "together")
        self.memory.put(b"3", Translated("Arr"))
        self.memory._writing.get(timeout=10)
        self.assertEqual(len(self.store.saved), 2)

    def test_saved_translations_are_loaded(self):
        self.store.rows = [(b"1", "old", "en"), (b"2", "Arr", None)]
        self.store.costs = [("german", "here", 3, Spent(100, 20, 3))]
        self.memory.put(b"1", Translated("new"))
        self.assertEqual(self.memory.recall(), [("german", "here", 3, Spent(100, 20, 3))])
        self.assertEqual((self.memory.get(b"1").text, self.memory.get(b"2").text), ("new", "Arr"))

    def test_loading_yields_to_other_greenlets(self):
        self.store.rows = [(b"%d" % number, "x", None) for number in range(5000)]
        memory, sizes = Memory(10_000_000, self.store), []

        def look():
            while len(memory) < 5000:
                sizes.append(len(memory))
                gevent.sleep(0)

        looking = gevent.spawn(look)
        memory.recall()
        looking.get(timeout=10)
        self.assertTrue({1000, 2000, 3000, 4000} <= set(sizes), sizes[-10:])

    def test_an_unreadable_store_counts_as_empty(self):
        self.store.error = OSError("the disk is gone")
        with self.assertLogs("piratechat.translators.engine.cache", "WARNING") as logs:
            self.assertEqual(self.memory.recall(), [])
        self.assertIn("the disk is gone", logs.output[0])

    def test_errors_while_saving_are_ignored(self):
        self.store.error = OSError("the disk is full")
        self.memory.put(b"1", Translated("Arr"))
        with self.assertLogs("piratechat.translators.engine.cache", "WARNING"):
            self.memory.flush()
        self.assertEqual(self.memory.get(b"1").text, "Arr")
        self.store.error = None
        self.memory.put(b"2", Translated("Arr"))
        self.memory.flush()
        self.assertEqual([row[0] for row in self.store.saved[0][0]], [b"2"])

    def test_a_hanging_disk_blocks_nothing_and_fills_no_memory(self):
        self.enterContext(mock.patch.object(module, "MAX_UNWRITTEN", 10))
        self.enterContext(mock.patch.object(module, "CLOSE_TIMEOUT", 0.01))
        self.store.hold = threading.Event()
        self.addCleanup(self.store.hold.set)
        self.memory.put(b"0", Translated("Arr"))
        writing = gevent.spawn(self.memory.flush)
        gevent.get_hub().threadpool.apply(self.store.begun.wait, (10,))
        for number in range(100):
            self.memory.put(b"%d" % number, Translated("Arr"))
        self.assertEqual(len(self.memory._fresh), 10)
        self.memory.finish()  # it recovers
        self.store.hold.set()
        writing.get(timeout=10)

    def test_the_last_save_waits_for_the_previous_one(self):
        self.store.hold = threading.Event()
        self.memory.put(b"1", Translated("Arr"))
        writing = gevent.spawn(self.memory.flush)
        gevent.get_hub().threadpool.apply(self.store.begun.wait, (10,))
        finished = Event()
        finishing = gevent.spawn(lambda: (self.memory.finish(), finished.set()))
        gevent.sleep(0)
        self.assertFalse(finished.is_set())
        self.store.hold.set()
        finishing.get(timeout=10)
        self.assertEqual(len(self.store.saved), 1)
        writing.get(timeout=10)
