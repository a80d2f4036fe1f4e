"""`make cluster`: several processes behind nginx on this machine, any of which can be killed."""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from unittest import TestCase

import pytest

from piratechat.commands.site import Site
from sockjs_support.clients import session_url
from sockjs_support.servers import free_ports
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chatting import Browser, Window
from tests.support.made_cluster import ENDING, MISSING, MadeCluster
from tests.support.paths import TOP
from tests.support.postgres import MISSING as MISSING_POSTGRES
from tests.support.postgres import PROGRAM as POSTGRES
from tests.support.rabbitmq_server import MISSING as MISSING_RABBITMQ
from tests.support.rabbitmq_server import PROGRAM as RABBITMQ
from tests.support.room_picture import RoomPicture
from tests.support.room_record import RoomRecord
from tests.support.soak import PatientAuthor, PatientOwner

pytestmark = [pytest.mark.slow, pytest.mark.skipif(MISSING is not None, reason=str(MISSING))]

#: Timeout in seconds for all parts to be back after a kill, on a busy machine.
BACK = 3 * TIMEOUT
#: Visitors without WebSockets, at any process.
SESSIONS = 6


class Guest(threading.Thread):
    """Requests pages of four rooms and sends forms continuously, without retries."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.browser = Browser(port)
        self.rooms = [self.browser.open_room(f"Guest {number}") for number in range(4)]  # not all at one process
        self.answers = Counter()
        self.stopping = threading.Event()

    def run(self):
        for room in itertools.cycle(self.rooms):
            if self.stopping.wait(0.02):
                break
            for ask in (self._page, self._data, self._form):
                try:
                    self.answers[ask.__name__, ask(room).status] += 1
                except (OSError, EOFError) as error:
                    self.answers[ask.__name__, repr(error)] += 1

    def _page(self, room):
        return self.browser.get(room)

    def _data(self, room):
        return self.browser.get(f"{room}/messages", "application/json")

    def _form(self, room):
        return self.browser.post(f"{room}/messages", text="Ahoy", name="Guest")


class ClusterTest(TestCase):
    maxDiff = None
    #: More variables of make.
    variables = {}

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cluster-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.cluster = MadeCluster(self.folder, **self.variables)
        self.addCleanup(self.cluster.end)
        self.owner = Browser(self.cluster.port)
        self.room = self.owner.open_room("Ada")

    def window(self, port, name, browser=None, **more):
        browser = browser or Browser(port)
        wait_until(lambda: browser.get(self.room).status == 200, "the room in the other process")
        window = Window(port, self.room, browser)
        window.join(name=name, **more)
        self.addCleanup(window.close)
        return window


class Together(ClusterTest):
    def test_people_talk_through_nginx_and_sigterm_stops_everything(self):
        ada = self.window(self.cluster.port, "Ada", self.owner)
        here, there = (self.window(port, f"At {port}") for port in self.cluster.ports)
        ada.say("Ahoy")
        self.assertEqual([window.hear("message")["text"] for window in (ada, here, there)], ["Ahoy"] * 3)
        there.say("Avast")
        self.assertEqual([window.hear("message")["text"] for window in (ada, here, there)], ["Avast"] * 3)
        page = self.owner.get(self.room).body.decode()
        self.assertIn(f"http://127.0.0.1:{self.cluster.port}{self.room}", page, "the link is nginx's")
        self.cluster.end(signal.SIGTERM)
        wait_until(lambda: not self.cluster.left(), f"an end to {self.cluster.left()}", ENDING)
        for port in (self.cluster.port, *self.cluster.ports):
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self.cluster.start()
        self.assertEqual(len(Browser(self.cluster.port).json(f"{self.room}/messages")["messages"]), 2)

    def test_sessions_are_sticky_and_ctrl_c_stops_everything(self):
        """Each request is on its own connection, in rooms with one process and in rooms with all."""
        for _ in range(SESSIONS):
            self.assertTalks()
        self.cluster.spread(self.room.rpartition("/")[2])
        for _ in range(SESSIONS):
            self.assertTalks()
        os.killpg(self.cluster.process.pid, signal.SIGINT)  # like a terminal
        self.cluster.wait()
        wait_until(lambda: not self.cluster.left(), f"an end to {self.cluster.left()}", ENDING)

    def assertTalks(self):
        """Assert that a polling and a streaming client receive the responses to their messages."""
        url = session_url(f"{self.room}/sockjs")
        self.assertEqual(self.post(f"{url}/xhr").body, b"o\n")
        self.send(url)
        self.assertIn(b"welcome", self.post(f"{url}/xhr").body)
        for transport, method in (("xhr_streaming", "POST"), ("eventsource", "GET")):
            url = session_url(f"{self.room}/sockjs")
            with self.owner.connect() as http:
                self.assertEqual(http.open(method, f"{url}/{transport}").status, 200)
                heard = b""
                while b"o" not in heard.replace(b"h", b""):
                    heard += http.chunk()
                self.send(url)
                while b"welcome" not in heard:
                    heard += http.chunk()

    def post(self, url, text=b""):
        with self.owner.connect() as http:
            return http.request("POST", url, {"Content-Type": "text/plain"}, text)

    def send(self, url):
        self.assertEqual(self.post(f"{url}/xhr_send", json.dumps([json.dumps({"type": "join"})]).encode()).status, 204)


@pytest.mark.skipif(RABBITMQ is None, reason=MISSING_RABBITMQ)
class ByRabbitMQ(ClusterTest):
    variables = {"RELAY": "amqp"}

    def test_people_talk_despite_failures_and_sigterm_stops_everything(self):
        here, there = (self.window(port, f"At {port}") for port in self.cluster.ports)
        for text in ("Ahoy", "Avast"):
            here.say(text)
            self.assertEqual([window.hear("message")["text"] for window in (here, there)], [text] * 2)
            self.cluster.kill("relay")
            wait_until(self.cluster.is_whole, "every process to be well", BACK)
        self.cluster.end(signal.SIGTERM)
        wait_until(lambda: not self.cluster.left(), f"an end to {self.cluster.left()}", ENDING)


class Talked(ClusterTest):
    """All people use nginx, whatever happens behind it."""

    def setUp(self):
        super().setUp()
        self.talkers = [PatientOwner(self.owner, self.room, "Ada", pause=0.05)]
        self.talkers += [
            PatientAuthor(Browser(self.cluster.port), self.room, f"Talker {n}", pause=0.05) for n in range(3)
        ]
        for talker in self.talkers:
            talker.start()
            self.addCleanup(talker.stopping.set)

    def wait_until_all_talk(self):
        said = [len(talker.acknowledged) for talker in self.talkers]

        def all_talk():
            for talker in self.talkers:
                self.assertIsNone(talker.fault, talker)
            return all(len(t.acknowledged) > before + 5 for t, before in zip(self.talkers, said, strict=True))

        wait_until(all_talk, f"acknowledgements for all clients: {self.talkers}", BACK)

    def assertKept(self):
        """Assert that all acknowledged messages are stored once and in order, and known to all."""
        for talker in self.talkers:
            talker.pausing.set()
        for talker in self.talkers:
            wait_until(lambda talker=talker: talker.at_rest.is_set() or talker.fault, f"an end to {talker}", BACK)
            talker.stopping.set()
            talker.join(BACK)
            self.assertIsNone(talker.fault, talker)
            self.assertFalse(talker.is_alive(), talker)
        with Site(self.cluster.settings, {}).room(self.room.rpartition("/")[2]) as room:
            record = RoomRecord(self.talkers[0], self.talkers)
            self.assertEqual(+record.faults(room), {}, record.summary)
        picture = RoomPicture(lambda path: self.owner.json(self.room + path))
        picture.read()
        for talker in self.talkers:
            talker.catch_up(picture.last, picture.rev)
            self.assertEqual(talker.picture.differences(picture)[:5], [], talker)

    def test_a_rolling_restart_loses_nothing_and_rejects_nobody(self):
        guest = Guest(self.cluster.port)
        guest.start()
        self.addCleanup(guest.stopping.set)
        for port in self.cluster.ports:
            self.wait_until_all_talk()
            self.cluster.control("restart", f"chat:chat-{port}")
            wait_until(self.cluster.is_whole, "every process to be well", BACK)
        self.wait_until_all_talk()
        guest.stopping.set()
        guest.join(BACK)
        self.assertEqual(set(guest.answers), {("_page", 200), ("_data", 200), ("_form", 303)}, guest.answers)
        self.assertKept()


@pytest.mark.skipif(POSTGRES is None, reason=MISSING_POSTGRES)
class OnPostgreSQL(Talked):
    variables = {"STORE": "postgres"}

    def test_a_rolling_restart_loses_nothing_and_rejects_nobody(self):
        """All processes are restarted, but not the database server."""
        self.wait_until_all_talk()
        self.assertKept()
        self.cluster.end()
        wait_until(lambda: not self.cluster.left(), f"an end to {self.cluster.left()}", ENDING)
        self.cluster.start()
        self.assertGreater(len(Browser(self.cluster.port).json(f"{self.room}/messages")["messages"]), 20)


class Refused(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cluster-")
        self.addCleanup(shutil.rmtree, self.folder)

    def complaint(self, *words, var=None, **environ):
        command = [os.path.join(TOP, "bin", "python"), os.path.join(TOP, "tools", "cluster.py"), *words]
        outcome = subprocess.run(
            [*command, "--var", var or self.folder],
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        self.assertNotEqual(outcome.returncode, 0)
        self.assertNotIn("Traceback", outcome.stderr)
        return outcome.stderr

    def test_errors_are_reported_before_the_start(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assertIn(f"127.0.0.1:{port} (Address already in use)", self.complaint("--port", str(port)))
        self.assertIn("1 to 64 processes", self.complaint("--workers", "0"))
        self.assertIn("is too long for sockets", self.complaint(var=os.path.join(self.folder, "x" * 100)))
        self.assertIn("no.ini", self.complaint("--ini", "no.ini"))
        first = str(free_ports(3)[0])
        self.assertIn("apt-get install", self.complaint("--port", first, PATH=os.path.dirname(sys.executable)))
