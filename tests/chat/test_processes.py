"""Two processes serve one chat through a ZEO or a PostgreSQL server."""

import os
import re
import shutil
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import TestCase, mock

import pytest

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer, CheckoutServer
from tests.support.chatting import Browser, Window
from tests.support.paths import CONFIG, TOP
from tests.support.postgres import MISSING, PASSWORD, PROGRAM, PostgresServer
from tests.support.zeo import ZEOServer

pytestmark = pytest.mark.slow

MESSAGES = 150

#: Timeout in seconds for responses that must not wait for the store: two, if the machine is idle.
SOON = 8.0


needs_postgres = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


class ProcessesTest(TestCase):
    #: The class of the database server.
    store_class = ZEOServer

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = self.store_class(self.folder)
        self.addCleanup(self.store.close)
        self.ini = os.path.join(self.folder, "processes.ini")
        with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(self.ini, "w") as file:
            text = re.sub(r"zodbconn.uri = .*", f"zodbconn.uri = {self.store.ini_uri}", shipped.read())
            file.write(text.replace("config:../../", f"config:{TOP}/"))

    def serve(self, *options):
        """Return a server of this chat."""
        server = ChatServer(self.folder, options, ini=self.ini)
        self.addCleanup(server.stop)
        return server

    def health(self, server):
        """Return the response of /healthz, which must come soon."""
        begun = time.monotonic()
        answer = Browser(server.port).get("/healthz")
        self.assertLess(time.monotonic() - begun, SOON)
        return answer

    def wait_until_well(self, server):
        wait_until(lambda: self.health(server).status == 200, "a database that answers")


class Workers(ProcessesTest):
    """One server with two workers."""

    def assertRefused(self, start):
        with self.assertRaises(RuntimeError) as caught:
            start().stop()
        output = str(caught.exception)
        for words in (
            f"2 workers cannot share the database at file://{self.folder}",
            "workers = 1",
            "zeo://HOST:PORT",
            "postgres://",
        ):
            self.assertIn(words, output)
        self.assertNotIn("Traceback", output)

    def test_workers_cannot_share_a_file(self):
        self.assertRefused(lambda: ChatServer(self.folder, options=["-w", "2"]))
        with mock.patch.dict(os.environ, {"WEB_CONCURRENCY": "2"}):
            self.assertRefused(lambda: ChatServer(self.folder))

    def test_workers_of_pserve_cannot_share_a_file(self):
        ini = os.path.join(self.folder, "pserve.ini")
        with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(ini, "w") as file:
            text = (
                shipped.read().replace("config:../../", f"config:{TOP}/").replace("port = 8080", "port = %(http_port)s")
            )
            file.write(text.replace("[server:main]", "[server:main]\nworkers = 2"))
        self.assertRefused(
            lambda: CheckoutServer(ini, command="pserve", ready="/healthz", options=[f"var={self.folder}"])
        )


class SharingWorkers(ProcessesTest):
    def test_workers_share_a_database_server(self):
        server = self.serve("-w", "2")
        room = Browser(server.port).open_room("Ada")
        talkers = [Browser(server.port) for _ in range(6)]
        for browser in talkers:  # each on its own connection
            wait_until(lambda browser=browser: browser.get(room).status == 200, "the room")
        for number, browser in enumerate(talkers):
            window = Window(server.port, room, browser)
            window.join(name=f"Ada {number}")
            window.say("Ahoy", nonce="n")
            self.assertEqual(window.hear("message")["seq"], number + 1)
            window.close()
        self.assertEqual({Browser(server.port).get("/").status for _ in range(60)}, {200})


@needs_postgres
class SharingWorkersOnPostgres(SharingWorkers):
    store_class = PostgresServer


