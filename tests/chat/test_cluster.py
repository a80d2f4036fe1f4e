"""Two and three processes with a real database server and Redis or RabbitMQ, each of which is killed in turn."""

import json
import os
import random
import shutil
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from unittest import TestCase

import pytest

from piratechat.commands.site import Site
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.held_line import HeldLine
from tests.support.postgres import MISSING as MISSING_POSTGRES
from tests.support.postgres import PROGRAM as POSTGRES
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq_server import MISSING as MISSING_RABBITMQ
from tests.support.rabbitmq_server import PROGRAM as RABBITMQ
from tests.support.rabbitmq_server import RabbitMQServer
from tests.support.redis_server import MISSING, PROGRAM, RedisServer
from tests.support.room_picture import RoomPicture
from tests.support.room_record import RoomRecord
from tests.support.soak import Listening, PatientAuthor, PatientOwner
from tests.support.talkers import POLL_INTERVAL
from tests.support.zeo import ZEOServer, shared_ini

pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]


class ClusterTest(TestCase):
    processes = 2
    #: The class of the database server.
    store_class = ZEOServer
    #: The relay's server if all tests share one.
    broker = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = self.store_class(self.folder)
        self.addCleanup(self.store.close)
        if self.broker is None:
            self.broker = RedisServer(self.folder)
            self.addCleanup(self.broker.end)
        self.ini = shared_ini(self.folder, self.store.ini_uri, self.broker)
        self.servers = [self.serve() for _ in range(self.processes)]
        self.wait_until_together()

    def serve(self, ini=None):
        server = ChatServer(self.folder, ini=ini or self.ini)
        self.addCleanup(server.stop)
        return server

    def wait_until_together(self):
        for server in self.servers:
            browser = Browser(server.port)
            wait_until(lambda browser=browser: browser.get("/healthz").body == b"ok\n", "a connected relay")

    def window(self, server, room, name=None, browser=None, **more):
        browser = browser or Browser(server.port)
        wait_until(lambda: browser.get(room).status == 200, "the room in the other process")
        window = Window(server.port, room, browser)
        window.join(**({} if name is None else {"name": name}), **more)
        self.addCleanup(window.close)
        return window


