"""The command `verify` detects damage, and reports none in a sound database."""

import os
import shutil
import struct
import tempfile

from transaction import TransactionManager
from ZODB.utils import p64

from piratechat.model.chat import chat_of
from piratechat.model.edits import Version
from piratechat.storage.database import Database
from piratechat.storage.file_format import FileReader
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.operating import CommandTest, OperatorTest

WORDS = "words that stand nowhere else"
TALK = [f"{WORDS} {number}" for number in range(40)]


class VerifyTest(CommandTest):
    """A test case for the file `self.path` in `self.folder`."""

    def read(self, name="chat.fs"):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def write(self, data, name="chat.fs"):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(data)

    def change(self, change):
        """Apply `change` to the chat, bypassing all checks."""
        database = Database(f"file://{self.path}")
        manager = TransactionManager(explicit=True)
        connection = database.open(manager)
        with manager:
            change(chat_of(connection).rooms["ada"])
        connection.close()
        database.close()

    def transactions(self):
        with open(self.path, "rb") as file:
            reader = FileReader(file, os.path.getsize(self.path))
            return [(transaction, reader.records_of(transaction)) for transaction in reader.transactions()]

    def assertSound(self, *options):
        outcome = self.run_command("verify", "--json", *options)
        self.assertEqual((outcome.status, outcome.json["wrong"]), (0, []), outcome)
        return outcome.json["checked"]

    def assertWrong(self, *words, options=()):
        outcome = self.run_command("verify", "--json", *options)
        self.assertEqual(outcome.status, 1, outcome)
        for word in words:
            self.assertTrue([fault for fault in outcome.json["wrong"] if word in fault], (word, outcome))


class OfAServer(OperatorTest, VerifyTest):
    def setUp(self):
        super().setUp()
        self.say(*TALK)

    def test_the_report_lists_the_checks(self):
        checked = self.assertSound()
        self.assertEqual((checked["rooms"], checked["messages"]), (1, 40))
        self.assertEqual(checked["bytes"], os.path.getsize(self.path))
        self.assertGreater(checked["transactions"], 40)
        self.stop()
        checked = self.assertSound()
        self.assertEqual(checked["objects in the index file"], checked["objects"])
        lines = self.done("verify").splitlines()
        self.assertEqual(lines[-1], "No problems found.")

    def test_changes_are_read(self):
        self.browser.post(f"{self.room}/messages/3/remove")
        self.browser.post(f"{self.room}/settings", title="New", slow="3")
        self.assertEqual(self.assertSound()["changes"], 2)
        self.end()

        def forget_and_invent(room):
            segment = room.changes._open
            segment.entries = (
                segment.entries[0],
                (1, "sunk", 3, 40, 1),
                (1, "removed", 41, 40, 1),
                (1, "removed", 3, 39, 1),
            )

        self.change(forget_and_invent)
        self.assertWrong(
            "change 2 is invalid",
            "change 3 concerns messages that did not exist",
            "change 4 concerns messages that did not exist",
        )

        def begin_late(room):
            room.changes._open.first = 17

        self.change(begin_late)
        self.assertWrong("changes 1 to 16 are missing")

    def test_undone_and_packed_databases_are_sound(self):
        self.browser.post(f"{self.room}/settings", title="New", slow="3")
        self.end()
        (change,) = (c for c in self.run_command("history", "ada", "--json").json if c["changed"] == ["settings"])
        self.done("undo", change["id"], "--yes")
        self.assertSound()
        self.done("pack", "--days", "0", "--yes")
        self.assertSound()

    def test_a_changed_letter_is_detected_against_a_backup(self):
        copies = os.path.join(self.folder, "copies")
        self.done("backup", copies)
        self.say("not in the back-up")
        self.end()
        self.assertSound("--against", copies)
        whole = self.read()
        place = whole.index(WORDS.encode())
        self.write(whole[:place] + b"W" + whole[place + 1 :])
        self.assertSound()
        self.assertWrong("differ from", options=["--against", copies])


