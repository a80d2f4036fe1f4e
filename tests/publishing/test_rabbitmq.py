"""Rooms are published to a real RabbitMQ without gaps, even if the broker or a process is killed."""

import contextlib
import json
import os
import re
import shlex
import shutil
import tempfile
import unittest
import uuid

import amqp

from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.paths import CONFIG, TOP
from tests.support.rabbitmq_server import MISSING, PROGRAM, STARTING, RabbitMQServer
from tests.support.zeo import ZEOServer

EXCHANGE, DEAD, QUEUE = "piratechat", "piratechat.dead", "shop.orders"
SETTINGS = """\
piratechat.secret = the same for all processes
piratechat.operator_secret = this one as well, for tests
piratechat.amqp.url = {url}
"""
ROOMS = "piratechat.amqp.rooms = ada ops-*\n"
SOURCE = """\
piratechat.notifications = orders
piratechat.notification.orders.queue = shop.orders
piratechat.notification.orders.room = ada
piratechat.notification.orders.text = {text}
piratechat.notification.orders.name = Shop
"""
RELAY = "piratechat.relay = amqp\n"


class Consumer:
    """A consumer with its own durable queue, bound to the exchange."""

    def __init__(self, url_port, key="#"):
        self.port = url_port
        self.queue = f"consumer-{uuid.uuid4()}"
        #: The received bodies with their ids and headers, in order.
        self.bodies, self.ids, self.headers, self.keys = [], [], [], []
        with self.channel() as channel:
            channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
            channel.queue_declare(self.queue, durable=True, auto_delete=False)
            channel.queue_bind(self.queue, EXCHANGE, key)

    @contextlib.contextmanager
    def channel(self):
        with (
            amqp.Connection(f"127.0.0.1:{self.port}", userid="guest", password="guest") as connection,
            connection.channel() as channel,
        ):
            yield channel

    def take(self):
        """Receive available messages; return all bodies received so far."""
        with self.channel() as channel:
            while (message := channel.basic_get(self.queue, no_ack=True)) is not None:
                self.bodies.append(json.loads(message.body))
                self.ids.append(message.properties["message_id"])
                self.headers.append(message.headers)
                self.keys.append(message.delivery_info["routing_key"])
        return self.bodies

    def first(self):
        """Return the bodies by id, in the order in which they first arrived."""
        found = {}
        for name, body in zip(self.ids, self.bodies, strict=True):
            found.setdefault(name, body)
        return found

    def wait_for(self, count, timeout=3 * TIMEOUT):
        """Wait until `count` different messages have arrived; return them."""
        wait_until(lambda: self.take() is None or len(self.first()) >= count, f"{count} messages", timeout)
        return list(self.first().values())


