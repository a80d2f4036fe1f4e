"""Translations by back ends are indexed as shown to readers, and removed together with their messages."""

import os
import signal
import sqlite3
from contextlib import closing, suppress

from sockjs_support.waiting import wait_until
from tests.search.test_indexing import SEARCHED, indexers
from tests.support.chatting import ChatTest


class Shown(ChatTest):
    layer = SEARCHED

    def setUp(self):
        self.file = os.path.join(SEARCHED.folder, "search.db")
        self.owner, self.room = self.open_room()
        self.slug = self.room.rpartition("/")[2]
        self.ada = self.window(self.room, self.owner)
        self.ada.join(after=0)

    def say(self, text):
        self.ada.say(text, lang="en")
        return self.ada.hear("message")["seq"]

    def do(self, **command):
        self.ada.send({**command, "nonce": "1"})
        self.ada.hear("done")

    def show(self, text, seq):
        """Translate the message into `text` for a reader, by the back end."""
        reader = self.window(self.room)
        reader.join(after=seq - 1, **{"as": "german"})
        self.hear(text, seq, reader)
        reader.close()

    def hear(self, text, seq, reader):
        view = reader.hear_view(seq)
        self.assertEqual(view.get("text"), text, view)

    def kept(self):
        """Return the indexed texts of the back end's translations, and their words."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self.file}?mode=rw", uri=True)) as connection:
            part = connection.execute(
                "SELECT id FROM parts WHERE room = ? AND view LIKE 'german:de:%'", (self.slug,)
            ).fetchone()
            if part is None:
                return [], []
            rows = part[0] << 40, (part[0] + 1) << 40
            return tuple(
                [text for (text,) in connection.execute(f"SELECT text FROM {table} WHERE rowid BETWEEN ? AND ?", rows)]
                for table in ("translations", "words")
            )
        return None  # it is being created

    def wait_for(self, *texts):
        wait_until(
            lambda: self.kept() == (list(texts), [text.lower() for text in texts]), f"{texts} in the index", seconds=30
        )

    def found(self, q, view="german"):
        messages = self.browser().json(f"{self.room}/search?q={q}&as={view}")["messages"]
        return [(each["seq"], each["in"], each.get("view", {}).get("text")) for each in messages]

    def forget_translations(self):
        """Empty the cache, so that only the index has translations."""
        SEARCHED.server.stop()
        os.remove(os.path.join(SEARCHED.folder, "translations.db"))
        SEARCHED.start(SEARCHED.server.port)
        self.ada = self.window(self.room, self.owner)
        self.ada.join()

    def test_shown_translations_are_found(self):
        seq = self.say("the boat is here")
        self.show("the Schiff is here", seq)
        self.wait_for("the Schiff is here")
        self.forget_translations()
        self.assertEqual(self.found("schiff"), [(seq, "view", "the Schiff is here")])
        self.assertEqual(self.found("boat"), [(seq, "text", None)])
        self.assertEqual(self.found("schiff", "original"), [])
        page = self.browser().get(f"{self.room}/search?q=schiff&as=german").body.decode()
        self.assertIn("the <mark>Schiff</mark> is here", page)

    def test_translations_of_edited_messages_are_found(self):
        seq = self.say("the boat is here")
        self.show("the Schiff is here", seq)
        self.wait_for("the Schiff is here")
        for pid in indexers():
            os.kill(pid, signal.SIGSTOP)  # the index is outdated for a while
        try:
            self.do(type="edit", seq=seq, text="the whale is here")
            self.assertEqual(self.found("schiff"), [])
        finally:
            for pid in indexers():
                os.kill(pid, signal.SIGCONT)
        self.wait_for()
        self.show("the Wal is here", seq)
        self.wait_for("the Wal is here")
        self.forget_translations()
        self.assertEqual((self.found("schiff"), self.found("wal")), ([], [(seq, "view", "the Wal is here")]))

    def test_translations_of_erased_messages_are_not_in_the_index(self):
        seq, other = self.say("the boat is here"), self.say("another boat")
        self.show("the Schiff is here", seq)
        self.show("another Schiff", other)
        self.wait_for("the Schiff is here", "another Schiff")
        self.do(type="erase", seq=seq)
        self.wait_for("another Schiff")
        self.forget_translations()
        self.assertEqual(self.found("schiff"), [(other, "view", "another Schiff")])

    def test_translations_of_restored_messages_are_found(self):
        reader = self.window(self.room)
        reader.join(**{"as": "german"})
        seq = self.say("the boat is here")
        self.hear("the Schiff is here", seq, reader)
        self.wait_for("the Schiff is here")
        self.do(type="remove", seq=seq)
        self.wait_for()
        self.assertEqual(self.found("schiff"), [])
        self.do(type="restore", seq=seq)
        self.wait_for("the Schiff is here")
        self.assertEqual(self.found("schiff"), [(seq, "view", "the Schiff is here")])
