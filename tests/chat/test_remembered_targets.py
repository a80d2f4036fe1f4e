"""A service's list of languages is stored: it is available after a restart while the service is unavailable."""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from unittest import TestCase

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.translation_services import DeepL, status

TAGS = ["de", "en-GB", "en-US", "es", "es-419", "nb", "pt-BR", "pt-PT", "zh-Hans", "zh-Hant"]


class Remembered(TestCase):
    rooms = 0

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="piratechat-", ignore_cleanup_errors=True))
        self.service = DeepL()
        self.addCleanup(self.service.close)

    def serve(self):
        options = ["--paste-global", f"deepl={self.service.url}"]
        server = ChatServer(self.folder, options, ini="remembered.ini")
        self.addCleanup(server.stop)
        return server

    def welcome(self, server, view="original"):
        self.rooms += 1
        browser = Browser(server.port)
        window = Window(server.port, browser.open_room(f"Ada {self.rooms}"), browser)
        try:
            return window.join(**{"as": view})
        finally:
            window.close()

    def offered(self, server):
        (found,) = [each for each in self.welcome(server)["translators"] if each["name"] == "deepl"]
        return found["targets"]

    def kept(self):
        """Return the stored data."""
        path = os.path.join(self.folder, "translations.db")
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:  # it is being created
            return connection.execute("SELECT name, tags FROM targets").fetchall()

    def check_it_is_remembered(self, end):
        server = self.serve()
        wait_until(lambda: self.offered(server) == TAGS, "the languages of the service")
        wait_until(lambda: self.kept() == [("deepl", " ".join(TAGS))], "the languages in the file")
        getattr(server, end)()
        self.service.fault = status(503)
        asked = len(self.service.asked)
        server = self.serve()
        wait_until(lambda: self.offered(server) == TAGS, "the stored languages")
        wait_until(lambda: len(self.service.asked) > asked, "another request to the service")
        self.assertEqual(self.offered(server), TAGS, "the service does not answer, and the stored languages stay")
        self.assertEqual(self.welcome(server, ":pt-BR")["as"], "deepl:pt-BR")

    def test_after_a_restart(self):
        self.check_it_is_remembered("stop")

    def test_after_a_kill(self):
        self.check_it_is_remembered("kill")
