"""Shared tests of relays, with real processes and a real server."""

import signal
import time

from sockjs_support.waiting import wait_until


class Pair:
    """Two processes with a relay, which subclasses make."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.here, cls.there = cls.make_relay(), cls.make_relay()

    def setUp(self):
        for relay in (self.here, self.there):
            relay.wait_until_connected()

    def tearDown(self):
        for relay in (self.here, self.there):
            for channel in relay.subscribed:
                relay.ask("unsubscribe", channel)
            relay.subscribed.clear()
            relay.heard.clear()


class Contract(Pair):
    """Delivery of texts between two processes."""

    def test_texts_are_delivered_to_subscribers_only(self):
        self.assertTrue(self.there.subscribe("room.ada"))
        self.here.publish("room.bo", "of another room")
        self.here.publish("room.ada", "Ahoy")
        self.there.hear(("room.ada", "Ahoy"))
        self.assertEqual(list(self.here.heard), [])

    def test_publishers_receive_their_own_texts(self):
        self.here.subscribe("room.ada")
        self.here.publish("room.ada", "Ahoy")
        self.here.hear(("room.ada", "Ahoy"))

    def test_texts_are_delivered_in_order(self):
        self.there.subscribe("room.ada")
        texts = [f"text {number}" for number in range(1_000)]
        self.here.publish("room.ada", *texts)
        self.there.hear(*(("room.ada", text) for text in texts))

    def test_any_texts_and_channels_are_supported(self):
        for number, text in enumerate(
            ("", "Ahoy \U0001f99c\n\u05e9\u05dc\u05d5\u05dd", "x" * 500_000, '{"a": "\\ud83e"}')
        ):
            channel = f"room.海賊-{number} *?["
            self.there.subscribe(channel)
            self.here.publish(channel, text)
            self.there.hear((channel, text))

    def test_texts_are_delivered_immediately_after_subscribing(self):
        for number in range(100):
            channel = f"room.{number}"
            self.there.subscribe(channel)
            self.here.publish(channel, "Ahoy")
            self.there.hear((channel, "Ahoy"))

    def test_unsubscribed_channels_deliver_nothing(self):
        self.there.subscribe("room.ada")
        self.there.ask("unsubscribe", "room.ada")
        self.there.subscribe("room.bo")
        self.here.publish("room.ada", "Ahoy")
        self.here.publish("room.bo", "Avast")
        self.there.hear(("room.bo", "Avast"))

    def test_channels_can_be_subscribed_again(self):
        for _ in range(20):
            self.there.subscribe("room.ada")
            self.there.ask("unsubscribe", "room.ada")
        self.assertTrue(self.there.subscribe("room.ada"))
        self.here.publish("room.ada", "Ahoy")
        self.there.hear(("room.ada", "Ahoy"))

    def test_two_chats_are_separate(self):
        stranger = self.make_relay(prefix="another")
        stranger.wait_until_connected()
        stranger.subscribe("room.ada")
        self.there.subscribe("room.ada")
        self.here.publish("room.ada", "Ahoy")
        self.there.hear(("room.ada", "Ahoy"))
        stranger.publish("room.ada", "mine")
        stranger.hear(("room.ada", "mine"))
        self.assertEqual(list(self.there.heard), [])


class Restarts(Pair):
    """The relay's server is stopped and restarted."""

    def test_relays_reconnect_and_subscribe_again_after_a_restart(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            self.there.subscribe("room.ada")
            missed = self.there.missed
            self.server.end(number)
            self.there.wait_until_connected(False)
            self.here.wait_until_connected(False)
            self.here.publish("room.ada", "lost")
            self.assertFalse(self.there.subscribe("room.bo"), "subscribing reports the failure instead of waiting")
            self.server.start()
            for relay in (self.here, self.there):
                relay.wait_until_connected()
            wait_until(lambda missed=missed: self.there.missed > missed, "the report of possibly missed messages")
            self.here.publish("room.ada", "Ahoy")
            self.here.publish("room.bo", "Avast")
            self.there.hear(("room.ada", "Ahoy"), ("room.bo", "Avast"))
            self.there.ask("unsubscribe", "room.bo")

    def test_a_server_that_does_not_answer(self):
        self.there.subscribe("room.of those who wait")
        self.server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.server.process.send_signal, signal.SIGCONT)
        begun = time.monotonic()
        self.here.publish("room.of those who wait", *["late, or lost"] * 100)
        self.assertLess(time.monotonic() - begun, 5, "publishing does not wait")
        self.here.wait_until_connected(False)
        self.assertFalse(self.there.subscribe("room.bo"))
        self.server.process.send_signal(signal.SIGCONT)
        for relay in (self.here, self.there):
            relay.wait_until_connected()

    def test_many_texts_do_not_block_other_work(self):
        self.there.subscribe("room.ada")
        self.there.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.there.process.send_signal, signal.SIGCONT)
        for _ in range(4):
            self.here.publish("room.ada", *["x"] * 5_000)
        self.there.process.send_signal(signal.SIGCONT)
        self.there.wait_until_connected()
        self.assertTrue(self.there.subscribe("room.bo"))
        self.here.publish("room.ada", "the last")
        wait_until(lambda: ("room.ada", "the last") in self.there.heard, "the last text")
        self.there.heard.clear()
        self.assertLess(self.there.ask("most_at_once")[1], 2_000)

    def test_texts_that_the_server_does_not_accept_are_dropped(self):
        self.server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.server.process.send_signal, signal.SIGCONT)
        for _ in range(30):
            self.here.publish("room.ada", *["x" * 1_000_000] * 3)
        with open(f"/proc/{self.here.process.pid}/status") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        self.assertLess(resident, 250_000, "kB")
