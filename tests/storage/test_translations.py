"""The file with cached translations."""

import os
import resource
import sqlite3
import stat
import tempfile
import unittest

from piratechat.translators.engine.budget import Spent
from piratechat.translators.engine.cache import DIGEST_SIZE, digest_of
from piratechat.translators.engine.cache_file import OVERHEAD, TranslationsFile


def rows(first, last, text="Arr", source=None):
    return [(b"%d" % number, text, source) for number in range(first, last)]


class TranslationsFileTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = os.path.join(self.folder, "var", "translations.db")

    def file(self, size=1_000_000):
        return TranslationsFile(self.path, size)


class Keeping(TranslationsFileTest):
    def test_translations_survive_a_restart(self):
        said = [(b"\x00\xff", "Ärr\n\x00", "en"), (b"2", "", None)]
        self.file().save(said, [("german", "here", 3, Spent(100))])
        self.assertEqual(self.file().load(1_000_000), said)
        self.assertEqual(self.file().spent(), [("german", "here", 3, Spent(100))])

    def test_a_new_file_is_empty(self):
        self.assertEqual((self.file().load(1000), self.file().spent()), ([], []))

    def test_the_last_write_counts(self):
        file = self.file()
        file.save([*rows(0, 3), (b"0", "new", None)], [("german", "here", 3, Spent(100))])
        file.save([], [("german", "here", 3, Spent(200)), ("french", "here", 3, Spent(1))])
        self.assertEqual([key for key, _text, _source in file.load(1000)], [b"1", b"2", b"0"])
        self.assertEqual(sorted(file.spent()), [("french", "here", 3, Spent(1)), ("german", "here", 3, Spent(200))])

    def test_the_newest_are_loaded(self):
        file = self.file()
        file.save(rows(0, 100, "x" * 100), [])
        found = file.load(10 * (100 + OVERHEAD))
        self.assertEqual([key for key, _text, _source in found], [b"%d" % number for number in range(90, 100)])

    def test_the_file_is_private(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.file().save(rows(0, 3), [])
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.path)).st_mode), 0o700)


class Forgetting(TranslationsFileTest):
    def setUp(self):
        super().setUp()
        self.one, self.other = digest_of("one"), digest_of("other")
        self.rows = [
            (key, f"secret of {key[-1:]!r}", None) for key in (self.one + b"1", self.one + b"\xff" * 16, self.other)
        ]
        self.file().save(self.rows, [("german", "here", 3, Spent(100))])

    def contents(self):
        with open(self.path, "rb") as file:
            return file.read()

    def test_all_translations_of_a_text_are_deleted_from_the_file(self):
        self.file().forget([self.one, digest_of("nothing")])
        self.assertEqual(self.file().load(1000), self.rows[2:])
        self.assertNotIn(self.rows[0][1].encode(), self.contents())

    def test_texts_no_longer_shown(self):
        self.assertEqual(self.file().keep_only({self.other}, DIGEST_SIZE), 2)
        self.assertEqual(
            (self.file().load(1000), self.file().spent()), (self.rows[2:], [("german", "here", 3, Spent(100))])
        )
        self.assertNotIn(self.rows[1][1].encode(), self.contents())

    def test_rows_of_an_earlier_version_are_dropped(self):
        with sqlite3.connect(self.path) as connection:
            connection.execute("PRAGMA user_version = 0")
        connection.close()
        self.assertEqual((self.file().load(1000), self.file().spent()), ([], [("german", "here", 3, Spent(100))]))
        self.file().save(self.rows, [])
        self.assertEqual(self.file().load(1000), self.rows)


class Size(TranslationsFileTest):
    def kept(self):
        with sqlite3.connect(self.path) as connection:
            (found,) = connection.execute("SELECT coalesce(sum(size), 0) FROM translations").fetchone()
        connection.close()
        return found

    def test_the_size_of_the_file_is_limited(self):
        file = self.file(100_000)
        for number in range(0, 5000, 50):
            file.save(rows(number, number + 50, "x" * 100), [])
            self.assertLessEqual(self.kept(), 120_000)
        self.assertGreater(self.kept(), 80_000)
        self.assertEqual(file.load(100_000)[-1][0], b"4999")
        self.assertLess(os.path.getsize(self.path), 1_000_000)

    def test_the_size_is_limited_over_restarts(self):
        for number in range(0, 3000, 10):
            self.file(100_000).save(rows(number, number + 10, "x" * 100), [])
        self.assertLessEqual(self.kept(), 100_000)

    def test_a_smaller_limit_applies_from_the_next_start(self):
        self.file().save(rows(0, 1000, "x" * 100), [])
        self.file(10_000).save(rows(1000, 1001), [])
        self.assertLessEqual(self.kept(), 10_000)


class Trouble(TranslationsFileTest):
    def write(self, data, at=0):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "r+b" if at else "wb") as file:
            file.seek(at)
            file.write(data)

    def test_a_file_that_is_not_a_database_is_replaced(self):
        for first, arguments in [("load", (1000,)), ("save", ([], [])), ("spent", ())]:
            with self.subTest(first=first):
                self.write(b"this is no database, but quite another file " * 200)
                file = self.file()
                getattr(file, first)(*arguments)
                file.save(rows(0, 3), [])
                self.assertEqual(self.file().load(1000), rows(0, 3))

    def test_a_damaged_database_is_replaced(self):
        self.file().save(rows(0, 2000, "x" * 100), [])
        size = os.path.getsize(self.path)
        self.write(os.urandom(size - 8192), 4096)
        file = self.file()
        file.load(1_000_000)
        file.save(rows(0, 3), [])
        self.assertEqual(self.file().load(1_000_000)[-3:], rows(0, 3))

    def test_the_file_may_be_deleted_at_any_time(self):
        file = self.file()
        file.save(rows(0, 3), [])
        os.remove(self.path)
        file.save(rows(3, 4), [])
        self.assertEqual(file.load(1000), rows(3, 4))

    def test_a_full_disk_changes_nothing(self):
        file = self.file()
        file.save(rows(0, 10), [])
        _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
        try:
            with self.assertRaises((sqlite3.Error, OSError)):
                file.save(rows(10, 10_000, "x" * 100), [("german", "here", 1, Spent(1))])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        self.assertEqual((file.load(100_000), file.spent()), (rows(0, 10), []))
        file.save(rows(10, 11), [])
        self.assertEqual(len(file.load(100_000)), 11)

    def test_a_folder_in_its_place_is_an_error(self):
        os.makedirs(self.path)
        with self.assertRaises(OSError):
            self.file().load(1000)
        self.assertTrue(os.path.isdir(self.path))