class ByRabbitMQ:
    """With a RabbitMQ server shared by all tests, because it takes ten seconds or more to start."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="piratechat-"))
        cls.broker = RabbitMQServer(folder)
        cls.addClassCleanup(cls.broker.close)


class Together(ClusterTest):
    def setUp(self):
        super().setUp()
        here, there = self.servers
        self.owner = Browser(here.port)
        self.room = self.owner.open_room("Ada")
        self.ada = self.window(here, self.room, browser=self.owner, after=0, since=0)
        self.bo = self.window(there, self.room, "Bo", after=0, since=0)

    def test_events_of_one_process_arrive_at_the_other(self):
        self.ada.say("Ahoy", nonce="1")
        self.assertEqual(self.bo.hear("message")["text"], "Ahoy")
        self.bo.say("Avast", nonce="2")
        self.ada.hear("message")
        self.assertEqual(self.ada.hear("message")["text"], "Avast")
        self.ada.send({"type": "remove", "seq": 1})
        self.assertEqual(self.bo.hear("removed")["seq"], 1)
        self.ada.send({"type": "room", "title": "The Cabin"})
        self.assertEqual(self.bo.hear("room")["title"], "The Cabin")
        self.ada.send({"type": "mute", "name": "Bo"})
        self.bo.hear("muted")
        self.ada.send({"type": "unmute", "name": "Bo"})
        self.bo.hear("unmuted")
        self.bo.send({"type": "typing"})
        self.assertEqual(self.ada.hear("typing")["author"], "Bo")

    def test_authors_changes_arrive_at_the_other_and_survive_their_process(self):
        self.bo.say("a secret", nonce="1")
        self.assertEqual(self.ada.hear("message")["text"], "a secret")
        self.ada.say("@Bo, which?", nonce="2", reply_to=1)
        answer = self.bo.hear("message")
        while answer["seq"] != 2:
            answer = self.bo.hear("message")
        self.assertEqual((answer["reply_to"], answer["mentions"]), ({"seq": 1, "author": "Bo"}, [[0, 3, "Bo"]]))
        for number, text in enumerate(("another secret", "the last secret"), 1):
            self.bo.send({"type": "edit", "seq": 1, "text": text})
            event = self.ada.hear("message")
            while "rev" not in event:
                event = self.ada.hear("message")
            self.assertEqual((event["text"], event["rev"]), (text, number))
        self.bo.send({"type": "remove", "seq": 1, "nonce": "3"})
        self.assertEqual(self.ada.hear("removed")["by"], "author")
        self.bo.send({"type": "restore", "seq": 1, "nonce": "4"})
        self.assertEqual(self.ada.hear("message")["text"], "the last secret")
        self.servers[1].kill()
        history = self.owner.json(f"{self.room}/messages/1/history")["history"]
        self.assertEqual([each["text"] for each in history], ["a secret", "another secret", "the last secret"])
        self.ada.send({"type": "erase", "seq": 1, "nonce": "5"})
        self.assertEqual(self.ada.hear("erased")["seqs"], [1])
        there = self.serve()
        cleo = self.window(there, self.room, after=2, since=4, epoch=self.owner.json(f"{self.room}/messages")["epoch"])
        self.assertEqual(cleo.next(), {"type": "erased", "seqs": [1], "rev": 5})
        _first, answer = Browser(there.port).json(f"{self.room}/messages")["messages"]
        self.assertEqual(answer["reply_to"], {"seq": 1, "author": ""})

    def test_visitors_of_the_other_process_are_present_until_it_dies(self):
        here = set()

        def hear_until(names):
            while here != names:
                event = self.ada.hear("present")
                here.difference_update(event["left"])
                here.update(event["joined"])

        hear_until({"Ada", "Bo"})
        self.broker.restart()
        self.wait_until_together()
        self.ada.say("Is anybody gone?", nonce="n")
        while (event := self.ada.next())["type"] != "message":
            self.assertNotEqual((event["type"], event.get("left")), ("present", ["Bo"]))
        self.servers[1].kill()
        hear_until({"Ada"})

    def test_a_process_with_different_settings_is_named(self):
        ini = os.path.join(self.folder, "other.ini")
        with open(self.ini) as same, open(ini, "w") as file:
            file.write(same.read().replace("[server:main]", "piratechat.page_length = 7\n[server:main]"))
        other = self.serve(ini)
        for server in (self.servers[0], other):
            browser = Browser(server.port)
            wait_until(lambda browser=browser: b"another piratechat.page_length;" in browser.get("/healthz").body, "it")
            self.assertEqual(browser.get("/healthz").status, 200)
        other.stop()
        self.wait_until_together()

    def test_both_processes_accept_a_cookie(self):
        again = Browser(self.servers[1].port)
        again.cookies = dict(self.owner.cookies)
        window = self.window(self.servers[1], self.room, browser=again)
        window.say("from elsewhere", nonce="n")
        self.assertEqual(window.hear("message")["author"], "Ada")
        self.ada.say("from elsewhere", nonce="n")
        self.assertEqual(self.ada.hear("message")["seq"], 1, "a repeated nonce is recognized")


class Behind(ClusterTest):
    """One process receives commits late."""

    def setUp(self):
        super().setUp()
        self.line = HeldLine(self.store.port)
        self.addCleanup(self.line.close)
        ini = os.path.join(self.folder, "held.ini")
        with open(self.ini) as same, open(ini, "w") as file:
            file.write(same.read().replace(f"127.0.0.1:{self.store.port}?", f"127.0.0.1:{self.line.port}?"))
        self.servers.append(self.serve(ini))
        self.wait_until_together()
        self.owner = Browser(self.servers[0].port)
        self.room = self.owner.open_room("Ada")
        self.ada = self.window(self.servers[0], self.room, browser=self.owner, after=0, since=0)
        self.ada.say("A secret", nonce="1")
        self.ada.hear("message")
        self.edit("Its beginning")
        self.there = Browser(self.servers[-1].port)

    def edit(self, text):
        self.ada.send({"type": "edit", "seq": 1, "text": text, "nonce": text})
        self.ada.hear("done")

    def read_late(self, path):
        """Return the JSON at a path below the room, requested while all responses of the database are held back."""
        with ThreadPoolExecutor() as pool:
            reading = pool.submit(self.there.json, self.room + path)
            wait_until(lambda: reading.done() or self.line.asked, "an answer, or a question to the database")
            self.line.go_on()
            return reading.result(TIMEOUT)

    def test_data_over_http_is_not_older_than_events_of_other_processes(self):
        """A page adds it to its state: a missing change would be missing permanently."""
        paths = ("/messages?limit=50", "/messages/1", "/changes?since=0")
        wait_until(lambda: self.there.get(self.room).status == 200, "the room in the other process")
        for path in paths:
            wait_until(lambda path=path: "Its beginning" in json.dumps(self.there.json(self.room + path)), path)
        for path in paths:
            with self.subTest(path):
                self.there.json(self.room + path)
                self.line.hold()
                self.edit(f"In other words, for {path}")
                self.assertIn(f"In other words, for {path}", json.dumps(self.read_late(path)))


class Killed(ClusterTest):
    """Three processes: one, the database server or the relay is killed while all people post and change the room."""

    maxDiff = None
    processes = 3
    rounds = int(os.environ.get("CLUSTER_ROUNDS", "1"))

    def setUp(self):
        super().setUp()
        owner = Browser(self.servers[0].port)
        self.room = owner.open_room("Ada")
        for server in self.servers[1:]:
            wait_until(lambda server=server: Browser(server.port).get(self.room).status == 200, "the room everywhere")
        self.talkers = [PatientOwner(owner, self.room, "Ada", pause=0.02)]
        for number, server in enumerate(self.servers):
            self.talkers.append(PatientAuthor(Browser(server.port), self.room, f"Talker {number}", pause=0.02))
            self.talkers.append(Listening(Browser(server.port), self.room, f"Listener {number}"))
        for talker in self.talkers:
            talker.start()
            self.addCleanup(talker.stopping.set)

    def test_nothing_is_lost_and_every_reader_has_the_room(self):
        ways = [self.broker.restart, self.store_restarts, *(partial(self.kill, number) for number in range(3))]
        for _ in range(self.rounds):
            for way in random.sample(ways, len(ways)):
                self.wait_until_all_talk()
                way()
        self.wait_until_all_talk()
        members = [talker for talker in self.talkers if not isinstance(talker, Listening)]
        for talker in members:
            talker.pausing.set()
        for talker in members:
            wait_until(
                lambda talker=talker: talker.at_rest.is_set() or talker.fault, f"an end to {talker}", 3 * TIMEOUT
            )
            talker.stopping.set()
            talker.join(3 * TIMEOUT)
            self.assertIsNone(talker.fault, talker)
            self.assertFalse(talker.is_alive(), talker)
        self.assertKept(members)
        for talker in self.talkers:
            if isinstance(talker, Listening):
                self.assertHears(talker)

    def kill(self, number):
        server = self.servers[number]
        server.kill()
        self.servers[number] = ChatServer(self.folder, ini=self.ini, port=server.port)
        self.addCleanup(self.servers[number].stop)

    def store_restarts(self):
        self.store.restart(signal.SIGKILL)

    def wait_until_all_talk(self):
        """Wait until each has some more acknowledgements, as long as there are any, even on a slow machine."""
        said = {talker: len(talker.acknowledged) for talker in self.talkers if not isinstance(talker, Listening)}
        before, end = None, 0.0
        while waiting := {talker: len(talker.acknowledged) for talker in said if not self.has_talked(talker, said)}:
            for talker in self.talkers:
                self.assertIsNone(talker.fault, talker)
            if waiting != before:
                before, end = waiting, time.monotonic() + 3 * TIMEOUT
            if time.monotonic() > end:
                self.fail(f"There is a standstill of {list(waiting)}\n{self.found_out(said)}")
            time.sleep(POLL_INTERVAL)

    @staticmethod
    def has_talked(talker, said):
        return len(talker.acknowledged) > said[talker] + 5

    def found_out(self, said):
        """Describe a standstill: the messages each client `said` before, and now, and the state of the servers."""
        talkers = [f"{said.get(talker)} before, {talker}" for talker in self.talkers]
        health = [Browser(server.port).get("/healthz").body.decode() for server in self.servers]
        return "\n".join([*talkers, *health, *(server.output()[-2_000:] for server in self.servers)])

    def kept(self, server):
        browser = Browser(server.port)
        picture = RoomPicture(lambda path: browser.json(self.room + path))
        picture.read()
        return picture

    def assertKept(self, people):
        """Assert that everything acknowledged is stored once, in its last acknowledged state, and known to all."""
        record = RoomRecord(people[0], people)
        with Site(self.ini, {"var": self.folder}).room(self.room.rpartition("/")[2]) as room:
            self.assertEqual(+record.faults(room), {}, record.summary)
            self.assertGreater(room.rev, 5)
        kept = self.kept(self.servers[0])
        for talker in people:
            talker.catch_up(kept.last, kept.rev)
            self.assertEqual(talker.picture.explained(kept), [], talker)

    def assertHears(self, listener):
        """Assert that a passive reader has the complete room from received events."""
        kept = self.kept(self.servers[0])
        try:
            wait_until(lambda: not listener.picture.differences(kept), "the whole room", 3 * TIMEOUT)
        except AssertionError:
            self.assertEqual((listener.picture.explained(kept), listener.fault), ([], None), listener)


@pytest.mark.skipif(POSTGRES is None, reason=MISSING_POSTGRES)
class KilledOnPostgres(Killed):
    store_class = PostgresServer


class KilledWithoutHistory(KilledOnPostgres):
    """The same with a store without history."""

    def store_class(self, folder):
        return PostgresServer(folder, "keep_history=false")


@pytest.mark.skipif(RABBITMQ is None, reason=MISSING_RABBITMQ)
class TogetherByRabbitMQ(ByRabbitMQ, Together):
    pass


@pytest.mark.skipif(RABBITMQ is None, reason=MISSING_RABBITMQ)
class KilledByRabbitMQ(ByRabbitMQ, Killed):
    pass
