"""Notifications from a real RabbitMQ are posted in rooms once, even if the broker or a process is killed."""

import contextlib
import json
import os
import shutil
import struct
import tempfile
import time
import unittest

import amqp

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.paths import CONFIG, TOP
from tests.support.rabbitmq_server import MISSING, PROGRAM, STARTING, RabbitMQServer

#: The format of frames: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.3
METHOD, HEADER, BODY, END = 1, 2, 3, b"\xce"
#: A message-id in Latin-1, a timestamp in milliseconds, and another in the table of headers.
NO_UTF_8 = b"\x00\x80\x04caf\xe9"
NO_TIME = b"\x00\x40" + struct.pack(">Q", 1_800_000_000_000)
NO_TIME_IN_A_HEADER = b"\x20\x00" + struct.pack(">L", 11) + b"\x01tT" + struct.pack(">Q", 1_800_000_000_000)
QUEUE, DEAD = "shop.orders", "piratechat.dead"
WHISPERED = {"x-piratechat-mode": "whispered"}
SETTINGS = """\
piratechat.amqp.url = {url}
piratechat.notifications = orders
piratechat.notification.orders.queue = shop.orders
piratechat.notification.orders.room = {{room}}
piratechat.notification.orders.name = Shop
piratechat.notification.orders.text = Order {{number}}: where is my friend?
piratechat.notification.orders.lang = en
"""


def send_raw(channel, properties, body):
    """Publish `body` with raw properties, beginning with their flags."""
    publish = struct.pack(">HHHB", 60, 40, 0, 0) + bytes([len(QUEUE)]) + QUEUE.encode() + b"\x00"
    header = struct.pack(">HHQ", 60, 0, len(body)) + properties
    for kind, payload in ((METHOD, publish), (HEADER, header), (BODY, body)):
        channel.connection.transport.write(struct.pack(">BHL", kind, channel.channel_id, len(payload)) + payload + END)


