"""Files after a crash during a write, or with other damage."""

import os
import random

from transaction import TransactionManager

from piratechat.model.chat import chat_of
from piratechat.storage.database import DatabaseInUse
from piratechat.storage.file_format import START, FileReader
from piratechat.storage.recovery import DatabaseDamaged
from tests.storage.test_database import DatabaseTest

TRANSACTIONS = 20


class TornTest(DatabaseTest):
    def setUp(self):
        super().setUp()
        self.open_room("Tavern")
        for number in range(1, TRANSACTIONS + 1):
            self.say(str(number) * 50)
        self.database.close()
        os.unlink(f"{self.path}.index")
        with open(self.path, "rb") as file:
            self.whole = file.read()

    def say(self, text):
        manager = TransactionManager(explicit=True)
        connection = self.database.open(manager)
        with manager:
            chat_of(connection).rooms["tavern"].say("owner", text, 1_800_000_000_000)
        connection.close()

    def starts(self):
        """Return the positions of transactions, and the end of the last one."""
        with open(self.path, "rb") as file:
            return [START, *(each.next for each in FileReader(file, len(self.whole)).transactions())]

    def write(self, data):
        with open(self.path, "wb") as file:
            file.write(data)

    def texts(self):
        with self.database.reading() as chat:
            return [message.text for message in chat.rooms["tavern"].messages(0, 1000)]

    def aside(self):
        """Return the contents of all files that were set aside."""
        folder = os.path.dirname(self.path)
        names = sorted(name for name in os.listdir(folder) if ".tr" in name)
        kept = []
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                kept.append(file.read())
            os.unlink(os.path.join(folder, name))
        return b"".join(kept)

    def assertOpens(self, messages):
        """Assert that the file opens with `messages` messages, accepts more, and opens again."""
        self.assertEqual(self.texts(), [str(number) * 50 for number in range(1, messages + 1)])
        self.say("more")
        self.database.close()
        self.assertEqual(self.texts()[-1], "more")
        self.database.close()
        os.unlink(f"{self.path}.index")

    def assertDamaged(self):
        size = os.path.getsize(self.path)
        for _ in range(2):
            with self.assertRaises(DatabaseDamaged) as caught:
                self.database.open()
        for word in (self.path, "is damaged", "bin/piratechat verify", "bin/piratechat restore"):
            self.assertIn(word, str(caught.exception))
        self.assertEqual(os.path.getsize(self.path), size, "the file was not truncated")
        self.assertEqual(self.aside(), b"")


class TornEnds(TornTest):
    def test_a_truncated_transaction_is_set_aside(self):
        *_others, last, end = self.starts()
        for cut in {last + 1, last + 22, last + 23, last + 100, end - 9, end - 8, end - 1, random.randrange(last, end)}:
            with self.subTest(cut=cut - last):
                self.write(self.whole[:cut])
                self.assertOpens(TRANSACTIONS - 1)
                self.assertEqual(self.aside(), self.whole[last:cut])

    def test_garbage_after_the_last_transaction_is_set_aside(self):
        for garbage in (
            b"\0",
            b"\0" * 5_000,
            b"\xff" * 100,
            b"garbage " * 1_000,
            *(random.randbytes(length) for length in (1, 20, 23, 24, 100, 10_000)),
            self.whole[5:500],
        ):
            with self.subTest(garbage=garbage[:30]):
                self.write(self.whole + garbage)
                self.assertOpens(TRANSACTIONS)
                self.assertEqual(self.aside(), garbage)

    def test_a_transaction_with_missing_pages_is_set_aside(self):
        *_others, last, end = self.starts()
        for first, behind in ((last, end), (last + 60, end), (last + 40, end - 8), (last + 60, last + 110)):
            with self.subTest(first=first - last, behind=behind - last):
                self.write(self.whole[:first] + bytes(behind - first) + self.whole[behind:])
                self.assertOpens(TRANSACTIONS - 1)
                self.assertEqual(len(self.aside()), end - last)

    def test_a_file_with_an_incomplete_header(self):
        for length in range(START + 1):
            with self.subTest(length=length):
                self.write(self.whole[:length])
                self.assertEqual(self.rooms(), [])
                self.database.close()
                os.unlink(f"{self.path}.index")

    def test_files_set_aside_are_kept(self):
        for _ in range(3):
            self.write(self.whole + b"garbage")
            self.assertOpens(TRANSACTIONS)
        self.assertEqual(self.aside(), b"garbage" * 3)

    def test_nothing_is_set_aside_while_another_process_writes(self):
        self.database.open()
        with open(self.path, "ab") as file:
            file.write(b"being written")
        with self.assertRaises(DatabaseInUse):
            self.make_database().open()
        self.assertEqual(self.aside(), b"")


class Damage(TornTest):
    def test_damage_before_complete_transactions_is_an_error(self):
        place = self.starts()[10]
        for offset, length in ((8, 1), (16, 1), (8, 8), (0, 400), (63, 8)):
            with self.subTest(offset=offset):
                first = place + offset
                self.write(self.whole[:first] + b"\x7f" * length + self.whole[first + length :])
                self.assertDamaged()

    def test_a_file_of_another_kind(self):
        self.write(b"SQLite format 3\0" * 100)
        self.assertDamaged()


class Index(TornTest):
    def setUp(self):
        super().setUp()
        self.texts()
        self.database.close()
        with open(f"{self.path}.index", "rb") as file:
            self.index = file.read()

    def write_index(self, data):
        with open(f"{self.path}.index", "wb") as file:
            file.write(data)

    def test_missing_and_invalid_indexes(self):
        for data in (b"", self.index[:-20], self.index[:3], b"garbage", random.randbytes(200), b"I7\n."):
            with self.subTest(data=data[:20]):
                self.write(self.whole)
                self.write_index(data)
                self.assertOpens(TRANSACTIONS)

    def test_an_outdated_index(self):
        self.say("21" * 25)
        self.database.close()
        self.write_index(self.index)
        self.assertEqual(self.texts()[-1], "21" * 25)

    def test_an_index_of_a_longer_file(self):
        *_others, last, _end = self.starts()
        self.write(self.whole[:last])
        self.assertOpens(TRANSACTIONS - 1)

    def test_an_incomplete_transaction_after_the_indexed_ones(self):
        self.write(self.whole + random.randbytes(300))
        self.assertOpens(TRANSACTIONS)
        self.assertEqual(len(self.aside()), 300)
