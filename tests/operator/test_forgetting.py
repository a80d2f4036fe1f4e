"""Erased texts are in no file of the chat after `pack --forget`."""

import json
import os

from piratechat.translators.engine.cache import digest_of
from piratechat.translators.engine.cache_file import TranslationsFile
from tests.support.operating import OperatorTest

SECRETS = ("the pasword is Swordfish-1", "das Paßwort heißt Ölkännchen-2", "пароль: рыба-меч-3", "removed-4")
TRANSLATED = "arr, th' password be Cutlass-5"


class Forgetting(OperatorTest):
    def setUp(self):
        super().setUp()
        self.translations = os.path.join(self.folder, "translations.db")
        self.say(*SECRETS, "kept")

    def do(self, seq, what, **fields):
        self.assertEqual(self.browser.post(f"{self.room}/messages/{seq}/{what}", **fields).status, 303)

    def files(self, text):
        """Return the files that contain `text`, in any encoding."""
        written = (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"), json.dumps(text)[1:-1].encode())
        found = []
        for folder, _folders, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    contents = file.read()
                found += [name for one in written if one in contents][:1]
        return sorted(found)

    def test_erased_texts_are_in_no_file(self):
        self.do(1, "edit", text="the password is Swordfish-6")
        TranslationsFile(self.translations, 10_000).save([(digest_of(SECRETS[1]), TRANSLATED, "de")], [])
        for seq in (1, 2, 3):
            self.do(seq, "erase")
        self.do(4, "remove")
        self.end()
        secrets = (*SECRETS[:3], "Swordfish-6", TRANSLATED)
        self.assertEqual(self.files(TRANSLATED), [], "translations are deleted immediately")
        self.assertIn("chat.fs", self.files(SECRETS[0]), "the history has the text")
        self.done("pack", "--days", "0", "--yes")
        self.assertEqual(self.files(SECRETS[0]), ["chat.fs.old"])
        with open(f"{self.path}.tr0", "w") as file:
            file.write(SECRETS[2])
        with open(os.path.join(self.folder, "search.db"), "w") as file:
            file.write(SECRETS[1])
        asked = self.run_command("pack", "--forget", given="n\n")
        self.assertIn("chat.fs.tr0", asked.output)
        self.assertEqual(self.files(SECRETS[2]), ["chat.fs.old", "chat.fs.tr0"])
        self.assertIn("chat.fs.tr0 was deleted", self.done("pack", "--forget", "--yes"))
        self.assertEqual([self.files(secret) for secret in secrets], [[]] * 5)
        self.assertEqual(self.files(SECRETS[3]), ["chat.fs"], "its owner can restore a removed message")
        self.start()
        self.assertEqual(self.texts(), ["", "", "", "", "kept"])

    def test_late_translations_are_deleted(self):
        self.do(2, "erase")
        self.end()
        rows = [(digest_of(text), text, None) for text in (SECRETS[1], "kept")]
        TranslationsFile(self.translations, 10_000).save(rows, [])
        self.assertIn("1 translations", self.done("pack", "--forget", "--yes"))
        self.assertEqual(TranslationsFile(self.translations, 10_000).load(1000), rows[1:])

    def test_an_erasure_cannot_be_undone(self):
        self.do(1, "erase")
        self.end()
        erased = self.run_command("history", "ada", "--json").json[0]
        self.assertRefused(
            self.run_command("undo", erased["id"], "--yes"), "it erased messages, which cannot be restored"
        )
        self.start()
        self.assertEqual(self.texts(), ["", *SECRETS[1:], "kept"])
