"""Erased texts are in no file below `var` after `pack --forget`, while a server and its indexer are running."""

import json
import os
import re
import shutil
import tempfile
import time
from urllib.parse import quote

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.operating import CommandTest
from tests.support.paths import CONFIG, TOP
from tests.support.zeo import ZEOServer

#: The message, and its words in the index.
SECRET = 'the "boat" Swördfish-1 \\ whale 鱼鲨鲸'
WORDS = ("Swördfish", "swördfish", "swordfish", "boat", "whale", "鱼鲨鲸")
#: The translation by "german", and the edited text.
TRANSLATED = ("Schiff", "schiff", "Wal 鱼鲨鲸")
EDITED = "Cutläss-2 of the boat"


class WhileServing(CommandTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)  # the indexer ends after the server
        self.zeo = ZEOServer(self.folder)
        self.addCleanup(self.zeo.end)
        self.ini = self.configured("chat.ini", lambda text: re.sub("uri = .*", f"uri = {self.zeo.uri}", text))
        search = self.configured("search.ini", lambda text: text)
        self.server = ChatServer(self.folder, ini=search)
        self.addCleanup(self.server.stop)
        self.browser = Browser(self.server.port)
        self.room = self.browser.open_room("Ada")

    def configured(self, name, change):
        """Write a changed copy of the ini file `name`; return its path."""
        folder = os.path.join(self.folder, "etc")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(CONFIG, name)) as shipped, open(os.path.join(folder, name), "w") as file:
            file.write(change(shipped.read()).replace("config:../../", f"config:{TOP}/"))
        return os.path.join(folder, name)

    def do(self, what, **fields):
        self.assertEqual(self.browser.post(f"{self.room}/messages{what}", **fields).status, 303)

    def found(self, words, view="original"):
        answer = self.browser.json(f"{self.room}/search?q={quote(words)}&as={view}")
        return [message["seq"] for message in answer["messages"]]

    def wait_until_found(self, words, *seqs, view="original"):
        def is_found():
            time.sleep(0.5)  # searches are rate-limited
            return self.found(words, view) == list(seqs)

        wait_until(is_found, f"{words} in {seqs}")

    def files(self, text):
        """Return the files that contain `text`, in any encoding."""
        escaped = json.dumps(text)[1:-1]
        forms = {text.encode(), *(text.encode(form) for form in ("utf-16-le", "utf-16-be"))}
        forms |= {escaped.encode(), json.dumps(escaped)[1:-1].encode()}
        found = set()
        for folder, folders, names in os.walk(self.folder):
            folders[:] = [each for each in folders if each not in ("assets", "etc")]  # copies of our static files
            for name in names:
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        contents = file.read()
                except FileNotFoundError:
                    continue
                found |= {name for form in forms if form in contents}
        return sorted(found)

    def test_erased_texts_are_in_no_file_and_others_are_still_found(self):
        self.do("", text=SECRET)
        self.do("", text="this is kept")
        self.browser.json(f"{self.room}/messages?as=german")
        wait_until(
            lambda: "Schiff" in json.dumps(self.browser.json(f"{self.room}/messages?as=german")), "the translation"
        )
        self.found("Schiff", "german")  # requests that part of the index
        self.wait_until_found("Schiff", 1, view="german")
        self.wait_until_found("swordfish", 1)
        wait_until(lambda: self.files("Schiff") != [], "the translation in a file")
        self.do("/1/edit", text=EDITED)
        self.wait_until_found("cutlass", 1)
        self.do("/1/erase")
        for words in ("swordfish", "cutlass"):
            self.wait_until_found(words)
        self.assertEqual(set(self.files("Swördfish")) & {"chat.fs"}, {"chat.fs"}, "the history has the text")
        told = self.done("pack", "--forget", "--beside", f"{self.folder}/chat.fs", "--yes", config=self.ini)
        self.assertIn("chat.fs.old was deleted", told)
        self.assertIn("Restart the ZEO server", told)
        self.assertNotIn("--beside", told)
        self.zeo.restart()
        for text in (*WORDS, *TRANSLATED, "Cutläss", "cutlass", SECRET, EDITED):
            with self.subTest(text):
                self.assertEqual(self.files(text), [])
        wait_until(lambda: self.browser.get("/healthz").status == 200, "the server after that of ZEO")
        self.wait_until_found("kept", 2)
        self.do("", text="this is kept, too")
        self.wait_until_found("kept", 3, 2)
        self.assertEqual(self.found("boat"), [])
        self.assertEqual([self.files(text) for text in (*WORDS, *TRANSLATED, "Cutläss")], [[]] * 10)
        self.assertEqual(self.files("kept, too") != [], True)
        self.done("verify", config=self.ini)

    def test_files_of_other_servers_are_listed(self):
        self.do("", text=SECRET)
        self.do("/1/erase")
        told = self.done("pack", "--forget", "--yes", config=self.ini)
        self.assertIn("--beside FILE", told)