class OfFiles(VerifyTest):
    """Each test has a copy of the files of a stopped server."""

    @classmethod
    def setUpClass(cls):
        cls.left = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="piratechat-"))
        with ChatServer(cls.left) as server:
            browser = Browser(server.port)
            room = browser.open_room("Ada")
            for text in TALK:
                assert browser.post(f"{room}/messages", text=text).status == 303

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="piratechat-"))
        self.folder = shutil.copytree(self.left, os.path.join(folder, "chat"))
        self.path = os.path.join(self.folder, "chat.fs")

    def test_a_truncated_file(self):
        self.write(self.read()[:-7])
        self.assertWrong("has no complete transaction", "the index file refers to a transaction that ends at")

    def test_a_changed_byte_in_headers(self):
        whole = self.read()
        transaction, (record, *_others) = self.transactions()[20]
        for position in (
            transaction.start + 3,  # its id
            transaction.start + 15,  # its length
            transaction.end + 7,  # its length again
            record.start + 7,  # the object's id
            record.start + 20,  # where it was before
            record.start + 33,  # its transaction
        ):
            with self.subTest(position=position - transaction.start):
                flipped = bytearray(whole)
                flipped[position] ^= 0x80
                self.write(flipped)
                outcome = self.run_command("verify")
                self.assertEqual(outcome.status, 1)
                self.assertIn("Problem: ", outcome.output)
        self.write(whole)
        self.assertSound()

    def test_a_changed_byte_in_a_pickle(self):
        whole = self.read()
        (record,) = self.transactions()[-1][1]
        flipped = bytearray(whole)
        flipped[record.data + record.header.plen - 1] ^= 0xFF
        self.write(flipped)
        self.assertWrong("cannot be read")

    def test_a_gap_in_the_numbers(self):
        def lose(room):
            del room.log._full[17]

        self.change(lose)
        self.assertWrong("room ada: message 16 is followed by 33")

    def test_a_segment_that_lacks_messages(self):
        def lose(room):
            room.log._full[17].entries = room.log._full[17].entries[:10]

        self.change(lose)
        self.assertWrong("room ada: of messages 17 to 32 only 10 exist")
        self.assertRefused(self.run_command("export", "ada"), "messages 17 to 32", "bin/piratechat restore")

    def test_a_decreasing_time(self):
        def set_back(room):
            at, *rest = room.log._open.entries[-1]
            room.log._open.entries = (*room.log._open.entries[:-1], (at - 3_600_000, *rest))

        self.change(set_back)
        self.assertWrong("room ada: message 40 is earlier than the previous one")

    def test_invalid_attributes_of_a_message(self):
        def spoil(room):
            *others, last = room.log._open.entries
            extras = [(1, 3, ((0, 4, "Ada"),)), (1, 0), (1, 36), (9,), (), (1, "3"), (1, None, [1])]
            spoiled = zip([*others, last], [*extras, None], strict=True)
            room.log._open.entries = tuple((*entry[:4], "", extra) for entry, extra in spoiled)

        self.change(spoil)
        self.assertWrong(
            "room ada: message 34 replies to 0, which does not precede it",
            "room ada: message 35 replies to 36, which does not precede it",
            "room ada: message 36 is by participant 9, who does not exist",
            "room ada: message 37 is invalid",
            "room ada: message 38 is invalid",
            "room ada: message 39 is invalid",
        )

    def test_edits_of_missing_messages(self):
        def spoil(room):
            for seq in (1, 2, 3):
                room.edit(seq, Version(1, "edited"))
            room.log.erase(1)
            edits = room._edits._messages
            edits[2].versions = ((1, "edited"),)
            edits[41] = edits[3]

        self.change(spoil)
        self.assertWrong(
            "room ada: message 1 was edited, but does not exist",
            "room ada: the edits of message 2 are invalid",
            "room ada: message 41 was edited, but does not exist",
        )

    def test_invalid_index_files(self):
        index = self.read("chat.fs.index")
        # The index stores positions as six bytes each, without the first two of consecutive ones.
        (record, *_others) = self.transactions()[-1][1]
        place = p64(record.start)[2:]
        self.assertEqual(index.count(place), 1)
        self.write(index.replace(place, struct.pack(">Q", record.start - 1)[2:]), "chat.fs.index")
        self.assertWrong("the index file is wrong for 1 objects")
        self.write(b"no index", "chat.fs.index")
        self.assertWrong("the index file cannot be read")
        os.unlink(f"{self.path}.index")
        self.assertIn("Note: there is no index file", self.done("verify"))