class Writers(ProcessesTest):
    def setUp(self):
        super().setUp()
        self.servers = [self.serve(), self.serve()]

    def test_two_writers_to_one_room_lose_nothing(self):
        here, there = (Browser(server.port) for server in self.servers)
        room = here.open_room("Ada")
        wait_until(lambda: there.get(room).status == 200, "the room in the other process")
        heard = {"Ada": [], "Bo": []}
        talkers = [
            threading.Thread(target=self._talk, args=(room, browser, name, heard[name]))
            for name, browser in (("Ada", here), ("Bo", there))
        ]
        for talker in talkers:
            talker.start()
        for talker in talkers:
            talker.join(2 * TIMEOUT)
            self.assertFalse(talker.is_alive())
        log = [
            message
            for after in range(0, 2 * MESSAGES, 200)
            for message in here.json(f"{room}/messages?after={after}&limit=200")["messages"]
        ]
        self.assertEqual([message["seq"] for message in log], list(range(1, 2 * MESSAGES + 1)))
        for name, events in heard.items():
            # Each client receives all earlier messages: gaps are filled from the database.
            self.assertEqual([event["seq"] for event in events], list(range(1, events[-1]["seq"] + 1)))
            said = [message["text"] for message in log if message["author"] == name]
            self.assertEqual(said, [f"{name} {number}" for number in range(MESSAGES)])

    def _talk(self, room, browser, name, heard):
        window = Window(browser.port, room, browser.visit(room))
        window.join(name=name, after=0)
        for number in range(MESSAGES):
            window.say(f"{name} {number}", nonce=str(number))
            while True:
                event = window.hear("message")
                heard.append(event)
                if event["author"] == name:
                    break
        window.close()

    def test_rooms_are_created_after_the_store_was_restarted(self):
        """Rooms consist of many new objects, whose ids must never be allocated twice."""
        here, there = (Browser(server.port) for server in self.servers)
        rooms = {here.open_room("Ada"): [], there.open_room("Bo"): []}
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                self.store.restart(number)
                for server in self.servers:
                    self.wait_until_well(server)
                rooms.update((here.open_room(f"Ada {number}.{room}"), []) for room in range(15))
                self._say_in_all(there, rooms, "Bo")
                rooms.update((there.open_room(f"Bo {number}.{room}"), []) for room in range(10))
                self._say_in_all(there, rooms, "Bo")
                self._say_in_all(here, rooms, "Ada")
        for browser in (here, there):
            for room, texts in rooms.items():
                kept = browser.json(f"{room}/messages?limit=200")["messages"]
                self.assertEqual([message["text"] for message in kept], texts, room)
        for server in self.servers:
            self.assertNotIn("Traceback", server.output())

    def _say_in_all(self, browser, rooms, name):
        for room, texts in rooms.items():
            wait_until(lambda room=room: browser.get(room).status == 200, f"{room} in the other process")
            window = Window(browser.port, room, browser)
            window.join(name=name)
            for _ in range(3):
                texts.append(f"{name} {len(texts)}")
                window.say(texts[-1], nonce=texts[-1])
                event = window.next()
                while event["type"] not in ("message", "error") or event.get("nonce") != texts[-1]:
                    event = window.next()
                self.assertEqual((event["type"], event["seq"]), ("message", len(texts)), event)
            window.close()


@needs_postgres
class WritersOnPostgres(Writers):
    store_class = PostgresServer


class Health(ProcessesTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.wait_until_well(self.server)

    def assertAway(self, answer=None):
        answer = answer or self.health(self.server)
        self.assertEqual(answer.status, 503)
        self.assertRegex(answer.body, rb"^database: ")

    def test_an_unavailable_store_is_reported_until_available_again(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(number):
                self.store.end(number)
                self.assertAway()
                self.assertAway()
                self.store.start()
                self.wait_until_well(self.server)

    def test_no_outdated_data_is_sent_while_the_store_is_unavailable(self):
        browser = Browser(self.server.port)
        room = browser.open_room("Ada")
        self.assertEqual(browser.json(f"{room}/messages")["messages"], [])
        self.store.end(signal.SIGKILL)
        answer = browser.get(f"{room}/messages", "application/json")
        self.assertEqual(answer.status, 503)
        self.assertIsNotNone(answer["Retry-After"])
        self.store.start()
        wait_until(lambda: browser.get(f"{room}/messages", "application/json").status == 200, "the store")

    def test_an_unresponsive_store_blocks_nobody(self):
        self.store.pause()
        self.addCleanup(self.store.go_on)
        with ThreadPoolExecutor() as others:
            asking = others.submit(self.health, self.server)
            begun = time.monotonic()
            self.assertEqual(Browser(self.server.port).get("/sw.js").status, 200)
            self.assertLess(time.monotonic() - begun, SOON)
            self.assertAway(asking.result())
        self.assertAway()
        self.store.go_on()
        self.wait_until_well(self.server)


@needs_postgres
class HealthOnPostgres(Health):
    store_class = PostgresServer

    def test_rejected_messages_can_be_sent_when_the_store_is_back(self):
        browser = Browser(self.server.port)
        room = browser.open_room("Ada")
        window = Window(self.server.port, room, browser)
        window.join()
        for number in (signal.SIGKILL, signal.SIGTERM):
            self.store.end(number)
            window.say("Ahoy", nonce=f"n{number}")
            self.assertEqual(window.hear("error")["code"], "not-stored")
            for answer in (browser.get(room), browser.get("/")):
                self.assertEqual(answer.status, 503)
                self.assertIsNotNone(answer["Retry-After"])
            self.store.start()
            window.say("Ahoy", nonce=f"n{number}")
            window.hear("message")
            self.wait_until_well(self.server)
        window.close()
        kept = browser.json(f"{room}/messages")["messages"]
        self.assertEqual([message["text"] for message in kept], ["Ahoy", "Ahoy"])
        self.assertNotIn(PASSWORD, self.server.output())
