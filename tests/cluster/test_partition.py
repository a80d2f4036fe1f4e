"""A process is temporarily cut off from the database, the relay and the others, as on a separate machine."""

import shutil
import tempfile
import time
from unittest import TestCase

import pytest

from piratechat.commands.site import Site
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.hosts import Network, missing
from tests.support.redis_server import MISSING as MISSING_REDIS
from tests.support.redis_server import PROGRAM as REDIS
from tests.support.redis_server import RedisServer
from tests.support.room_picture import RoomPicture
from tests.support.room_record import RoomRecord
from tests.support.soak import Listening, PatientAuthor, PatientOwner
from tests.support.zeo import ZEOServer, shared_ini

MISSING = missing()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MISSING is not None, reason=str(MISSING)),
    pytest.mark.skipif(REDIS is None, reason=MISSING_REDIS),
]

#: Timeouts in seconds on a busy machine: for a disconnected process to report that, to reject messages, and to
#: recover when it is connected again.
NOTICED, REFUSED, BACK = TIMEOUT, 2 * TIMEOUT, 3 * TIMEOUT
#: Seconds after which the ZEO server aborts a disconnected client's commit, so that others may commit.
COMMIT = 5
#: The visitors of the room, and those at the disconnected host.
NAMES, GONE = {"Ada", "Talker 0", "Talker 1", "Listener 0", "Listener 1"}, {"Talker 0", "Listener 0"}


class Located:
    """A client at a host, which uses the server there."""

    def __init__(self, host, browser, *arguments, **options):
        self.host = host
        with host.entered():
            super().__init__(browser, *arguments, **options)

    def run(self):
        with self.host.entered():
            super().run()

    def catch_up(self, last=0, rev=0):
        with self.host.entered():
            super().catch_up(last, rev)


class Talking(Located, PatientAuthor):
    """Sends and changes messages."""


class Owning(Located, PatientOwner):
    """Sends messages, and changes the room."""


class Hearing(Located, Listening):
    """Sends nothing."""


class Partition(TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.network = Network(2)
        self.addCleanup(self.network.close)
        self.here, self.there = self.network.hosts
        with self.network.data.entered():
            store = ZEOServer(self.folder, self.network.data.address, "-t", str(COMMIT))
            self.addCleanup(store.close)
            relay = RedisServer(self.folder, "--protected-mode", "no", host=self.network.data.address)
            self.addCleanup(relay.end)
        self.ini = shared_ini(self.folder, store.ini_uri, relay)
        self.ports = {host: self.serve(host) for host in self.network.hosts}
        owner = Browser(self.ports[self.there])
        with self.there.entered():
            self.room, self.other_room = owner.open_room("Ada"), owner.open_room("Bo")
        with self.here.entered():
            browser = Browser(self.ports[self.here])
            for room in (self.room, self.other_room):
                wait_until(lambda room=room: browser.get(room).status == 200, "the room at the other host")
        self.talkers = [Owning(self.there, owner, self.room, "Ada", pause=0.05)]
        self.listeners = []
        for number, (host, port) in enumerate(self.ports.items()):
            self.talkers.append(Talking(host, Browser(port), self.room, f"Talker {number}", pause=0.05))
            self.listeners.append(Hearing(host, Browser(port), self.room, f"Listener {number}"))
        for each in (*self.talkers, *self.listeners):
            each.start()
            self.addCleanup(each.stopping.set)

    def serve(self, host):
        """Start a server at a host, and return its port."""
        with host.entered():
            server = ChatServer(self.folder, ini=self.ini)
        self.addCleanup(server.stop)
        wait_until(lambda: self.health(host, server.port) == b"ok\n", "a process that is well", BACK)
        return server.port

    def health(self, host, port=None):
        with host.entered():
            return Browser(port or self.ports[host]).get("/healthz").body

    def all_talk(self, talkers):
        """Wait until each client has some more acknowledgements."""
        said = {talker: len(talker.acknowledged) for talker in talkers}

        def have_talked():
            for each in (*self.talkers, *self.listeners):
                self.assertIsNone(each.fault, each)
            return all(len(talker.acknowledged) > number + 5 for talker, number in said.items())

        wait_until(have_talked, f"acknowledgements for {talkers}", BACK)

    def present(self, host):
        """Return the names of those present in the room, as seen at a host soon."""
        time.sleep(0.2)
        with host.entered():
            window = Window(self.ports[host], self.room)
            try:
                return set(window.join()["present"])
            finally:
                window.close()

    def test_acknowledged_messages_of_both_sides_are_stored_once_and_sent_to_all(self):
        """Once with lost packets, and once with the interface down."""
        with self.here.entered():
            cleo = Window(self.ports[self.here], self.other_room, Browser(self.ports[self.here]).visit(self.other_room))
            self.addCleanup(cleo.close)
            self.assertEqual(cleo.join(name="Cleo")["you"], "Cleo")
        for cut in (self.network.swallow, self.network.unplug):
            with self.subTest(cut.__name__):
                self.all_talk(self.talkers)
                self.wait_until_present()
                cut(self.here)
                cleo.say(cut.__name__, nonce=cut.__name__)
                wait_until(
                    lambda: self.health(self.here).startswith(b"database: "), "detection of the partition", NOTICED
                )
                self.assertEqual(cleo.hear("error")["code"], "not-stored")
                self.all_talk([talker for talker in self.talkers if talker.host is self.there])
                wait_until(lambda: not self.present(self.there) & GONE, "the end of their presence", NOTICED)
                self.network.heal(self.here)
                self.all_talk(self.talkers)
                cleo.say(cut.__name__, nonce=cut.__name__)
                self.assertEqual(cleo.hear("message")["text"], cut.__name__)
                wait_until(lambda: self.health(self.here) == b"ok\n", "the recovery of the process", BACK)
                self.wait_until_present()
        self.assertKept(cleo)

    def wait_until_present(self):
        for host in self.network.hosts:
            wait_until(lambda host=host: self.present(host) >= NAMES, "the presence of all visitors", BACK)

    def assertKept(self, cleo):
        for talker in self.talkers:
            talker.pausing.set()
        for talker in self.talkers:
            wait_until(lambda talker=talker: talker.at_rest.is_set() or talker.fault, f"an end to {talker}", BACK)
            talker.stopping.set()
            talker.join(BACK)
            self.assertIsNone(talker.fault, talker)
        with self.there.entered(), Site(self.ini, {"var": self.folder}).chat() as chat:
            record = RoomRecord(self.talkers[0], self.talkers)
            self.assertEqual(+record.faults(chat.rooms["ada"]), {}, record.summary)
            said = [message.text for message in chat.rooms["bo"].messages(0, 100)]
            self.assertEqual(said, ["swallow", "unplug"])
        kept = RoomPicture(lambda path: self.talkers[0].browser.json(self.room + path))
        with self.there.entered():
            kept.read()
        for talker in self.talkers:
            talker.catch_up(kept.last, kept.rev)
            self.assertEqual(talker.picture.explained(kept), [], talker)
        for listener in self.listeners:
            wait_until(
                lambda listener=listener: not listener.picture.differences(kept), f"the room at {listener}", BACK
            )