@unittest.skipIf(PROGRAM is None, MISSING)
class PublishingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker_folder = tempfile.mkdtemp(prefix="rabbitmq-")
        cls.addClassCleanup(shutil.rmtree, cls.broker_folder, ignore_errors=True)
        cls.broker = RabbitMQServer(cls.broker_folder)
        cls.addClassCleanup(cls.broker.close)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.consumer = Consumer(self.broker.port)

    def begin(self, uri=None, more=""):
        """Start the chat, and create a room."""
        self.write_settings(SETTINGS.format(url=self.broker.url) + ROOMS + SOURCE + more, uri)
        self.server = self.serve()
        self.owner = Browser(self.server.port)
        self.room = self.owner.open_room("Ada")
        self.wait_until_healthy()

    def tearDown(self):
        with self.consumer.channel() as channel:
            for queue in (self.consumer.queue, QUEUE, DEAD):
                channel.queue_delete(queue)

    def write_settings(self, settings, uri=None):
        self.ini = os.path.join(self.folder, "chat.ini")
        with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(self.ini, "w") as file:
            text = shipped.read().replace("config:../../", f"config:{TOP}/")
            if uri is not None:
                text = re.sub("^zodbconn.uri = .*", f"zodbconn.uri = {uri}", text, flags=re.MULTILINE)
            file.write(text.replace("[server:main]", f"{settings}\n[server:main]"))

    def serve(self, port=None):
        server = ChatServer(self.folder, ini=self.ini, port=port)
        self.addCleanup(server.stop)
        return server

    def wait_until_healthy(self, server=None):
        browser = Browser((server or self.server).port)
        wait_until(lambda: browser.get("/healthz").body == b"ok\n", "a healthy chat", STARTING)

    def say(self, *texts, room=None, browser=None):
        for text in texts:
            answer = (browser or self.owner).post(f"{room or self.room}/messages", text=text, name="Ada")
            self.assertEqual(answer.status, 303)

    def notify(self, body, **headers):
        with self.consumer.channel() as channel:
            channel.confirm_select()
            message = amqp.Message(body, delivery_mode=2, application_headers=headers)
            channel.basic_publish_confirm(message, routing_key=QUEUE)

    def dead(self):
        with self.consumer.channel() as channel:
            return channel.queue_declare(DEAD, passive=True).message_count

    def assertInOrder(self, texts):
        """Assert that all `texts` have arrived, in order by first arrival, and that duplicates are identical."""
        first = self.consumer.first()
        for name, body in zip(self.consumer.ids, self.consumer.bodies, strict=True):
            self.assertEqual((body["seq"], body["text"]), (first[name]["seq"], first[name]["text"]))
        said = [each for each in first.values() if each["kind"] == "message"]
        self.assertEqual([each["text"] for each in said], list(texts))
        self.assertEqual([each["seq"] for each in said], list(range(1, len(said) + 1)))

    def test_messages_and_changes_in_listed_rooms(self):
        self.begin()
        self.say("one", "two")
        other, ops = self.owner.open_room("Other"), self.owner.open_room("Ops 1")
        self.say("not this", room=other)
        self.say("down", room=ops)
        for what in ("remove", "restore"):
            self.assertEqual(self.owner.post(f"{self.room}/messages/1/{what}").status, 303)
        self.assertEqual(self.owner.post(f"{self.room}/messages/2/edit", text="2").status, 303)
        self.assertEqual(self.owner.post(f"{self.room}/messages/2/erase").status, 303)
        found = self.consumer.wait_for(7)
        self.assertNotIn("not this", str(found))
        ada = [
            (key, each["seq"], each["text"])
            for key, each in zip(self.consumer.keys, found, strict=True)
            if each["room"] == "ada"
        ]
        self.assertEqual(
            [(key, seq) for key, seq, _text in ada],
            [
                ("ada.message", 1),
                ("ada.message", 2),
                ("ada.removed", 1),
                ("ada.restored", 1),
                ("ada.edited", 2),
                ("ada.erased", 2),
            ],
        )
        self.assertEqual(ada[-1][2], "")
        self.assertIn("ops-1.message", self.consumer.keys)
        self.assertEqual(
            {each["epoch"] for each in found}, {headers["x-piratechat-epoch"] for headers in self.consumer.headers}
        )

    def test_there_are_no_loops(self):
        """A source's queue is bound to the publications: messages of people and programs are not posted again."""
        self.begin()
        with self.consumer.channel() as channel:
            channel.queue_bind(QUEUE, EXCHANGE, "ada.*")
        self.say("Ahoy")
        self.notify('{"text": "Order 7"}')
        self.notify('{"text": "psst"}', **{"x-piratechat-mode": "whispered"})
        found = self.consumer.wait_for(2)
        self.assertEqual([(each["author"], each.get("bot")) for each in found], [("Ada", None), ("Shop", True)])
        self.assertEqual([headers.get("x-piratechat-source") for headers in self.consumer.headers], [None, "orders"])
        wait_until(lambda: self.dead() == 2, "both rejected messages")
        self.say("end")
        wait_until(lambda: self.dead() == 3, "the third one")
        self.assertEqual([each["text"] for each in self.consumer.wait_for(3)], ["Ahoy", "Order 7", "end"])
        with self.consumer.channel() as channel:
            reasons = [channel.basic_get(DEAD, no_ack=True).headers["x-piratechat-reason"] for _ in range(3)]
        self.assertRegex(min(reasons), "^a program has said it in a room")
        self.assertEqual(
            max(reasons), "room ada: This was said in this chat, and comes back from where it was published."
        )

    def test_nothing_is_lost_if_the_publisher_is_killed(self):
        self.begin()
        texts = []
        for number in range(3):
            fresh = [f"{number}.{each}" for each in range(20)]
            self.say(*fresh)
            texts += fresh
            self.server.kill()
            self.server = self.serve(self.server.port)
        self.wait_until_healthy()
        self.consumer.wait_for(len(texts))
        self.assertInOrder(texts)

    def test_nothing_is_lost_while_the_broker_is_unavailable(self):
        self.begin()
        self.say("before")
        self.consumer.wait_for(1)
        self.broker.end()
        try:
            wait_until(lambda: b"publishing: the broker is down" in self.owner.get("/healthz").body, "the error")
            texts = [f"away {number}" for number in range(150)]
            self.say(*texts[:75])
            self.server.kill()
            self.server = self.serve(self.server.port)
            self.say(*texts[75:])
        finally:
            self.broker.start()
        self.wait_until_healthy()
        self.consumer.wait_for(151)
        self.assertInOrder(["before", *texts])

    def test_after_a_stop_nothing_is_published_twice(self):
        self.begin()
        self.say("one", "two")
        self.consumer.wait_for(2)
        self.server.stop()
        self.server = self.serve(self.server.port)
        self.say("three")
        self.consumer.wait_for(3)
        self.assertEqual(len(self.consumer.take()), 3)

    def assertWhispersAreHeard(self, *windows):
        """Whichever process reads a whisper from its queue, readers at all processes receive it."""
        for window in windows:
            self.addCleanup(window.close)
            window.join()
        for number in range(4):
            self.notify(json.dumps({"text": f"psst {number}"}), **{"x-piratechat-mode": "whispered"})
        for window in windows:
            self.assertEqual(
                sorted(window.hear("whisper")["text"] for _ in range(4)), ["psst 0", "psst 1", "psst 2", "psst 3"]
            )

    def test_another_process_continues_after_a_crash(self):
        zeo = ZEOServer(self.folder)
        self.addCleanup(zeo.close)
        self.begin(uri=zeo.ini_uri, more=RELAY)
        other = self.serve()
        self.wait_until_healthy(other)
        guest = Browser(other.port)
        guest.cookies = self.owner.cookies
        self.assertWhispersAreHeard(Window(self.server.port, self.room), Window(other.port, self.room))
        texts = []
        for number in range(30):
            self.say(f"here {number}")
            self.say(f"there {number}", browser=guest)
            texts += [f"here {number}", f"there {number}"]
        self.consumer.wait_for(60)
        self.assertEqual(len(self.consumer.take()), 60, "each message arrives once")
        self.server.kill()  # the one that started first
        self.say("alone", browser=guest)
        self.consumer.wait_for(61, STARTING)
        self.server = self.serve(self.server.port)
        self.wait_until_healthy()
        self.say("together")
        self.consumer.wait_for(62)
        self.assertInOrder([*texts, "alone", "together"])

    def test_the_documented_minimal_permissions(self):
        with open(os.path.join(TOP, "docs", "notifications.md")) as file:
            granted = re.findall(r"^(rabbitmqctl set_permissions .*)\n", file.read(), re.MULTILINE)
        self.assertEqual(len(granted), 4)
        self.broker.ctl("add_user", "chat", "its-password")
        self.addCleanup(self.broker.ctl, "delete_user", "chat")
        url = self.broker.url.replace("guest:guest", "chat:its-password")
        texts = []
        parts = (RELAY, SOURCE, ROOMS, RELAY + SOURCE + ROOMS)
        for number, (command, part) in enumerate(zip(granted, parts, strict=True)):
            with self.subTest(part), self.consumer.channel() as channel:
                channel.exchange_delete(EXCHANGE)
                for queue in (QUEUE, DEAD):
                    channel.queue_delete(queue)
                self.broker.ctl(*shlex.split(command)[1:])
                self.write_settings(SETTINGS.format(url=url) + part)
                server = self.serve()
                self.owner = Browser(server.port)
                self.room = self.owner.open_room(f"Ops {number}")
                self.wait_until_healthy(server)
                if SOURCE in part:
                    self.notify("no JSON")
                    wait_until(lambda: self.dead() == 1, "the rejected message")
                if ROOMS in part:
                    channel.queue_bind(self.consumer.queue, EXCHANGE, "#")
                    texts.append(part)
                    self.say("Ahoy")
                    self.consumer.wait_for(len(texts))
                server.stop()