@unittest.skipIf(PROGRAM is None, MISSING)
class NotificationsTest(unittest.TestCase):
    layer = BROWSER

    @classmethod
    def setUpClass(cls):
        cls.broker_folder = tempfile.mkdtemp(prefix="rabbitmq-")
        cls.addClassCleanup(shutil.rmtree, cls.broker_folder, ignore_errors=True)
        cls.broker = RabbitMQServer(cls.broker_folder)
        cls.addClassCleanup(cls.broker.close)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.ini = os.path.join(self.folder, "chat.ini")
        with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(self.ini, "w") as file:
            text = shipped.read().replace("config:../../", f"config:{TOP}/")
            settings = SETTINGS.format(url=self.broker.url)
            file.write(text.replace("[server:main]", f"{settings}\n[server:main]"))
        self.server = self.serve()
        self.owner = Browser(self.server.port)
        self.room = self.owner.open_room("Ada")
        wait_until(lambda: self.health() == b"ok\n", "a consumer of the queue")

    def tearDown(self):
        with self.channel() as channel:
            for queue in (QUEUE, DEAD):
                channel.queue_purge(queue)

    def serve(self, port=None):
        server = ChatServer(self.folder, ini=self.ini, port=port)
        self.addCleanup(server.stop)
        return server

    def health(self):
        return self.owner.get("/healthz").body

    @contextlib.contextmanager
    def channel(self):
        address = f"127.0.0.1:{self.broker.port}"
        with (
            amqp.Connection(address, userid="guest", password="guest") as connection,
            connection.channel() as channel,
        ):
            channel.confirm_select()
            yield channel

    def publish(self, *numbers, room="ada", again=False, **headers):
        """Publish persistent orders with their numbers as message-ids."""
        with self.channel() as channel:
            for number in numbers:
                body = json.dumps({"room": room, "number": number})
                message = amqp.Message(body, delivery_mode=2, message_id=str(number), application_headers=headers)
                for _ in range(1 + again):
                    channel.basic_publish_confirm(message, routing_key=QUEUE)

    def waiting(self, queue):
        with self.channel() as channel:
            return channel.queue_declare(queue, passive=True).message_count

    def window(self, **more):
        window = Window(self.server.port, self.room, self.owner)
        window.join(after=0, **more)
        self.addCleanup(window.close)
        return window

    def said(self):
        """Return the numbers of the orders posted in the room, in order."""
        found, after = [], 0
        while page := self.owner.json(f"{self.room}/messages?after={after}&limit=200")["messages"]:
            found += [int(each["text"].split(":")[0].split()[1]) for each in page if each["author"] == "Shop"]
            after = page[-1]["seq"]
        return found

    def wait_until_said(self, numbers):
        try:
            wait_until(lambda: sorted(self.said()) == sorted(numbers), "all messages", 3 * TIMEOUT)
        except AssertionError:
            self.assertEqual(sorted(self.said()), sorted(numbers))

    def test_notifications_are_translated(self):
        pirate = self.window(**{"as": "pirate"})
        self.publish(7)
        message = pirate.hear("message")
        self.assertEqual((message["author"], message["text"]), ("Shop", "Order 7: where is my friend?"))
        self.assertIn("me ", message["view"]["text"])
        wait_until(lambda: self.waiting(QUEUE) == 0, "an empty queue")

    def test_whispers_are_sent_and_not_stored(self):
        reader, pirate = self.window(), self.window(**{"as": "pirate"})
        self.publish(7, **WHISPERED)
        heard, read = reader.hear("whisper"), pirate.hear("whisper")
        self.assertEqual((heard["author"], heard["text"]), ("Shop", "Order 7: where is my friend?"))
        self.assertIn("me ", read["view"]["text"])
        wait_until(lambda: self.waiting(QUEUE) == 0, "an empty queue")
        self.assertEqual(self.said(), [])
        self.assertNotIn(b"Order 7", self.owner.get(f"{self.room}/search?q=order").body)
        self.publish(8, **{"x-piratechat-mode": "shouted"})
        wait_until(lambda: self.waiting(DEAD) == 1, "an unknown header")
        with open(os.path.join(self.folder, "chat.fs"), "rb") as file:
            self.assertNotIn(b"Order 7", file.read())

    def test_the_page_shows_whispers_until_it_is_reloaded(self):
        if self.layer.driver is None:
            self.skipTest(self.layer.MISSING)
        driver = self.layer.driver
        self.addCleanup(driver.get, "about:blank")
        driver.get("about:blank")
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.say("before")
        for name, value in self.owner.cookies.items():
            cookie = {"name": name, "value": value, "url": f"http://127.0.0.1:{self.server.port}"}
            driver.execute_cdp_cmd("Network.setCookie", cookie)
        driver.get(f"http://127.0.0.1:{self.server.port}{self.room}?as=pirate")
        state = "return document.getElementById('connection').dataset.state"
        wait_until(lambda: driver.execute_script(state) == "connected", "a live page")
        self.publish("<b>7</b>", **WHISPERED)
        wait_until(lambda: len(self.log_shown(driver)) == 2, "a whisper")
        self.say("after")
        wait_until(lambda: len(self.log_shown(driver)) == 3, "a message")
        before, whisper, after = self.log_shown(driver)
        self.assertEqual(
            (before[0], after[0]),
            ("message own by-owner", "message own by-owner"),
            "a whisper is not grouped with messages",
        )
        self.assertEqual(whisper[0], "whisper")
        self.assertRegex(whisper[1], r"^Shop \d\d:\d\d not keptOrder <b>7</b>: .*\bme ")
        self.assertEqual(driver.title, "Ada · piratechat", "whispers are not counted")
        self.publish(*range(60), **WHISPERED)
        wait_until(lambda: "Order 59:" in self.log_shown(driver)[-1][1], "the last of many")
        self.assertEqual(len([kind for kind, _text in self.log_shown(driver) if kind == "whisper"]), 50)
        driver.refresh()
        self.assertEqual([kind for kind, _text in self.log_shown(driver) if kind == "whisper"], [])

    def log_shown(self, driver):
        """Return the classes and the texts of the elements in the page's log, in order."""
        return driver.execute_script("""
            return [...document.querySelectorAll('#messages > :is(.message, .whisper)')]
                .map((item) => [item.className, item.textContent])
        """)

    def say(self, text):
        self.assertEqual(self.owner.post(f"{self.room}/messages", text=text, name="Ada").status, 303)

    def test_duplicates_are_posted_once(self):
        self.publish(*range(5), again=True)
        self.wait_until_said(range(5))
        self.server.kill()
        self.server = self.serve(self.server.port)
        self.publish(*range(6))
        self.wait_until_said(range(6))
        wait_until(lambda: self.waiting(QUEUE) == 0, "an empty queue")

    def test_each_notification_is_posted_once_if_the_reader_is_killed(self):
        for first in (0, 100):
            self.publish(*range(first, first + 100))
            wait_until(self.said, "the first ones")
            self.server.kill()
            self.server = self.serve(self.server.port)
        self.wait_until_said(range(200))

    def test_each_notification_is_posted_once_if_the_broker_is_killed(self):
        self.publish(*range(100))
        self.broker.restart()
        wait_until(lambda: self.health() == b"ok\n", "the queue to be read again", STARTING)
        self.publish(*range(90, 120))
        self.wait_until_said(range(120))

    def test_an_unavailable_broker_is_reported_and_the_chat_works(self):
        self.broker.end()
        try:
            wait_until(lambda: b"degraded: notifications: shop.orders: not read" in self.health(), "it")
            self.assertEqual(self.owner.get("/healthz").status, 200)
            self.assertEqual(self.owner.post(f"{self.room}/messages", text="Hello").status, 303)
        finally:
            self.broker.start()
        wait_until(lambda: self.health() == b"ok\n", "the queue to be read again", STARTING)

    def test_invalid_notifications_are_dead_lettered(self):
        self.publish(1, room="nowhere")
        self.publish(2)
        with self.channel() as channel:
            channel.basic_publish_confirm(amqp.Message("no JSON", message_id="x"), routing_key=QUEUE)
        wait_until(lambda: self.waiting(DEAD) == 2, "both of them")
        self.wait_until_said([2])
        with self.channel() as channel:
            found = [channel.basic_get(DEAD, no_ack=True) for _ in range(2)]
        reasons = sorted(message.headers["x-piratechat-reason"] for message in found)
        self.assertRegex(reasons[0], "^it is no JSON")
        self.assertRegex(reasons[1], "^room nowhere: ")
        self.assertEqual({message.headers["x-piratechat-queue"] for message in found}, {QUEUE})
        self.assertEqual({message.body for message in found}, {b"no JSON", b'{"room": "nowhere", "number": 1}'})

    def test_invalid_notifications_survive_the_loss_of_that_queue(self):
        with self.channel() as channel:
            channel.queue_delete(DEAD)
        self.publish(1, room="nowhere")
        self.publish(2)
        wait_until(lambda: self.waiting_or_none(DEAD) == 1, "the message in the recreated queue")
        self.wait_until_said([2])

    def test_unusual_properties_are_accepted(self):
        """Other clients may write strings and timestamps that are invalid in AMQP."""
        with self.channel() as channel:
            for number, properties in enumerate((NO_UTF_8, NO_TIME, NO_TIME_IN_A_HEADER)):
                body = json.dumps({"room": "ada", "number": number}).encode()
                send_raw(channel, properties, body)
        self.publish(7)
        self.wait_until_said([0, 1, 2, 7])
        wait_until(lambda: self.waiting(QUEUE) == 0, "an empty queue")
        self.assertEqual(self.waiting(DEAD), 0)

    def test_names_of_sources_are_reserved(self):
        stranger = Browser(self.server.port).visit(self.room)
        answer = stranger.post(f"{self.room}/messages", text="All orders are cancelled", name="sHop")
        self.assertEqual(answer.status, 409)
        window = Window(self.server.port, self.room, stranger)
        self.addCleanup(window.close)
        window.send({"type": "join", "name": "Shop"})
        self.assertEqual(window.hear("error")["code"], "name-taken")
        self.assertEqual(Browser(self.server.port).post("/", name="Shop").status, 409)
        self.publish(1)
        self.wait_until_said([1])

    def test_a_quiet_queue_stays_connected(self):
        """The broker disconnects clients that miss three heartbeats of four seconds."""
        time.sleep(14)
        self.assertEqual(self.health(), b"ok\n")
        with open(os.path.join(self.broker_folder, "log", f"piratechat-{self.broker.port}@localhost.log")) as log:
            self.assertNotIn("missed heartbeats", log.read())

    def test_a_deleted_queue_is_declared_again(self):
        with self.channel() as channel:
            channel.queue_delete(QUEUE)
        wait_until(lambda: self.waiting_or_none(QUEUE) == 0, "the queue")
        self.publish(3)
        self.wait_until_said([3])

    def waiting_or_none(self, queue):
        try:
            return self.waiting(queue)
        except amqp.exceptions.NotFound:
            return None
